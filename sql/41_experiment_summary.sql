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
            WITH
                {expected_shares:Map(String, Float64)} AS expected,

                arraySum(mapValues(expected)) AS expected_total,

                isFinite(expected_total) AND arrayAll(share -> share > 0, mapValues(expected)) AS expected_is_valid,

                counted AS
                (
                    SELECT
                        variant,
                        quarantined,
                        count() AS identities
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
                    GROUP BY
                        variant,
                        quarantined
                ),

                -- Always one row, so that expected variants have theirs before anybody is exposed.
                experiment AS
                (
                    SELECT
                        CAST(
                            (groupArrayIf(variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))
                            AS Map(String, UInt64)
                        ) AS observed,
                        sumIf(identities, NOT quarantined) AS total,
                        sumIf(identities, quarantined) AS quarantined_identities,
                        arraySort(arrayDistinct(arrayConcat(mapKeys(observed), mapKeys(expected)))) AS variants,
                        sampleRatioMismatch(observed, expected) AS srm
                    FROM counted
                )
            SELECT
                variant,
                observed[variant] AS identities,
                if(total > 0, identities / total, NULL) AS share,
                if(expected_is_valid AND mapContains(expected, variant), expected[variant] / expected_total, NULL) AS expected_share,
                quarantined_identities,
                srm.p_value AS srm_p_value,
                srm.verdict AS srm_verdict,
                srm.reason AS srm_reason,
                srm.sequential_p_value AS srm_sequential_p_value
            FROM experiment
            ARRAY JOIN variants AS variant
            ORDER BY variant
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
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    input_format_json_named_tuples_as_objects = 1,
    empty_result_for_aggregation_by_empty_set = 0,
    output_format_json_escape_forward_slashes = 0,
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    transform_null_in = 0,
    set_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw'
