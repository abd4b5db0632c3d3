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
    count() AS identities,
{% if flags %}
    sumForEach({{ flags }}) AS identities_by_maturity,
{% endif %}
    sumKahan(value) AS value_sum,
    sumKahan(value * value) AS value_squares,
{% if other %}
    sumKahan(other) AS other_sum,
    sumKahan(other * other) AS other_squares,
    sumKahan(value * other) AS product,
{% endif %}
{% if kept %}
    groupArrayIf(value, {{ kept }}) AS kept_values,
{% if other %}
    groupArrayIf(other, {{ kept }}) AS kept_others,
{% endif %}
{% endif %}
{% if lists %}
    groupArrayIf(list, notEmpty(list)) AS lists,
{% endif %}
    sum(invalid) AS invalid_values
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
