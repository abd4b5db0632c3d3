-- What an installation with the registry holds before it moves to definitions: its tables as the earlier release made
-- them, some rows, and views with the names and parameters of its views.
DROP TABLE IF EXISTS experiments;
DROP TABLE IF EXISTS metrics;
DROP TABLE IF EXISTS experiment_metrics;

CREATE TABLE experiments
(
    name String,
    environment_key LowCardinality(String),
    feature_name String,
    exposure_event String DEFAULT '$flag_exposure',
    control String DEFAULT 'control',
    expected_shares Map(String, Float64),
    window_start DateTime64(3, 'UTC'),
    window_end Nullable(DateTime64(3, 'UTC')),
    status LowCardinality(String) DEFAULT 'draft',
    options String DEFAULT '',
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
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
ORDER BY name;

CREATE TABLE metrics
(
    metric_id UInt64,
    name String,
    description String,
    event String,
    aggregation LowCardinality(String),
    lower_is_better Bool DEFAULT false,
    options String DEFAULT '',
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    CONSTRAINT name_is_not_empty CHECK name != '',
    CONSTRAINT event_is_not_empty CHECK event != '',
    CONSTRAINT aggregation_is_occurrence_count_sum_or_mean CHECK aggregation IN ('occurrence', 'count', 'sum', 'mean'),
    CONSTRAINT options_are_a_json_object CHECK options = '' OR ifNull(toString(JSONType(options)), '') = 'Object',
    CONSTRAINT options_leave_the_control_to_the_experiment CHECK NOT JSONHas(options, 'control'),
    CONSTRAINT deduplicate_is_true_or_false CHECK NOT JSONHas(options, 'deduplicate') OR ifNull(toString(JSONType(options, 'deduplicate')), '') = 'Bool'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY metric_id;

CREATE TABLE experiment_metrics
(
    experiment String,
    metric_id UInt64,
    role LowCardinality(String) DEFAULT 'secondary',
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    CONSTRAINT experiment_is_not_empty CHECK experiment != '',
    CONSTRAINT role_is_goal_secondary_or_guardrail CHECK role IN ('goal', 'secondary', 'guardrail')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (experiment, metric_id);

INSERT INTO experiments (name, environment_key, feature_name, expected_shares, window_start, window_end, status, options) VALUES
    ('incentive 2004', 'thornton_2008', 'incentive', map(), '2004-11-01 00:00:00', '2004-12-01 00:00:00', 'completed', '{"confidence": 0.9}');

INSERT INTO metrics (metric_id, name, description, event, aggregation, options) VALUES
    (1, 'learned', 'Share of people who came to learn their result', 'learned_result', 'occurrence', ''),
    (2, 'visits', '', 'learned_result', 'count', '{"deduplicate": true, "min_identities": 100}');

INSERT INTO experiment_metrics (experiment, metric_id, role) VALUES
    ('incentive 2004', 1, 'goal'),
    ('incentive 2004', 2, 'guardrail');

CREATE TABLE experiment_results_history
(
    computed_at DateTime64(3, 'UTC'),
    final Bool,
    experiment String,
    metric String,
    role LowCardinality(String),
    metric_id UInt64,
    event String,
    aggregation LowCardinality(String),
    lower_is_better Bool,
    variant String,
    n UInt64,
    sum Float64,
    sum_squares Float64,
    invalid_values UInt64,
    is_control Bool,
    mean Nullable(Float64),
    variance Nullable(Float64),
    lift Nullable(Float64),
    ci_low Nullable(Float64),
    ci_high Nullable(Float64),
    chance_to_win Nullable(Float64),
    verdict LowCardinality(String),
    reason LowCardinality(String),
    srm_p_value Nullable(Float64),
    srm_verdict LowCardinality(String),
    standard_error Nullable(Float64),
    expected_loss Nullable(Float64),
    difference Nullable(Float64),
    difference_ci_low Nullable(Float64),
    difference_ci_high Nullable(Float64),
    p_value Nullable(Float64),
    p_value_adjusted Nullable(Float64),
    anytime_ci_low Nullable(Float64),
    anytime_ci_high Nullable(Float64),
    anytime_p_value Nullable(Float64),
    chance_to_be_best Nullable(Float64),
    minimum_detectable_effect Nullable(Float64),
    mean_adjusted Nullable(Float64),
    variance_adjusted Nullable(Float64),
    variance_reduction Nullable(Float64),
    chance_to_be_non_inferior Nullable(Float64),
    srm_sequential_p_value Nullable(Float64),
    window_start DateTime64(3, 'UTC'),
    window_end DateTime64(3, 'UTC')
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(computed_at)
ORDER BY (experiment, computed_at, metric_id, variant)
TTL toDateTime(computed_at, 'UTC') + INTERVAL 400 DAY DELETE WHERE NOT final;

INSERT INTO experiment_results_history (computed_at, final, experiment, metric, role, metric_id, event, aggregation, variant, n, sum)
SELECT '2004-12-01 01:00:00', true, 'incentive 2004', 'learned', 'goal', 1, 'learned_result', 'occurrence', variant, 100, 40
FROM VALUES('variant String', 'control', '1_to_2_usd');

CREATE VIEW experiment_registry_problems AS
SELECT name AS experiment
FROM experiments FINAL
WHERE false;

CREATE VIEW experiment_results_due AS
SELECT name
FROM experiments FINAL;

CREATE VIEW experiment_scorecard AS
SELECT name AS experiment
FROM experiments FINAL
WHERE has({experiments:Array(String)}, name);

CREATE VIEW experiment_scorecard_due AS
SELECT *
FROM experiment_results_history
WHERE false;

CREATE MATERIALIZED VIEW experiment_results_refresh
REFRESH EVERY 1 HOUR APPEND
TO experiment_results_history
EMPTY
AS
SELECT *
FROM experiment_scorecard_due;
