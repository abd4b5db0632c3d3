-- Traffic has a row for an expected variant nobody got, with 0, and for a seen variant nobody expected,
-- with expected_share NULL; the total of quarantined identities stands on each.
-- Breaks when: rows come from the exposures only, or from the expectation only.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'd', 'surprise'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'surprise');

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
    expected_shares = map('control', 3, 'treatment', 1)
);
