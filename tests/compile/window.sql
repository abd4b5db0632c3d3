scorecard_values AS
(
    SELECT
        arm,
        bundle,
        [value_of_1, value_of_2][bundle] AS value_1,
        [invalid_of_1, invalid_of_2][bundle] AS invalid_1,
        [expected_of_1, expected_of_2][bundle] AS expected_1
    FROM
    (
        SELECT
            any(exposed.arm) AS arm,
            any(exposed.first_exposure) AS first_exposure,
            toFloat64(countIf(scorecard_time < exposed.first_exposure + 86400000)) AS value_of_1,
            toUInt64(0) AS invalid_of_1,
            toUInt64(0) AS expected_of_1,
            toFloat64(countIf(scorecard_time >= exposed.first_exposure + 86400000 AND scorecard_time < exposed.first_exposure + 172800000)) AS value_of_2,
            toUInt64(0) AS invalid_of_2,
            toUInt64(0) AS expected_of_2
        FROM
        (
            SELECT
                cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                CAST(1 AS UInt32) AS scorecard_number,
                nan AS scorecard_value
            FROM events
            WHERE environment_key = 'prod'
                AND event = 'buy'
                AND isNotNull(identifier)
                AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                AND timestamp < now64(3, 'UTC')
        ) AS rows
        INNER JOIN scorecard_exposed AS exposed ON rows.scorecard_identity = exposed.identity
        WHERE scorecard_time >= exposed.first_exposure
        -- 26.9 sets rows of rare keys aside before it sums them, but not of keys that may be NULL. That is a tenth faster, and
        -- takes a third more memory where all that is kept of a key are a few numbers.
        GROUP BY toNullable(rows.scorecard_identity)
    )
    -- The bundle 0 is that of all who have rows.
    ARRAY JOIN CAST([0, 1, 2] AS Array(UInt32)) AS bundle
    WHERE bundle = 0 OR first_exposure + [86400000, 172800000][bundle] <= least(toUnixTimestamp64Milli(now64(3, 'UTC')), 1774742400000)
),
