-- experiment_metric_stats: the sufficient statistics of every metric in every arm. Everything a scorecard
-- says about a metric follows from these rows; they can be stored, added up and inferred from later.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC') (half-open window), metrics
-- Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool)).
--
-- One row per metric and exposed variant, ordered by the metric's place in `metrics`, then by variant:
--     metric_id        UInt64   as given
--     event            String   as given
--     aggregation      String   as given: occurrence, count, sum or mean; anything else is refused
--     lower_is_better  Bool     as given
--     variant          String   the arm
--     n                UInt64   identities exposed to the variant and to no other, with or without events
--     sum              Float64  sum over those identities of the identity's value, in the metric's unit
--     sum_squares      Float64  sum over those identities of the square of the identity's value
--     invalid_values   UInt64   events whose `value` is no finite number and counted as 0; 0 where the
--                               aggregation does not read `value` (occurrence, count)
--
-- The value of an identity, over its events of that name in the window and not earlier than its first
-- exposure: occurrence 1 if there is any, else 0; count how many; sum the total of `value`; mean the
-- average of `value`; 0 without events. `value` is read as a decimal number, such as 3, -0.5 or 1e3:
-- blanks around it, hexadecimal digits, digit separators, an empty text, NaN, infinities and what
-- overflows to infinity are no finite number.
--
-- Accuracy: n and invalid_values are exact. sum and sum_squares are compensated sums (sumKahan) at both
-- levels, within each identity and over the identities: whole numbers are exact while the totals stay
-- below 2^53, other results are good to 1e-12 of the sum of the absolute terms at least. A total beyond
-- 1.8e308 is not finite, and inference withholds it as invalid_moments.
--
-- Identities meet their events by cityHash64 of the identifier, so that no text goes through the join.
-- n does not depend on the hash. Two identities of equal hash would share their events; the expected
-- number of such pairs is (exposed identities × identities with events) / 2^64: 5e-8 for a million of
-- each, 0.05 for a billion of each.
--
-- The settings at the end keep the session's own from changing the answer or the shape of the join.
--
-- Reads: the exposures of the feature twice (the identities, and the names of the variants), the metric
-- events once however many metrics there are. The events of each identity are gathered in arrays, one per
-- event name, and joined with the identity's exposure once; what counts is taken from the arrays, and all
-- aggregations derive from that. The exposed identities are the hashed side of the join.
CREATE OR REPLACE VIEW experiment_metric_stats AS
WITH
    {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list
SELECT
    metric_list[metric_number].metric_id AS metric_id,
    metric_list[metric_number].event AS event,
    metric_list[metric_number].aggregation AS aggregation,
    metric_list[metric_number].lower_is_better AS lower_is_better,
    variant,
    n,
    sum,
    sum_squares,
    invalid_values
FROM
(
    WITH
        -- Who is exposed: in which arm, since when. Seen with several variants: in no arm.
        exposed AS
        (
            SELECT
                cityHash64(scorecard_identity) AS identity,
                groupBitOr(cityHash64(scorecard_value)) AS arm,
                any(scorecard_value) AS variant,
                min(scorecard_time) AS exposed_at
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
            GROUP BY scorecard_identity
            HAVING arm = groupBitAnd(cityHash64(scorecard_value))
        ),

        -- What each identity did: a pair of arrays per event.
        done AS
        (
            SELECT
                scorecard_identity AS identity,
                scorecard_number AS event_number,
                groupArray(scorecard_time) AS times,
                groupArray(scorecard_value) AS numbers
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
                identity,
                event_number
        ),

        -- What each exposed identity with rows of an event is worth.
        identity_values AS
        (
            SELECT
                arm,
                event_number,
                arrayMap((t, number) -> t >= exposed_at AND NOT isNaN(number), times, numbers) AS counted,
                arrayCount(t -> t >= exposed_at, times) AS rows,
                arraySum(counted) AS rows_with_number,
                toFloat64(arrayExists(t -> t >= exposed_at, times)) AS occurrence_value,
                toFloat64(arrayCount(t -> t >= exposed_at, times)) AS count_value,
                arrayReduce('sumKahanIf', numbers, counted) AS sum_value,
                if(arrayCount(t -> t >= exposed_at, times) = 0, 0, arrayReduce('sumKahanIf', numbers, counted) / arrayCount(t -> t >= exposed_at, times)) AS mean_value
            FROM done
            INNER JOIN exposed USING (identity)
        ),

        -- What the arms add up to.
        event_sums AS
        (
            SELECT
                arm,
                event_number,
                sumKahan(occurrence_value) AS occurrence_sum,
                sumKahan(occurrence_value * occurrence_value) AS occurrence_sum_squares,
                sumKahan(count_value) AS count_sum,
                sumKahan(count_value * count_value) AS count_sum_squares,
                sumKahan(sum_value) AS sum_sum,
                sumKahan(sum_value * sum_value) AS sum_sum_squares,
                sumKahan(mean_value) AS mean_sum,
                sumKahan(mean_value * mean_value) AS mean_sum_squares,
                sum(rows) AS rows,
                sum(rows_with_number) AS rows_with_number
            FROM identity_values
            GROUP BY
                arm,
                event_number
        ),

        arms AS
        (
            SELECT
                arm,
                CAST(any(variant) AS String) AS variant,
                count() AS n
            FROM exposed
            GROUP BY arm
        ),

        {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

        arrayDistinct(arrayMap(metric -> metric.event, metric_list)) AS metric_events,

        arrayDistinct(arrayMap(
            metric -> metric.event,
            arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
        )) AS value_events,

        arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list) AS unknown
    SELECT
        metric_number,
        variant,
        n AS identities,
        n,
        [occurrence_sum, count_sum, sum_sum, mean_sum][indexOf(['occurrence', 'count', 'sum', 'mean'], metric_list[metric_number].aggregation)] AS sum,
        [occurrence_sum_squares, count_sum_squares, sum_sum_squares, mean_sum_squares][indexOf(['occurrence', 'count', 'sum', 'mean'], metric_list[metric_number].aggregation)] AS sum_squares,
        if(metric_list[metric_number].aggregation IN ('sum', 'mean'), toUInt64(rows - rows_with_number), 0) AS invalid_values,
        if(metric_list[metric_number].aggregation IN ('sum', 'mean'), rows, 0) AS expected_values
    FROM
    (
        SELECT
            arm,
            variant,
            n,
            metric_number,
            event_number
        FROM arms
        ARRAY JOIN
            arrayEnumerate(metric_list) AS metric_number,
            arrayMap(metric -> indexOf(metric_events, metric.event), metric_list) AS event_number
    ) AS asked
    LEFT JOIN event_sums USING (arm, event_number)
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
)
ORDER BY
    metric_number,
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
