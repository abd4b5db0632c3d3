-- The document's numbers read back as the very doubles of the results.
-- Breaks when: numbers are rounded on their way into text.

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


CREATE TABLE summary ENGINE = Memory AS
SELECT payload FROM experiment_summary(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'occurrence', false)],
    expected_shares = map('control', 2, 'treatment', 1),
    options = ''
);

CREATE TABLE results ENGINE = Memory AS
SELECT * FROM experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'occurrence', false)],
    expected_shares = map('control', 2, 'treatment', 1),
    options = ''
);

WITH JSONExtractRaw(JSONExtractRaw(payload, 'metrics', 1), 'inference', 'treatment') AS inference
SELECT
    JSONExtractFloat(inference, 'lift') = lift AS lift_agrees,
    JSONExtractFloat(inference, 'ci_low') = ci_low AS ci_low_agrees,
    JSONExtractFloat(inference, 'ci_high') = ci_high AS ci_high_agrees,
    JSONExtractFloat(inference, 'chance_to_win') = chance_to_win AS chance_agrees,
    JSONExtractFloat(payload, 'srm_p_value') = srm_p_value AS srm_agrees,
    isValidJSON(payload) AS is_json
FROM summary
CROSS JOIN results
WHERE variant = 'treatment';
