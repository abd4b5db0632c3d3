-- A row inserted again replaces the one of its name, number or pair, whatever the order of the parts.
-- Breaks when: the table no longer replaces by updated_at, or a view reads it without FINAL.
INSERT INTO experiments (name, environment_key, feature_name, window_start, window_end, status, updated_at) VALUES ('x', 'e', 'new', '2024-01-01 00:00:00', '2024-01-02 00:00:00', 'running', '2024-03-02 00:00:00');
INSERT INTO experiments (name, environment_key, feature_name, window_start, window_end, status, updated_at) VALUES ('x', 'e', 'old', '2024-01-01 00:00:00', '2024-01-02 00:00:00', 'draft', '2024-03-01 00:00:00');
INSERT INTO metrics (metric_id, name, event, aggregation, updated_at) VALUES (1, 'old', 'view', 'count', '2024-03-01 00:00:00');
INSERT INTO metrics (metric_id, name, event, aggregation, updated_at) VALUES (1, 'new', 'buy', 'count', '2024-03-02 00:00:00');
INSERT INTO experiment_metrics (experiment, metric_id, role, updated_at) VALUES ('x', 1, 'goal', '2024-03-02 00:00:00');
INSERT INTO experiment_metrics (experiment, metric_id, role, updated_at) VALUES ('x', 1, 'guardrail', '2024-03-01 00:00:00');
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'new', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'old', '2024-01-01 01:00:00.000', 'b', 'control'),
    ('e', 'buy', '', '2024-01-01 02:00:00.000', 'a', ''),
    ('e', 'view', '', '2024-01-01 02:00:00.000', 'a', ''),
    ('e', 'view', '', '2024-01-01 02:00:00.000', 'a', '');
SELECT experiment, metric, role, event, variant, n, sum FROM experiment_scorecard(experiments = ['x']);
