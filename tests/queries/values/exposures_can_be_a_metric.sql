-- $flag_exposure as the metric's event is an event like any other: it counts from the first exposure on,
-- of whatever feature.
-- Breaks when: exposures are left out of the metric events or filtered by feature.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 02:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'g', '2024-01-01 03:00:00.000', 'a', 'on'),
    ('e', '$flag_exposure', 'g', '2024-01-01 00:30:00.000', 'a', 'on'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment');

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
    metrics = [(1, '$flag_exposure', 'count', false)]
);
