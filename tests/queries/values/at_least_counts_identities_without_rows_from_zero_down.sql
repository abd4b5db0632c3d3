-- An identity has reached `at_least` when its value is as large; one without rows has the value 0, which is at least 0
-- and -1, not 0.5.
-- Breaks when: those without rows are 0 whatever the threshold, or the threshold itself is not reached.
-- compile: at_least_counts_identities_without_rows_from_zero_down.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'five', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'less', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'negative', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'none', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'none in b', 'b');
INSERT INTO events (environment_key, event, timestamp, identifier, value) VALUES
    ('e', 'buy', '2024-01-02 01:00:00', 'five', '5'),
    ('e', 'buy', '2024-01-02 01:00:00', 'less', '4.999'),
    ('e', 'buy', '2024-01-02 01:00:00', 'negative', '-1');
-- control has 5, 4.999, -1 and 0; b has 0.
SELECT metric, type, variant, n, sum, sum_squares, count() AS readings FROM readings GROUP BY ALL ORDER BY metric, variant;
