SELECT
{% if segments %}
    segment,
{% endif %}
    arm,
    CAST(any(variant) AS String) AS variant,
{% if flags %}
    sumForEach({{ flags }}) AS identities_by_maturity,
{% endif %}
    count() AS identities_exposed
FROM
(
    {{ exposed | indent(4) }}
)
{% if segments %}
ARRAY JOIN segments AS segment
{% endif %}
GROUP BY
{% if segments %}
    segment,
{% endif %}
    arm
