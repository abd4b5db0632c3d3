-- With no exposure in the window there are no arms, hence no rows, however many events there are.
-- Breaks when: a row for an empty arm is made up.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '5');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
);
