scorecard_exposed AS
(
    SELECT
        identity_key AS identity,
        groupArray(experiment) AS experiments,
        groupArray(arm) AS arms,
        groupArray(first_exposure) AS first_exposures
    FROM
    (
        SELECT
            identity AS identity_key,
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
                SELECT
                    scorecard_identity AS identity,
                    scorecard_time AS time,
                    scorecard_number_1 AS number,
                    scorecard_value_1 AS value
                FROM
                (
                    SELECT
                        cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                        toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                        CAST(1 AS UInt32) AS scorecard_number_1,
                        ifNull(toString(value), '') AS scorecard_value_1
                    FROM events
                    WHERE environment_key = 'p\\\' OR 1 --'
                        AND event = '$flag_exposure'
                        AND feature_name = 'f\n/*\t#'
                        AND isNotNull(identifier)
                        AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                        AND timestamp < now64(3, 'UTC')
                )
                WHERE number != 0 AND value != ''
            )
        )
        GROUP BY
            identity,
            number
        HAVING min(hash) = max(hash)
    )
    GROUP BY identity_key
),

scorecard_gathered AS
(
    SELECT
        identity,
        groupArray(number) AS facts,
        groupArray(blank_times) AS blank_times
    FROM
    (
        SELECT
            identity,
            number,
            groupArray(time) AS blank_times
        FROM
        (
            SELECT
                scorecard_identity AS identity,
                scorecard_time AS time,
                scorecard_number_1 AS number,
                scorecard_value_1 AS value
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number_1,
                    nan AS scorecard_value_1
                FROM events
                WHERE environment_key = 'p\\\' OR 1 --'
                    AND event = 'e\'\\\n*/ {x:String} `ü`'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            WHERE number != 0
        )
        GROUP BY
            identity,
            number
    )
    GROUP BY identity
),
