-- 20 of 100 against 30 of 100: lift 0.5, T = 0.1 / √((21 + 16)/99/100), chance F(T) of Student's t with 194.45 degrees of
-- freedom, interval {δ : |0.3 − (1 + δ)·0.2| ≤ q·√(21/9900 + (1 + δ)²·16/9900)} with its q, by scipy; an even split
-- has p 1.
-- Breaks when: moments reach inference in the wrong order, or another arm is the control.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    'e',
    '$flag_exposure',
    'f',
    toDateTime64('2024-01-01 01:00:00.000', 3, 'UTC'),
    concat('control-', toString(number)),
    'control'
FROM numbers(100);

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    'e',
    'purchase',
    '',
    toDateTime64('2024-01-01 02:00:00.000', 3, 'UTC'),
    concat('control-', toString(number)),
    ''
FROM numbers(20);

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    'e',
    '$flag_exposure',
    'f',
    toDateTime64('2024-01-01 01:00:00.000', 3, 'UTC'),
    concat('treatment-', toString(number)),
    'treatment'
FROM numbers(100);

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    'e',
    'purchase',
    '',
    toDateTime64('2024-01-01 02:00:00.000', 3, 'UTC'),
    concat('treatment-', toString(number)),
    ''
FROM numbers(30);


SELECT
    variant,
    is_control,
    n,
    sum,
    mean,
    round(variance, 9) AS variance,
    round(lift, 9) AS lift,
    round(ci_low, 9) AS ci_low,
    round(ci_high, 9) AS ci_high,
    round(chance_to_win, 9) AS chance_to_win,
    verdict,
    reason,
    srm_p_value,
    srm_verdict
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'occurrence', false)],
    expected_shares = map('control', 1, 'treatment', 1),
    options = ''
);
