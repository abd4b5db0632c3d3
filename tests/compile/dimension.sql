exposed AS
(
    SELECT
        scorecard_identity AS identity,
        groupBitOr(cityHash64(scorecard_value)) AS arm,
        any(scorecard_value) AS variant,
        arrayPushFront([substring(
            min(concat(
                reinterpretAsFixedString(byteSwap(bitXor(reinterpretAsUInt64(scorecard_time), 9223372036854775808))),
                scorecard_segments[1]
            )),
            9
        )], '') AS segments,
        min(scorecard_time) AS exposed_at
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
    GROUP BY scorecard_identity
    HAVING arm = groupBitAnd(cityHash64(scorecard_value))
),

(
    WITH
        -- Who is in the experiment: in which arm, since when. Seen with several variants: in no arm.
        exposed AS
        (
            SELECT
                scorecard_identity AS identity,
                groupBitOr(cityHash64(scorecard_value)) AS arm,
                any(scorecard_value) AS variant,
                arrayPushFront([substring(
                    min(concat(
                        reinterpretAsFixedString(byteSwap(bitXor(reinterpretAsUInt64(scorecard_time), 9223372036854775808))),
                        scorecard_segments[1]
                    )),
                    9
                )], '') AS segments,
                min(scorecard_time) AS exposed_at
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
            GROUP BY scorecard_identity
            HAVING arm = groupBitAnd(cityHash64(scorecard_value))
        ),

        -- What each identity did: one pair of arrays per kind of rows.
        done AS
        (
            SELECT
                scorecard_identity AS identity,
                groupArray(scorecard_time) AS buy_times
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    nan AS scorecard_value
                FROM events
                WHERE environment_key = 'prod'
                    AND event = 'buy'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            GROUP BY scorecard_identity
        ),

        -- What each exposed identity is worth, a column per metric; one without rows is kept.
        identity_values AS
        (
            SELECT
                arm,
                variant,
                segments,
                -- buyers: occurrence of 'buy'
                toFloat64(arrayExists(t -> t >= exposed_at, buy_times)) AS buyers_value
            FROM done
            RIGHT JOIN exposed USING (identity)
        )
    SELECT
        metric_number,
        dimension,
        segment,
        variant,
        identities,
        n,
        sum,
        sum_squares,
        invalid_values,
        expected_values
    FROM
    (
        SELECT
            * EXCEPT (segment_told),
            segment_told AS segment
        FROM
        (
            SELECT
                variant,
                dimension,
                segment_told,
                sum(exposed_identities) AS exposed_identities,
                sumKahan(buyers_sum) AS buyers_sum,
                sumKahan(buyers_sum_squares) AS buyers_sum_squares
            FROM
            (
                SELECT
                    variant,
                    arrayPushFront(CAST(['country'] AS Array(String)), '')[segment_number] AS dimension,
                    if(place <= 100, segment, 'other') AS segment_told,
                    exposed_identities,
                    buyers_sum,
                    buyers_sum_squares
                FROM
                (
                    SELECT
                        *,
                        dense_rank() OVER (PARTITION BY segment_number ORDER BY segment = 'other', size DESC, segment) AS place
                    FROM
                    (
                        SELECT
                            *,
                            sum(exposed_identities) OVER (PARTITION BY segment_number, segment) AS size
                        FROM
                        (
                            SELECT
                                segment_number,
                                segment,
                                CAST(any(variant) AS String) AS variant,
                                count() AS exposed_identities,
                                sumKahan(buyers_value) AS buyers_sum,
                                sumKahan(buyers_value * buyers_value) AS buyers_sum_squares
                            FROM identity_values
                            ARRAY JOIN
                                segments AS segment,
                                arrayEnumerate(segments) AS segment_number
                            GROUP BY
                                arm,
                                segment_number,
                                segment
                        )
                    )
                )
            )
            GROUP BY
                variant,
                dimension,
                segment_told
        )
    )
    ARRAY JOIN
        CAST([1] AS Array(UInt32)) AS metric_number,
        CAST([exposed_identities] AS Array(UInt64)) AS identities,
        CAST([exposed_identities] AS Array(UInt64)) AS n,
        CAST([buyers_sum] AS Array(Float64)) AS sum,
        CAST([buyers_sum_squares] AS Array(Float64)) AS sum_squares,
        CAST([0] AS Array(UInt64)) AS invalid_values,
        CAST([0] AS Array(UInt64)) AS expected_values
)
