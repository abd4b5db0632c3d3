-- Variant names with quotes, backslashes, newlines or characters beyond ASCII match their expected shares.
-- Breaks when: a map parameter is quoted twice, or not at all, on its way through nested views.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'it\'s'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'back\\slash'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'quo"te'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'd', 'naïve ✓');

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
    expected_shares = map('it\'s', 1, 'back\\slash', 1, 'quo"te', 1, 'naïve ✓', 1)
);

SELECT
    variant,
    n
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'count', false)],
    expected_shares = map('it\'s', 1),
    options = ''
);
