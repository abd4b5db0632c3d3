{% if given %}
WITH
    {{ given | indent(4) }}
{% endif %}
SELECT
    {{ columns | indent(4) }}
FROM
(
    {{ inferred | indent(4) }}
    ORDER BY
        metric_number,
{% if by_day %}
        day_number,
{% endif %}
{% if segments %}
        dimension,
        segment,
{% endif %}
        arm.1
)
