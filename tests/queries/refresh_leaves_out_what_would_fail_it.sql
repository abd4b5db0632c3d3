-- An experiment whose options exclude each other is not due, so that the others still are.
-- Breaks when: one wrong definition stops the history of every experiment.

INSERT INTO experiments (name, environment_key, feature_name, window_start, status, options) VALUES
    ('right', 'e', 'f', '2024-01-01 00:00:00', 'running', ''),
    ('wrong', 'e', 'g', '2024-01-01 00:00:00', 'running', '{"interval": "fieller"}');

INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES
    (1, 'bought', 'purchase', 'occurrence', '{"prior": {"mean": 0, "stddev": 0.1}}');

INSERT INTO experiment_metrics (experiment, metric_id, role) VALUES ('right', 1, 'goal'), ('wrong', 1, 'goal');

SELECT name
FROM experiment_results_due;

SELECT
    experiment,
    problem
FROM experiment_registry_problems;

SELECT count() AS rows_of_an_experiment_without_events
FROM experiment_scorecard_due;
