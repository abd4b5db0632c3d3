scorecard_per_measure AS
(
    SELECT
        *,
        if(size >= 3.8414588206941254 * greatest(level / (1 - level), (1 - level) / level) AND n > 1, width / 3.919927969080108 * if(measure_told IN (1), share_error / independent_error, 1), NULL) AS quantile_standard_error
    FROM
    (
        SELECT
            *,
            sqrt(arraySum((below, owned) -> (below - share_below * owned) * (below - share_below * owned), cluster_belows, cluster_sizes) * n / (n - 1)) / size AS share_error
        FROM
        (
            SELECT
                *,
                arraySum(cluster_belows) / size AS share_below
            FROM
            (
                SELECT
                    *,
                    sorted[toUInt64(ceil(size * (level + 1.959963984540054 * independent_error)))] - sorted[greatest(1, toUInt64(floor(size * (level - 1.959963984540054 * independent_error))))] AS width,
                    arrayMap(values -> toFloat64(length(values)), clusters) AS cluster_sizes,
                    arrayMap(values -> toFloat64(arrayCount(v -> v <= quantile, values)), clusters) AS cluster_belows
                FROM
                (
                    SELECT
                        *,
                        if(empty(sorted), NULL, sorted[toUInt64(floor(((length(sorted) - 1) * level))) + 1] + (((length(sorted) - 1) * level) - toUInt64(floor(((length(sorted) - 1) * level)))) * (sorted[least(toUInt64(floor(((length(sorted) - 1) * level))) + 2, length(sorted))] - sorted[toUInt64(floor(((length(sorted) - 1) * level))) + 1])) AS quantile,
                        sqrt(level * (1 - level) / size) AS independent_error
                    FROM
                    (
                        SELECT
                            *,
                            0.9 AS level,
                            toFloat64(length(sorted)) AS size
                        FROM
                        (
                            SELECT
                                * EXCEPT (
                                    all_values,
                                    all_lists,
                                    sum_of_values,
                                    sum_of_squares
                                ),
                                sum_of_values AS sum,
                                sum_of_squares AS sum_squares,
                                all_lists AS clusters,
                                arraySort(multiIf(measure_told IN (1), arrayFlatten(all_lists), CAST([] AS Array(Float64)))) AS sorted
                            FROM
                            (
                                SELECT
                                    experiment,
                                    measure_told,
                                    no_pool,
                                    row_of_arm.1 AS arm,
                                    row_of_arm.2 AS identities_exposed,
                                    row_of_arm.3 AS n,
                                    row_of_arm.4 AS seen,
                                    row_of_arm.5 AS sum_of_values,
                                    row_of_arm.6 AS sum_of_squares,
                                    row_of_arm.7 AS all_lists,
                                    row_of_arm.8 AS invalid
                                FROM
                                (
                                    -- The percentiles of a measure are those of all counted identities of all arms, whatever the segment.
                                    SELECT
                                        experiment,
                                        measure_told,
                                        groupArray((arm, identities_exposed, n, seen, sum_of_values, sum_of_squares, all_lists, invalid)) AS rows_of_arms,
                                        1 AS no_pool
                                    FROM
                                    (
                                        SELECT
                                            experiment,
                                            arm,
                                            measure_told,
                                            sumIf(identities, measure = 0) AS identities_exposed,
                                        identities_exposed AS n,
                                            sumIf(identities, measure != 0) AS seen,
                                            sumKahanIf(value_sum, measure != 0) AS sum_of_values,
                                            sumKahanIf(value_squares, measure != 0) AS sum_of_squares,
                                            groupArrayArray(lists) AS all_lists,
                                            sum(invalid_values) AS invalid
                                        FROM scorecard_per_arm
                                        ARRAY JOIN if(measure = 0, CAST([1] AS Array(UInt32)), [measure]) AS measure_told
                                        GROUP BY
                                            experiment,
                                            arm,
                                            measure_told
                                    )
                                    GROUP BY
                                        experiment,
                                        measure_told
                                )
                                ARRAY JOIN rows_of_arms AS row_of_arm
                            )
                        )
                    )
                )
            )
        )
    )
),
