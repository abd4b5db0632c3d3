-- Events before the first exposure are not the variant's doing; events between two exposures are.
-- Breaks when: the time of exposure is ignored, or taken from the last exposure.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 10:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 12:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 09:00:00.000', 'a', '1'),
    ('e', 'purchase', '', '2024-01-01 11:00:00.000', 'a', '10'),
    ('e', 'purchase', '', '2024-01-01 13:00:00.000', 'a', '100');

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
