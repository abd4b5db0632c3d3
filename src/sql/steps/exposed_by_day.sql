SELECT
    identity,
    groupArray(experiment) AS experiments,
    groupArray(first_arm) AS arms,
    groupArray(first_exposure) AS first_exposures,
    groupArray(range(first_day, last_day + 1)) AS days
FROM
(
    SELECT
        identity,
        experiment,
        argMin(arm, seen) AS first_arm,
        min(seen) AS first_exposure,
        toUInt32(intDiv(first_exposure, 86400000)) AS first_day,
        toUInt32(if(
            count() = 1,
            intDiv({{ until }} - 1, 86400000),
            intDiv(arraySort(groupArray(seen))[2], 86400000) - 1
        )) AS last_day
    FROM
    (
        SELECT
            identity,
            number AS experiment,
            cityHash64(value) AS arm,
            min(time) AS seen
        FROM
        (
            {{ exposures | indent(12) }}
        )
        GROUP BY
            identity,
            experiment,
            arm
    )
    GROUP BY
        identity,
        experiment
    HAVING first_day <= last_day
)
GROUP BY identity
