-- A metric event in the same millisecond as the first exposure counts; one a millisecond earlier does not.
-- Breaks when: >= turns into >, or times are compared in seconds.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 10:00:00.500', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 10:00:00.500', 'a', '1'),
    ('e', 'purchase', '', '2024-01-01 10:00:00.499', 'a', '10'),
    ('e', 'purchase', '', '2024-01-01 10:00:00.501', 'a', '100');

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
