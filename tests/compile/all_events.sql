done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArrayIf(scorecard_time, scorecard_number = 1) AS events_times,
        groupArrayIf(scorecard_time, scorecard_number = 2) AS purchase_times
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
                cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                CAST(1 AS UInt32) AS scorecard_number_1,
                nan AS scorecard_value_1,
                CAST(transform(event, ['purchase'], [2], 0) AS UInt32) AS scorecard_number_2,
                nan AS scorecard_value_2
            FROM events
            WHERE environment_key = 'prod'
                AND isNotNull(identifier)
                AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                AND timestamp < now64(3, 'UTC')
        )
        ARRAY JOIN
            materialize([scorecard_number_1, scorecard_number_2]) AS scorecard_number,
            materialize([scorecard_value_1, scorecard_value_2]) AS scorecard_value
        WHERE scorecard_number != 0
    )
    GROUP BY scorecard_identity
),

identity_values AS
(
    SELECT
        arm,
        variant,
        -- anything: count of 'events'
        toFloat64(arrayCount(t -> t >= exposed_at, events_times)) AS anything_value,
        -- orders: count of 'purchase'
        toFloat64(arrayCount(t -> t >= exposed_at, purchase_times)) AS orders_value
    FROM done
    RIGHT JOIN exposed USING (identity)
)
