-- The same identity's events in another environment, and events of another name, do not count.
-- Breaks when: metric events are read without environment or name.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1'),
    ('other', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '10'),
    ('e', 'Purchase', '', '2024-01-01 02:00:00.000', 'a', '100'),
    ('e', 'purchases', '', '2024-01-01 02:00:00.000', 'a', '1000');

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
