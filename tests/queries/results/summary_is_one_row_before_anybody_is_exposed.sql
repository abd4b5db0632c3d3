-- With nobody exposed the summary still is one document with every metric, and empty objects.
-- Breaks when: the document is built from rows of results alone.

SELECT *
FROM experiment_summary(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'count', false)],
    expected_shares = map('control', 1, 'treatment', 1),
    options = ''
);
