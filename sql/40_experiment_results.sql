-- experiment_results: the scorecard. What every metric did in every arm, and what follows from it.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC') (half-open window), metrics
-- Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool)),
-- expected_shares Map(String, Float64) (map() for none), options String (a JSON object, '' for the
-- defaults; see experimentInference).
--
-- One row per metric and exposed variant, ordered by the metric's place in `metrics`, then by variant:
--     metric_id        UInt64             as given
--     event            String             as given
--     aggregation      String             as given: occurrence, count, sum or mean
--     lower_is_better  Bool               as given: a fall is a win
--     variant          String             the arm
--     n                UInt64             identities of the arm
--     sum              Float64            sum of the identities' values, in the metric's unit
--     sum_squares      Float64            sum of their squares
--     invalid_values   UInt64             events whose `value` is no finite number and counted as 0
--     is_control       Bool               the arm that the others are compared with
--     mean             Nullable(Float64)  value per identity, in the metric's unit
--     variance         Nullable(Float64)  variance between identities, with n - 1
--     lift             Nullable(Float64)  (mean - control mean) / control mean; 0.12 is +12 %
--     ci_low           Nullable(Float64)  credible interval of the lift
--     ci_high          Nullable(Float64)
--     chance_to_win    Nullable(Float64)  probability that the arm beats the control, 0 to 1
--     verdict          String             control, winning, losing, inconclusive, collecting_data or
--                                         undefined; safe or harmful instead of winning or losing where
--                                         the options have a non_inferiority_margin
--     reason           String             why numbers are withheld, else ''
--     srm_p_value      Nullable(Float64)  sample ratio mismatch test of the experiment, the same on every
--     srm_verdict      String             row: see sampleRatioMismatch
-- and, all Nullable(Float64):
--     standard_error             standard error of the lift
--     expected_loss              lift given away on average by choosing the arm over control
--     difference                 mean − control mean, adjusted by the covariate if there is one
--     difference_ci_low          lower end of Welch's confidence interval of the difference
--     difference_ci_high         upper end of Welch's confidence interval of the difference
--     p_value                    two-sided p-value of Welch's t test of the difference
--     p_value_adjusted           p_value corrected for the number of treatments of the metric
--     anytime_ci_low             lower end of the lift's confidence interval that holds however often one looks
--     anytime_ci_high            upper end of the lift's confidence interval that holds however often one looks
--     anytime_p_value            p-value of the lift that holds however often one looks
--     chance_to_be_best          probability that the arm is the best of all, control included, 0 to 1
--     minimum_detectable_effect  smallest lift that a test with these identities finds with probability `power`
--     mean_adjusted              mean adjusted by the covariate, in the metric's unit
--     variance_adjusted          variance per identity adjusted by the covariate, in the metric's unit squared
--     variance_reduction         1 − variance_adjusted / variance: what the covariate explains
--     chance_to_be_non_inferior  probability that the arm is not worse than control by more than the margin, 0 to 1
--     caution                    String: why the comparison deserves less trust than its numbers claim, else ''
--     anytime_reason             String: why anytime_ci_low and anytime_ci_high alone are withheld, else ''
--     srm_sequential_p_value     sample ratio mismatch, valid however often one looks
--
-- Reads what experiment_metric_stats reads and nothing more: the metric events once, the exposures of the
-- feature twice. The arms' n are the observed traffic, so the ratio test needs no further scan.
CREATE OR REPLACE VIEW experiment_results AS
WITH
    {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list
SELECT
    metric_list[metric_number].metric_id AS metric_id,
    metric_list[metric_number].event AS event,
    metric_list[metric_number].aggregation AS aggregation,
    metric_list[metric_number].lower_is_better AS lower_is_better,
    arm.1 AS variant,
    arm.2 AS n,
    arm.3 AS sum,
    arm.4 AS sum_squares,
    arm.5 AS invalid_values,
    tupleElement(inferred_arm, 'is_control') AS is_control,
    tupleElement(inferred_arm, 'mean') AS mean,
    tupleElement(inferred_arm, 'variance') AS variance,
    tupleElement(inferred_arm, 'lift') AS lift,
    tupleElement(inferred_arm, 'ci_low') AS ci_low,
    tupleElement(inferred_arm, 'ci_high') AS ci_high,
    tupleElement(inferred_arm, 'chance_to_win') AS chance_to_win,
    tupleElement(inferred_arm, 'verdict') AS verdict,
    tupleElement(inferred_arm, 'reason') AS reason,
    tupleElement(srm, 'p_value') AS srm_p_value,
    tupleElement(srm, 'verdict') AS srm_verdict,
    tupleElement(inferred_arm, 'standard_error') AS standard_error,
    tupleElement(inferred_arm, 'expected_loss') AS expected_loss,
    tupleElement(inferred_arm, 'difference') AS difference,
    tupleElement(inferred_arm, 'difference_ci_low') AS difference_ci_low,
    tupleElement(inferred_arm, 'difference_ci_high') AS difference_ci_high,
    tupleElement(inferred_arm, 'p_value') AS p_value,
    tupleElement(inferred_arm, 'p_value_adjusted') AS p_value_adjusted,
    tupleElement(inferred_arm, 'anytime_ci_low') AS anytime_ci_low,
    tupleElement(inferred_arm, 'anytime_ci_high') AS anytime_ci_high,
    tupleElement(inferred_arm, 'anytime_p_value') AS anytime_p_value,
    tupleElement(inferred_arm, 'chance_to_be_best') AS chance_to_be_best,
    tupleElement(inferred_arm, 'minimum_detectable_effect') AS minimum_detectable_effect,
    tupleElement(inferred_arm, 'mean_adjusted') AS mean_adjusted,
    tupleElement(inferred_arm, 'variance_adjusted') AS variance_adjusted,
    tupleElement(inferred_arm, 'variance_reduction') AS variance_reduction,
    tupleElement(inferred_arm, 'chance_to_be_non_inferior') AS chance_to_be_non_inferior,
    if(lacks_numbers, 'invalid_values', tupleElement(inferred_arm, 'caution')) AS caution,
    tupleElement(inferred_arm, 'anytime_reason') AS anytime_reason,
    tupleElement(srm, 'sequential_p_value') AS srm_sequential_p_value
FROM
(
    WITH
        {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

        scorecard_statistics AS
        (
            WITH
                {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

                arrayDistinct(arrayMap(metric -> metric.event, metric_list)) AS metric_events,

                arrayDistinct(arrayMap(
                    metric -> metric.event,
                    arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
                )) AS value_events,

                arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list) AS unknown,

                -- One row per variant and bundle of measures that identities have rows of: how many were exposed, those whose row it
                -- is, and what these have of the measures in the slots of the bundle.
                scorecard_arms AS
                (
                    WITH
                        {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

                        arrayDistinct(arrayMap(metric -> metric.event, metric_list)) AS metric_events,

                        arrayDistinct(arrayMap(
                            metric -> metric.event,
                            arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
                        )) AS value_events,

                        arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list) AS unknown,

                        -- The exposed identities: since when each is in which arm of which experiment. One that was seen with
                        -- several variants of an experiment is not in it.
                        scorecard_exposed AS
                        (
                            SELECT
                                identity,
                                -- When and in what in one number: the fewer arrays grow, the better. No script has 2^18 experiments.
                                groupArray(first_exposure * 262144 + experiment) AS since,
                                arrayMap(packed -> toUInt32(bitAnd(packed, 262143)), since) AS experiments,
                                arrayMap(packed -> bitShiftRight(packed, 18), since) AS first_exposures,
                                groupArray(arm) AS arms
                            FROM
                            (
                                SELECT
                                    cityHash64(scorecard_identity) AS identity,
                                    scorecard_number AS experiment,
                                    groupBitOr(cityHash64(scorecard_value)) AS arm,
                                    min(scorecard_time) AS first_exposure
                                FROM
                                (
                                    SELECT
                                        identifier AS scorecard_identity,
                                        toUInt32(1) AS scorecard_number,
                                        value AS scorecard_value,
                                        toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time
                                    FROM events
                                    WHERE environment_key = {environment_key:String}
                                        AND event = '$flag_exposure'
                                        AND feature_name = {feature_name:String}
                                        AND value != ''
                                        AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                                        AND timestamp < {window_end:DateTime64(3, 'UTC')}
                                )
                                GROUP BY
                                    scorecard_identity,
                                    scorecard_number
                                -- Where all bits that some hash has are those that all have, there is one hash.
                                HAVING arm = groupBitAnd(cityHash64(scorecard_value))
                            )
                            GROUP BY identity
                        ),

                        -- The rows of each identity, as arrays with an element per fact: when there was a row, with a value or
                        -- without one, and which value.
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
                                    scorecard_identity AS identity,
                                    scorecard_number AS number,
                                    groupArrayIf(scorecard_time, NOT isNaN(scorecard_value)) AS value_times,
                                    groupArrayIf(scorecard_value, NOT isNaN(scorecard_value)) AS finite_values,
                                    groupArrayIf(scorecard_time, isNaN(scorecard_value)) AS blank_times
                                FROM
                                (
                                    SELECT
                                        cityHash64(identifier) AS scorecard_identity,
                                        transform(event, metric_events, arrayEnumerate(metric_events), CAST(0 AS UInt32)) AS scorecard_number,
                                        if(isFinite(multiIf(
                                            empty(value_events), nan,
                                            has(value_events, event), ifNull(accurateCastOrNull(value, 'Float64'), nan),
                                            nan
                                        ) AS parsed), parsed, nan) AS scorecard_value,
                                        toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time
                                    FROM events
                                    WHERE environment_key = {environment_key:String}
                                        AND event IN (SELECT arrayJoin(metric_events))
                                        AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                                        AND timestamp < {window_end:DateTime64(3, 'UTC')}
                                )
                                GROUP BY
                                    scorecard_identity,
                                    scorecard_number
                            )
                            GROUP BY identity
                        ),

                        -- One row per identity, experiment and bundle of measures that the identity has rows of: what its rows say around
                        -- its first exposure. The first of them stands for the identity itself, with the bundle 0 where it has no rows or its
                        -- bundle is not of interest. Both sides of the join have one row per identity.
                        scorecard_values AS
                        (
                            SELECT
                                experiment,
                                arm,
                                first_exposure,
                                bundle,
                                is_first,
                                toFloat64((arraySum(blanks_counted) + arraySum(values_counted)) > 0) AS value_1,
                                toUInt64(0) AS invalid_1,
                                toUInt64(0) AS expected_1,
                                toFloat64((arraySum(blanks_counted) + arraySum(values_counted))) AS value_2,
                                toUInt64(0) AS invalid_2,
                                toUInt64(0) AS expected_2,
                                arrayReduce('sumKahanIf', finite_values, values_counted) AS value_3,
                                toUInt64(arraySum(blanks_counted)) AS invalid_3,
                                toUInt64((arraySum(blanks_counted) + arraySum(values_counted))) AS expected_3,
                                if((arraySum(blanks_counted) + arraySum(values_counted)) = 0, 0, arrayReduce('sumKahanIf', finite_values, values_counted) / (arraySum(blanks_counted) + arraySum(values_counted))) AS value_4,
                                toUInt64(arraySum(blanks_counted)) AS invalid_4,
                                toUInt64((arraySum(blanks_counted) + arraySum(values_counted))) AS expected_4
                            FROM
                            (
                                SELECT
                                    experiment,
                                    arm,
                                    first_exposure,
                                    bundle,
                                    -- The first row of an identity; 0 is what it has where there is nothing to unroll.
                                    entry <= 1 AS is_first,
                                    blank_times,
                                    value_times,
                                    finite_values,
                                    arrayMap(t -> t >= first_exposure, value_times) AS values_counted,
                                    arrayMap(t -> t >= first_exposure, blank_times) AS blanks_counted
                                FROM scorecard_gathered AS gathered
                                RIGHT JOIN scorecard_exposed AS exposed ON gathered.identity = exposed.identity
                                LEFT ARRAY JOIN
                                    gathered.facts AS bundle,
                                    gathered.blank_times AS blank_times,
                                    gathered.value_times AS value_times,
                                    gathered.finite_values AS finite_values,
                                    arrayEnumerate(gathered.facts) AS entry
                                ARRAY JOIN
                                    exposed.experiments AS experiment,
                                    exposed.arms AS arm,
                                    exposed.first_exposures AS first_exposure
                            )
                        ),

                        scorecard_per_arm AS
                        (
                            SELECT
                                experiment,
                                arm,
                                bundle,
                                countIf(is_first) AS identities_exposed,
                                count() AS identities_seen,
                                [sumKahan(value_1), sumKahan(value_2), sumKahan(value_3), sumKahan(value_4)] AS value_sum_of_slots,
                                [sumKahan(value_1 * value_1), sumKahan(value_2 * value_2), sumKahan(value_3 * value_3), sumKahan(value_4 * value_4)] AS value_squares_of_slots,
                                [sum(invalid_1), sum(invalid_2), sum(invalid_3), sum(invalid_4)] AS invalid_values_of_slots,
                                [sum(expected_1), sum(expected_2), sum(expected_3), sum(expected_4)] AS expected_values_of_slots
                            FROM scorecard_values
                            GROUP BY
                                experiment,
                                arm,
                                bundle
                        ),

                        -- The arms by their names.
                        scorecard_named AS
                        (
                            SELECT
                                scorecard_number AS experiment,
                                CAST(any(scorecard_value) AS String) AS variant,
                                cityHash64(scorecard_value) AS arm
                            FROM
                            (
                                SELECT
                                    identifier AS scorecard_identity,
                                    toUInt32(1) AS scorecard_number,
                                    value AS scorecard_value,
                                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time
                                FROM events
                                WHERE environment_key = {environment_key:String}
                                    AND event = '$flag_exposure'
                                    AND feature_name = {feature_name:String}
                                    AND value != ''
                                    AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                                    AND timestamp < {window_end:DateTime64(3, 'UTC')}
                            )
                            GROUP BY
                                scorecard_number,
                                arm
                        )
                    SELECT
                        * EXCEPT (arm)
                    FROM scorecard_per_arm AS per_arm
                    INNER JOIN scorecard_named AS named USING (experiment, arm)
                )
            SELECT
                metric_number,
                variant,
                sum(identities_exposed) AS n,
                sumKahan(value_sum_of_slots[slot]) AS sum,
                sumKahan(value_squares_of_slots[slot]) AS sum_squares,
                sum(invalid_values_of_slots[slot]) AS invalid_values,
                sum(expected_values_of_slots[slot]) AS expected_values
            FROM scorecard_arms
            ARRAY JOIN
                arrayEnumerate(metric_list) AS metric_number,
                arrayEnumerate(metric_list) AS measure_told,
                arrayMap(measure -> if(bundle != 0 AND metric_list[measure].event = metric_events[bundle], indexOf(['occurrence', 'count', 'sum', 'mean'], metric_list[measure].aggregation), 0), arrayEnumerate(metric_list)) AS slot
            WHERE (
                SELECT throwIf(
                    notEmpty(unknown),
                    concat(
                        'Unknown aggregation ''', unknown[1].aggregation,
                        ''' of metric ', toString(unknown[1].metric_id),
                        ': it must be occurrence, count, sum or mean'
                    )
                )
            ) = 0
            GROUP BY
                variant,
                metric_number,
                measure_told
        ),

        -- One row per metric, its arms as (variant, n, sum, sum_squares, invalid_values, expected_values).
        scorecard_per_metric AS
        (
            SELECT
                metric_number,
                arraySort(groupArray((variant, n, sum, sum_squares, invalid_values, expected_values))) AS measured
            FROM scorecard_statistics
            GROUP BY
                metric_number
        ),

        scorecard_inferred AS
        (
            SELECT
                metric_number,
                measured AS measured_arms,
                measured AS compared,
                experimentInference(
                    CAST(
                        arrayMap(arm -> (arm.1, arm.2, arm.3, arm.4), compared)
                        AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64))
                    ),
                    metric_list[metric_number].aggregation,
                    metric_list[metric_number].lower_is_better,
                    {options:String}
                ) AS inference,
                arrayExists(
                    (arm, told) -> told.is_control AND arm.5 > 0.05 * arm.6,
                    compared,
                    inference
                ) AS control_lacks_numbers,
                sampleRatioMismatch(
                    CAST(
                        (arrayMap(arm -> arm.1, measured), arrayMap(arm -> arm.2, measured))
                        AS Map(String, UInt64)
                    ),
                    {expected_shares:Map(String, Float64)}
                ) AS srm
            FROM scorecard_per_metric
        )
    SELECT
        metric_number,
        arm,
        inferred_arm,
        srm,
        arm.5 > 0.05 * arm.6 OR control_lacks_numbers AS lacks_numbers
    FROM scorecard_inferred
    ARRAY JOIN
        measured_arms AS arm,
        inference AS inferred_arm
    ORDER BY
        metric_number,
        arm.1
)
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    empty_result_for_aggregation_by_empty_set = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    optimize_functions_to_subcolumns = 0,
    read_overflow_mode = 'throw',
    read_overflow_mode_leaf = 'throw',
    join_overflow_mode = 'throw',
    set_overflow_mode = 'throw',
    distinct_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    sort_overflow_mode = 'throw',
    timeout_overflow_mode = 'throw',
    allow_reorder_prewhere_conditions = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    output_format_json_escape_forward_slashes = 0,
    input_format_json_named_tuples_as_objects = 1
