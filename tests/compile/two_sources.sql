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
                number AS number,
                value AS value
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString((user_id)))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(assumeNotNull((created_at)), 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number_1,
                    if(isFinite(ifNull(ifNull(accurateCastOrNull((amount), 'Float64'), toFloat64OrNull(toString((amount)))), nan) AS scorecard_number_1_read), scorecard_number_1_read, nan) AS scorecard_value_1,
                    CAST(2 AS UInt32) AS scorecard_number_2,
                    if(isFinite(ifNull(ifNull(accurateCastOrNull((tax), 'Float64'), toFloat64OrNull(toString((tax)))), nan) AS scorecard_number_2_read), scorecard_number_2_read, nan) AS scorecard_value_2
                FROM `shop`.`orders`
                WHERE isNotNull((user_id))
                    AND (created_at) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND (created_at) < now64(3, 'UTC')
            )
            ARRAY JOIN
                [scorecard_number_1, scorecard_number_2] AS number,
                [scorecard_value_1, scorecard_value_2] AS value
            WHERE number != 0
            UNION ALL
            SELECT
                scorecard_identity AS identity,
                scorecard_time AS time,
                scorecard_number_1 AS number,
                scorecard_value_1 AS value
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString((who)))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(assumeNotNull((at)), 3, 'UTC')) AS scorecard_time,
                    CAST(3 AS UInt32) AS scorecard_number_1,
                    nan AS scorecard_value_1
                FROM `visits`
                WHERE isNotNull((who))
                    AND (at) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND (at) < now64(3, 'UTC')
            )
            WHERE number != 0
        )
        GROUP BY
            identity,
            number
    )
    GROUP BY identity
),
