scorecard_values AS
(
    SELECT
        any(exposed.arm) AS arm,
        toUInt32(1) AS bundle,
        toFloat64(arrayFold((reached, row) -> arrayMap((start, step) -> multiIf(step != -row.2, start, step = 1, row.1, reached[-row.2 - 1] = toInt64(-9223372036854775808) OR row.1 - reached[-row.2 - 1] > 7200000, start, reached[-row.2 - 1]), reached, arrayEnumerate(reached)), arraySort(arrayConcat(groupArrayIf((scorecard_time, toInt64(-1)), scorecard_number = 1), groupArrayIf((scorecard_time, toInt64(-2)), scorecard_number = 2))), arrayResize(CAST([] AS Array(Int64)), 2, toInt64(-9223372036854775808)))[2] != toInt64(-9223372036854775808)) AS value_1,
        toUInt64(0) AS invalid_1,
        toUInt64(0) AS expected_1
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(transform(event, ['cart', 'buy'], [1, 2], 0) AS UInt32) AS scorecard_number,
            nan AS scorecard_value
        FROM events
        WHERE environment_key = 'prod'
            AND event IN ('cart', 'buy')
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
    ) AS rows
    INNER JOIN scorecard_exposed AS exposed ON rows.scorecard_identity = exposed.identity
    WHERE scorecard_time >= exposed.first_exposure
    GROUP BY rows.scorecard_identity
),
