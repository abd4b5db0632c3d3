scorecard_gathered AS
(
    SELECT
        identity,
        groupArray(number) AS facts,
        groupArray(value_times) AS value_times,
        groupArray(finite_values) AS finite_values,
        groupArray(blank_times) AS blank_times
    FROM
    (
        SELECT
            identity,
            number,
            groupArrayIf(time, NOT isNaN(value)) AS value_times,
            groupArrayIf(value, NOT isNaN(value)) AS finite_values,
            groupArrayIf(time, isNaN(value)) AS blank_times
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
                    CAST(if(1 != 0 AND ifNull((value != '' -- (why
), false), 1, 0) AS UInt32) AS scorecard_number_1,
                    if(isFinite(multiIf(scorecard_number_1 IN (1), ifNull(ifNull(accurateCastOrNull((value # what
), 'Float64'), toFloat64OrNull(toString((value # what
)))), nan), nan) AS scorecard_number_1_read), scorecard_number_1_read, nan) AS scorecard_value_1
                FROM events
                WHERE environment_key = 'prod'
                    AND event = 'purchase'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
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
