done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArray(scorecard_time) AS purchase_times
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            nan AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event = 'purchase'
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
        -- buyers: occurrence of 'purchase'
        toFloat64(arrayExists(t -> t >= exposed_at, purchase_times)) AS buyers_value
    FROM done
    RIGHT JOIN exposed USING (identity)
)
