-- The row of a day is what experiment_results says with window_end at the end of that day, the last one cut
-- by the window; identities that are quarantined later still count on the days before.
-- Breaks when: a day's events leak into another, or a later quarantine reaches back.
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

SELECT 'one' AS experiment, '2024-01-01' AS day, count() AS rows, countIf(ours = theirs) AS equal, sum(n) AS identities
FROM
(
    SELECT
        metric_id,
        variant,
        n,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM experiment_results_by_day(experiments = ['one', 'one later', 'two', 'abroad'])
    WHERE experiment = 'one' AND day = '2024-01-01' AND window_end = '2024-01-02 00:00:00'
) AS many
FULL JOIN
(
    SELECT
        metric_id,
        variant,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM experiment_results(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-02 00:00:00', metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false), (4, 'buy', 'mean', false)], expected_shares = map('control', 1, 'b', 1), options = '{"confidence": 0.9}')
) AS single USING (metric_id, variant);

SELECT 'one' AS experiment, '2024-01-02' AS day, count() AS rows, countIf(ours = theirs) AS equal, sum(n) AS identities
FROM
(
    SELECT
        metric_id,
        variant,
        n,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM experiment_results_by_day(experiments = ['one', 'one later', 'two', 'abroad'])
    WHERE experiment = 'one' AND day = '2024-01-02' AND window_end = '2024-01-03 00:00:00'
) AS many
FULL JOIN
(
    SELECT
        metric_id,
        variant,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM experiment_results(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-03 00:00:00', metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false), (4, 'buy', 'mean', false)], expected_shares = map('control', 1, 'b', 1), options = '{"confidence": 0.9}')
) AS single USING (metric_id, variant);

SELECT 'one' AS experiment, '2024-01-04' AS day, count() AS rows, countIf(ours = theirs) AS equal, sum(n) AS identities
FROM
(
    SELECT
        metric_id,
        variant,
        n,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM experiment_results_by_day(experiments = ['one', 'one later', 'two', 'abroad'])
    WHERE experiment = 'one' AND day = '2024-01-04' AND window_end = '2024-01-05 00:00:00'
) AS many
FULL JOIN
(
    SELECT
        metric_id,
        variant,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM experiment_results(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-05 00:00:00', metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false), (4, 'buy', 'mean', false)], expected_shares = map('control', 1, 'b', 1), options = '{"confidence": 0.9}')
) AS single USING (metric_id, variant);

SELECT 'one later' AS experiment, '2024-01-03' AS day, count() AS rows, countIf(ours = theirs) AS equal, sum(n) AS identities
FROM
(
    SELECT
        metric_id,
        variant,
        n,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM experiment_results_by_day(experiments = ['one', 'one later', 'two', 'abroad'])
    WHERE experiment = 'one later' AND day = '2024-01-03' AND window_end = '2024-01-04 00:00:00'
) AS many
FULL JOIN
(
    SELECT
        metric_id,
        variant,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM experiment_results(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-02 12:00:00', window_end = '2024-01-04 00:00:00', metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false), (4, 'buy', 'mean', false)], expected_shares = map(), options = '{"control": "b"}')
) AS single USING (metric_id, variant);

SELECT 'one later' AS experiment, '2024-01-04' AS day, count() AS rows, countIf(ours = theirs) AS equal, sum(n) AS identities
FROM
(
    SELECT
        metric_id,
        variant,
        n,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM experiment_results_by_day(experiments = ['one', 'one later', 'two', 'abroad'])
    WHERE experiment = 'one later' AND day = '2024-01-04' AND window_end = '2024-01-04 06:00:00'
) AS many
FULL JOIN
(
    SELECT
        metric_id,
        variant,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM experiment_results(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-02 12:00:00', window_end = '2024-01-04 06:00:00', metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false), (4, 'buy', 'mean', false)], expected_shares = map(), options = '{"control": "b"}')
) AS single USING (metric_id, variant);

SELECT 'abroad' AS experiment, '2024-01-03' AS day, count() AS rows, countIf(ours = theirs) AS equal, sum(n) AS identities
FROM
(
    SELECT
        metric_id,
        variant,
        n,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM experiment_results_by_day(experiments = ['one', 'one later', 'two', 'abroad'])
    WHERE experiment = 'abroad' AND day = '2024-01-03' AND window_end = '2024-01-04 00:00:00'
) AS many
FULL JOIN
(
    SELECT
        metric_id,
        variant,
        toString((metric_id, event, aggregation, lower_is_better, variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM experiment_results(environment_key = 'test', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-04 00:00:00', metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false), (4, 'buy', 'mean', false)], expected_shares = map(), options = '')
) AS single USING (metric_id, variant);

SELECT experiment, arraySort(groupUniqArray(day)) AS days
FROM experiment_results_by_day(experiments = ['one', 'one later'])
GROUP BY experiment
ORDER BY experiment;
