scorecard_values AS
(
    SELECT
        any(exposed.arm) AS arm,
        toUInt32(1) AS bundle,
        sumKahanIf(scorecard_value, scorecard_time >= exposed.first_exposure AND NOT isNaN(scorecard_value)) AS value_1,
        sumKahanIf(scorecard_value, scorecard_time < exposed.first_exposure AND NOT isNaN(scorecard_value)) AS other_1,
        countIf(scorecard_time >= exposed.first_exposure AND isNaN(scorecard_value)) AS invalid_1,
        countIf(scorecard_time >= exposed.first_exposure) AS expected_1
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event = 'buy'
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
    ) AS rows
    INNER JOIN scorecard_exposed AS exposed ON rows.scorecard_identity = exposed.identity
    WHERE scorecard_time >= exposed.first_exposure + -1209600000
    -- 26.9 sets rows of rare keys aside before it sums them, but not of keys that may be NULL. That is a tenth faster, and
    -- takes a third more memory where all that is kept of a key are a few numbers.
    GROUP BY toNullable(rows.scorecard_identity)
),
