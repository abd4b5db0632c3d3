SELECT
    {{ p }}identity AS identity,
    {{ p }}number AS number,
{% if values %}
    groupArrayIf({{ p }}time, NOT isNaN({{ p }}value)) AS value_times,
    groupArrayIf({{ p }}value, NOT isNaN({{ p }}value)) AS finite_values,
{% if texts %}
    groupArrayIf({{ p }}text, NOT isNaN({{ p }}value)) AS texts,
{% endif %}
{% if copies %}
    groupArrayIf({{ p }}copy, NOT isNaN({{ p }}value)) AS value_copies,
    groupArrayIf({{ p }}copy, isNaN({{ p }}value)) AS blank_copies,
{% endif %}
    groupArrayIf({{ p }}time, isNaN({{ p }}value)) AS blank_times
{% else %}
{% if copies %}
    groupArray({{ p }}copy) AS blank_copies,
{% endif %}
    groupArray({{ p }}time) AS blank_times
{% endif %}
FROM
(
    {{ rows | indent(4) }}
)
GROUP BY
    {{ p }}identity,
    {{ p }}number
