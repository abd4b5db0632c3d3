SELECT
    identity AS identifier,
    number AS experiment,
    if(min(value) = max(value), min(value), '') AS variant,
    CAST(min(value) != max(value) AS Bool) AS quarantined,
{% if segments %}
    {{ segments | indent(4) }} AS first_segments,
{% endif %}
    CAST(fromUnixTimestamp64Milli(min(time), 'UTC') AS DateTime64(3, 'UTC')) AS first_exposure
FROM
(
    {{ rows | indent(4) }}
)
GROUP BY
    identity,
    number
