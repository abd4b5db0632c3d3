SELECT
    experiment,
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    segment,
{% endif %}
    arm,
    measure,
    count() AS identities_of_measure,
{% if flags %}
    sumForEach({{ flags }}) AS identities_by_maturity,
{% endif %}
{% if pairs %}
    {{ pairs }} AS pairs,
{% endif %}
{% if lists %}
    groupArrayIf(list, notEmpty(list)) AS lists,
{% endif %}
    (
        sumKahan(value),
        sumKahan(value * value),
{% if other %}
        sumKahan(other),
        sumKahan(other * other),
        sumKahan(value * other),
{% endif %}
        sum(invalid)
    ) AS moments
FROM {{ p }}values
{% if segments %}
ARRAY JOIN segments AS segment
{% endif %}
GROUP BY
    experiment,
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    segment,
{% endif %}
    arm,
    measure
