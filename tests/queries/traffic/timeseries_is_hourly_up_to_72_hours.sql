-- A window of 72 hours has hourly buckets, one a millisecond longer has daily ones.
-- Breaks when: the limit is exclusive, or taken from the data instead of the window.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 13:30:00.000', 'a', 'control');

SELECT *
FROM experiment_exposure_timeseries(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-04 00:00:00.000'
);

SELECT *
FROM experiment_exposure_timeseries(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-04 00:00:00.001'
);
