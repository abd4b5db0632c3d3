scorecard_values AS
(
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure_of_identity AS first_exposure,
        toUInt32(1) AS bundle,
        value_of_1 AS value_1,
        invalid_of_1 AS invalid_1,
        value_of_2 AS value_2,
        invalid_of_2 AS invalid_2,
        value_of_3 AS value_3,
        invalid_of_3 AS invalid_3
    FROM
    (
        SELECT
            any(exposed.arm) AS arm,
            any(exposed.first_exposure) AS first_exposure_of_identity,
            sumKahanIf(value, number = 1 AND NOT isNaN(value)) AS value_of_1,
            countIf(number = 1 AND isNaN(value)) AS invalid_of_1,
            sumKahanIf(value, number = 2 AND NOT isNaN(value)) AS value_of_2,
            countIf(number = 2 AND isNaN(value)) AS invalid_of_2,
            toFloat64(countIf(number = 3)) AS value_of_3,
            toUInt64(0) AS invalid_of_3
        FROM
        (
            SELECT
                scorecard_identity AS identity,
                scorecard_time AS time,
                number,
                value
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
                materialize([scorecard_number_1, scorecard_number_2]) AS number,
                materialize([scorecard_value_1, scorecard_value_2]) AS value
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
        ) AS rows
        INNER JOIN scorecard_exposed AS exposed ON rows.identity = exposed.identity
        WHERE time >= first_exposure
        GROUP BY rows.identity
    )
    UNION ALL
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure,
        toUInt32(0) AS bundle,
        0. AS value_1,
        toUInt64(0) AS invalid_1,
        0. AS value_2,
        toUInt64(0) AS invalid_2,
        0. AS value_3,
        toUInt64(0) AS invalid_3
    FROM scorecard_exposed
),
