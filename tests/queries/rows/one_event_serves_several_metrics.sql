-- Metrics on the same event, and different metrics of one metric_id, keep apart, in the order given.
-- Breaks when: statistics are keyed by event or by metric_id alone, or rows are sorted by metric_id.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '4'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '2'),
    ('e', 'view', '', '2024-01-01 02:00:00.000', 'a', '9');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (7, 'purchase', 'sum', false),
        (7, 'purchase', 'mean', true),
        (7, 'view', 'sum', false),
        (2, 'purchase', 'count', false),
        (9, 'purchase', 'occurrence', false)
    ]
);
