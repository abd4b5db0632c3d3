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
            CAST(multiIf(true AND ifNull((value != '' -- (why
), false), 1, 0) AS UInt32) AS scorecard_number,
            materialize(if(isFinite(multiIf(scorecard_number IN (1), ifNull(ifNull(accurateCastOrNull((value # what
), 'Float64'), toFloat64OrNull(toString((value # what
)))), nan), nan) AS scorecard_number_read), scorecard_number_read, nan)) AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event = 'purchase'
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
            AND scorecard_number != 0
    )
    GROUP BY scorecard_identity
),

identity_values AS
(
    SELECT
        arm,
        variant,
        -- orders: sum of 'purchase'
        arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), purchase_times, purchase_numbers) AS orders_value_counted,
        arrayReduce('sumKahanIf', purchase_numbers, orders_value_counted) AS orders_value,
        arrayCount(t -> t >= exposed_at, purchase_times) AS orders_rows,
        arraySum(orders_value_counted) AS orders_rows_with_number
    FROM done
    RIGHT JOIN exposed USING (identity)
)
