scorecard_values AS
(
    SELECT
        any(exposed.arm) AS arm,
        toUInt32(1) AS bundle,
        sumKahanIf(scorecard_value, scorecard_number = 1 AND NOT isNaN(scorecard_value)) AS value_1,
        countIf(scorecard_number = 1 AND isNaN(scorecard_value)) AS invalid_1,
        countIf(scorecard_number = 1) AS expected_1,
        sumKahanIf(scorecard_value, scorecard_number = 2 AND NOT isNaN(scorecard_value)) AS value_2,
        countIf(scorecard_number = 2 AND isNaN(scorecard_value)) AS invalid_2,
        countIf(scorecard_number = 2) AS expected_2,
        toFloat64(countIf(scorecard_number = 3)) AS value_3,
        toUInt64(0) AS invalid_3,
        toUInt64(0) AS expected_3
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
    ) AS rows
    INNER JOIN scorecard_exposed AS exposed ON rows.scorecard_identity = exposed.identity
    WHERE scorecard_time >= exposed.first_exposure
    -- 26.9 sets rows of rare keys aside before it sums them, but not of keys that may be NULL. That is a tenth faster, and
    -- takes a third more memory where all that is kept of a key are a few numbers.
    GROUP BY toNullable(rows.scorecard_identity)
),
