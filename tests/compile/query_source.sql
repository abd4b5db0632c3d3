done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArray(scorecard_time) AS orders_times,
        groupArray(scorecard_value) AS orders_numbers
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString((user_id)))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(assumeNotNull((created_at)), 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            materialize(if(isFinite(ifNull(ifNull(accurateCastOrNull((amount), 'Float64'), toFloat64OrNull(toString((amount)))), nan) AS scorecard_number_read), scorecard_number_read, nan)) AS scorecard_value
        FROM (SELECT user_id, created_at, amount
FROM shop.orders
WHERE note = 'two
lines' -- and a comment

)
        WHERE isNotNull((user_id))
            AND (created_at) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND (created_at) < now64(3, 'UTC')
    )
    GROUP BY scorecard_identity
),

identity_values AS
(
    SELECT
        arm,
        variant,
        -- revenue: sum of 'orders'
        arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), orders_times, orders_numbers) AS revenue_value_counted,
        arrayReduce('sumKahanIf', orders_numbers, revenue_value_counted) AS revenue_value,
        arrayCount(t -> t >= exposed_at, orders_times) AS revenue_rows,
        arraySum(revenue_value_counted) AS revenue_rows_with_number
    FROM done
    RIGHT JOIN exposed USING (identity)
)
