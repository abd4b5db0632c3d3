-- What needs several tables to see is listed, and nothing else is.
-- Breaks when: a problem is overlooked, or a sound experiment is reported.
INSERT INTO experiments (name, environment_key, feature_name, window_start, window_end, status, expected_shares, options) VALUES
    ('sound', 'e', 'a', '2024-01-01 00:00:00', NULL, 'running', map('control', 1, 'b', 1), ''),
    ('earlier', 'e', 'a', '2023-01-01 00:00:00', '2024-01-01 00:00:00', 'running', map(), ''),
    ('elsewhere', 'other', 'a', '2024-01-01 00:00:00', NULL, 'running', map(), ''),
    ('twin', 'e', 'c', '2024-01-01 00:00:00', NULL, 'running', map(), ''),
    ('twin too', 'e', 'c', '2024-02-01 00:00:00', NULL, 'running', map(), ''),
    ('planned', 'e', 'c', '2024-02-01 00:00:00', NULL, 'draft', map(), ''),
    ('shares', 'e', 'd', '2024-01-01 00:00:00', NULL, 'running', map('a', 1), ''),
    ('bare', 'e', 'g', '2024-01-01 00:00:00', NULL, 'running', map(), ''),
    ('prior', 'e', 'h', '2024-01-01 00:00:00', NULL, 'running', map(), '{"prior": {"mean": 0, "stddev": 0.1}}');
INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES
    (1, 'revenue', 'buy', 'sum', ''),
    (2, 'visits', 'view', 'count', '{"interval": "fieller"}'),
    (3, 'revenue', 'pay', 'sum', '');
INSERT INTO experiment_metrics (experiment, metric_id) VALUES
    ('sound', 1), ('sound', 2), ('earlier', 1), ('elsewhere', 1), ('twin', 1), ('twin too', 99), ('shares', 1), ('prior', 2), ('ghost', 1);
SELECT * FROM experiment_registry_problems;
