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
    tupleElement(arm, 'variant') AS variant,
    tupleElement(arm, 'n') AS n,
    tupleElement(arm, 'sum') AS sum,
    tupleElement(arm, 'sum_squares') AS sum_squares,
    tupleElement(arm, 'invalid_values') AS invalid_values,
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
    SELECT *
    FROM
    (
        WITH
            {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

            -- One row per metric, its arms as an array.
            per_metric AS
            (
                SELECT
                    metric_number,
                    arraySort(groupArray(CAST((variant, n, sum, sum_squares, invalid_values, expected_values, identities) AS Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64)))) AS measured
                FROM
                (
                    WITH
                        -- Who is exposed: in which arm, since when. Seen with several variants: in no arm.
                        exposed AS
                        (
                            SELECT
                                cityHash64(scorecard_identity) AS identity,
                                groupBitOr(cityHash64(scorecard_value)) AS arm,
                                any(scorecard_value) AS variant,
                                min(scorecard_time) AS exposed_at
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
                            GROUP BY scorecard_identity
                            HAVING arm = groupBitAnd(cityHash64(scorecard_value))
                        ),

                        -- What each identity did: a pair of arrays per event.
                        done AS
                        (
                            SELECT
                                scorecard_identity AS identity,
                                scorecard_number AS event_number,
                                groupArray(scorecard_time) AS times,
                                groupArray(scorecard_value) AS numbers
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
                                identity,
                                event_number
                        ),

                        -- What each exposed identity with rows of an event is worth.
                        identity_values AS
                        (
                            SELECT
                                arm,
                                event_number,
                                arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), times, numbers) AS counted,
                                arrayCount(t -> t >= exposed_at, times) AS rows,
                                arraySum(counted) AS rows_with_number,
                                toFloat64(arrayExists(t -> t >= exposed_at, times)) AS occurrence_value,
                                toFloat64(arrayCount(t -> t >= exposed_at, times)) AS count_value,
                                arrayReduce('sumKahanIf', numbers, counted) AS sum_value,
                                if(arrayCount(t -> t >= exposed_at, times) = 0, 0, arrayReduce('sumKahanIf', numbers, counted) / arrayCount(t -> t >= exposed_at, times)) AS mean_value
                            FROM done
                            INNER JOIN exposed USING (identity)
                        ),

                        -- What the arms add up to.
                        event_sums AS
                        (
                            SELECT
                                arm,
                                event_number,
                                sumKahan(occurrence_value) AS occurrence_sum,
                                sumKahan(occurrence_value * occurrence_value) AS occurrence_sum_squares,
                                sumKahan(count_value) AS count_sum,
                                sumKahan(count_value * count_value) AS count_sum_squares,
                                sumKahan(sum_value) AS sum_sum,
                                sumKahan(sum_value * sum_value) AS sum_sum_squares,
                                sumKahan(mean_value) AS mean_sum,
                                sumKahan(mean_value * mean_value) AS mean_sum_squares,
                                sum(rows) AS rows,
                                sum(rows_with_number) AS rows_with_number
                            FROM identity_values
                            GROUP BY
                                arm,
                                event_number
                        ),

                        arms AS
                        (
                            SELECT
                                arm,
                                CAST(any(variant) AS String) AS variant,
                                count() AS n
                            FROM exposed
                            GROUP BY arm
                        ),

                        {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

                        arrayDistinct(arrayMap(metric -> metric.event, metric_list)) AS metric_events,

                        arrayDistinct(arrayMap(
                            metric -> metric.event,
                            arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
                        )) AS value_events,

                        arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list) AS unknown
                    SELECT
                        metric_number,
                        variant,
                        n AS identities,
                        n,
                        [occurrence_sum, count_sum, sum_sum, mean_sum][indexOf(['occurrence', 'count', 'sum', 'mean'], metric_list[metric_number].aggregation)] AS sum,
                        [occurrence_sum_squares, count_sum_squares, sum_sum_squares, mean_sum_squares][indexOf(['occurrence', 'count', 'sum', 'mean'], metric_list[metric_number].aggregation)] AS sum_squares,
                        if(metric_list[metric_number].aggregation IN ('sum', 'mean'), toUInt64(rows - rows_with_number), 0) AS invalid_values,
                        if(metric_list[metric_number].aggregation IN ('sum', 'mean'), rows, 0) AS expected_values
                    FROM
                    (
                        SELECT
                            arm,
                            variant,
                            n,
                            metric_number,
                            event_number
                        FROM arms
                        ARRAY JOIN
                            arrayEnumerate(metric_list) AS metric_number,
                            arrayMap(metric -> indexOf(metric_events, metric.event), metric_list) AS event_number
                    ) AS asked
                    LEFT JOIN event_sums USING (arm, event_number)
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
                )
                GROUP BY metric_number
            ),

            -- What the functions say of them.
            inferred AS
            (
                SELECT
                    metric_number,
                    measured AS measured_arms,
                    measured AS compared,
                    experimentInference(
                        CAST(
                            arrayMap(arm -> (tupleElement(arm, 'variant'), tupleElement(arm, 'n'), tupleElement(arm, 'sum'), tupleElement(arm, 'sum_squares')), compared)
                            AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64))
                        ),
                        metric_list[metric_number].aggregation,
                        metric_list[metric_number].lower_is_better,
                        {options:String}
                    ) AS inference,
                    arrayExists((arm, told) -> tupleElement(told, 'is_control') AND tupleElement(arm, 'invalid_values') > 0.05 * tupleElement(arm, 'expected_values'), compared, inference) AS control_lacks_numbers,
                    sampleRatioMismatch(
                        CAST(
                            (arrayMap(arm -> tupleElement(arm, 'variant'), measured), arrayMap(arm -> tupleElement(arm, 'identities'), measured))
                            AS Map(String, UInt64)
                        ),
                        {expected_shares:Map(String, Float64)}
                    ) AS srm
                FROM per_metric
            )
        SELECT
            metric_number,
            arm,
            inferred_arm,
            srm,
            tupleElement(arm, 'invalid_values') > 0.05 * tupleElement(arm, 'expected_values') OR control_lacks_numbers AS lacks_numbers
        FROM inferred
        ARRAY JOIN
            measured_arms AS arm,
            inference AS inferred_arm
    )
    ORDER BY
        metric_number,
        tupleElement(arm, 'variant')
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
