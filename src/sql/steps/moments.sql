SELECT
    {{ columns | indent(4) }},
{% if bent %}
    measure_told,
{% endif %}
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    dimension,
    segment,
{% endif %}
    variant,
{% if flags %}
    sum(identities_exposed) AS identities,
    sum(identities_by_maturity[{{ flag }}]) AS n,
{% else %}
    sum(identities_exposed) AS n,
{% endif %}
    {{ moments | indent(4) }}
FROM {{ p }}arms
ARRAY JOIN
    {{ metrics }} AS metric_number,
    {{ measures }} AS measure_told,
    {{ slots }} AS slot
{%- if kept %},
    -- Long arrays are picked before: each row would get those of all slots.
    {{ kept | indent(4) }}
{%- endif %}

{% if only %}
WHERE {{ only }}
{% endif %}
GROUP BY
{% if by_day %}
    day_number,
{% endif %}
{% if segments %}
    dimension,
    segment,
{% endif %}
    variant,
    metric_number,
    measure_told
