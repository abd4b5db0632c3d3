-- The option control names the arm that the others are compared with, lower_is_better turns the chance
-- to win, and an unknown option is an error that names it.
-- Breaks when: options or lower_is_better do not reach inference.

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
    round(lift, 9) AS lift,
    round(chance_to_win, 9) AS chance_to_win
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'occurrence', true)],
    expected_shares = map(),
    options = '{"control": "treatment"}'
);

-- error: contrl
SELECT *
FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'occurrence', true)],
    expected_shares = map(),
    options = '{"contrl": "treatment"}'
);
