-- Times are UTC, in the parameters as in the answers, whatever session_timezone is: an event of 20:00 UTC
-- the day before is already inside the window in Tokyo's time, and must not count.
-- Breaks when: a parameter or a column of a view has no time zone of its own.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00.000', 'b', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'treatment'),
    ('e', 'purchase', '', '2024-01-01 00:00:00.000', 'a', '5'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'abc'),
    ('e', 'purchase', '', '2023-12-31 20:00:00.000', 'b', '1'),
    ('e', 'purchase', '', '2024-01-01 23:00:00.000', 'c', '2');

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier
SETTINGS session_timezone = 'Asia/Tokyo';

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (1, 'purchase', 'sum', false),
        (2, 'absent', 'mean', true)
    ]
)
SETTINGS session_timezone = 'Asia/Tokyo';

SELECT
    variant,
    identities,
    share,
    expected_share,
    quarantined_identities
FROM experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    expected_shares = map('control', 2, 'treatment', 1, 'absent', 1)
)
SETTINGS session_timezone = 'Asia/Tokyo';
