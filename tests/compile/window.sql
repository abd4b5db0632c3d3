done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArray(scorecard_time) AS buy_times
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
    )
    GROUP BY scorecard_identity
),

identity_values AS
(
    SELECT
        arm,
        variant,
        exposed_at + 86400000 <= least(toUnixTimestamp64Milli(now64(3, 'UTC')), toUnixTimestamp64Milli(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'))) AS had_1d,
        exposed_at + 2 * 86400000 <= least(toUnixTimestamp64Milli(now64(3, 'UTC')), toUnixTimestamp64Milli(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'))) AS had_2d,
        -- first day: count of 'buy', of identities exposed 1d ago
        toFloat64(arrayCount(t -> t >= exposed_at AND t < exposed_at + 86400000, buy_times)) AS `first day_value`,
        -- second day: count of 'buy', of identities exposed 2d ago
        toFloat64(arrayCount(t -> t >= exposed_at + 86400000 AND t < exposed_at + 2 * 86400000, buy_times)) AS `second day_value`
    FROM done
    RIGHT JOIN exposed USING (identity)
)
