-- A hundred thousand identities of 0.1 sum to 10000 within 1e-11; plain addition is 1.9e-8 off.
-- Breaks when: sum() replaces sumKahan().

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    'e',
    name,
    'f',
    toDateTime64('2024-01-01 01:00:00.000', 3, 'UTC'),
    toString(number),
    if(name = 'purchase', '0.1', 'control')
FROM numbers(100000)
ARRAY JOIN ['$flag_exposure', 'purchase'] AS name;

SELECT
    n,
    abs(sum - 10000) < 1e-11 AS sum_is_exact,
    abs(sum_squares - 1000) < 1e-11 AS squares_are_exact
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
);
