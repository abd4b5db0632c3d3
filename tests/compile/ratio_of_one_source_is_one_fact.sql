scorecard_values AS
(
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure_of_identity AS first_exposure,
        measure,
        value,
        other,
        invalid
    FROM
    (
        SELECT
            any(exposed.arm) AS arm,
            any(exposed.first_exposure) AS first_exposure_of_identity,
            [
                sumKahanIf(value, true AND NOT isNaN(value))
            ] AS value_of_measure,
            [
                toFloat64(countIf(true))
            ] AS other_of_measure,
            [
                countIf(true AND isNaN(value))
            ] AS invalid_of_measure
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
                    if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_1_read), scorecard_number_1_read, nan) AS scorecard_value_1
                FROM events
                WHERE environment_key = 'prod'
                    AND event = 'buy'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            WHERE number != 0
        ) AS rows
        INNER JOIN scorecard_exposed AS exposed ON rows.identity = exposed.identity
        WHERE time >= first_exposure
        GROUP BY rows.identity
    )
    ARRAY JOIN
        CAST([1] AS Array(UInt32)) AS measure,
        value_of_measure AS value,
        other_of_measure AS other,
        invalid_of_measure AS invalid
    UNION ALL
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure,
        toUInt32(0) AS measure,
        0. AS value,
        0. AS other,
        toUInt64(0) AS invalid
    FROM scorecard_exposed
),
