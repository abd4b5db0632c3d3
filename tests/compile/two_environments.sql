exposed AS
(
    SELECT
        scorecard_identity AS identity,
        groupBitOr(cityHash64(scorecard_value)) AS arm,
        any(scorecard_value) AS variant,
        min(scorecard_time) AS exposed_at
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            ifNull(toString(value), '') AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event = '$flag_exposure'
            AND feature_name = 'f'
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
            AND scorecard_value != ''
    )
    GROUP BY scorecard_identity
    HAVING arm = groupBitAnd(cityHash64(scorecard_value))
),

identity_values AS
(
    SELECT
        arm,
        variant,
        -- orders: count of 'purchase'
        toFloat64(arrayCount(t -> t >= exposed_at, purchase_times)) AS orders_value
    FROM done
    RIGHT JOIN exposed USING (identity)
)
