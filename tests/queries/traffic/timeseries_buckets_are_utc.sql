-- Buckets are hours and days of UTC whatever the session's time zone, half-hour zones included, and the
-- first one may start before the window.
-- Breaks when: buckets are cut in the session's time zone.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 23:40:00.000', 'a', 'control');

SELECT *
FROM experiment_exposure_timeseries(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 23:30:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
SETTINGS session_timezone = 'Asia/Kolkata';

SELECT *
FROM experiment_exposure_timeseries(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 23:30:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
SETTINGS session_timezone = 'America/St_Johns';

SELECT *
FROM experiment_exposure_timeseries(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-02-01 00:00:00.000'
)
SETTINGS session_timezone = 'Asia/Kolkata';

SELECT *
FROM experiment_exposure_timeseries(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-02-01 00:00:00.000'
)
SETTINGS session_timezone = 'America/St_Johns';
