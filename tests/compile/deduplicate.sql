done AS
(
    SELECT
        scorecard_identity AS identity,
        groupArrayIf(scorecard_time, scorecard_number = 1) AS purchase_times_seen,
        groupArrayIf(scorecard_copy, scorecard_number = 1) AS purchase_copies,
        arrayEnumerateUniq(purchase_times_seen, purchase_copies) AS purchase_occurrences,
        arrayFilter((row, occurrence) -> occurrence = 1, groupArrayIf(scorecard_time, scorecard_number = 1), purchase_occurrences) AS purchase_times,
        arrayFilter((row, occurrence) -> occurrence = 1, groupArrayIf(scorecard_value, scorecard_number = 1), purchase_occurrences) AS purchase_numbers,
        groupArrayIf(scorecard_time, scorecard_number = 2) AS page_view_times
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(transform(event, ['purchase', 'page_view'], [1, 2], 0) AS UInt32) AS scorecard_number,
            if(isFinite(multiIf(scorecard_number IN (1), ifNull(accurateCastOrNull(value, 'Float64'), nan), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value,
            multiIf(scorecard_number IN (1), cityHash64(isNull(value), ifNull(toString(value), '')), toUInt64(0)) AS scorecard_copy
        FROM events
        WHERE environment_key = 'prod'
            AND event IN ('purchase', 'page_view')
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
    )
    GROUP BY scorecard_identity
),
