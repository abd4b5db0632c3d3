-- The table of an earlier version keeps its rows, gets the columns that it lacks, and takes new results; dashboards read
-- both. What the earlier version had beside it, and nothing makes any more, is gone.
-- Breaks when: the table is made anew, a column is not added, or a view of the old registry stays and fails.
CREATE TABLE IF NOT EXISTS experiment_results_history
(
    computed_at DateTime64(3, 'UTC') COMMENT 'When the row was computed, UTC; one value for all rows of a refresh',
    final Bool COMMENT 'Computed after the end of a completed experiment: the frozen result',
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric; empty when nobody defined it',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    metric_id UInt64 COMMENT 'Number of the metric',
    event String COMMENT 'Event that the metric is made of',
    aggregation LowCardinality(String) COMMENT 'Value of an identity: occurrence, count, sum or mean',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm',
    sum Float64 COMMENT 'Sum of the identities'' values, in the metric''s unit',
    sum_squares Float64 COMMENT 'Sum of the squares of the identities'' values',
    invalid_values UInt64 COMMENT 'Events whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'The arm that the others are compared with',
    mean Nullable(Float64) COMMENT 'Value per identity, in the metric''s unit',
    variance Nullable(Float64) COMMENT 'Variance between identities',
    lift Nullable(Float64) COMMENT '(mean - control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'Lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'Upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'Probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, inconclusive, collecting_data or undefined; safe or harmful with a non-inferiority margin',
    reason LowCardinality(String) COMMENT 'Why numbers are withheld, else empty',
    srm_p_value Nullable(Float64) COMMENT 'Sample ratio mismatch test of the experiment: probability of sizes at least as far off',
    srm_verdict LowCardinality(String) COMMENT 'ok, mismatch, collecting_data or undefined',
    standard_error Nullable(Float64) COMMENT 'Standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'Lift to be lost on average if the arm is chosen and is the worse one',
    difference Nullable(Float64) COMMENT 'Mean of the arm less mean of the control, in the metric''s unit',
    difference_ci_low Nullable(Float64) COMMENT 'Lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'Upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'Two-sided p-value of the difference, Welch''s test',
    p_value_adjusted Nullable(Float64) COMMENT 'The same, corrected for the number of arms',
    anytime_ci_low Nullable(Float64) COMMENT 'Lower end of an interval of the lift that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'Upper end of an interval of the lift that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'Probability that the arm is the best of all, the control among them',
    minimum_detectable_effect Nullable(Float64) COMMENT 'Smallest lift that these identities would show with the power of the options',
    mean_adjusted Nullable(Float64) COMMENT 'Mean after adjustment by a covariate',
    variance_adjusted Nullable(Float64) COMMENT 'Variance after adjustment by a covariate',
    variance_reduction Nullable(Float64) COMMENT 'Share of the variance that the covariate took away',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'Probability that the arm is not worse than the margin of the options',
    srm_sequential_p_value Nullable(Float64) COMMENT 'Sample ratio mismatch test that holds however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC; the time of computing while the experiment has no end'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(computed_at)
ORDER BY (experiment, computed_at, metric_id, variant)
TTL toDateTime(computed_at, 'UTC') + INTERVAL 400 DAY DELETE WHERE NOT final
COMMENT 'Scorecards as they were computed, one row per computation, experiment, metric and variant';

INSERT INTO experiment_results_history (computed_at, final, experiment, metric, role, metric_id, event, aggregation, variant, n, sum, mean, verdict, window_start, window_end) VALUES
    ('2023-12-01 00:00:00', true, 'an old one', 'buyers', 'goal', 7, 'buy', 'occurrence', 'control', 10, 5, 0.5, 'control', '2023-11-01 00:00:00', '2023-12-01 00:00:00'),
    (now64(3, 'UTC') - INTERVAL 1 DAY, false, 'x', 'buyers', 'goal', 7, 'buy', 'occurrence', 'control', 10, 5, 0.5, 'control', '2024-01-01 00:00:00', '2024-01-02 00:00:00');
CREATE TABLE experiments (name String, environment_key String) ENGINE = ReplacingMergeTree ORDER BY name;
INSERT INTO experiments VALUES ('an old one', 'e');
CREATE TABLE metrics (metric_id UInt64, name String) ENGINE = ReplacingMergeTree ORDER BY metric_id;
CREATE VIEW experiment_scorecard AS SELECT * FROM experiments WHERE has({experiments:Array(String)}, name);
CREATE VIEW experiment_registry_problems AS SELECT * FROM metrics;
CREATE VIEW experiment_results_due AS SELECT name FROM experiments;
CREATE VIEW experiment_scorecard_due AS SELECT name FROM experiments;
CREATE VIEW experiment_health AS SELECT name FROM experiments;
CREATE MATERIALIZED VIEW experiment_results_refresh REFRESH EVERY 1 HOUR APPEND TO experiment_results_history EMPTY AS
SELECT now64(3, 'UTC') AS computed_at, name AS experiment FROM experiments;

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00', 'x', 'control');
-- compile: ../scorecards/columns_of_compiled_views_are_the_contract.yaml
SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;

SELECT experiment, metric, role, metric_id, event, aggregation, type, n, sum, mean, final, definition
FROM experiment_results_history
ORDER BY computed_at;

SELECT experiment, metric, type, n, sum, mean, final
FROM experiment_results_latest;

SELECT name FROM experiments;

SELECT name
FROM system.tables
WHERE database = currentDatabase()
    AND name IN ('experiment_registry_problems', 'experiment_results_due', 'experiment_scorecard_due');
SELECT * FROM experiment_health WHERE flag = 'view_without_definition';

-- It has every column of the view, with its type.
SELECT latest.name AS name, latest.type AS type, history.type AS type_in_the_table
FROM (SELECT * FROM system.columns WHERE database = currentDatabase() AND table = 'experiment_results_latest') AS latest
LEFT JOIN (SELECT * FROM system.columns WHERE database = currentDatabase() AND table = 'experiment_results_history') AS history USING (name)
WHERE type != type_in_the_table
ORDER BY name;
