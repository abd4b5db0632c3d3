-- A refresh adds the scorecards of the running experiments and those of the completed ones that have none
-- from after their end; the next adds only the running ones. The newest rows are the latest ones, and equal
-- the scorecard.
-- Breaks when: the refresh replaces what was there, a frozen result is computed again, or the copy of the
-- scorecard that it reads differs.
INSERT INTO experiments (name, environment_key, feature_name, exposure_event, control, expected_shares, window_start, window_end, status, options) VALUES
    ('one', 'prod', 'f', '$flag_exposure', 'control', map('control', 1, 'b', 1), '2024-01-01 00:00:00', '2024-01-05 00:00:00', 'running', '{"confidence": 0.9}'),
    ('one later', 'prod', 'f', '$flag_exposure', 'b', map(), '2024-01-02 12:00:00', '2024-01-04 06:00:00', 'completed', ''),
    ('two', 'prod', 'g', 'seen', 'control', map('control', 3, 'b', 1), '2024-01-01 06:00:00', '2024-01-03 18:00:00', 'running', ''),
    ('abroad', 'test', 'f', '$flag_exposure', 'control', map(), '2024-01-01 00:00:00', '2024-01-05 00:00:00', 'running', ''),
    ('planned', 'prod', 'f', '$flag_exposure', 'control', map(), '2024-01-01 00:00:00', NULL, 'draft', '');
INSERT INTO metrics (metric_id, name, event, aggregation, lower_is_better) VALUES
    (1, 'buyers', 'buy', 'occurrence', false),
    (2, 'views', 'view', 'count', true),
    (3, 'revenue', 'buy', 'sum', false),
    (4, 'basket', 'buy', 'mean', false);
INSERT INTO experiment_metrics (experiment, metric_id, role) VALUES
    ('one', 1, 'goal'), ('one', 2, 'guardrail'), ('one', 3, 'secondary'), ('one', 4, 'goal'),
    ('one later', 1, 'goal'), ('one later', 2, 'goal'), ('one later', 3, 'goal'), ('one later', 4, 'goal'),
    ('two', 1, 'goal'), ('two', 2, 'goal'), ('two', 3, 'goal'), ('two', 4, 'goal'),
    ('abroad', 1, 'goal'), ('abroad', 2, 'goal'), ('abroad', 3, 'goal'), ('abroad', 4, 'goal'),
    ('planned', 1, 'goal');
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    if(number % 5 = 0, 'test', 'prod'),
    if(number % 3 = 0, 'seen', '$flag_exposure'),
    if(number % 3 = 0, 'g', 'f'),
    toDateTime64('2023-12-31 18:00:00', 3, 'UTC') + toIntervalSecond(sipHash64(number, 'time') % 400000),
    toString(sipHash64(number, 'who') % 400 AS who),
    multiIf(number % 101 = 0, '', (sipHash64(who, number % 3 = 0) + (number % 67 = 0)) % 2 = 0, 'control', 'b')
FROM numbers(2400);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    if(number % 6 = 0, 'test', 'prod'),
    if(number % 2 = 0, 'buy', 'view'),
    '',
    toDateTime64('2023-12-31 18:00:00', 3, 'UTC') + toIntervalSecond(sipHash64(number, 'when') % 420000),
    toString(sipHash64(number, 'buyer') % 500),
    if(number % 83 = 0, 'n/a', toString((sipHash64(number, 'value') % 10000) / 7))
FROM numbers(6000);

SELECT name FROM experiment_results_due;

SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;

SELECT name FROM experiment_results_due;

SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;

SELECT experiment, final, uniqExact(computed_at) AS computations, count() AS rows
FROM experiment_results_history
GROUP BY
    experiment,
    final
ORDER BY experiment;

SELECT experiment, final, uniqExact(computed_at) AS computations, count() AS rows, any(window_start), any(window_end)
FROM experiment_results_latest
GROUP BY
    experiment,
    final
ORDER BY experiment;

SELECT uniqExact(computed_at) AS computations, max(computed_at) = (SELECT max(computed_at) FROM experiment_results_history) AS newest
FROM experiment_results_latest
WHERE NOT final;

SELECT count() AS rows, countIf(latest.stored = scorecard.computed) AS equal
FROM
(
    SELECT
        experiment,
        metric_id,
        variant,
        toString((metric, role, metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS stored
    FROM experiment_results_latest
) AS latest
FULL JOIN
(
    SELECT
        experiment,
        metric_id,
        variant,
        toString((metric, role, metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS computed
    FROM experiment_scorecard(experiments = ['one', 'one later', 'two', 'abroad'])
) AS scorecard USING (experiment, metric_id, variant);

-- Inserted again, a completed experiment is due again.
INSERT INTO experiments (name, environment_key, feature_name, window_start, window_end, status, updated_at)
SELECT name, environment_key, feature_name, window_start, window_end, status, now64(3, 'UTC')
FROM experiments FINAL
WHERE name = 'one later';

SELECT name FROM experiment_results_due WHERE name = 'one later';
