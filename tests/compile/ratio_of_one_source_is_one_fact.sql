done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArray(scorecard_time) AS buy_times,
        groupArray(scorecard_value) AS buy_numbers
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event = 'buy'
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
        -- basket: sum of 'buy', over count of 'buy'
        arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), buy_times, buy_numbers) AS basket_value_counted,
        arrayReduce('sumKahanIf', buy_numbers, basket_value_counted) AS basket_value,
        toFloat64(arrayCount(t -> t >= exposed_at, buy_times)) AS basket_denominator,
        arrayCount(t -> t >= exposed_at, buy_times) AS basket_rows,
        arraySum(basket_value_counted) AS basket_rows_with_number
    FROM done
    RIGHT JOIN exposed USING (identity)
)
