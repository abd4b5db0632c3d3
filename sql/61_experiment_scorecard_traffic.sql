-- experiment_scorecard_traffic: how many identities each variant got, and whether the split is the intended
-- one, in many experiments at once.
--
-- Parameters: experiments Array(String), names in the table experiments; [] means all that are running. A
-- name that is not there, or is a draft, is refused.
--
-- One row per experiment and variant that was expected or seen, ordered by both; an experiment without
-- expected shares to which nobody is exposed has none:
--     experiment  String    name of the experiment
--     variant … srm_sequential_p_value, exactly as in experiment_traffic
--
-- The exposures of all experiments are read twice: for the names of the variants, and for the identities,
-- compared by hash as in experiment_scorecard.
CREATE OR REPLACE VIEW experiment_scorecard_traffic AS
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
            chosen.expected_shares AS expected,
            arraySum(mapValues(expected)) AS expected_total,
            isFinite(expected_total) AND arrayAll(share -> share > 0, mapValues(expected)) AS expected_is_valid,
            measured.observed AS observed,
            measured.total AS total,
            measured.quarantined_identities AS quarantined_identities,
            arraySort(arrayDistinct(arrayConcat(mapKeys(observed), mapKeys(expected)))) AS variants,
            sampleRatioMismatch(observed, expected) AS srm
        FROM chosen
        LEFT JOIN measured ON chosen.experiment_key = measured.experiment_key
    )
SELECT
    experiment,
    variant,
    observed[variant] AS identities,
    if(total > 0, identities / total, NULL) AS share,
    if(expected_is_valid AND mapContains(expected, variant), expected[variant] / expected_total, NULL) AS expected_share,
    quarantined_identities,
    srm.p_value AS srm_p_value,
    srm.verdict AS srm_verdict,
    srm.reason AS srm_reason,
    srm.sequential_p_value AS srm_sequential_p_value
FROM tested
ARRAY JOIN variants AS variant
WHERE (SELECT refused FROM checked) = 0
ORDER BY
    experiment,
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
