-- An event counts for occurrence and count whatever its value, and reports nothing invalid, also when
-- another metric reads the values of the same event.
-- Breaks when: events with invalid values are dropped, or their report leaks into other metrics.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'abc'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '2');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (1, 'purchase', 'occurrence', false),
        (2, 'purchase', 'count', false),
        (3, 'purchase', 'sum', false)
    ]
);

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (1, 'purchase', 'occurrence', false),
        (2, 'purchase', 'count', false)
    ]
);
