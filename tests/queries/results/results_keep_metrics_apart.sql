-- Results come in the order the metrics were given, then by variant; one metric_id with several
-- aggregations keeps them apart, and a metric given twice is inferred once and shown twice.
-- Breaks when: arms of several metrics meet in one call, where a variant would appear twice.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '4'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '2'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'b', '1');

SELECT
    metric_id,
    event,
    aggregation,
    lower_is_better,
    variant,
    n,
    sum
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (7, 'purchase', 'sum', false),
        (7, 'purchase', 'count', false),
        (3, 'purchase', 'mean', true),
        (7, 'purchase', 'sum', false)
    ],
    expected_shares = map(),
    options = ''
);
