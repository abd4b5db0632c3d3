-- experiment_exposures: who was exposed to the feature in the window, to which variant, since when.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC'); the window is half-open, [window_start, window_end).
--
-- One row per identity that has an exposure in the window:
--     identifier      String                  the identity
--     variant         String                  the variant it was exposed to; '' when quarantined
--     quarantined     Bool                    true when it was exposed to more than one variant
--     first_exposure  DateTime64(3, 'UTC')    its first exposure in the window
--
-- An exposure is an event named $flag_exposure of the feature, its value the variant. An exposure with
-- an empty value shows no variant and is ignored: it neither exposes nor quarantines an identity, and
-- does not move its first exposure. Identities are compared as they are, never by hash. Rows come in no
-- particular order.
CREATE OR REPLACE VIEW experiment_exposures AS
SELECT
    identifier,
    variant,
    quarantined,
    first_exposure
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
