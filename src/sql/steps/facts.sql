SELECT
    identity,
    number,
{% if values %}
    groupArrayIf(time, NOT isNaN(value)) AS value_times,
    groupArrayIf(value, NOT isNaN(value)) AS finite_values,
{% if texts %}
    groupArrayIf(text, NOT isNaN(value)) AS texts,
{% endif %}
{% if copies %}
    groupArrayIf(copy, NOT isNaN(value)) AS value_copies,
    groupArrayIf(copy, isNaN(value)) AS blank_copies,
{% endif %}
    groupArrayIf(time, isNaN(value)) AS blank_times
{% else %}
{% if copies %}
    groupArray(copy) AS blank_copies,
{% endif %}
    groupArray(time) AS blank_times
{% endif %}
FROM
(
    {{ rows | indent(4) }}
)
GROUP BY
    identity,
    number
