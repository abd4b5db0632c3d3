-- count sums the identities' numbers of events, and squares them per identity: 3² + 1² + 0².
-- Breaks when: squares are taken per event.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', ''),
    ('e', 'purchase', '', '2024-01-01 03:00:00.000', 'a', ''),
    ('e', 'purchase', '', '2024-01-01 03:00:00.000', 'a', ''),
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
    metrics = [(1, 'purchase', 'count', false)]
);
