SELECT
    identity_key AS identity,
    groupArray(experiment) AS experiments,
    groupArray(arm) AS arms,
    groupArray(first_exposure) AS first_exposures
FROM
(
    SELECT
        {{ hash }} AS identity_key,
        number AS experiment,
        min(cityHash64(value)) AS arm,
        min(time) AS first_exposure
    FROM
    (
        {{ exposures | indent(8) }}
    )
    GROUP BY
        identity,
        number
    HAVING min(cityHash64(value)) = max(cityHash64(value))
)
GROUP BY identity_key
