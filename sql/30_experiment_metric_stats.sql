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
-- Reads: the exposures of the feature twice (the arms, and the exposed identities), the metric events
-- once however many metrics there are. Per identity and event name the number of events, the total of the
-- values and the invalid ones are gathered in one pass, and all aggregations derive from these. Events
-- are the left side of the join and the exposed identities, far fewer, the hashed right side; identities
-- without events add 0 to both sums, so the join can be an inner one.
CREATE OR REPLACE VIEW experiment_metric_stats AS
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
    exposed AS
    (
        SELECT
            identity,
            groupArray(experiment) AS experiments,
            groupArray(arm) AS arms,
            groupArray(first_exposure) AS first_exposures
        FROM
        (
            SELECT
                cityHash64(identity) AS identity,
                number AS experiment,
                min(cityHash64(value)) AS arm,
                min(time) AS first_exposure
            FROM
            (
                SELECT
                    identity AS identity,
                    time AS time,
                    number_1 AS number,
                    value_1 AS value
                FROM
                (
                    SELECT
                        identifier AS identity,
                        toUInt32(1) AS number_1,
                        value AS value_1,
                        toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS time
                    FROM events
                    WHERE environment_key = {environment_key:String}
                        AND event = '$flag_exposure'
                        AND feature_name = {feature_name:String}
                        AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                        AND timestamp < {window_end:DateTime64(3, 'UTC')}
                )
                WHERE value != ''
            )
            GROUP BY
                identity,
                number
            HAVING min(cityHash64(value)) = max(cityHash64(value))
        )
        GROUP BY identity
    ),

    -- The rows of each identity, as arrays: which fact, when, and which value (NaN where there is none).
    gathered AS
    (
        SELECT
            identity,
            groupArray(number) AS facts,
            groupArray(time) AS times,
            groupArray(value) AS values
        FROM
        (
            SELECT
                identity AS identity,
                time AS time,
                number_1 AS number,
                value_1 AS value
            FROM
            (
                SELECT
                    cityHash64(identifier) AS identity,
                    transform(event, metric_events, arrayEnumerate(metric_events), CAST(0 AS UInt32)) AS number_1,
                    multiIf(
                        empty(value_events), nan,
                        has(value_events, event), ifNull(accurateCastOrNull(value, 'Float64'), nan),
                        nan
                    ) AS parsed,
                    if(isFinite(parsed), parsed, nan) AS value_1,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS time
                FROM events
                WHERE environment_key = {environment_key:String}
                    AND event IN (SELECT arrayJoin(metric_events))
                    AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                    AND timestamp < {window_end:DateTime64(3, 'UTC')}
            )
            WHERE number != 0
        )
        GROUP BY identity
    ),

    -- One row per identity, experiment and fact that the identity has rows of, and one with the fact 0: what
    -- counts from its first exposure on. Both sides of the join have one row per identity.
    measured AS
    (
        SELECT
            experiment,
            arm,
            fact,
            toFloat64(arrayCount(t -> t >= first_exposure, blank_times)) AS blanks,
            blanks + arrayCount(t -> t >= first_exposure, value_times) AS events,
            arrayReduce('sumKahan', arrayMap((t, v) -> if(t >= first_exposure, v, 0), value_times, fact_values)) AS total,
            if(events = 0, 0, total / events) AS average
        FROM
        (
            SELECT
                exposed.experiments AS experiments,
                exposed.arms AS arms,
                exposed.first_exposures AS first_exposures,
                fact,
                arrayFilter((t, f, v) -> f = fact AND isNaN(v), gathered.times, gathered.facts, gathered.values) AS blank_times,
                arrayFilter((t, f, v) -> f = fact AND NOT isNaN(v), gathered.times, gathered.facts, gathered.values) AS value_times,
                arrayFilter((v, f) -> f = fact AND NOT isNaN(v), gathered.values, gathered.facts) AS fact_values
            FROM gathered AS gathered
            RIGHT JOIN exposed AS exposed ON gathered.identity = exposed.identity
            ARRAY JOIN arrayPushFront(arrayDistinct(gathered.facts), 0) AS fact
        )
        ARRAY JOIN
            experiments AS experiment,
            arms AS arm,
            first_exposures AS first_exposure
    ),

    per_arm AS
    (
        SELECT
            experiment,
            arm,
            sumIf(identities, fact = 0) AS n,
            groupArray(fact) AS facts,
            groupArray(moments) AS moments
        FROM
        (
            SELECT
                experiment,
                arm,
                fact,
                count() AS identities,
                (
                    toFloat64(countIf(events > 0)),
                    sumKahan(events),
                    sumKahan(events * events),
                    sumKahan(total),
                    sumKahan(total * total),
                    sumKahan(average),
                    sumKahan(average * average),
                    toUInt64(sum(blanks))
                ) AS moments
            FROM measured
            GROUP BY
                experiment,
                arm,
                fact
        )
        GROUP BY
            experiment,
            arm
    ),

    named AS
    (
        SELECT DISTINCT
            number AS experiment,
            CAST(value AS String) AS variant,
            cityHash64(value) AS arm
        FROM
        (
            SELECT
                identity AS identity,
                time AS time,
                number_1 AS number,
                value_1 AS value
            FROM
            (
                SELECT
                    identifier AS identity,
                    toUInt32(1) AS number_1,
                    value AS value_1,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS time
                FROM events
                WHERE environment_key = {environment_key:String}
                    AND event = '$flag_exposure'
                    AND feature_name = {feature_name:String}
                    AND timestamp >= {window_start:DateTime64(3, 'UTC')}
                    AND timestamp < {window_end:DateTime64(3, 'UTC')}
            )
            WHERE value != ''
        )
    ),

    metrics AS
    (
        SELECT
            metric_number,
            1 AS experiment,
            toUInt32(indexOf(metric_events, metric.event)) AS fact,
            metric_list[metric_number] AS metric,
            metric.aggregation AS aggregation
        FROM system.one
        ARRAY JOIN arrayEnumerate(metric_list) AS metric_number
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
    ),

    -- Of what the metric's fact adds up to; all 0 where no identity of the arm has a row of it.
    per_arm.moments[indexOf(per_arm.facts, metrics.fact)] AS moments
SELECT
    metrics.metric.metric_id AS metric_id,
    metrics.metric.event AS event,
    metrics.aggregation AS aggregation,
    metrics.metric.lower_is_better AS lower_is_better,
    named.variant AS variant,
    per_arm.n AS n,
    CAST(multiIf(
        metrics.aggregation IN ('occurrence', ''), moments.1,
        metrics.aggregation = 'sum', moments.4,
        metrics.aggregation = 'mean', moments.6,
        moments.2
    ) AS Float64) AS sum,
    CAST(multiIf(
        metrics.aggregation IN ('occurrence', ''), moments.1,
        metrics.aggregation = 'sum', moments.5,
        metrics.aggregation = 'mean', moments.7,
        moments.3
    ) AS Float64) AS sum_squares,
    CAST(if(metrics.aggregation IN ('sum', 'mean'), moments.8, 0) AS UInt64) AS invalid_values
FROM per_arm AS per_arm
INNER JOIN named AS named ON per_arm.experiment = named.experiment AND per_arm.arm = named.arm
INNER JOIN metrics AS metrics ON per_arm.experiment = metrics.experiment
ORDER BY
    metrics.metric_number,
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
    set_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    input_format_json_named_tuples_as_objects = 1
