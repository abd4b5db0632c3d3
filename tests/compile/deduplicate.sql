scorecard_gathered AS
(
    SELECT
        identity,
        arrayMap(
            (fact, occurrence) -> occurrence = 1 OR fact NOT IN (1),
            gathered.facts,
            arrayEnumerateUniq(gathered.facts, gathered.times, gathered.copies)
        ) AS kept,
        arrayFilter((fact, keep) -> keep, gathered.facts, kept) AS facts,
        arrayFilter((time, keep) -> keep, gathered.times, kept) AS times,
        arrayFilter((value, keep) -> keep, gathered.values, kept) AS values
    FROM
    (
        SELECT
            identity,
            groupArray(number) AS facts,
            groupArray(time) AS times,
            groupArray(value) AS values,
            groupArray(copy) AS copies
        FROM
        (
            SELECT
                scorecard_identity AS identity,
                scorecard_time AS time,
                scorecard_number_1 AS number,
                scorecard_value_1 AS value,
                scorecard_copy_1 AS copy
            FROM
            (
                SELECT
                    cityHash64(identifier) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(transform(event, ['purchase', 'page_view'], [1, 2], 0) AS UInt32) AS scorecard_number_1,
                    if(isFinite(multiIf(scorecard_number_1 IN (1), ifNull(accurateCastOrNull(value, 'Float64'), nan), nan) AS scorecard_number_1_read), scorecard_number_1_read, nan) AS scorecard_value_1,
                    multiIf(scorecard_number_1 IN (1), cityHash64(isNull(value), ifNull(toString(value), '')), toUInt64(0)) AS scorecard_copy_1
                FROM events
                WHERE environment_key = 'prod'
                    AND event IN ('purchase', 'page_view')
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            WHERE number != 0
        )
        GROUP BY identity
    ) AS gathered
),
