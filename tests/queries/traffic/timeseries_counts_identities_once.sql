-- An identity counts in the bucket of its first exposure only; quarantined ones on rows of their own, in
-- the bucket of their first exposure; the cumulative count runs per variant; empty buckets have no row.
-- Breaks when: exposures are counted, or the running total crosses variants.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:10:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 05:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:59:59.999', 'b', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 04:00:00.000', 'c', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 04:30:00.000', 'd', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:20:00.000', 'q', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 09:00:00.000', 'q', 'treatment');

SELECT *
FROM experiment_exposure_timeseries(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
);
