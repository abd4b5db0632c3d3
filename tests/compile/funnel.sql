done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArrayIf(scorecard_time, scorecard_number = 1) AS cart_times,
        groupArrayIf(scorecard_time, scorecard_number = 2) AS buy_times
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(transform(event, ['cart', 'buy'], [1, 2], 0) AS UInt32) AS scorecard_number,
            nan AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event IN ('cart', 'buy')
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
        -- checkout: funnel of 'cart', then 'buy'
        toFloat64(arrayFold((reached, row) -> arrayMap((start, step) -> multiIf(step != -row.2, start, step = 1, row.1, reached[-row.2 - 1] = toInt64(-9223372036854775808) OR row.1 - reached[-row.2 - 1] > 7200000, start, reached[-row.2 - 1]), reached, arrayEnumerate(reached)), arraySort(arrayConcat(arrayMap(t -> (t, toInt64(-1)), arrayFilter(t -> t >= exposed_at, cart_times)), arrayMap(t -> (t, toInt64(-2)), arrayFilter(t -> t >= exposed_at, buy_times)))), arrayResize(CAST([] AS Array(Int64)), 2, toInt64(-9223372036854775808)))[2] != toInt64(-9223372036854775808)) AS checkout_value
    FROM done
    RIGHT JOIN exposed USING (identity)
)
