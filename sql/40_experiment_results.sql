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
--                                         undefined
--     reason           String             why numbers are withheld, else ''
--     srm_p_value      Nullable(Float64)  sample ratio mismatch test of the experiment, the same on every
--     srm_verdict      String             row: see sampleRatioMismatch
-- and, all Nullable(Float64):
--     standard_error             standard deviation of the lift's posterior
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
--     srm_sequential_p_value     sample ratio mismatch, valid however often one looks
--
-- Reads what experiment_metric_stats reads and nothing more: the metric events once, the exposures of the
-- feature twice. The arms' n are the observed traffic, so the ratio test needs no further scan.
CREATE OR REPLACE VIEW experiment_results AS
WITH
    {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

    -- DISTINCT and positions: a metric given twice, alike in everything, is one metric to infer and two
    -- to show.
    stats AS
    (
        SELECT DISTINCT
            metric_id,
            event,
            aggregation,
            lower_is_better,
            variant,
            n,
            sum AS total,
            sum_squares,
            invalid_values
        FROM
        (
            WITH
                {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

                arrayDistinct(arrayMap(metric -> metric.event, metric_list)) AS metric_events,

                arrayDistinct(arrayMap(
                    metric -> metric.event,
                    arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
                )) AS value_events,

                arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list) AS unknown,

                exposed AS
                (
                    SELECT
                        cityHash64(identifier) AS identity,
                        cityHash64(variant) AS variant_hash,
                        first_exposure
                    FROM
                    (
                        SELECT
                            identifier,
                            if(min(value) = max(value), min(value), '') AS variant,
                            CAST(min(value) != max(value) AS Bool) AS quarantined,
                            CAST(min(timestamp) AS DateTime64(3, 'UTC')) AS first_exposure
                        FROM events
                        WHERE environment_key = {environment_key:String}
                            AND event = '$flag_exposure'
                            AND feature_name = {feature_name:String}
                            AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                            AND timestamp < {window_end:DateTime64(3, 'UTC')}
                            AND value != ''
                        GROUP BY identifier
                    )
                    WHERE NOT quarantined
                ),

                arms AS
                (
                    SELECT
                        variant,
                        cityHash64(variant) AS variant_hash,
                        count() AS n
                    FROM
                    (
                        SELECT
                            identifier,
                            if(min(value) = max(value), min(value), '') AS variant,
                            CAST(min(value) != max(value) AS Bool) AS quarantined,
                            CAST(min(timestamp) AS DateTime64(3, 'UTC')) AS first_exposure
                        FROM events
                        WHERE environment_key = {environment_key:String}
                            AND event = '$flag_exposure'
                            AND feature_name = {feature_name:String}
                            AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                            AND timestamp < {window_end:DateTime64(3, 'UTC')}
                            AND value != ''
                        GROUP BY identifier
                    )
                    WHERE NOT quarantined
                    GROUP BY variant
                ),

                -- A scalar subquery is evaluated while the query is analysed: the refusal comes whatever the data.
                given AS
                (
                    SELECT
                        position,
                        metric_list[position] AS metric,
                        indexOf(metric_events, metric.event) AS event_position
                    FROM system.one
                    ARRAY JOIN arrayEnumerate(metric_list) AS position
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
                ),

                -- One row per metric event; NaN stands for a value that is no finite number, 0 for one nobody reads.
                -- The names are a subquery because that form uses the primary key on every supported version; an
                -- expression after IN does not (26.9) or fails (25.8, 26.3), and has() does not on 25.8.
                metric_rows AS
                (
                    SELECT
                        cityHash64(identifier) AS identity,
                        transform(event, metric_events, arrayEnumerate(metric_events), CAST(0 AS UInt32)) AS event_position,
                        timestamp,
                        multiIf(
                            empty(value_events), toFloat64(0),
                            has(value_events, event), ifNull(toFloat64OrNull(value), nan),
                            toFloat64(0)
                        ) AS parsed
                    FROM events
                    WHERE environment_key = {environment_key:String}
                        AND event IN (SELECT arrayJoin(metric_events))
                        AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                        AND timestamp < {window_end:DateTime64(3, 'UTC')}
                ),

                per_identity AS
                (
                    SELECT
                        any(exposed.variant_hash) AS variant_hash,
                        metric_rows.event_position AS event_position,
                        toFloat64(count()) AS events,
                        sumKahan(if(isFinite(metric_rows.parsed), metric_rows.parsed, 0)) AS total,
                        total / events AS average,
                        countIf(NOT isFinite(metric_rows.parsed)) AS invalid
                    FROM metric_rows
                    INNER JOIN exposed ON metric_rows.identity = exposed.identity
                    WHERE metric_rows.timestamp >= exposed.first_exposure
                    GROUP BY
                        exposed.identity,
                        metric_rows.event_position
                ),

                per_arm AS
                (
                    SELECT
                        variant_hash,
                        event_position,
                        toFloat64(count()) AS occurred,
                        sumKahan(events) AS events_sum,
                        sumKahan(events * events) AS events_squares,
                        sumKahan(total) AS total_sum,
                        sumKahan(total * total) AS total_squares,
                        sumKahan(average) AS average_sum,
                        sumKahan(average * average) AS average_squares,
                        sum(invalid) AS invalid
                    FROM per_identity
                    GROUP BY
                        variant_hash,
                        event_position
                )
            SELECT
                given.metric.metric_id AS metric_id,
                given.metric.event AS event,
                given.metric.aggregation AS aggregation,
                given.metric.lower_is_better AS lower_is_better,
                arms.variant AS variant,
                arms.n AS n,
                multiIf(
                    aggregation = 'occurrence', per_arm.occurred,
                    aggregation = 'count', per_arm.events_sum,
                    aggregation = 'sum', per_arm.total_sum,
                    per_arm.average_sum
                ) AS sum,
                multiIf(
                    aggregation = 'occurrence', per_arm.occurred,
                    aggregation = 'count', per_arm.events_squares,
                    aggregation = 'sum', per_arm.total_squares,
                    per_arm.average_squares
                ) AS sum_squares,
                if(aggregation IN ('sum', 'mean'), per_arm.invalid, 0) AS invalid_values
            FROM given
            CROSS JOIN arms
            LEFT JOIN per_arm
                ON arms.variant_hash = per_arm.variant_hash
                AND given.event_position = per_arm.event_position
            ORDER BY
                given.position,
                variant
        )
    ),

    per_metric AS
    (
        SELECT
            metric_id,
            event,
            aggregation,
            lower_is_better,
            arraySort(groupArray((variant, n, total, sum_squares, invalid_values))) AS measured
        FROM stats
        GROUP BY
            metric_id,
            event,
            aggregation,
            lower_is_better
    ),

    inferred AS
    (
        SELECT
            metric_id,
            event,
            aggregation,
            lower_is_better,
            measured,
            experimentInference(
                CAST(
                    arrayMap(arm -> (arm.1, arm.2, arm.3, arm.4), measured)
                    AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64))
                ),
                aggregation,
                lower_is_better,
                {options:String}
            ) AS inference,
            sampleRatioMismatch(
                CAST(
                    (arrayMap(arm -> arm.1, measured), arrayMap(arm -> arm.2, measured))
                    AS Map(String, UInt64)
                ),
                {expected_shares:Map(String, Float64)}
            ) AS srm
        FROM per_metric
    )
SELECT
    metric_id,
    event,
    aggregation,
    lower_is_better,
    arm.1 AS variant,
    arm.2 AS n,
    arm.3 AS sum,
    arm.4 AS sum_squares,
    arm.5 AS invalid_values,
    inferred_arm.is_control AS is_control,
    inferred_arm.mean AS mean,
    inferred_arm.variance AS variance,
    inferred_arm.lift AS lift,
    inferred_arm.ci_low AS ci_low,
    inferred_arm.ci_high AS ci_high,
    inferred_arm.chance_to_win AS chance_to_win,
    inferred_arm.verdict AS verdict,
    inferred_arm.reason AS reason,
    srm.p_value AS srm_p_value,
    srm.verdict AS srm_verdict,
    inferred_arm.standard_error AS standard_error,
    inferred_arm.expected_loss AS expected_loss,
    inferred_arm.difference AS difference,
    inferred_arm.difference_ci_low AS difference_ci_low,
    inferred_arm.difference_ci_high AS difference_ci_high,
    inferred_arm.p_value AS p_value,
    inferred_arm.p_value_adjusted AS p_value_adjusted,
    inferred_arm.anytime_ci_low AS anytime_ci_low,
    inferred_arm.anytime_ci_high AS anytime_ci_high,
    inferred_arm.anytime_p_value AS anytime_p_value,
    inferred_arm.chance_to_be_best AS chance_to_be_best,
    inferred_arm.minimum_detectable_effect AS minimum_detectable_effect,
    inferred_arm.mean_adjusted AS mean_adjusted,
    inferred_arm.variance_adjusted AS variance_adjusted,
    inferred_arm.variance_reduction AS variance_reduction,
    inferred_arm.chance_to_be_non_inferior AS chance_to_be_non_inferior,
    srm.sequential_p_value AS srm_sequential_p_value
FROM
(
    SELECT
        *,
        arrayFilter(
            position -> metric_list[position] = (metric_id, event, aggregation, lower_is_better),
            arrayEnumerate(metric_list)
        ) AS positions
    FROM inferred
)
ARRAY JOIN positions AS position
ARRAY JOIN
    measured AS arm,
    inference AS inferred_arm
ORDER BY
    position,
    variant
SETTINGS
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    input_format_json_named_tuples_as_objects = 1,
    empty_result_for_aggregation_by_empty_set = 0,
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    transform_null_in = 0,
    set_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw'
