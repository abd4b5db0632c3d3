-- However many events an identity has, occurrence counts it once; without any it is 0 and still in n.
-- Breaks when: occurrence counts events.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', ''),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', ''),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', ''),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'b', '');

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
    metrics = [(1, 'purchase', 'occurrence', false)]
);
