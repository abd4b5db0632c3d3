-- Metric events are read by environment, event name and day, not by a scan: the plan has a set condition on
-- event, and only the one day's partition is left.
-- Breaks when: the filter on event takes a form that the index does not understand.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '5'),
    ('e', 'purchase', '', '2024-03-01 00:00:00.000', 'a', '5');

SELECT
    countIf(explain LIKE '%event in 2-element set%') > 0 AS by_event,
    countIf(explain LIKE '%Parts: 1/2%') > 0 AS by_day
FROM
(
    EXPLAIN indexes = 1
    SELECT * FROM experiment_metric_stats(
        environment_key = 'e',
        feature_name = 'f',
        window_start = '2024-01-01 00:00:00.000',
        window_end = '2024-01-02 00:00:00.000',
        metrics = [(1, 'purchase', 'sum', false), (2, 'view', 'count', false)]
    )
);
