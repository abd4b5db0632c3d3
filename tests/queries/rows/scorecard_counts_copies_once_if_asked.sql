-- With `deduplicate: true` exact copies of an event, of the same identifier, event, timestamp and value, count once
-- for that metric, and for no other metric of the same event; the value is the one that the metric reads.
-- Breaks when: copies of others are taken for copies, or the key reaches another metric.
-- compile: scorecard_counts_copies_once_if_asked.yaml
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
SELECT metric, variant, n, sum, sum_squares, invalid_values FROM experiment_scorecard;
SELECT metric, day, variant, n, sum, sum_squares, invalid_values FROM experiment_results_by_day WHERE day = '2024-01-02';
