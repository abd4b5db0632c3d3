scorecard_gathered AS
(
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
                    identity,
                    number,
                    groupArrayIf(time, NOT isNaN(value)) AS value_times,
                    groupArrayIf(value, NOT isNaN(value)) AS finite_values,
                    groupArrayIf(copy, NOT isNaN(value)) AS value_copies,
                    groupArrayIf(copy, isNaN(value)) AS blank_copies,
                    groupArrayIf(time, isNaN(value)) AS blank_times
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
                            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                            CAST(transform(event, ['purchase', 'page_view'], [1, 2], 0) AS UInt32) AS scorecard_number_1,
                            if(isFinite(multiIf(scorecard_number_1 IN (1), ifNull(accurateCastOrNull(value, 'Float64'), nan), nan) AS scorecard_number_1_read), scorecard_number_1_read, nan) AS scorecard_value_1,
                            multiIf(scorecard_number_1 IN (1), cityHash64(isNull(value), ifNull(toString(value), '')), toUInt64(0)) AS scorecard_copy_1
                        FROM events
                        WHERE environment_key = 'prod'
                            AND event IN ('purchase', 'page_view')
                            AND isNotNull(identifier)
                            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                            AND timestamp < now64(3, 'UTC')
                    )
                    WHERE number != 0
                )
                GROUP BY
                    identity,
                    number
            )
        ) AS gathered
    )
    GROUP BY identity
),
