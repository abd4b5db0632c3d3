scorecard_exposed AS
(
    SELECT
        scorecard_identity AS identity,
        groupBitOr(cityHash64(scorecard_value)) AS arm,
        arrayConcat(
            [toUInt64(0)],
            arrayMap(
                (segment, dimension_number) -> cityHash64(dimension_number, segment),
                [substring(
                    min(concat(
                        reinterpretAsFixedString(byteSwap(bitXor(reinterpretAsUInt64(scorecard_time), 9223372036854775808))),
                        scorecard_segments[1]
                    )),
                    9
                )] AS first_segments,
                arrayEnumerate(first_segments)
            )
        ) AS segments,
        min(scorecard_time) AS first_exposure
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            ifNull(toString(value), '') AS scorecard_value,
            materialize([ifNull(toString((JSONExtractString(traits, 'country'))), '')]) AS scorecard_segments
        FROM events
        WHERE environment_key = 'prod'
            AND event = '$flag_exposure'
            AND feature_name = 'f'
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
            AND scorecard_value != ''
    )
    GROUP BY
        scorecard_identity
    -- Where all bits that some hash has are those that all have, there is one hash.
    HAVING arm = groupBitAnd(cityHash64(scorecard_value))
),

scorecard_per_arm AS
(
    SELECT
        segment,
        arm,
        bundle,
        count() AS identities_seen,
        [sumKahan(value_1)] AS value_sum_of_slots,
        [sumKahan(value_1 * value_1)] AS value_squares_of_slots,
        [sum(invalid_1)] AS invalid_values_of_slots,
        [sum(expected_1)] AS expected_values_of_slots
    FROM scorecard_values
    ARRAY JOIN segments AS segment
    GROUP BY
        segment,
        arm,
        bundle
),

scorecard_named AS
(
    SELECT
        segment,
        arm,
        CAST(any(variant) AS String) AS variant,
        count() AS identities_exposed
    FROM
    (
        SELECT
            scorecard_identity AS identity,
            groupBitOr(cityHash64(scorecard_value)) AS arm,
            any(scorecard_value) AS variant,
            arrayConcat(
                [toUInt64(0)],
                arrayMap(
                    (segment, dimension_number) -> cityHash64(dimension_number, segment),
                    [substring(
                        min(concat(
                            reinterpretAsFixedString(byteSwap(bitXor(reinterpretAsUInt64(scorecard_time), 9223372036854775808))),
                            scorecard_segments[1]
                        )),
                        9
                    )] AS first_segments,
                    arrayEnumerate(first_segments)
                )
            ) AS segments,
            min(scorecard_time) AS first_exposure
        FROM
        (
            SELECT
                cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                CAST(1 AS UInt32) AS scorecard_number,
                ifNull(toString(value), '') AS scorecard_value,
                materialize([ifNull(toString((JSONExtractString(traits, 'country'))), '')]) AS scorecard_segments
            FROM events
            WHERE environment_key = 'prod'
                AND event = '$flag_exposure'
                AND feature_name = 'f'
                AND isNotNull(identifier)
                AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                AND timestamp < now64(3, 'UTC')
                AND scorecard_value != ''
        )
        GROUP BY
            scorecard_identity
        -- Where all bits that some hash has are those that all have, there is one hash.
        HAVING arm = groupBitAnd(cityHash64(scorecard_value))
    )
    ARRAY JOIN segments AS segment
    GROUP BY
        segment,
        arm
),

scorecard_found AS
(
    SELECT
        toUInt32(1) AS experiment,
        * EXCEPT (arm)
    FROM scorecard_named AS named
    LEFT JOIN scorecard_per_arm AS per_arm USING (segment, arm)
),

scorecard_named_segments AS
(
    SELECT
        scorecard_number AS experiment,
        CAST(['country'] AS Array(String))[dimension_number] AS dimension,
        CAST(any(segment_text) AS String) AS segment_read,
        cityHash64(dimension_number, segment_text) AS segment
    FROM
    (
        SELECT
            cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            ifNull(toString(value), '') AS scorecard_value,
            materialize([ifNull(toString((JSONExtractString(traits, 'country'))), '')]) AS scorecard_segments
        FROM events
        WHERE environment_key = 'prod'
            AND event = '$flag_exposure'
            AND feature_name = 'f'
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
            AND scorecard_value != ''
    )
    ARRAY JOIN
        scorecard_segments AS segment_text,
        arrayEnumerate(scorecard_segments) AS dimension_number
    GROUP BY
        scorecard_number,
        dimension_number,
        segment
)
