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
                WITH
                    scorecard_counted AS
                    (
                        SELECT
                            experiment,
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
                    ),

                    scorecard_observed AS
                    (
                        SELECT
                            experiment,
                            CAST(
                                (groupArrayIf(variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))
                                AS Map(String, UInt64)
                            ) AS observed,
                            sumIf(identities, NOT quarantined) AS total,
                            sumIf(identities, quarantined) AS quarantined_identities
                        FROM scorecard_counted
                        GROUP BY
                            experiment
                    )
                -- Always one row per experiment, so that expected variants have theirs before anybody is exposed.
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
                LEFT JOIN scorecard_observed AS observed ON experiments.experiment = observed.experiment
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
