SELECT
    identity,
    experiment,
    argMin(arm_seen, seen) AS arm,
{% if segments %}
    argMin(segments_seen, seen) AS segments,
{% endif %}
    min(seen) AS first_exposure,
    toUInt32(intDiv(first_exposure, 86400000)) AS first_day,
    toUInt32(if(
        count() = 1,
        intDiv({{ until }} - 1, 86400000),
        intDiv(arraySort(groupArray(seen))[2], 86400000) - 1
    )) AS last_day,
    range(first_day, last_day + 1) AS days
FROM
(
    SELECT
        {{ p }}identity AS identity,
        {{ p }}number AS experiment,
        cityHash64({{ p }}value) AS arm_seen,
{% if segments %}
        {{ segments | indent(8) }} AS segments_seen,
{% endif %}
        min({{ p }}time) AS seen
    FROM
    (
        {{ exposures | indent(8) }}
    )
    GROUP BY
        identity,
        experiment,
        arm_seen
)
GROUP BY
    identity,
    experiment
HAVING first_day <= last_day
