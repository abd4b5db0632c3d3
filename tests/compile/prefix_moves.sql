scorecard___gathered AS
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
                scorecard___identity AS identity,
                scorecard___time AS time,
                scorecard___number_1 AS number,
                scorecard___value_1 AS value
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString((scorecard_identity)))) AS scorecard___identity,
                    toUnixTimestamp64Milli(toDateTime64(assumeNotNull((scorecard__time)), 3, 'UTC')) AS scorecard___time,
                    CAST(if(1 != 0 AND ifNull((value > 0), false), 1, 0) AS UInt32) AS scorecard___number_1,
                    if(isFinite(multiIf(scorecard___number_1 IN (1), ifNull(ifNull(accurateCastOrNull((number), 'Float64'), toFloat64OrNull(toString((number)))), nan), nan) AS scorecard___number_1_read), scorecard___number_1_read, nan) AS scorecard___value_1
                FROM `orders`
                WHERE isNotNull((scorecard_identity))
                    AND (scorecard__time) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND (scorecard__time) < now64(3, 'UTC')
            )
            WHERE number != 0
        )
        GROUP BY
            identity,
            number
    )
    GROUP BY identity
),
