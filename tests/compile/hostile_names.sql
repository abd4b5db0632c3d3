scorecard_exposed AS
(
    SELECT
        identity_read AS identity,
        number AS experiment,
        groupBitOr(hash) AS arm,
        min(time) AS first_exposure
    FROM
    (
        SELECT
            identity AS identity_read,
            number,
            time,
            cityHash64(value) AS hash
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
                    ifNull(toString(value), '') AS scorecard_value_1
                FROM events
                WHERE environment_key = 'p\\\' OR 1 --'
                    AND event = '$flag_exposure'
                    AND feature_name = 'f\n/*\t#'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            WHERE number != 0 AND value != ''
        )
    )
    GROUP BY
        identity_read,
        number
    -- Where all bits that some hash has are those that all have, there is one hash.
    HAVING groupBitOr(hash) = groupBitAnd(hash)
),

scorecard_values AS
(
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure_of_identity AS first_exposure,
        toUInt32(1) AS bundle,
        value_of_1 AS value_1,
        invalid_of_1 AS invalid_1
    FROM
    (
        SELECT
            any(exposed.arm) AS arm,
            any(exposed.first_exposure) AS first_exposure_of_identity,
            toFloat64(countIf(true)) AS value_of_1,
            toUInt64(0) AS invalid_of_1
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
                    nan AS scorecard_value_1
                FROM events
                WHERE environment_key = 'p\\\' OR 1 --'
                    AND event = 'e\'\\\n*/ {x:String} `ü`'
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
    UNION ALL
    SELECT
        toUInt32(1) AS experiment,
        arm,
        first_exposure,
        toUInt32(0) AS bundle,
        0. AS value_1,
        toUInt64(0) AS invalid_1
    FROM scorecard_exposed
),
