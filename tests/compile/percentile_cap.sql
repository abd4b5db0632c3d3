scorecard_per_arm AS
(
    SELECT
        arm,
        bundle,
        count() AS identities_seen,
        [sumKahan(value_1)] AS value_sum_of_slots,
        [sumKahan(value_1 * value_1)] AS value_squares_of_slots,
        [groupArrayIf(value_1, bundle IN (1) AND value_1 != 0)] AS kept_values_of_slots,
        [sum(invalid_1)] AS invalid_values_of_slots,
        [sum(expected_1)] AS expected_values_of_slots
    FROM scorecard_values
    GROUP BY
        arm,
        bundle
),

scorecard_statistics AS
(
    WITH
        -- One row per variant and bundle of measures that identities have rows of: how many were exposed, those whose row it
        -- is, and what these have of the measures in the slots of the bundle.
        scorecard_arms AS
        (
            SELECT *
            FROM `experiment_arms_scorecard`
        )
    SELECT
        metric_number,
        variant,
        n,
        sum,
        sum_squares,
        lower_bound,
        upper_bound,
        invalid_values,
        expected_values
    FROM
    (
        SELECT
            *,
            if(measure_told IN (1), arrayReduce('sumKahan', bent_values) + zeros * bent_zero, sum_of_values) AS sum,
            if(measure_told IN (1), arrayReduce('sumKahan', arrayMap((a, b) -> a * b, bent_values, bent_values)) + zeros * bent_zero * bent_zero, sum_of_squares) AS sum_squares
        FROM
        (
            SELECT
                *,
                arrayMap(v -> least(greatest(v, ifNull(lower_bound, -inf)), ifNull(upper_bound, inf)), all_values) AS bent_values,
                least(greatest(0., ifNull(lower_bound, -inf)), ifNull(upper_bound, inf)) AS bent_zero,
                toFloat64(n - length(all_values)) AS zeros
            FROM
            (
                SELECT
                    metric_number,
                    measure_told,
                    lower_bound,
                    upper_bound,
                    row_of_arm.1 AS variant,
                    row_of_arm.2 AS n,
                    row_of_arm.3 AS sum_of_values,
                    row_of_arm.4 AS sum_of_squares,
                    row_of_arm.5 AS invalid_values,
                    row_of_arm.6 AS expected_values,
                    row_of_arm.7 AS all_values
                FROM
                (
                    SELECT
                        *,
                        CAST(if(isNaN(nan), NULL, nan) AS Nullable(Float64)) AS lower_bound,
                        CAST(multiIf(NOT isNaN(0.99), if(empty(pool), NULL, pool[toUInt64(ifNotFinite(floor(((length(pool) - 1) * 0.99)), 0)) + 1] + (((length(pool) - 1) * 0.99) - toUInt64(ifNotFinite(floor(((length(pool) - 1) * 0.99)), 0))) * (pool[least(toUInt64(ifNotFinite(floor(((length(pool) - 1) * 0.99)), 0)) + 2, length(pool))] - pool[toUInt64(ifNotFinite(floor(((length(pool) - 1) * 0.99)), 0)) + 1])), isNaN(nan), NULL, nan) AS Nullable(Float64)) AS upper_bound
                    FROM
                    (
                        -- The percentiles of a measure are those of all counted identities of all arms, whatever the segment.
                        SELECT
                            metric_number,
                            measure_told,
                            arraySort(arrayFilter(v -> v != 0, groupArrayArrayIf(all_values, true))) AS pool,
                            groupArray((variant, n, sum_of_values, sum_of_squares, invalid_values, expected_values, all_values)) AS rows_of_arms
                        FROM
                        (
                            SELECT
                                metric_number,
                                measure_told,
                                variant,
                                sum(identities_exposed) AS n,
                                sumKahan(value_sum_of_slots[slot]) AS sum_of_values,
                                sumKahan(value_squares_of_slots[slot]) AS sum_of_squares,
                                groupArrayArray(kept_values) AS all_values,
                                sum(invalid_values_of_slots[slot]) AS invalid_values,
                                sum(expected_values_of_slots[slot]) AS expected_values
                            FROM scorecard_arms
                            ARRAY JOIN
                                CAST([1] AS Array(UInt32)) AS metric_number,
                                CAST([1] AS Array(UInt32)) AS measure_told,
                                arrayMap(measure -> if(bundle = 1, 1, 0), CAST([1] AS Array(UInt32))) AS slot,
                                -- Long arrays are picked before: each row would get those of all slots.
                                arrayMap(slot -> kept_values_of_slots[slot], arrayMap(measure -> if(bundle = 1, 1, 0), CAST([1] AS Array(UInt32)))) AS kept_values
                            GROUP BY
                                variant,
                                metric_number,
                                measure_told
                        )
                        GROUP BY
                            metric_number,
                            measure_told
                    )
                )
                ARRAY JOIN rows_of_arms AS row_of_arm
            )
        )
    )
),
