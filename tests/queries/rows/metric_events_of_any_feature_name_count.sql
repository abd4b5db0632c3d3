-- Metric events are found by environment and name; the feature name they carry does not matter.
-- Breaks when: metric events are filtered by feature_name.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1'),
    ('e', 'purchase', 'g', '2024-01-01 02:00:00.000', 'a', '10'),
    ('e', 'purchase', 'f', '2024-01-01 02:00:00.000', 'a', '100');

SELECT
    variant,
    n,
    sum,
    sum_squares
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
);
