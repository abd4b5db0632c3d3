per_metric AS
(
    SELECT
        metric_number,
        arraySort(groupArray(CAST((variant, n, sum, sum_squares, invalid_values, expected_values, identities, quantile, quantile_standard_error) AS Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64, quantile Nullable(Float64), quantile_standard_error Nullable(Float64))))) AS measured
    FROM
    (
        SELECT
            metric_number,
            variant,
            identities,
            n,
            sum,
            sum_squares,
            invalid_values,
            expected_values,
            quantile,
            quantile_standard_error
        FROM
        (
            SELECT
                *,
                if(size >= 3.8414588206941254 * greatest(level / (1 - level), (1 - level) / level) AND n > 1, width / 3.919927969080108 * clustered_error / independent_error, NULL) AS quantile_standard_error
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
                            arrayMap(values -> toFloat64(length(values)), lists) AS owned_values,
                            arrayMap(values -> toFloat64(arrayCount(v -> v <= quantile, values)), lists) AS lower_values
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
                                    arraySort(arrayFlatten(lists)) AS sorted,
                                    0.9 AS level
                                FROM
                                (
                                    SELECT *
                                    FROM `experiment_arms_scorecard_a`
                                )
                            )
                        )
                    )
                )
            )
        )
    )
    GROUP BY metric_number
),
