-- experiment_traffic: how many identities each variant got, and whether the split is the intended one.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC') (half-open window), expected_shares Map(String, Float64): the intended share of
-- each variant, in any unit (0.5 and 0.5, or 50 and 50), 0 where nobody is sent; map() when there is none
-- to check against.
--
-- One row per variant that was expected or seen, ordered by variant:
--     variant                 String             the variant
--     identities              UInt64             identities exposed to it and to no other
--     share                   Nullable(Float64)  identities / all unquarantined identities, 0 to 1; NULL
--                                                when there are none
--     expected_share          Nullable(Float64)  expected_shares scaled to sum to 1; NULL for a variant
--                                                that is not expected, and for all when a share is
--                                                negative or no finite number, or all are 0
--     quarantined_identities  UInt64             identities of the whole experiment that were exposed to
--                                                several variants; they belong to no variant, so the
--                                                same total stands on every row
--     srm_p_value             Nullable(Float64)  sample ratio mismatch test of the whole experiment, the
--     srm_verdict             String             same on every row: see sampleRatioMismatch
--     srm_reason              String
--     srm_sequential_p_value  Nullable(Float64)  the same test, valid however often one looks
--
-- The exposures of the feature are read once.
CREATE OR REPLACE VIEW experiment_traffic AS
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
