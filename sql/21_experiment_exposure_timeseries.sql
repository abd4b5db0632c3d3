-- experiment_exposure_timeseries: how the exposed identities arrived, for a chart of the intake.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC'); the window is half-open, [window_start, window_end).
--
-- One row per bucket and variant in which identities were first exposed, ordered by bucket, then variant:
--     bucket                 DateTime('UTC')  start of the UTC hour or day; the first bucket may start
--                                             before the window, and only its part inside it is counted
--     granularity            String           'hour' for a window of up to 72 hours, else 'day'
--     variant                String           the variant; '' for quarantined identities
--     quarantined            Bool             true for identities exposed to more than one variant
--     new_identities         UInt64           identities first exposed in the bucket
--     cumulative_identities  UInt64           the same, summed over the buckets so far
--
-- An identity counts once, at its first exposure in the window. One that later turns out to be
-- quarantined counts as quarantined from its first exposure on, so past buckets can change while the
-- window is open. A bucket in which a variant gained nobody has no row for it: the cumulative number
-- stays where it was.
CREATE OR REPLACE VIEW experiment_exposure_timeseries AS
WITH
    toUnixTimestamp64Milli({window_end:DateTime64(3, 'UTC')})
        - toUnixTimestamp64Milli({window_start:DateTime64(3, 'UTC')}) AS window_milliseconds,

    if(window_milliseconds <= 72 * 3600000, 3600, 86400) AS bucket_seconds,

    arrivals AS
    (
        SELECT
            toDateTime(
                intDiv(toUnixTimestamp64Milli(first_exposure), bucket_seconds * 1000) * bucket_seconds,
                'UTC'
            ) AS bucket,
            variant,
            quarantined,
            count() AS new_identities
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
            bucket,
            variant,
            quarantined
    )
SELECT
    bucket,
    if(bucket_seconds = 3600, 'hour', 'day') AS granularity,
    variant,
    quarantined,
    new_identities,
    sum(new_identities) OVER (
        PARTITION BY variant, quarantined
        ORDER BY bucket ASC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS cumulative_identities
FROM arrivals
ORDER BY
    bucket,
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
