-- experiment_health: the red flags of every running experiment, computed from the events when it is read. A
-- plain view, so that any table picker finds it.
--
-- One row per experiment and red flag, ordered by both; one row with the flag ok when there is none:
--     experiment   String    name of the experiment
--     flag         String    code, see below
--     explanation  String    the same in words, with the numbers
--
-- sample_ratio_mismatch  the split is not the expected one (p below 0.001): do not trust the results
-- quarantine_rate        1 % or more of the identities were seen with several variants
-- unexpected_variants    identities were exposed to variants that have no expected share
-- invalid_values         values of metric events are no finite numbers, and count as 0
-- redelivered_events     1 % or more of a metric's events are exact copies of others, and its metric counts
--                        them all: see the metric option "deduplicate"
-- no_control             identities were exposed, but none to the control
-- too_little_data        an arm has fewer identities than min_identities (50, or the experiment's option)
-- not_started            the window starts in the future
-- window_over            the window has ended: set the status to completed
-- …                      every problem of experiment_registry_problems, by its code
--
-- invalid_values and redelivered_events look at all events of the metric's name in the environment, on the
-- days of the experiment's window, whoever sent them. Copies are counted by uniqCombined64, exact for small
-- numbers and good to 0.2 % beyond.
--
-- Reads the exposures twice and the metric events once, of all running experiments together. The other flags
-- of a completed experiment are in its results: srm_verdict, invalid_values, reason.
CREATE OR REPLACE VIEW experiment_health
(
    experiment String COMMENT 'Name of a running experiment',
    flag String COMMENT 'Code of the red flag; ok when there is none',
    explanation String COMMENT 'The same in words, with the numbers'
)
AS
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
            ifNull(experiments.window_end <= now64(3, 'UTC'), false) AS is_over,
            window_start > now64(3, 'UTC') AS is_early,
            cityHash64(name) AS experiment_key,
            cityHash64(environment_key, exposure_event, feature_name) AS source
        FROM experiments FINAL
        WHERE status = 'running'
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

    counted AS
    (
        SELECT
            experiment_key,
            if(first_arm = last_arm, first_arm, 0) AS arm,
            first_arm != last_arm AS quarantined,
            count() AS identities
        FROM exposed
        GROUP BY
            experiment_key,
            arm,
            quarantined
    ),

    named AS
    (
        SELECT
            variant,
            any(cityHash64(experiment_key, variant)) AS arm
        FROM exposures
        GROUP BY
            experiment_key,
            variant
    ),

    measured AS
    (
        SELECT
            counted.experiment_key AS experiment_key,
            CAST(
                (groupArrayIf(named.variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))
                AS Map(String, UInt64)
            ) AS observed,
            sumIf(identities, NOT quarantined) AS total,
            sumIf(identities, quarantined) AS quarantined_identities
        FROM counted
        LEFT JOIN named ON counted.arm = named.arm
        GROUP BY experiment_key
    ),

    tested AS
    (
        SELECT
            chosen.name AS experiment,
            chosen.control AS control,
            chosen.is_over AS is_over,
            chosen.is_early AS is_early,
            if(JSONHas(chosen.options, 'min_identities'), JSONExtractUInt(chosen.options, 'min_identities'), 50) AS least_identities,
            chosen.expected_shares AS expected,
            measured.observed AS observed,
            measured.total AS total,
            measured.quarantined_identities AS quarantined_identities,
            arraySort(arrayDistinct(arrayConcat(mapKeys(observed), mapKeys(expected), [control]))) AS variants,
            arrayFilter(one -> NOT mapContains(expected, one), arraySort(mapKeys(observed))) AS unexpected,
            arrayFilter(one -> observed[one] < least_identities, variants) AS small,
            sampleRatioMismatch(observed, expected) AS srm
        FROM chosen
        LEFT JOIN measured ON chosen.experiment_key = measured.experiment_key
    ),

    wanted AS
    (
        SELECT
            used.experiment AS experiment,
            defined.name AS metric,
            defined.event AS event,
            defined.aggregation IN ('sum', 'mean') AS reads_value,
            JSONExtractBool(defined.options, 'deduplicate') AS deduplicate
        FROM
        (
            SELECT
                experiment,
                metric_id
            FROM experiment_metrics FINAL
        ) AS used
        INNER JOIN
        (
            SELECT *
            FROM metrics FINAL
        ) AS defined ON used.metric_id = defined.metric_id
    ),

    -- Copies have the same timestamp, so those of a day are all there are.
    daily AS
    (
        SELECT
            environment_key,
            event,
            toDate(timestamp, 'UTC') AS day,
            count() AS events_read,
            countIf(NOT isFinite(ifNull(toFloat64OrNull(value), nan))) AS invalid,
            uniqCombined64(20)(cityHash64(identifier, timestamp, value)) AS different
        FROM events
        WHERE environment_key IN (SELECT environment_key FROM chosen)
            AND event IN (SELECT event FROM wanted WHERE experiment IN (SELECT name FROM chosen))
            AND timestamp >= (SELECT min(window_start) FROM chosen)
            AND timestamp < (SELECT max(window_end) FROM chosen)
        GROUP BY
            environment_key,
            event,
            day
    ),

    per_metric AS
    (
        SELECT
            chosen.name AS experiment,
            wanted.metric AS metric,
            wanted.reads_value AS reads_value,
            wanted.deduplicate AS deduplicate,
            sum(daily.events_read) AS events_read,
            sum(daily.invalid) AS invalid,
            sum(least(daily.different, daily.events_read)) AS different
        FROM chosen
        INNER JOIN wanted ON chosen.name = wanted.experiment
        INNER JOIN daily ON chosen.environment_key = daily.environment_key AND wanted.event = daily.event
        WHERE daily.day >= toDate(chosen.window_start, 'UTC')
            AND daily.day <= toDate(chosen.window_end - toIntervalMillisecond(1), 'UTC')
        GROUP BY
            experiment,
            metric,
            reads_value,
            deduplicate
    ),

    flags AS
    (
        SELECT
            experiment,
            found.2 AS flag,
            found.3 AS explanation
        FROM tested
        ARRAY JOIN arrayFilter(
            one -> one.1,
            [
                (
                    ifNull(srm.p_value < 0.001, false),
                    'sample_ratio_mismatch',
                    concat('The split has p = ', toString(srm.p_value), ' under the expected shares')
                ),
                (
                    quarantined_identities >= 0.01 * (total + quarantined_identities) AND quarantined_identities > 0,
                    'quarantine_rate',
                    concat(
                        toString(round(100 * quarantined_identities / (total + quarantined_identities), 2)), ' % of ',
                        toString(total + quarantined_identities), ' identities were seen with several variants'
                    )
                ),
                (
                    notEmpty(expected) AND notEmpty(unexpected),
                    'unexpected_variants',
                    concat('Seen, but without an expected share: ', arrayStringConcat(unexpected, ', '))
                ),
                (
                    total > 0 AND NOT mapContains(observed, control),
                    'no_control',
                    concat('Nobody was exposed to the control ''', control, '''')
                ),
                (
                    notEmpty(small) AND NOT is_early,
                    'too_little_data',
                    concat(
                        'Fewer than ', toString(least_identities), ' identities in: ',
                        arrayStringConcat(arrayMap(one -> concat(one, ' (', toString(observed[one]), ')'), small), ', ')
                    )
                ),
                (is_early, 'not_started', 'The window starts in the future'),
                (is_over, 'window_over', 'The window has ended, and the experiment is still running')
            ]
        ) AS found
        UNION ALL
        SELECT
            experiment,
            'invalid_values' AS flag,
            concat(
                toString(invalid), ' of ', toString(events_read), ' events of the metric ''', metric,
                ''' have a value that is no finite number'
            ) AS explanation
        FROM per_metric
        WHERE reads_value AND invalid > 0
        UNION ALL
        SELECT
            experiment,
            'redelivered_events' AS flag,
            concat(
                toString(round(100 * (events_read - different) / events_read, 2)), ' % of ', toString(events_read),
                ' events of the metric ''', metric, ''' are exact copies of others'
            ) AS explanation
        FROM per_metric
        WHERE NOT deduplicate AND events_read - different >= 0.01 * events_read
        UNION ALL
        SELECT
            experiment,
            problem AS flag,
            explanation
        FROM experiment_registry_problems
        WHERE experiment IN (SELECT name FROM chosen)
    )
SELECT
    experiment,
    flag,
    explanation
FROM
(
    SELECT
        experiment,
        flag,
        explanation
    FROM flags
    UNION ALL
    SELECT
        name AS experiment,
        'ok' AS flag,
        'No red flag' AS explanation
    FROM chosen
    WHERE name NOT IN (SELECT experiment FROM flags)
)
ORDER BY
    experiment,
    flag,
    explanation
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
