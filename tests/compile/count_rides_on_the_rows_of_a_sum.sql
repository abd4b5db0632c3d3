scorecard_values AS
(
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure_of_identity AS first_exposure,
        toUInt32(1) AS bundle,
        value_of_1 AS value_1,
        invalid_of_1 AS invalid_1,
        value_of_2 AS value_2,
        invalid_of_2 AS invalid_2,
        value_of_3 AS value_3,
        invalid_of_3 AS invalid_3
    FROM
    (
        SELECT
            any(exposed.arm) AS arm,
            any(exposed.first_exposure) AS first_exposure_of_identity,
            toFloat64(countIf(true)) AS value_of_1,
            toUInt64(0) AS invalid_of_1,
            toFloat64(countIf(true) > 0) AS value_of_2,
            toUInt64(0) AS invalid_of_2,
            sumKahanIf(value, true AND NOT isNaN(value)) AS value_of_3,
            countIf(true AND isNaN(value)) AS invalid_of_3
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
                    if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_1_read), scorecard_number_1_read, nan) AS scorecard_value_1
                FROM events
                WHERE environment_key = 'prod'
                    AND event = 'purchase'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
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
        toUInt64(0) AS invalid_1,
        0. AS value_2,
        toUInt64(0) AS invalid_2,
        0. AS value_3,
        toUInt64(0) AS invalid_3
    FROM scorecard_exposed
),
