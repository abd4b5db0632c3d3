SELECT
{% if gathered %}
    experiment,
{% endif %}
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    segment,
{% endif %}
    arm,
    bundle,
{% if gathered %}
    countIf(is_first) AS identities_exposed,
{% if flags %}
    sumForEach(if(is_first, {{ flags }}, [])) AS identities_by_maturity,
{% endif %}
{% endif %}
    count() AS identities_seen,
    {{ sums | indent(4) }}
FROM {{ p }}values
{% if segments %}
ARRAY JOIN segments AS segment
{% endif %}
GROUP BY
{% if gathered %}
    experiment,
{% endif %}
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    segment,
{% endif %}
    arm,
    bundle
