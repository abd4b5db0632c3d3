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
        -- revenue: sum of 'buy', with what was before the exposure
        arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), buy_times, buy_numbers) AS revenue_value_counted,
        arrayReduce('sumKahanIf', buy_numbers, revenue_value_counted) AS revenue_value,
        arrayMap((t, number) -> t >= exposed_at - 14 * 86400000 AND t < exposed_at AND NOT isNaN(number), buy_times, buy_numbers) AS revenue_before_counted,
        arrayReduce('sumKahanIf', buy_numbers, revenue_before_counted) AS revenue_before,
        arrayCount(t -> t >= exposed_at, buy_times) AS revenue_rows,
        arraySum(revenue_value_counted) AS revenue_rows_with_number
    FROM done
    RIGHT JOIN exposed USING (identity)
)
