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
            toFloat64(countIf(number = 1)) AS value_of_1,
            toUInt64(0) AS invalid_of_1,
            toFloat64(countIf(number = 2)) AS value_of_2,
            toUInt64(0) AS invalid_of_2,
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
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(transform(event, ['purchase', 'page_view'], [1, 3], 0) AS UInt32) AS scorecard_number_1,
                    nan AS scorecard_value_1,
                    CAST(if(transform(event, ['purchase'], [2], 0) != 0 AND ifNull((value != ''), false), transform(event, ['purchase'], [2], 0), 0) AS UInt32) AS scorecard_number_2,
                    nan AS scorecard_value_2
                FROM events
                WHERE environment_key = 'prod'
                    AND event IN ('purchase', 'page_view')
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            ARRAY JOIN
                materialize([scorecard_number_1, scorecard_number_2]) AS number,
                materialize([scorecard_value_1, scorecard_value_2]) AS value
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
