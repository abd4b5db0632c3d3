(
    WITH
        -- Who is in the experiment: in which arm, since when. Seen with several variants: in no arm.
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
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    ifNull(toString(value), '') AS scorecard_value
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
                groupArray(scorecard_time) AS buy_times,
                groupArray(scorecard_value) AS buy_numbers
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value
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
                -- revenue: sum of 'buy'
                arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), buy_times, buy_numbers) AS revenue_value_counted,
                arrayReduce('sumKahanIf', buy_numbers, revenue_value_counted) AS revenue_value,
                arrayCount(t -> t >= exposed_at, buy_times) AS revenue_rows,
                arraySum(revenue_value_counted) AS revenue_rows_with_number
            FROM done
            RIGHT JOIN exposed USING (identity)
        )
    SELECT
        metric_number,
        variant,
        identities,
        n,
        sum,
        sum_squares,
        invalid_values,
        expected_values,
        values
    FROM
    (
        SELECT
            CAST(any(variant) AS String) AS variant,
            count() AS exposed_identities,
            groupArrayIf(revenue_value, revenue_value != 0) AS revenue_values,
            sum(revenue_rows) AS revenue_sum_of_rows,
            sum(revenue_rows_with_number) AS revenue_sum_of_rows_with_number
        FROM identity_values
        GROUP BY arm
    )
    ARRAY JOIN
        CAST([1] AS Array(UInt32)) AS metric_number,
        CAST([exposed_identities] AS Array(UInt64)) AS identities,
        CAST([exposed_identities] AS Array(UInt64)) AS n,
        CAST([0] AS Array(Float64)) AS sum,
        CAST([0] AS Array(Float64)) AS sum_squares,
        CAST([revenue_sum_of_rows - revenue_sum_of_rows_with_number] AS Array(UInt64)) AS invalid_values,
        CAST([revenue_sum_of_rows] AS Array(UInt64)) AS expected_values,
        CAST([revenue_values] AS Array(Array(Float64))) AS values
)

per_metric AS
(
    SELECT
        metric_number,
        arraySort(groupArray(CAST((variant, n, sum, sum_squares, invalid_values, expected_values, identities, lower_bound, upper_bound) AS Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64, lower_bound Nullable(Float64), upper_bound Nullable(Float64))))) AS measured
    FROM
    (
        SELECT
            metric_number,
            variant,
            identities,
            n,
            sum_of_capped AS sum,
            sum_squares_of_capped AS sum_squares,
            invalid_values,
            expected_values,
            lower_bound,
            upper_bound
        FROM
        (
            SELECT
                *,
                arrayReduce('sumKahan', capped) + zeros * capped_zero AS sum_of_capped,
                arrayReduce('sumKahan', arrayMap((a, b) -> a * b, capped, capped)) + zeros * capped_zero * capped_zero AS sum_squares_of_capped
            FROM
            (
                SELECT
                    *,
                    arrayMap(v -> least(greatest(v, ifNull(lower_bound, -inf)), ifNull(upper_bound, inf)), values) AS capped,
                    least(greatest(0., ifNull(lower_bound, -inf)), ifNull(upper_bound, inf)) AS capped_zero,
                    toFloat64(n - length(values)) AS zeros
                FROM
                (
                    SELECT
                        metric_number,
                        lower_bound,
                        upper_bound,
                        tupleElement(arm, 'variant') AS variant,
                        tupleElement(arm, 'identities') AS identities,
                        tupleElement(arm, 'n') AS n,
                        tupleElement(arm, 'sum') AS sum,
                        tupleElement(arm, 'sum_squares') AS sum_squares,
                        tupleElement(arm, 'invalid_values') AS invalid_values,
                        tupleElement(arm, 'expected_values') AS expected_values,
                        tupleElement(arm, 'values') AS values
                    FROM
                    (
                        SELECT
                            metric_number,
                            arms,
                            CAST(NULL AS Nullable(Float64)) AS lower_bound,
                            CAST(if(empty(pool), NULL, pool[toUInt64(ifNotFinite(floor(((length(pool) - 1) * 0.99)), 0)) + 1] + (((length(pool) - 1) * 0.99) - toUInt64(ifNotFinite(floor(((length(pool) - 1) * 0.99)), 0))) * (pool[least(toUInt64(ifNotFinite(floor(((length(pool) - 1) * 0.99)), 0)) + 2, length(pool))] - pool[toUInt64(ifNotFinite(floor(((length(pool) - 1) * 0.99)), 0)) + 1])) AS Nullable(Float64)) AS upper_bound
                        FROM
                        (
                            SELECT
                                metric_number,
                                arraySort(arrayFilter(v -> v != 0, groupArrayArrayIf(values, true))) AS pool,
                                groupArray(CAST((variant, identities, n, sum, sum_squares, invalid_values, expected_values, values) AS Tuple(variant String, identities UInt64, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, values Array(Float64)))) AS arms
                            FROM
                            (
                                SELECT *
                                FROM `experiment_arms_scorecard_a`
                            )
                            GROUP BY metric_number
                        )
                    )
                    ARRAY JOIN arms AS arm
                )
            )
        )
    )
    GROUP BY metric_number
),
