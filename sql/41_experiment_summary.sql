-- experiment_summary: the scorecard as one JSON document, for a service that fetches it whole.
--
-- Parameters: those of experiment_results.
--
-- One row, always:
--     payload  String  {"srm_p_value": number or null,
--                       "metrics": [{"metric_id": number,
--                                    "variants": {variant: {"n": …, "sum": …, "sum_squares": …}},
--                                    "inference": {treatment: {"lift": …, "ci_low": …, "ci_high": …,
--                                                              "chance_to_win": …} or null}}]}
--
-- Metrics stand in the order given, every one of them, with empty objects while nobody is exposed,
-- variants in the order of their names. "inference" has a key for every arm but the control, null where
-- the numbers are withheld. Numbers are JSON numbers whatever the settings of the session: integers
-- unquoted, floats with as many digits as bring back the same double, null for what is not finite. Bytes
-- of a variant's name that are not UTF-8 become U+FFFD.
--
-- Reads what experiment_results reads, and the exposures of the feature once more for the ratio test,
-- which does not depend on there being a metric.
CREATE OR REPLACE VIEW experiment_summary AS
WITH
    {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

    number -> if(isFinite(number), ifNull(toString(number), 'null'), 'null') AS json_number,

    text -> toJSONString(toValidUTF8(text)) AS json_text,

    pairs -> concat('{', arrayStringConcat(pairs, ','), '}') AS json_object,

    arms AS
    (
        SELECT
            (metric_id, event, aggregation, lower_is_better) AS metric,
            variant,
            is_control,
            concat(
                json_text(variant),
                ':{"n":', toString(n),
                ',"sum":', json_number(sum),
                ',"sum_squares":', json_number(sum_squares),
                '}'
            ) AS moments_json,
            concat(
                json_text(variant),
                ':',
                if(
                    isNull(lift) AND isNull(ci_low) AND isNull(ci_high) AND isNull(chance_to_win),
                    'null',
                    concat(
                        '{"lift":', json_number(lift),
                        ',"ci_low":', json_number(ci_low),
                        ',"ci_high":', json_number(ci_high),
                        ',"chance_to_win":', json_number(chance_to_win),
                        '}'
                    )
                )
            ) AS inference_json
        FROM
        (
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
        )
    ),

    -- A metric given twice has its rows twice in the results: the set of its arms has each once.
    per_metric AS
    (
        SELECT
            metric,
            arraySort(groupUniqArray((variant, is_control, moments_json, inference_json))) AS metric_arms
        FROM arms
        GROUP BY metric
    ),

    -- No GROUP BY: one row each, also over nothing.
    measured AS
    (
        SELECT groupArray((metric, metric_arms)) AS measured_metrics
        FROM per_metric
    ),

    traffic AS
    (
        SELECT any(srm_p_value) AS srm_p_value
        FROM
        (
            SELECT
                variant AS variant,
                observed[variant] AS identities,
                if(total > 0, identities / total, NULL) AS share,
                if(expected_is_valid AND mapContains(expected, variant), expected[variant] / expected_total, NULL) AS expected_share,
                quarantined_identities AS quarantined_identities,
                tupleElement(srm, 'p_value') AS srm_p_value,
                tupleElement(srm, 'verdict') AS srm_verdict,
                tupleElement(srm, 'reason') AS srm_reason,
                tupleElement(srm, 'sequential_p_value') AS srm_sequential_p_value
            FROM
            (
                SELECT
                    experiments.experiment AS experiment_number,
                    {expected_shares:Map(String, Float64)} AS expected,
                    arraySum(mapValues(expected)) AS expected_total,
                    isFinite(expected_total) AND expected_total > 0 AND arrayAll(share -> share >= 0, mapValues(expected)) AS expected_is_valid,
                    observed.observed AS observed,
                    observed.total AS total,
                    observed.quarantined_identities AS quarantined_identities,
                    sampleRatioMismatch(observed.observed, expected) AS srm
                FROM
                (
                    SELECT toUInt32(arrayJoin(range(1, 1 + 1))) AS experiment
                ) AS experiments
                LEFT JOIN
                (
                    SELECT
                        experiment_number,
                        CAST(
                            (groupArrayIf(variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))
                            AS Map(String, UInt64)
                        ) AS observed,
                        sumIf(identities, NOT quarantined) AS total,
                        sumIf(identities, quarantined) AS quarantined_identities
                    FROM
                    (
                        SELECT
                            experiment AS experiment_number,
                            variant,
                            quarantined,
                            count() AS identities
                        FROM
                        (
                            SELECT
                                scorecard_identity AS identifier,
                                scorecard_number AS experiment,
                                if(min(scorecard_value) = max(scorecard_value), min(scorecard_value), '') AS variant,
                                CAST(min(scorecard_value) != max(scorecard_value) AS Bool) AS quarantined,
                                CAST(fromUnixTimestamp64Milli(min(scorecard_time), 'UTC') AS DateTime64(3, 'UTC')) AS first_exposure
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
                        )
                        GROUP BY
                            experiment,
                            variant,
                            quarantined
                    )
                    GROUP BY experiment_number
                ) AS observed ON experiments.experiment = observed.experiment_number
            )
            ARRAY JOIN arraySort(arrayDistinct(arrayConcat(mapKeys(observed), mapKeys(expected)))) AS variant
            ORDER BY
                experiment_number,
                variant
        )
    ),

    metrics_json AS
    (
        SELECT
            arrayMap(
                metric -> (metric.metric_id, arrayFirst(found -> found.1 = metric, measured_metrics).2),
                metric_list
            ) AS listed,
            arrayMap(
                entry -> concat(
                    '{"metric_id":', toString(entry.1),
                    ',"variants":', json_object(arrayMap(arm -> arm.3, entry.2)),
                    ',"inference":', json_object(arrayMap(arm -> arm.4, arrayFilter(arm -> NOT arm.2, entry.2))),
                    '}'
                ),
                listed
            ) AS documents
        FROM measured
    )
SELECT
    concat(
        '{"srm_p_value":', json_number(traffic.srm_p_value),
        ',"metrics":[', arrayStringConcat(metrics_json.documents, ','),
        ']}'
    ) AS payload
FROM metrics_json
CROSS JOIN traffic
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
