-- experiment_scorecard: the scorecards of many experiments at once, as the registry defines them.
--
-- Parameters: experiments Array(String), names in the table experiments; [] means all that are running. A
-- name that is not there, or is a draft, is refused.
--
-- One row per experiment, metric and exposed variant, ordered by experiment, role (goal, secondary,
-- guardrail), metric_id and variant:
--     experiment   String    name of the experiment
--     metric       String    name of the metric; '' when nobody defined it
--     role         String    goal, secondary or guardrail
--     metric_id    UInt64    number of the metric
--     event … srm_sequential_p_value, exactly as in experiment_results
--     window_start DateTime64(3, 'UTC')    the window read, half-open: window_end is the moment of
--     window_end   DateTime64(3, 'UTC')    reading while the experiment has none
--
-- What each experiment's rows say is what experiment_results says for its window, metrics and options: the
-- control column and the options of the experiment, and for each metric its own options on top, key by
-- key. With the option "deduplicate": true a metric counts exact copies of an event (same identifier,
-- event, timestamp and value) once. An experiment without metrics, or to which nobody is exposed, has no
-- rows; a metric that is not defined has rows with the reason no_aggregation. See
-- experiment_registry_problems and experiment_health.
--
-- One pass: the exposures of all experiments are read together, and so are the metric events, each once for
-- all experiments and metrics that use it (twice where one metric deduplicates and another does not).
-- Identities, variants and events are numbers from the first step on; the exposed identities are the
-- hashed side of the join, and per identity, arm and event three numbers are gathered, from which all
-- aggregations derive.
--
-- Identities are compared by cityHash64 of environment_key and identifier. Two identities of one
-- environment with equal hashes count as one, and are quarantined if they are in different variants. The
-- expected number of such pairs among N exposed is N^2 / 2^65: 3e-8 for a million, 0.03 for a billion; an
-- identity that is not exposed lends its events to an exposed one of equal hash at twice the rate of that.
-- Variants are found by a hash in the same way, among the few that were seen.
--
-- Accuracy: that of experiment_metric_stats, by the same compensated sums.
CREATE OR REPLACE VIEW experiment_scorecard AS
WITH
    chosen AS
    (
        SELECT
            name,
            environment_key,
            exposure_event,
            feature_name,
            window_start,
            ifNull(window_end, now64(3, 'UTC')) AS window_end,
            control,
            expected_shares,
            options,
            cityHash64(name) AS experiment_key,
            cityHash64(environment_key, exposure_event, feature_name) AS source
        FROM experiments FINAL
        WHERE if(empty({experiments:Array(String)}), status = 'running', has({experiments:Array(String)}, name))
    ),

    -- One row of 0, or the refusal. It is evaluated while the query is analysed, whatever the data.
    checked AS
    (
        WITH
            (SELECT groupUniqArray(name) FROM experiments FINAL WHERE status != 'draft') AS readable,
            arrayFilter(name -> NOT has(readable, name), {experiments:Array(String)}) AS unreadable
        SELECT throwIf(
            notEmpty(unreadable),
            concat('Experiment ''', unreadable[1], ''' is not in the table experiments, or is a draft')
        ) AS refused
    ),

    exposures AS
    (
        SELECT
            chosen.name AS experiment,
            chosen.experiment_key AS experiment_key,
            chosen.window_end AS window_end,
            events.identity AS identity,
            events.variant AS variant,
            events.timestamp AS timestamp
        FROM
        (
            SELECT
                cityHash64(environment_key, event, feature_name) AS source,
                cityHash64(environment_key, identifier) AS identity,
                value AS variant,
                timestamp
            FROM events
            WHERE environment_key IN (SELECT environment_key FROM chosen)
                AND event IN (SELECT exposure_event FROM chosen)
                AND feature_name IN (SELECT feature_name FROM chosen)
                AND timestamp >= (SELECT min(window_start) FROM chosen)
                AND timestamp < (SELECT max(window_end) FROM chosen)
                AND value != ''
        ) AS events
        INNER JOIN chosen ON events.source = chosen.source
        WHERE events.timestamp >= chosen.window_start
            AND events.timestamp < chosen.window_end
    ),

    -- One row per experiment and identity; an arm is known by the hash of its experiment and its variant.
    exposed AS
    (
        SELECT
            experiment_key,
            identity,
            min(arm) AS first_arm,
            max(arm) AS last_arm,
            min(timestamp) AS first_exposure,
            any(window_end) AS window_end
        FROM
        (
            SELECT
                experiment_key,
                identity,
                cityHash64(experiment_key, variant) AS arm,
                timestamp,
                window_end
            FROM exposures
        )
        GROUP BY
            experiment_key,
            identity
    ),

    arms AS
    (
        SELECT
            named.experiment AS experiment,
            named.variant AS variant,
            named.arm AS arm,
            counted.n AS n
        FROM
        (
            SELECT
                first_arm AS arm,
                count() AS n
            FROM exposed
            WHERE first_arm = last_arm
            GROUP BY arm
        ) AS counted
        INNER JOIN
        (
            SELECT
                experiment,
                variant,
                any(cityHash64(experiment_key, variant)) AS arm
            FROM exposures
            GROUP BY
                experiment,
                variant
        ) AS named ON counted.arm = named.arm
    ),

    -- The metrics of the experiments. One that is not defined is kept, with nothing to read: its aggregation
    -- is empty, and inference says so.
    wanted AS
    (
        SELECT
            used.experiment AS experiment,
            used.role AS role,
            used.metric_id AS metric_id,
            defined.name AS metric,
            defined.event AS event,
            CAST(defined.aggregation AS String) AS aggregation,
            defined.lower_is_better AS lower_is_better,
            JSONExtractBool(defined.options, 'deduplicate') AS deduplicate,
            defined.options AS options
        FROM
        (
            SELECT
                experiment,
                metric_id,
                CAST(role AS String) AS role
            FROM experiment_metrics FINAL
            WHERE experiment IN (SELECT name FROM chosen)
        ) AS used
        LEFT JOIN
        (
            SELECT
                metric_id,
                name,
                event,
                aggregation,
                lower_is_better,
                options
            FROM metrics FINAL
        ) AS defined ON used.metric_id = defined.metric_id
    ),

    -- One row per metric event; NaN stands for a value that is no finite number, 0 for one nobody reads. A
    -- stream is an event name as a number, with its copies or without.
    -- The names are a subquery because that form uses the primary key on every supported version.
    metric_rows AS
    (
        SELECT
            cityHash64(environment_key, identifier) AS identity,
            cityHash64(event) AS stream,
            timestamp,
            if(
                event IN (SELECT event FROM wanted WHERE aggregation IN ('sum', 'mean')),
                ifNull(toFloat64OrNull(value), nan),
                toFloat64(0)
            ) AS parsed
        FROM events
        WHERE environment_key IN (SELECT environment_key FROM chosen)
            AND event IN (SELECT event FROM wanted WHERE aggregation != '' AND NOT deduplicate)
            AND timestamp >= (SELECT min(window_start) FROM chosen)
            AND timestamp < (SELECT max(window_end) FROM chosen)
        UNION ALL
        SELECT
            identity,
            bitNot(event_hash) AS stream,
            timestamp,
            any(parsed) AS parsed
        FROM
        (
            SELECT
                cityHash64(environment_key, identifier) AS identity,
                cityHash64(event) AS event_hash,
                timestamp,
                cityHash64(value) AS value_hash,
                if(
                    event IN (SELECT event FROM wanted WHERE aggregation IN ('sum', 'mean')),
                    ifNull(toFloat64OrNull(value), nan),
                    toFloat64(0)
                ) AS parsed
            FROM events
            WHERE environment_key IN (SELECT environment_key FROM chosen)
                AND event IN (SELECT event FROM wanted WHERE aggregation != '' AND deduplicate)
                AND timestamp >= (SELECT min(window_start) FROM chosen)
                AND timestamp < (SELECT max(window_end) FROM chosen)
        )
        GROUP BY
            identity,
            event_hash,
            timestamp,
            value_hash
    ),

    per_identity AS
    (
        SELECT
            bitXor(exposed.arm, metric_rows.stream) AS slot,
            toFloat64(count()) AS events,
            sumKahan(if(isFinite(metric_rows.parsed), metric_rows.parsed, 0)) AS total,
            total / events AS average,
            countIf(NOT isFinite(metric_rows.parsed)) AS invalid
        FROM metric_rows
        INNER JOIN
        (
            SELECT
                identity,
                first_arm AS arm,
                first_exposure,
                window_end
            FROM exposed
            WHERE first_arm = last_arm
        ) AS exposed ON metric_rows.identity = exposed.identity
        WHERE metric_rows.timestamp >= exposed.first_exposure
            AND metric_rows.timestamp < exposed.window_end
        GROUP BY
            metric_rows.identity,
            slot
    ),

    per_slot AS
    (
        SELECT
            slot,
            toFloat64(count()) AS occurred,
            sumKahan(events) AS events_sum,
            sumKahan(events * events) AS events_squares,
            sumKahan(total) AS total_sum,
            sumKahan(total * total) AS total_squares,
            sumKahan(average) AS average_sum,
            sumKahan(average * average) AS average_squares,
            sum(invalid) AS invalid
        FROM per_identity
        GROUP BY slot
    ),

    -- One row per experiment and metric, with its arms as (variant, n, sum, sum_squares, invalid_values).
    per_metric AS
    (
        SELECT
            wanted.experiment AS experiment,
            wanted.role AS role,
            wanted.metric_id AS metric_id,
            wanted.metric AS metric,
            wanted.event AS event,
            wanted.aggregation AS aggregation,
            wanted.lower_is_better AS lower_is_better,
            any(wanted.options) AS metric_options,
            any(chosen.options) AS experiment_options,
            any(chosen.control) AS control,
            any(chosen.expected_shares) AS expected_shares,
            any(chosen.window_start) AS window_start,
            any(chosen.window_end) AS window_end,
            arraySort(groupArray((
                arms.variant,
                arms.n,
                multiIf(
                    wanted.aggregation = 'occurrence', per_slot.occurred,
                    wanted.aggregation = 'count', per_slot.events_sum,
                    wanted.aggregation = 'sum', per_slot.total_sum,
                    per_slot.average_sum
                ),
                multiIf(
                    wanted.aggregation = 'occurrence', per_slot.occurred,
                    wanted.aggregation = 'count', per_slot.events_squares,
                    wanted.aggregation = 'sum', per_slot.total_squares,
                    per_slot.average_squares
                ),
                if(wanted.aggregation IN ('sum', 'mean'), per_slot.invalid, 0)
            ))) AS measured
        FROM wanted
        INNER JOIN chosen ON wanted.experiment = chosen.name
        INNER JOIN arms ON wanted.experiment = arms.experiment
        LEFT JOIN per_slot ON per_slot.slot = bitXor(
            arms.arm,
            if(wanted.deduplicate, bitNot(cityHash64(wanted.event)), cityHash64(wanted.event))
        )
        GROUP BY
            experiment,
            role,
            metric_id,
            metric,
            event,
            aggregation,
            lower_is_better
    ),

    -- The options of the experiment, each replaced by the metric's own where it has one.
    inferred AS
    (
        SELECT
            *,
            JSONExtractKeysAndValuesRaw(metric_options) AS own,
            arrayConcat(
                [('control', toJSONString(control))],
                arrayFilter(
                    entry -> NOT has(arrayMap(one -> one.1, own), entry.1),
                    JSONExtractKeysAndValuesRaw(experiment_options)
                ),
                arrayFilter(entry -> entry.1 != 'deduplicate', own)
            ) AS entries,
            experimentInference(
                CAST(
                    arrayMap(arm -> (arm.1, arm.2, arm.3, arm.4), measured)
                    AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64))
                ),
                aggregation,
                lower_is_better,
                concat('{', arrayStringConcat(arrayMap(entry -> concat(toJSONString(entry.1), ':', entry.2), entries), ','), '}')
            ) AS inference,
            sampleRatioMismatch(
                CAST(
                    (arrayMap(arm -> arm.1, measured), arrayMap(arm -> arm.2, measured))
                    AS Map(String, UInt64)
                ),
                expected_shares
            ) AS srm
        FROM per_metric
    )
SELECT
    experiment,
    metric,
    role,
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
    srm.sequential_p_value AS srm_sequential_p_value,
    window_start,
    window_end
FROM inferred
ARRAY JOIN
    measured AS arm,
    inference AS inferred_arm
WHERE (SELECT refused FROM checked) = 0
ORDER BY
    experiment,
    indexOf(['goal', 'secondary', 'guardrail'], role),
    metric_id,
    variant
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    set_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    input_format_json_named_tuples_as_objects = 1,
    empty_result_for_aggregation_by_empty_set = 0
