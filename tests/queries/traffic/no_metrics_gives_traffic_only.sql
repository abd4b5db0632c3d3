-- Without metrics there are no stats and no results, and traffic and the summary still work.
-- Breaks when: an empty list is an error, or empties the traffic.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = []
);

SELECT
    metric_id,
    variant
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [],
    expected_shares = map(),
    options = ''
);

SELECT
    variant,
    identities
FROM experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    expected_shares = map()
);

SELECT *
FROM experiment_summary(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [],
    expected_shares = map(),
    options = ''
);
