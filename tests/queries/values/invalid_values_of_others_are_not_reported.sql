-- invalid_values counts only events that would have counted: not those before the exposure, of quarantined
-- or of unexposed identities.
-- Breaks when: invalid values are counted before the join.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'treatment'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'abc'),
    ('e', 'purchase', '', '2024-01-01 00:30:00.000', 'a', 'abc'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'q', 'abc'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'nobody', 'abc');

SELECT
    variant,
    n,
    sum,
    invalid_values
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
);
