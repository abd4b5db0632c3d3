-- An event with an invalid value is an event of value 0: the mean of 6 and 'abc' is 3, not 6.
-- Breaks when: the average skips invalid events.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'latency', '', '2024-01-01 02:00:00.000', 'a', '6'),
    ('e', 'latency', '', '2024-01-01 02:00:00.000', 'a', 'abc');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'latency', 'mean', false)]
);
