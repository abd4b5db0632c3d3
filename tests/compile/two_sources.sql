done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArrayIf(scorecard_time, scorecard_number = 1) AS orders_times,
        groupArrayIf(scorecard_value, scorecard_number = 1) AS orders_numbers,
        groupArrayIf(scorecard_time, scorecard_number = 2) AS orders_2_times,
        groupArrayIf(scorecard_value, scorecard_number = 2) AS orders_2_numbers,
        groupArrayIf(scorecard_time, scorecard_number = 3) AS visits_times
    FROM
    (
        SELECT
            scorecard_identity,
            scorecard_time,
            scorecard_number,
            scorecard_value
        FROM
        (
            SELECT
                cityHash64(assumeNotNull(toString((user_id)))) AS scorecard_identity,
                toUnixTimestamp64Milli(toDateTime64(assumeNotNull((created_at)), 3, 'UTC')) AS scorecard_time,
                CAST(1 AS UInt32) AS scorecard_number_1,
                materialize(if(isFinite(ifNull(ifNull(accurateCastOrNull((amount), 'Float64'), toFloat64OrNull(toString((amount)))), nan) AS scorecard_number_1_read), scorecard_number_1_read, nan)) AS scorecard_value_1,
                CAST(2 AS UInt32) AS scorecard_number_2,
                materialize(if(isFinite(ifNull(ifNull(accurateCastOrNull((tax), 'Float64'), toFloat64OrNull(toString((tax)))), nan) AS scorecard_number_2_read), scorecard_number_2_read, nan)) AS scorecard_value_2
            FROM `shop`.`orders`
            WHERE isNotNull((user_id))
                AND (created_at) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                AND (created_at) < now64(3, 'UTC')
        )
        ARRAY JOIN
            materialize([scorecard_number_1, scorecard_number_2]) AS scorecard_number,
            materialize([scorecard_value_1, scorecard_value_2]) AS scorecard_value
        WHERE scorecard_number != 0
        UNION ALL
        SELECT
            cityHash64(assumeNotNull(toString((who)))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(assumeNotNull((at)), 3, 'UTC')) AS scorecard_time,
            CAST(3 AS UInt32) AS scorecard_number,
            nan AS scorecard_value
        FROM `visits`
        WHERE isNotNull((who))
            AND (at) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND (at) < now64(3, 'UTC')
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
        arraySum(revenue_value_counted) AS revenue_rows_with_number,
        -- tax: sum of 'orders'
        arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), orders_2_times, orders_2_numbers) AS tax_value_counted,
        arrayReduce('sumKahanIf', orders_2_numbers, tax_value_counted) AS tax_value,
        arrayCount(t -> t >= exposed_at, orders_2_times) AS tax_rows,
        arraySum(tax_value_counted) AS tax_rows_with_number,
        -- visits: count of 'visits'
        toFloat64(arrayCount(t -> t >= exposed_at, visits_times)) AS visits_value
    FROM done
    RIGHT JOIN exposed USING (identity)
)
