-- Expected shares in any unit are shown scaled to sum to 1; with a share that is negative they
-- are all NULL and the ratio test says so.
-- Breaks when: shares must already be fractions, or a negative share divides.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment');

SELECT
    variant,
    identities,
    share,
    expected_share
FROM experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    expected_shares = map('control', 30, 'treatment', 90)
);

SELECT
    variant,
    expected_share,
    srm_p_value
FROM experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    expected_shares = map('control', 1, 'treatment', -1)
);
