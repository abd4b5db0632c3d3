exposed AS
(
    SELECT
        scorecard_identity AS identity,
        groupBitOr(cityHash64(scorecard_value)) AS arm,
        any(scorecard_value) AS variant,
        min(scorecard_time) AS exposed_at
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString((user_id)))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(assumeNotNull((seen_at)), 3, 'UTC')) AS scorecard_time,
            CAST(multiIf(true AND ifNull((experiment = 'a'), false), 1, 0) AS UInt32) AS scorecard_number,
            materialize(multiIf(scorecard_number IN (1), ifNull(toString((variant)), ''), '')) AS scorecard_value
        FROM `assignments`
        WHERE isNotNull((user_id))
            AND (seen_at) >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND (seen_at) < now64(3, 'UTC')
            AND scorecard_number != 0
            AND scorecard_value != ''
    )
    GROUP BY scorecard_identity
    HAVING arm = groupBitAnd(cityHash64(scorecard_value))
),
