scorecard_gathered AS
(
    SELECT
        identity,
        groupArray(number) AS facts,
        groupArray(blank_times) AS blank_times
    FROM
    (
        SELECT
            identity,
            number,
            groupArray(time) AS blank_times
        FROM
        (
            SELECT
                scorecard_identity AS identity,
                scorecard_time AS time,
                number AS number,
                value AS value
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number_1,
                    nan AS scorecard_value_1,
                    CAST(transform(event, ['purchase'], [2], 0) AS UInt32) AS scorecard_number_2,
                    nan AS scorecard_value_2
                FROM events
                WHERE environment_key = 'prod'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            ARRAY JOIN
                [scorecard_number_1, scorecard_number_2] AS number,
                [scorecard_value_1, scorecard_value_2] AS value
            WHERE number != 0
        )
        GROUP BY
            identity,
            number
    )
    GROUP BY identity
),
