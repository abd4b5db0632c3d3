-- experiment_results_by_day: the scorecards as they stood at the end of each day, for the line everyone
-- charts. Cumulative: the row of a day says what experiment_results says with window_end at the end of it.
--
-- Parameters: experiments Array(String), names in the table experiments; [] means all that are running. A
-- name that is not there, or is a draft, is refused.
--
-- One row per experiment, metric, day and variant exposed by then, ordered by experiment, role, metric_id,
-- day and variant:
--     experiment, metric, role    as in experiment_scorecard
--     day          Date           the UTC day at whose end the row stands
--     metric_id … srm_sequential_p_value, exactly as in experiment_results
--     window_start DateTime64(3, 'UTC')    the window read, half-open: window_end is the end of the day, or
--     window_end   DateTime64(3, 'UTC')    of the experiment, or the moment of reading, whichever is first
--
-- An identity counts in its arm from the day of its first exposure on, until the day on which it is seen
-- with another variant: earlier days keep it, as experiment_results would have on that day.
--
-- One pass over the events, whatever the number of days: per identity, arm, event and day what is new is
-- gathered, turned into what it changes in the sums and the sums of squares, and these changes are added up
-- over the days. Reading, hashes and limits are those of experiment_scorecard.
--
-- Accuracy: n and invalid_values are exact, and so are sums of whole numbers below 2^53. Others are good to
-- 1e-12 of the sum of the absolute terms, changes back and forth of the same identity included.
CREATE OR REPLACE VIEW experiment_results_by_day AS
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

    -- One row per experiment and identity that ever was in one arm at the end of a day. Days are numbers
    -- since 1970-01-01; one that never leaves its arm leaves on day 65535.
    exposed AS
    (
        SELECT
            experiment_key,
            identity,
            argMin(arm, seen) AS arm,
            min(seen) AS first_exposure,
            any(window_end) AS window_end,
            toUInt16(toDate(first_exposure, 'UTC')) AS joins_on,
            if(count() = 1, 65535, toUInt16(toDate(arraySort(groupArray(seen))[2], 'UTC'))) AS leaves_on
        FROM
        (
            SELECT
                experiment_key,
                identity,
                cityHash64(experiment_key, variant) AS arm,
                min(timestamp) AS seen,
                any(window_end) AS window_end
            FROM exposures
            GROUP BY
                experiment_key,
                identity,
                arm
        )
        GROUP BY
            experiment_key,
            identity
        HAVING joins_on < leaves_on
    ),

    named AS
    (
        SELECT
            experiment,
            variant,
            any(cityHash64(experiment_key, variant)) AS arm
        FROM exposures
        GROUP BY
            experiment,
            variant
    ),

    arm_changes AS
    (
        SELECT
            arm,
            change.1 AS day,
            sum(change.2) AS identities
        FROM exposed
        ARRAY JOIN if(leaves_on = 65535, [(joins_on, 1)], [(joins_on, 1), (leaves_on, -1)]) AS change
        GROUP BY
            arm,
            day
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

    per_identity_and_day AS
    (
        SELECT
            metric_rows.identity AS identity,
            bitXor(exposed.arm, metric_rows.stream) AS slot,
            toUInt16(toDate(metric_rows.timestamp, 'UTC')) AS day,
            any(exposed.leaves_on) AS leaves_on,
            toFloat64(count()) AS events,
            sumKahan(if(isFinite(metric_rows.parsed), metric_rows.parsed, 0)) AS total,
            toInt64(countIf(NOT isFinite(metric_rows.parsed))) AS invalid
        FROM metric_rows
        INNER JOIN
        (
            SELECT
                identity,
                arm,
                first_exposure,
                window_end,
                leaves_on
            FROM exposed
        ) AS exposed ON metric_rows.identity = exposed.identity
        WHERE metric_rows.timestamp >= exposed.first_exposure
            AND metric_rows.timestamp < exposed.window_end
            AND toUInt16(toDate(metric_rows.timestamp, 'UTC')) < exposed.leaves_on
        GROUP BY
            identity,
            slot,
            day
    ),

    -- The days of an identity in order: how its value stood after each, and before.
    per_identity AS
    (
        SELECT
            slot,
            any(leaves_on) AS left_on,
            arraySort(groupArray((day, events, total, invalid))) AS days,
            arrayCumSum(one -> one.2, days) AS events_after,
            arrayCumSum(one -> one.3, days) AS total_after,
            arrayPushFront(arrayPopBack(events_after), 0.) AS events_before,
            arrayPushFront(arrayPopBack(total_after), 0.) AS total_before
        FROM per_identity_and_day
        GROUP BY
            identity,
            slot
    ),

    -- What a day changes: (day, identities with an event, events, their squares, total, its square, average,
    -- its square, invalid values). On the day it leaves, an identity takes all of it away.
    changes AS
    (
        SELECT
            slot,
            arrayConcat(
                arrayMap(
                    (one, c, t, c0, t0, a, a0) -> (
                        one.1,
                        toFloat64(c0 = 0),
                        c - c0,
                        c * c - c0 * c0,
                        t - t0,
                        t * t - t0 * t0,
                        a - a0,
                        a * a - a0 * a0,
                        one.4
                    ),
                    days,
                    events_after,
                    total_after,
                    events_before,
                    total_before,
                    arrayMap((t, c) -> t / c, total_after, events_after),
                    arrayMap((t, c) -> if(c = 0, 0., t / c), total_before, events_before)
                ),
                if(
                    left_on = 65535,
                    [],
                    [(
                        left_on,
                        -1.,
                        -events_after[-1],
                        -events_after[-1] * events_after[-1],
                        -total_after[-1],
                        -total_after[-1] * total_after[-1],
                        -total_after[-1] / events_after[-1],
                        -pow(total_after[-1] / events_after[-1], 2),
                        -arraySum(one -> one.4, days)
                    )]
                )
            ) AS list
        FROM per_identity
    ),

    slot_changes AS
    (
        SELECT
            slot,
            change.1 AS day,
            sumKahan(change.2) AS occurred,
            sumKahan(change.3) AS events_sum,
            sumKahan(change.4) AS events_squares,
            sumKahan(change.5) AS total_sum,
            sumKahan(change.6) AS total_squares,
            sumKahan(change.7) AS average_sum,
            sumKahan(change.8) AS average_squares,
            sum(change.9) AS invalid
        FROM changes
        ARRAY JOIN list AS change
        GROUP BY
            slot,
            day
    ),

    -- Every day of every experiment.
    calendar AS
    (
        SELECT
            name AS experiment,
            control,
            expected_shares,
            options,
            window_start,
            least(window_end, now64(3, 'UTC')) AS read_until,
            toUInt16(arrayJoin(range(
                toUInt16(toDate(window_start, 'UTC')),
                toUInt16(toDate(read_until - toIntervalMillisecond(1), 'UTC')) + 1
            ))) AS day
        FROM chosen
    ),

    stats AS
    (
        SELECT
            wanted.experiment AS experiment,
            wanted.role AS role,
            wanted.metric_id AS metric_id,
            wanted.metric AS metric,
            wanted.event AS event,
            wanted.aggregation AS aggregation,
            wanted.lower_is_better AS lower_is_better,
            wanted.options AS options,
            calendar.control AS control,
            calendar.expected_shares AS expected_shares,
            calendar.options AS experiment_options,
            calendar.window_start AS window_start,
            CAST(
                least(toDateTime64((calendar.day + 1) * 86400, 3, 'UTC'), calendar.read_until)
                AS DateTime64(3, 'UTC')
            ) AS window_end,
            calendar.day AS day,
            named.variant AS variant,
            sum(arm_changes.identities) OVER so_far AS n,
            sumKahan(slot_changes.occurred) OVER so_far AS occurred,
            multiIf(
                occurred = 0, 0.,
                aggregation = 'occurrence', occurred,
                aggregation = 'count', sumKahan(slot_changes.events_sum) OVER so_far,
                aggregation = 'sum', sumKahan(slot_changes.total_sum) OVER so_far,
                sumKahan(slot_changes.average_sum) OVER so_far
            ) AS total,
            multiIf(
                occurred = 0, 0.,
                aggregation = 'occurrence', occurred,
                aggregation = 'count', sumKahan(slot_changes.events_squares) OVER so_far,
                aggregation = 'sum', greatest(sumKahan(slot_changes.total_squares) OVER so_far, 0.),
                greatest(sumKahan(slot_changes.average_squares) OVER so_far, 0.)
            ) AS squares,
            if(aggregation IN ('sum', 'mean'), sum(slot_changes.invalid) OVER so_far, 0) AS invalid_values
        FROM wanted
        INNER JOIN calendar ON wanted.experiment = calendar.experiment
        INNER JOIN named ON wanted.experiment = named.experiment
        LEFT JOIN arm_changes ON arm_changes.arm = named.arm AND arm_changes.day = calendar.day
        LEFT JOIN slot_changes ON slot_changes.slot = bitXor(
                named.arm,
                if(wanted.deduplicate, bitNot(cityHash64(wanted.event)), cityHash64(wanted.event))
            )
            AND slot_changes.day = calendar.day
        WINDOW so_far AS (
            PARTITION BY wanted.experiment, wanted.metric_id, named.variant
            ORDER BY calendar.day ASC
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
    ),

    per_metric AS
    (
        SELECT
            experiment,
            day,
            role,
            metric_id,
            metric,
            event,
            aggregation,
            lower_is_better,
            any(options) AS metric_options,
            any(experiment_options) AS experiment_options,
            any(control) AS control,
            any(expected_shares) AS expected_shares,
            any(window_start) AS window_start,
            any(window_end) AS window_end,
            arraySort(groupArray((variant, toUInt64(n), total, squares, toUInt64(invalid_values)))) AS measured
        FROM stats
        WHERE n > 0
        GROUP BY
            experiment,
            day,
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
    toDate(inferred.day) AS day,
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
    day,
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
