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
    {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

    arrayDistinct(arrayMap(metric -> metric.event, metric_list)) AS metric_events,

    arrayDistinct(arrayMap(
        metric -> metric.event,
        arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
    )) AS value_events,

    arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list) AS unknown,

    -- One row per variant and bundle of measures that identities have rows of: how many were exposed, those whose row it
    -- is, and what these have of the measures in the slots of the bundle.
    scorecard_arms AS
    (
        WITH
            {metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))} AS metric_list,

            arrayDistinct(arrayMap(metric -> metric.event, metric_list)) AS metric_events,

            arrayDistinct(arrayMap(
                metric -> metric.event,
                arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
            )) AS value_events,

            arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list) AS unknown,

            -- The exposed identities: since when each is in which arm of which experiment. One that was seen with
            -- several variants of an experiment is not in it.
            scorecard_exposed AS
            (
                SELECT
                    identity,
                    -- When and in what in one number: the fewer arrays grow, the better. No script has 2^18 experiments.
                    groupArray(first_exposure * 262144 + experiment) AS since,
                    arrayMap(packed -> toUInt32(bitAnd(packed, 262143)), since) AS experiments,
                    arrayMap(packed -> bitShiftRight(packed, 18), since) AS first_exposures,
                    groupArray(arm) AS arms
                FROM
                (
                    SELECT
                        cityHash64(scorecard_identity) AS identity,
                        scorecard_number AS experiment,
                        groupBitOr(cityHash64(scorecard_value)) AS arm,
                        min(scorecard_time) AS first_exposure
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
                    -- Where all bits that some hash has are those that all have, there is one hash.
                    HAVING arm = groupBitAnd(cityHash64(scorecard_value))
                )
                GROUP BY identity
            ),

            -- The rows of each identity, as arrays with an element per fact: when there was a row, with a value or
            -- without one, and which value.
            scorecard_gathered AS
            (
                SELECT
                    identity,
                    groupArray(number) AS facts,
                    groupArray(value_times) AS value_times,
                    groupArray(finite_values) AS finite_values,
                    groupArray(blank_times) AS blank_times
                FROM
                (
                    SELECT
                        scorecard_identity AS identity,
                        scorecard_number AS number,
                        groupArrayIf(scorecard_time, NOT isNaN(scorecard_value)) AS value_times,
                        groupArrayIf(scorecard_value, NOT isNaN(scorecard_value)) AS finite_values,
                        groupArrayIf(scorecard_time, isNaN(scorecard_value)) AS blank_times
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
                        scorecard_identity,
                        scorecard_number
                )
                GROUP BY identity
            ),

            -- One row per identity, experiment and bundle of measures that the identity has rows of: what its rows say around
            -- its first exposure. The first of them stands for the identity itself, with the bundle 0 where it has no rows or its
            -- bundle is not of interest. Both sides of the join have one row per identity.
            scorecard_values AS
            (
                SELECT
                    experiment,
                    arm,
                    first_exposure,
                    bundle,
                    is_first,
                    toFloat64((arraySum(blanks_counted) + arraySum(values_counted)) > 0) AS value_1,
                    toUInt64(0) AS invalid_1,
                    toUInt64(0) AS expected_1,
                    toFloat64((arraySum(blanks_counted) + arraySum(values_counted))) AS value_2,
                    toUInt64(0) AS invalid_2,
                    toUInt64(0) AS expected_2,
                    arrayReduce('sumKahanIf', finite_values, values_counted) AS value_3,
                    toUInt64(arraySum(blanks_counted)) AS invalid_3,
                    toUInt64((arraySum(blanks_counted) + arraySum(values_counted))) AS expected_3,
                    if((arraySum(blanks_counted) + arraySum(values_counted)) = 0, 0, arrayReduce('sumKahanIf', finite_values, values_counted) / (arraySum(blanks_counted) + arraySum(values_counted))) AS value_4,
                    toUInt64(arraySum(blanks_counted)) AS invalid_4,
                    toUInt64((arraySum(blanks_counted) + arraySum(values_counted))) AS expected_4
                FROM
                (
                    SELECT
                        experiment,
                        arm,
                        first_exposure,
                        bundle,
                        -- The first row of an identity; 0 is what it has where there is nothing to unroll.
                        entry <= 1 AS is_first,
                        blank_times,
                        value_times,
                        finite_values,
                        arrayMap(t -> t >= first_exposure, value_times) AS values_counted,
                        arrayMap(t -> t >= first_exposure, blank_times) AS blanks_counted
                    FROM scorecard_gathered AS gathered
                    RIGHT JOIN scorecard_exposed AS exposed ON gathered.identity = exposed.identity
                    LEFT ARRAY JOIN
                        gathered.facts AS bundle,
                        gathered.blank_times AS blank_times,
                        gathered.value_times AS value_times,
                        gathered.finite_values AS finite_values,
                        arrayEnumerate(gathered.facts) AS entry
                    ARRAY JOIN
                        exposed.experiments AS experiment,
                        exposed.arms AS arm,
                        exposed.first_exposures AS first_exposure
                )
            ),

            scorecard_per_arm AS
            (
                SELECT
                    experiment,
                    arm,
                    bundle,
                    countIf(is_first) AS identities_exposed,
                    count() AS identities_seen,
                    [sumKahan(value_1), sumKahan(value_2), sumKahan(value_3), sumKahan(value_4)] AS value_sum_of_slots,
                    [sumKahan(value_1 * value_1), sumKahan(value_2 * value_2), sumKahan(value_3 * value_3), sumKahan(value_4 * value_4)] AS value_squares_of_slots,
                    [sum(invalid_1), sum(invalid_2), sum(invalid_3), sum(invalid_4)] AS invalid_values_of_slots
                FROM scorecard_values
                GROUP BY
                    experiment,
                    arm,
                    bundle
            ),

            -- The arms by their names.
            scorecard_named AS
            (
                SELECT
                    scorecard_number AS experiment,
                    CAST(any(scorecard_value) AS String) AS variant,
                    cityHash64(scorecard_value) AS arm
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
                    scorecard_number,
                    arm
            )
        SELECT
            * EXCEPT (arm)
        FROM scorecard_per_arm AS per_arm
        INNER JOIN scorecard_named AS named USING (experiment, arm)
    )
SELECT
    metric_list[metric_number].metric_id AS metric_id,
    metric_list[metric_number].event AS event,
    metric_list[metric_number].aggregation AS aggregation,
    metric_list[metric_number].lower_is_better AS lower_is_better,
    variant,
    sum(identities_exposed) AS n,
    sumKahan(value_sum_of_slots[slot]) AS sum,
    sumKahan(value_squares_of_slots[slot]) AS sum_squares,
    sum(invalid_values_of_slots[slot]) AS invalid_values
FROM scorecard_arms
ARRAY JOIN
    arrayEnumerate(metric_list) AS metric_number,
    arrayEnumerate(metric_list) AS measure_told,
    arrayMap(measure -> if(bundle != 0 AND metric_list[measure].event = metric_events[bundle], indexOf(['occurrence', 'count', 'sum', 'mean'], metric_list[measure].aggregation), 0), arrayEnumerate(metric_list)) AS slot
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
GROUP BY
    variant,
    metric_number,
    measure_told
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
