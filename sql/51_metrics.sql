-- metrics: the registry of metrics. A metric is defined once and used by any number of experiments.
--
-- The newest version of a metric_id wins (ReplacingMergeTree by updated_at). Read the table with FINAL.
-- What contradicts itself is refused on insert, by a constraint whose name is the rule.
--
-- options is a JSON object of
--     deduplicate   true: exact copies of an event (same identifier, event, timestamp and value) count once;
--                   false, the default: every event counts
--     …             any option of experimentInference, such as "non_inferiority_margin" for a guardrail.
--                   A metric's option wins over the same option of the experiment.
--
-- To rename a metric, insert its metric_id again with the new name. To retire one, take it out of the
-- experiments (see experiment_metrics), then DELETE FROM metrics WHERE metric_id = ….
CREATE TABLE IF NOT EXISTS metrics
(
    metric_id UInt64 COMMENT 'Number of the metric, unique; the newest row of a number wins',
    name String COMMENT 'Name of the metric, as dashboards show it',
    description String COMMENT 'What the metric means, for people',
    event String COMMENT 'Name of the event that the metric is made of, as in events.event',
    aggregation LowCardinality(String) COMMENT 'Value of an identity: occurrence (0 or 1), count (number of events), sum or mean (of the value of its events)',
    lower_is_better Bool DEFAULT false COMMENT 'A fall is a win',
    options String DEFAULT '' COMMENT 'JSON object: "deduplicate": true counts exact copies of an event once; any option of experimentInference for this metric alone',
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When this version was written, UTC; the newest wins',
    CONSTRAINT name_is_not_empty CHECK name != '',
    CONSTRAINT event_is_not_empty CHECK event != '',
    CONSTRAINT aggregation_is_occurrence_count_sum_or_mean CHECK aggregation IN ('occurrence', 'count', 'sum', 'mean'),
    CONSTRAINT options_are_a_json_object CHECK options = '' OR ifNull(toString(JSONType(options)), '') = 'Object',
    CONSTRAINT options_leave_the_control_to_the_experiment CHECK NOT JSONHas(options, 'control'),
    CONSTRAINT deduplicate_is_true_or_false CHECK NOT JSONHas(options, 'deduplicate') OR ifNull(toString(JSONType(options, 'deduplicate')), '') = 'Bool'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY metric_id
COMMENT 'Registry of metrics: event, aggregation and direction';

-- The function refuses what it does not know. The constraint is made anew with every installation, for it
-- holds the function's argument types as they were then.
ALTER TABLE metrics DROP CONSTRAINT IF EXISTS options_are_known_to_experimentInference;

ALTER TABLE metrics ADD CONSTRAINT options_are_known_to_experimentInference
    CHECK length(experimentInference(
        [('control', 0, 0, 0)]::Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64)),
        toString(aggregation),
        false,
        concat(
            '{',
            arrayStringConcat(
                arrayMap(
                    entry -> concat(toJSONString(entry.1), ':', entry.2),
                    arrayFilter(entry -> entry.1 != 'deduplicate', JSONExtractKeysAndValuesRaw(options))
                ),
                ','
            ),
            '}'
        )
    )) = 1
