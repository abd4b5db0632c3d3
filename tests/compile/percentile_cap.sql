scorecard_per_arm AS
(
    SELECT
        experiment,
        arm,
        in_slot.1 AS measure,
        if(measure = 0, identities_exposed, identities_seen) AS identities,
        value_sum_of_slots[in_slot.2] AS value_sum,
        value_squares_of_slots[in_slot.2] AS value_squares,
        kept_values_of_slots[in_slot.2] AS kept_values,
        invalid_values_of_slots[in_slot.2] AS invalid_values
    FROM
    (
        SELECT
            experiment,
            arm,
            bundle,
            countIf(is_first) AS identities_exposed,
            count() AS identities_seen,
            [sumKahan(value_1)] AS value_sum_of_slots,
            [sumKahan(value_1 * value_1)] AS value_squares_of_slots,
            [groupArrayIf(value_1, bundle IN (1) AND value_1 != 0)] AS kept_values_of_slots,
            [sum(invalid_1)] AS invalid_values_of_slots
        FROM scorecard_values
        GROUP BY
            experiment,
            arm,
            bundle
    )
    ARRAY JOIN CAST([[(0, 0)], [(0, 0), (1, 1)]] AS Array(Array(Tuple(UInt32, UInt32))))[bundle + 1] AS in_slot
),

scorecard_per_measure AS
(
    SELECT
        experiment,
        measure_told,
        variant,
        identities_exposed,
        n,
        seen,
        invalid,
        sum,
        sum_squares,
        lower_bound,
        upper_bound
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
                    experiment,
                    measure_told,
                    lower_bound,
                    upper_bound,
                    row_of_arm.1 AS variant,
                    row_of_arm.2 AS identities_exposed,
                    row_of_arm.3 AS n,
                    row_of_arm.4 AS seen,
                    row_of_arm.5 AS invalid,
                    row_of_arm.6 AS sum_of_values,
                    row_of_arm.7 AS sum_of_squares,
                    row_of_arm.8 AS all_values
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
                            experiment,
                            measure_told,
                            arraySort(arrayFilter(v -> v != 0, groupArrayArrayIf(all_values, true))) AS pool,
                            groupArray((variant, identities_exposed, n, seen, invalid, sum_of_values, sum_of_squares, all_values)) AS rows_of_arms
                        FROM
                        (
                            SELECT
                                experiment,
                                variant,
                                measure_told,
                                sumIf(identities, measure = 0) AS identities_exposed,
                                identities_exposed AS n,
                                sumIf(identities, measure != 0) AS seen,
                                sumKahanIf(value_sum, measure != 0) AS sum_of_values,
                                sumKahanIf(value_squares, measure != 0) AS sum_of_squares,
                                groupArrayArray(kept_values) AS all_values,
                                sum(invalid_values) AS invalid
                            FROM scorecard_arms
                            ARRAY JOIN arrayFilter(own -> measure = 0 OR measure = own, CAST([1] AS Array(UInt32))) AS measure_told
                            GROUP BY
                                experiment,
                                variant,
                                measure_told
                        )
                        GROUP BY
                            experiment,
                            measure_told
                    )
                )
                ARRAY JOIN rows_of_arms AS row_of_arm
            )
        )
    )
)
