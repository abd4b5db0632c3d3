scorecard_values AS
(
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure_of_identity AS first_exposure,
        toUInt32(1) AS bundle,
        value_of_1 AS value_1,
        invalid_of_1 AS invalid_1
    FROM
    (
        SELECT
            any(exposed.arm) AS arm,
            any(exposed.first_exposure) AS first_exposure_of_identity,
            toFloat64(countIf(true) > 0) AS value_of_1,
            toUInt64(0) AS invalid_of_1
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
                WHERE environment_key = 'prod'
                    AND event = 'purchase'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            WHERE number != 0
        ) AS rows
        INNER JOIN scorecard_exposed AS exposed ON rows.identity = exposed.identity
        WHERE time >= first_exposure
        GROUP BY rows.identity
    )
    UNION ALL
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure,
        toUInt32(0) AS bundle,
        0. AS value_1,
        toUInt64(0) AS invalid_1
    FROM scorecard_exposed
),
