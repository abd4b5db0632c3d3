scorecard_values AS
(
    SELECT
        any(exposed.arm) AS arm,
        toUInt32(1) AS bundle,
        sumKahanIf(scorecard_value, true AND NOT isNaN(scorecard_value)) AS value_1,
        countIf(true AND isNaN(scorecard_value)) AS invalid_1,
        countIf(true) AS expected_1
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString((user_id)))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(assumeNotNull((created_at)), 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            materialize(if(isFinite(ifNull(ifNull(accurateCastOrNull((amount), 'Float64'), toFloat64OrNull(toString((amount)))), nan) AS scorecard_number_read), scorecard_number_read, nan)) AS scorecard_value
        FROM (SELECT user_id, created_at, amount
FROM shop.orders
WHERE note = 'two
lines' -- and a comment

)
        WHERE isNotNull((user_id))
            AND (created_at) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND (created_at) < now64(3, 'UTC')
    ) AS rows
    INNER JOIN scorecard_exposed AS exposed ON rows.scorecard_identity = exposed.identity
    WHERE scorecard_time >= exposed.first_exposure
    -- 26.9 sets rows of rare keys aside before it sums them, but not of keys that may be NULL. That is a tenth faster, and
    -- takes a third more memory where all that is kept of a key are a few numbers.
    GROUP BY toNullable(rows.scorecard_identity)
),
