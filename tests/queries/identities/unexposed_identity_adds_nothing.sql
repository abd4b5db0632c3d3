-- Events of identities that were never exposed, or only to another feature, do not count.
-- Breaks when: the join keeps events without an exposure.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'g', '2024-01-01 01:00:00.000', 'other', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'nobody', '10'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'other', '100');

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
