-- experiment_traffic: how many identities each variant got, and whether the split is the intended one.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC') (half-open window), expected_shares Map(String, Float64): the intended share of
-- each variant, in any unit (0.5 and 0.5, or 50 and 50); map() when there is none to check against.
--
-- One row per variant that was expected or seen, ordered by variant:
--     variant                 String             the variant
--     identities              UInt64             identities exposed to it and to no other
--     share                   Nullable(Float64)  identities / all unquarantined identities, 0 to 1; NULL
--                                                when there are none
--     expected_share          Nullable(Float64)  expected_shares scaled to sum to 1; NULL for a variant
--                                                that is not expected, and for all when a share is not
--                                                a finite number above 0
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
SETTINGS
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    input_format_json_named_tuples_as_objects = 1,
    empty_result_for_aggregation_by_empty_set = 0
