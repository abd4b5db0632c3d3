-- With "deduplicate": true exact copies of an event, of the same identifier, event, timestamp and value,
-- count once for that metric, and for no other metric of the same event.
-- Breaks when: copies of others are taken for copies, or the option reaches another metric.
INSERT INTO experiments (name, environment_key, feature_name, window_start, window_end, status) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', '2024-01-03 00:00:00', 'running');
INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES
    (1, 'as sent', 'buy', 'sum', ''),
    (2, 'once', 'buy', 'sum', '{"deduplicate": true}'),
    (3, 'events once', 'buy', 'count', '{"deduplicate": true}'),
    (4, 'mean once', 'buy', 'mean', '{"deduplicate": true}'),
    (5, 'explicitly not', 'buy', 'count', '{"deduplicate": false}');
INSERT INTO experiment_metrics (experiment, metric_id) SELECT 'x', number + 1 FROM numbers(5);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00.000', 'b', 'control'),
    ('e', 'buy', '', '2024-01-01 01:00:00.000', 'a', '5'),
    ('e', 'buy', '', '2024-01-01 01:00:00.000', 'a', '5'),
    ('e', 'buy', '', '2024-01-01 01:00:00.000', 'a', '5'),
    ('e', 'buy', '', '2024-01-01 01:00:00.000', 'a', '5.0'),
    ('e', 'buy', '', '2024-01-01 01:00:00.001', 'a', '5'),
    ('e', 'buy', '', '2024-01-01 01:00:00.000', 'b', '5'),
    ('e', 'buy', '', '2024-01-01 01:00:00.000', 'b', 'n/a'),
    ('e', 'buy', '', '2024-01-01 01:00:00.000', 'b', 'n/a');
SELECT metric, variant, n, sum, sum_squares, invalid_values FROM experiment_scorecard(experiments = ['x']);
SELECT metric, day, variant, n, sum, sum_squares, invalid_values FROM experiment_results_by_day(experiments = ['x']) WHERE day = '2024-01-02';
