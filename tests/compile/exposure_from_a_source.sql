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
                    cityHash64(assumeNotNull(toString((user_id)))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(assumeNotNull((seen_at)), 3, 'UTC')) AS scorecard_time,
                    CAST(if(1 != 0 AND ifNull((experiment = 'a'), false), 1, 0) AS UInt32) AS scorecard_number_1,
                    multiIf(scorecard_number_1 IN (1), ifNull(toString((variant)), ''), '') AS scorecard_value_1
                FROM `assignments`
                WHERE isNotNull((user_id))
                    AND (seen_at) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND (seen_at) < now64(3, 'UTC')
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
