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
        min(hash) AS arm,
        min(time) AS first_exposure
    FROM
    (
        SELECT
            identity,
            number,
            time,
            cityHash64(value) AS hash
        FROM
        (
            {{ exposures | indent(12) }}
        )
    )
    GROUP BY
        identity,
        number
    HAVING min(hash) = max(hash)
)
GROUP BY identity_key
