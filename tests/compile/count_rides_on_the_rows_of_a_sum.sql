done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArray(scorecard_time) AS purchase_times,
        groupArray(scorecard_value) AS purchase_numbers
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event = 'purchase'
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
    )
    GROUP BY scorecard_identity
),

identity_values AS
(
    SELECT
        arm,
        variant,
        -- orders: count of 'purchase'
        toFloat64(arrayCount(t -> t >= exposed_at, purchase_times)) AS orders_value,
        -- buyers: occurrence of 'purchase'
        toFloat64(arrayExists(t -> t >= exposed_at, purchase_times)) AS buyers_value,
        -- revenue: sum of 'purchase'
        arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), purchase_times, purchase_numbers) AS revenue_value_counted,
        arrayReduce('sumKahanIf', purchase_numbers, revenue_value_counted) AS revenue_value,
        arrayCount(t -> t >= exposed_at, purchase_times) AS revenue_rows,
        arraySum(revenue_value_counted) AS revenue_rows_with_number
    FROM done
    RIGHT JOIN exposed USING (identity)
)
