-- A metric that nobody defined has its rows, withheld with a reason, and is listed as a problem.
-- Breaks when: it silently disappears, or takes the whole scorecard down.
INSERT INTO experiments (name, environment_key, feature_name, window_start, window_end, status) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', '2024-01-03 00:00:00', 'running');
INSERT INTO metrics (metric_id, name, event, aggregation) VALUES (1, 'buys', 'buy', 'count');
INSERT INTO experiment_metrics (experiment, metric_id, role) VALUES ('x', 1, 'goal'), ('x', 7, 'guardrail');
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00.000', 'b', 'b'),
    ('e', 'buy', '', '2024-01-01 01:00:00.000', 'a', '');
SELECT metric_id, metric, role, aggregation, variant, n, sum, verdict, reason FROM experiment_scorecard(experiments = ['x']);
SELECT * FROM experiment_registry_problems;
