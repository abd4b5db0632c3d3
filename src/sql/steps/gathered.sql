SELECT
    identity,
    groupArray(number) AS facts,
{% if values %}
    groupArray(value_times) AS value_times,
    groupArray(finite_values) AS finite_values,
{% if texts %}
    groupArray(texts) AS texts,
{% endif %}
{% endif %}
    groupArray(blank_times) AS blank_times
FROM
(
    {{ facts | indent(4) }}
)
GROUP BY identity
