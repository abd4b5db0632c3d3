done AS
(
    SELECT
        scorecard___identity AS identity,
        groupArray(scorecard___time) AS orders_times,
        groupArray(scorecard___value) AS orders_numbers
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString((scorecard_identity)))) AS scorecard___identity,
            toUnixTimestamp64Milli(toDateTime64(assumeNotNull((scorecard__time)), 3, 'UTC')) AS scorecard___time,
            CAST(multiIf(true AND ifNull((value > 0), false), 1, 0) AS UInt32) AS scorecard___number,
            materialize(if(isFinite(multiIf(scorecard___number IN (1), ifNull(ifNull(accurateCastOrNull((number), 'Float64'), toFloat64OrNull(toString((number)))), nan), nan) AS scorecard___number_read), scorecard___number_read, nan)) AS scorecard___value
        FROM `orders`
        WHERE isNotNull((scorecard_identity))
            AND (scorecard__time) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND (scorecard__time) < now64(3, 'UTC')
            AND scorecard___number != 0
    )
    GROUP BY scorecard___identity
),

identity_values AS
(
    SELECT
        arm,
        variant,
        -- orders: sum of 'orders'
        arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), orders_times, orders_numbers) AS orders_value_counted,
        arrayReduce('sumKahanIf', orders_numbers, orders_value_counted) AS orders_value,
        arrayCount(t -> t >= exposed_at, orders_times) AS orders_rows,
        arraySum(orders_value_counted) AS orders_rows_with_number
    FROM done
    RIGHT JOIN exposed USING (identity)
)
