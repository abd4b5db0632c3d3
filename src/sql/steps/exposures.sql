SELECT
    {{ p }}identity AS identifier,
    {{ p }}number AS experiment,
    if(min({{ p }}value) = max({{ p }}value), min({{ p }}value), '') AS variant,
    CAST(min({{ p }}value) != max({{ p }}value) AS Bool) AS quarantined,
{% if segments %}
    {{ segments | indent(4) }} AS first_segments,
{% endif %}
    CAST(fromUnixTimestamp64Milli(min({{ p }}time), 'UTC') AS DateTime64(3, 'UTC')) AS first_exposure
FROM
(
    {{ rows | indent(4) }}
)
GROUP BY
    {{ p }}identity,
    {{ p }}number
