-- A metric event at window_start counts, one at window_end does not, even though its identity is exposed.
-- Breaks when: metric events are read without the window, or with another bound than exposures.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 00:00:00.000', 'a', '1'),
    ('e', 'purchase', '', '2024-01-01 23:59:59.999', 'a', '10'),
    ('e', 'purchase', '', '2024-01-02 00:00:00.000', 'a', '100'),
    ('e', 'purchase', '', '2023-12-31 23:59:59.999', 'a', '1000');

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
