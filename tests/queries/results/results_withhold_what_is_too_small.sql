-- Arms below the minimum keep their raw numbers; what would be inferred is NULL, with a reason. The ratio
-- test of fewer than 100 identities is withheld too.
-- Breaks when: a withheld number becomes 0.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '4'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'b', 'abc');

SELECT
    variant,
    n,
    sum,
    invalid_values,
    mean,
    lift,
    ci_low,
    ci_high,
    chance_to_win,
    verdict,
    reason,
    srm_p_value,
    srm_verdict
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)],
    expected_shares = map('control', 1, 'treatment', 1),
    options = ''
)
WHERE NOT is_control;
