-- One thread and blocks of one row give the same rows.
-- Breaks when: an answer depends on how rows fall into blocks.

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
SETTINGS max_threads = 1, max_block_size = 1;

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
SETTINGS max_threads = 1, max_block_size = 1;

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
SETTINGS max_threads = 1, max_block_size = 1;
