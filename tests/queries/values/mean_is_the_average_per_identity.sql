-- mean averages the values within an identity, and the identities count alike: (1 + 2 + 3) / 3 = 2 and 10;
-- an identity without events adds 0.
-- Breaks when: events are averaged over the arm, or division by no events is not 0.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'control'),
    ('e', 'latency', '', '2024-01-01 02:00:00.000', 'a', '1'),
    ('e', 'latency', '', '2024-01-01 02:00:00.000', 'a', '2'),
    ('e', 'latency', '', '2024-01-01 02:00:00.000', 'a', '3'),
    ('e', 'latency', '', '2024-01-01 02:00:00.000', 'b', '10');

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
    metrics = [(1, 'latency', 'mean', false)]
);
