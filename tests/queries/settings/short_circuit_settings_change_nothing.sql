-- A session without short-circuit evaluation gets the same rows, invalid values included.
-- Breaks when: a value is parsed by a function that throws, behind a condition.

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
SETTINGS short_circuit_function_evaluation = 'disable';

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
SETTINGS short_circuit_function_evaluation = 'disable';

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
SETTINGS short_circuit_function_evaluation = 'disable';
