-- sum adds the values within an identity before squaring: (2.5 + 1.5)² + (-3)² + 0².
-- Breaks when: squares are taken per event, or negative values are lost.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '2.5'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1.5'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'b', '-3');

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
