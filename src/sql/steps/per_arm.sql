SELECT
    experiment,
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    segment,
{% endif %}
    arm,
    in_slot.1 AS measure,
    if(measure = 0, identities_exposed, identities_seen) AS identities,
{% if flags %}
    identities_by_maturity,
{% endif %}
    {{ picked | indent(4) }}
FROM
(
    SELECT
        experiment,
{% if by_day %}
        day_number,
{% endif %}
{% if segments %}
        segment,
{% endif %}
        arm,
        bundle,
        countIf(is_first) AS identities_exposed,
        count() AS identities_seen,
{% if flags %}
        sumForEach({{ flags }}) AS identities_by_maturity,
{% endif %}
        {{ sums | indent(8) }}
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
        bundle
)
ARRAY JOIN {{ measures_of_bundle }} AS in_slot
