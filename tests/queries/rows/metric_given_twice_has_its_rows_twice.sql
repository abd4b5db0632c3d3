-- Two entries alike in everything are two metrics with the same answer; nothing is doubled inside.
-- Breaks when: the entries share one group and their sums add up.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '4');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (1, 'purchase', 'sum', false),
        (1, 'purchase', 'sum', false)
    ]
);
