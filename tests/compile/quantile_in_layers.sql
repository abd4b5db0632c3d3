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
        quantile,
        quantile_standard_error,
        invalid_values,
        expected_values
    FROM
    (
        SELECT
            *,
            if(size >= 3.8414588206941254 * greatest(level / (1 - level), (1 - level) / level) AND n > 1, width / 3.919927969080108 * if(measure_told IN (1), clustered_error / independent_error, 1), NULL) AS quantile_standard_error
        FROM
        (
            SELECT
                *,
                sqrt(arraySum((lower, owned) -> pow(lower - lower_share * owned, 2), lower_values, owned_values) * n / (n - 1)) / size AS clustered_error
            FROM
            (
                SELECT
                    *,
                    arraySum(lower_values) / size AS lower_share
                FROM
                (
                    SELECT
                        *,
                        sorted[toUInt64(ifNotFinite(ceil(size * (level + 1.959963984540054 * independent_error)), 0))] - sorted[greatest(1, toUInt64(ifNotFinite(floor(size * (level - 1.959963984540054 * independent_error)), 0)))] AS width,
                        arrayMap(values -> toFloat64(length(values)), all_lists) AS owned_values,
                        arrayMap(values -> toFloat64(arrayCount(v -> v <= quantile, values)), all_lists) AS lower_values
                    FROM
                    (
                        SELECT
                            *,
                            toFloat64(length(sorted)) AS size,
                            if(empty(sorted), NULL, sorted[toUInt64(ifNotFinite(floor(((length(sorted) - 1) * level)), 0)) + 1] + (((length(sorted) - 1) * level) - toUInt64(ifNotFinite(floor(((length(sorted) - 1) * level)), 0))) * (sorted[least(toUInt64(ifNotFinite(floor(((length(sorted) - 1) * level)), 0)) + 2, length(sorted))] - sorted[toUInt64(ifNotFinite(floor(((length(sorted) - 1) * level)), 0)) + 1])) AS quantile,
                            sqrt(level * (1 - level) / length(sorted)) AS independent_error
                        FROM
                        (
                            SELECT
                                *,
                                arraySort(multiIf(measure_told IN (1), arrayFlatten(all_lists), CAST([] AS Array(Float64)))) AS sorted,
                                0.9 AS level
                            FROM
                            (
                                SELECT
                                    *,
                                    sum_of_values AS sum,
                                    sum_of_squares AS sum_squares
                                FROM
                                (
                                    SELECT
                                        metric_number,
                                        measure_told,
                                        variant,
                                        sum(identities_exposed) AS n,
                                        sumKahan(value_sum_of_slots[slot]) AS sum_of_values,
                                        sumKahan(value_squares_of_slots[slot]) AS sum_of_squares,
                                        groupArrayArray(lists) AS all_lists,
                                        sum(invalid_values_of_slots[slot]) AS invalid_values,
                                        sum(expected_values_of_slots[slot]) AS expected_values
                                    FROM scorecard_arms
                                    ARRAY JOIN
                                        CAST([1] AS Array(UInt32)) AS metric_number,
                                        CAST([1] AS Array(UInt32)) AS measure_told,
                                        arrayMap(measure -> if(bundle = 1, 1, 0), CAST([1] AS Array(UInt32))) AS slot,
                                        -- Long arrays are picked before: each row would get those of all slots.
                                        arrayMap(slot -> lists_of_slots[slot], arrayMap(measure -> if(bundle = 1, 1, 0), CAST([1] AS Array(UInt32)))) AS lists
                                    GROUP BY
                                        variant,
                                        metric_number,
                                        measure_told
                                )
                            )
                        )
                    )
                )
            )
        )
    )
),
