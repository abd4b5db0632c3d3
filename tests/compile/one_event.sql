scorecard_gathered AS
(
    SELECT
        identity,
        groupArray(number) AS facts,
        groupArray(blank_times) AS blank_times
    FROM
    (
        SELECT
            identity,
            number,
            groupArray(time) AS blank_times
        FROM
        (
            SELECT
                scorecard_identity AS identity,
                scorecard_time AS time,
                scorecard_number_1 AS number,
                scorecard_value_1 AS value
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number_1,
                    nan AS scorecard_value_1
                FROM events
                WHERE environment_key = 'prod'
                    AND event = 'purchase'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            WHERE number != 0
        )
        GROUP BY
            identity,
            number
    )
    GROUP BY identity
),

scorecard_metrics AS
(
    SELECT
        metric_number,
        1 AS experiment,
        1 AS fact,
        'occurrence' AS aggregation
    FROM system.one
    ARRAY JOIN range(1, 2) AS metric_number
)
