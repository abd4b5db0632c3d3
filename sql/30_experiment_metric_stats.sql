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

    exposed AS
    (
        SELECT
            cityHash64(identifier) AS identity,
            cityHash64(variant) AS variant_hash,
            first_exposure
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
        WHERE NOT quarantined
    ),

    arms AS
    (
        SELECT
            variant,
            cityHash64(variant) AS variant_hash,
            count() AS n
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
        WHERE NOT quarantined
        GROUP BY variant
    ),

    -- A scalar subquery is evaluated while the query is analysed: the refusal comes whatever the data.
    given AS
    (
        SELECT
            position,
            metric_list[position] AS metric,
            indexOf(metric_events, metric.event) AS event_position
        FROM system.one
        ARRAY JOIN arrayEnumerate(metric_list) AS position
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

    -- One row per metric event; NaN stands for a value that is no finite number, 0 for one nobody reads.
    -- The names are a subquery because that form uses the primary key on every supported version; an
    -- expression after IN does not (26.9) or fails (25.8, 26.3), and has() does not on 25.8.
    metric_rows AS
    (
        SELECT
            cityHash64(identifier) AS identity,
            transform(event, metric_events, arrayEnumerate(metric_events), CAST(0 AS UInt32)) AS event_position,
            timestamp,
            multiIf(
                empty(value_events), toFloat64(0),
                has(value_events, event), ifNull(toFloat64OrNull(value), nan),
                toFloat64(0)
            ) AS parsed
        FROM events
        WHERE environment_key = {environment_key:String}
            AND event IN (SELECT arrayJoin(metric_events))
            AND timestamp >= {window_start:DateTime64(3, 'UTC')}
            AND timestamp < {window_end:DateTime64(3, 'UTC')}
    ),

    per_identity AS
    (
        SELECT
            any(exposed.variant_hash) AS variant_hash,
            metric_rows.event_position AS event_position,
            toFloat64(count()) AS events,
            sumKahan(if(isFinite(metric_rows.parsed), metric_rows.parsed, 0)) AS total,
            total / events AS average,
            countIf(NOT isFinite(metric_rows.parsed)) AS invalid
        FROM metric_rows
        INNER JOIN exposed ON metric_rows.identity = exposed.identity
        WHERE metric_rows.timestamp >= exposed.first_exposure
        GROUP BY
            exposed.identity,
            metric_rows.event_position
    ),

    per_arm AS
    (
        SELECT
            variant_hash,
            event_position,
            toFloat64(count()) AS occurred,
            sumKahan(events) AS events_sum,
            sumKahan(events * events) AS events_squares,
            sumKahan(total) AS total_sum,
            sumKahan(total * total) AS total_squares,
            sumKahan(average) AS average_sum,
            sumKahan(average * average) AS average_squares,
            sum(invalid) AS invalid
        FROM per_identity
        GROUP BY
            variant_hash,
            event_position
    )
SELECT
    given.metric.metric_id AS metric_id,
    given.metric.event AS event,
    given.metric.aggregation AS aggregation,
    given.metric.lower_is_better AS lower_is_better,
    arms.variant AS variant,
    arms.n AS n,
    multiIf(
        aggregation = 'occurrence', per_arm.occurred,
        aggregation = 'count', per_arm.events_sum,
        aggregation = 'sum', per_arm.total_sum,
        per_arm.average_sum
    ) AS sum,
    multiIf(
        aggregation = 'occurrence', per_arm.occurred,
        aggregation = 'count', per_arm.events_squares,
        aggregation = 'sum', per_arm.total_squares,
        per_arm.average_squares
    ) AS sum_squares,
    if(aggregation IN ('sum', 'mean'), per_arm.invalid, 0) AS invalid_values
FROM given
CROSS JOIN arms
LEFT JOIN per_arm
    ON arms.variant_hash = per_arm.variant_hash
    AND given.event_position = per_arm.event_position
ORDER BY
    given.position,
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
    short_circuit_function_evaluation = 'enable'
