SELECT
    identity,
    groupArray(number) AS facts,
    groupArray(value_times) AS value_times,
    groupArray(finite_values) AS finite_values,
    groupArray(blank_times) AS blank_times
FROM
(
    SELECT
        identity,
        number,
        arrayFilter((t, kept) -> kept, gathered.value_times, values_kept) AS value_times,
        arrayFilter((v, kept) -> kept, gathered.finite_values, values_kept) AS finite_values,
        arrayFilter((t, kept) -> kept, gathered.blank_times, blanks_kept) AS blank_times
    FROM
    (
        SELECT
            *,
            number NOT IN (1) AS keeps_copies,
            arrayMap(occurrence -> occurrence = 1 OR keeps_copies, arrayEnumerateUniq(value_times, value_copies)) AS values_kept,
            arrayMap(occurrence -> occurrence = 1 OR keeps_copies, arrayEnumerateUniq(blank_times, blank_copies)) AS blanks_kept
        FROM
        (
            SELECT
                scorecard_identity AS identity,
                scorecard_number AS number,
                groupArrayIf(scorecard_time, NOT isNaN(scorecard_value)) AS value_times,
                groupArrayIf(scorecard_value, NOT isNaN(scorecard_value)) AS finite_values,
                groupArrayIf(scorecard_copy, NOT isNaN(scorecard_value)) AS value_copies,
                groupArrayIf(scorecard_copy, isNaN(scorecard_value)) AS blank_copies,
                groupArrayIf(scorecard_time, isNaN(scorecard_value)) AS blank_times
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
            GROUP BY
                scorecard_identity,
                scorecard_number
        )
    ) AS gathered
)
GROUP BY identity
