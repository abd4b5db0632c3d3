-- Every exposed variant has a row for every metric, also when no event of that name exists at all.
-- Breaks when: rows come from the events instead of the exposures.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'treatment'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '5');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (1, 'purchase', 'sum', false),
        (2, 'no_such_event', 'count', true)
    ]
);
