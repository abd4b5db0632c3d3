-- experiments: the registry of experiments. Define an experiment here once; every view that takes
-- `experiments` and every table they fill reads it from here.
--
-- The newest version of a name wins (ReplacingMergeTree by updated_at): to change an experiment, insert its
-- row again. Read the table with FINAL. What contradicts itself is refused on insert, by a constraint whose
-- name is the rule; options that experimentInference would refuse are refused here, with its own message.
-- What needs several tables to see is listed by experiment_registry_problems.
--
-- To stop one: insert it again with status 'completed' and a window_end; its last result stays in
-- experiment_results_history. To retire one that should not be read any more: status 'draft'. To rename
-- one: insert it, and its rows of experiment_metrics, under the new name, and make the old name a draft;
-- history keeps the old name.
CREATE TABLE IF NOT EXISTS experiments
(
    name String COMMENT 'Name of the experiment, unique; the newest row of a name wins',
    environment_key LowCardinality(String) COMMENT 'Environment whose events are read, as in events.environment_key',
    feature_name String COMMENT 'Feature flag whose exposures are read, as in events.feature_name',
    exposure_event String DEFAULT '$flag_exposure' COMMENT 'Name of the event that exposes an identity to a variant; its value is the variant',
    control String DEFAULT 'control' COMMENT 'Variant that the others are compared with',
    expected_shares Map(String, Float64) COMMENT 'Share of each variant by design, in any unit: they are scaled to sum to 1; empty when unknown',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that counts, UTC',
    window_end Nullable(DateTime64(3, 'UTC')) COMMENT 'First instant that does not count any more, UTC; NULL while running without a planned end',
    status LowCardinality(String) DEFAULT 'draft' COMMENT 'draft (not read), running, or completed (computed once more after its end)',
    options String DEFAULT '' COMMENT 'Options of experimentInference for all metrics of the experiment, a JSON object; empty for the defaults',
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When this version was written, UTC; the newest wins',
    CONSTRAINT name_is_not_empty_and_does_not_start_with_an_asterisk CHECK name != '' AND NOT startsWith(name, '*'),
    CONSTRAINT control_is_not_empty CHECK control != '',
    CONSTRAINT exposure_event_is_not_empty CHECK exposure_event != '',
    CONSTRAINT status_is_draft_running_or_completed CHECK status IN ('draft', 'running', 'completed'),
    CONSTRAINT window_ends_after_it_starts CHECK ifNull(window_end > window_start, true),
    CONSTRAINT completed_has_a_window_end CHECK status != 'completed' OR isNotNull(window_end),
    CONSTRAINT expected_shares_are_above_zero CHECK arrayAll(share -> isFinite(share) AND share > 0, mapValues(expected_shares)),
    CONSTRAINT options_are_a_json_object CHECK options = '' OR ifNull(toString(JSONType(options)), '') = 'Object',
    CONSTRAINT options_leave_the_control_to_its_column CHECK NOT JSONHas(options, 'control')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY name
COMMENT 'Registry of experiments: what is compared, where and when';

-- The function refuses what it does not know. The constraint is made anew with every installation, for it
-- holds the function's argument types as they were then.
ALTER TABLE experiments DROP CONSTRAINT IF EXISTS options_are_known_to_experimentInference;

ALTER TABLE experiments ADD CONSTRAINT options_are_known_to_experimentInference
    CHECK length(experimentInference(
        [('control', 0, 0, 0)]::Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64)),
        'count',
        false,
        options
    )) = 1
