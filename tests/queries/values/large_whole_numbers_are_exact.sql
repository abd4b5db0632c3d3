-- Whole values up to 2^53 in all are summed exactly: 9007199254740991 + 1 = 9007199254740992.
-- Breaks when: values pass through a narrower type.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '9007199254740991'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'b', '1');

SELECT
    n,
    toUInt64(sum) AS sum
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
);
