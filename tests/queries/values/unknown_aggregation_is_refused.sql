-- An aggregation that does not exist is an error that names it, never a row of zeros, also when nobody
-- is exposed.
-- Breaks when: the check is optimised away, or an else branch takes unknown names in.

-- error: Unknown aggregation 'median' of metric 7
SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (1, 'purchase', 'sum', false),
        (7, 'purchase', 'median', false)
    ]
);

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control');

-- error: Unknown aggregation 'median' of metric 7
SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (1, 'purchase', 'sum', false),
        (7, 'purchase', 'median', false)
    ]
);

-- error: Unknown aggregation 'median' of metric 7
SELECT count()
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(7, 'purchase', 'median', false)]
);

-- error: Unknown aggregation 'SUM' of metric 1
SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'SUM', false)]
);

-- error: Unknown aggregation 'median' of metric 7
SELECT *
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(7, 'purchase', 'median', false)],
    expected_shares = map(),
    options = ''
);

-- error: Unknown aggregation 'median' of metric 7
SELECT *
FROM experiment_summary(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(7, 'purchase', 'median', false)],
    expected_shares = map(),
    options = ''
);
