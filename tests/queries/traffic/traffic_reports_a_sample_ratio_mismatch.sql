-- 150 against 50 where halves were intended: chi-squared is 50²/100 + 50²/100 = 50, the p-value
-- erfc(sqrt(50 / 2)) = erfc(5) = 1.5374597944e-12. Quarantined identities are not observed traffic.
-- Breaks when: counts reach the test in the wrong order or unit.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    'e',
    '$flag_exposure',
    'f',
    toDateTime64('2024-01-01 01:00:00.000', 3, 'UTC'),
    concat('control-', toString(number)),
    'control'
FROM numbers(150);

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    'e',
    '$flag_exposure',
    'f',
    toDateTime64('2024-01-01 01:00:00.000', 3, 'UTC'),
    concat('treatment-', toString(number)),
    'treatment'
FROM numbers(50);


INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'treatment');

SELECT
    variant,
    identities,
    round(srm_p_value * 1e12, 9) AS p_value_e12,
    srm_verdict,
    srm_reason
FROM experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    expected_shares = map('treatment', 1, 'control', 1)
);
