done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArrayIf(scorecard_time, scorecard_number = 1) AS buy_times,
        groupArrayIf(scorecard_time, scorecard_number = 2) AS visit_times
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(transform(event, ['buy', 'visit'], [1, 2], 0) AS UInt32) AS scorecard_number,
            nan AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event IN ('buy', 'visit')
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
        -- buys per visit: count of 'buy', over count of 'visit'
        toFloat64(arrayCount(t -> t >= exposed_at, buy_times)) AS `buys per visit_value`,
        toFloat64(arrayCount(t -> t >= exposed_at, visit_times)) AS `buys per visit_denominator`
    FROM done
    RIGHT JOIN exposed USING (identity)
)
