-- A quarantined identity adds neither to n nor to the sums of any variant.
-- Breaks when: it is kept in one of its variants, or as an arm named ''.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'q', '10'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'b', '100');

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
