-- Each experiment's part of a scorecard is what experiment_results says for its window, metrics and options: four
-- experiments in two environments, with overlapping windows on one feature, quarantines and metrics in common.
-- Running experiments have the verdict of any number of looks. A mean is left out: that of definitions passes over what is
-- no number.
-- Breaks when: an experiment sees another's window, exposures or environment, or the sums differ.
-- run: ../shared/four_experiments.sql
-- compile: ../shared/four_experiments.yaml
CREATE TABLE single ENGINE = Memory AS
SELECT 'one' AS experiment, * FROM experiment_results(
    environment_key = 'prod',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00',
    window_end = '2024-01-05 00:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map('control', 1, 'b', 1),
    options = '{"confidence": 0.9, "verdict": "anytime"}'
)
UNION ALL
SELECT 'one later' AS experiment, * FROM experiment_results(
    environment_key = 'prod',
    feature_name = 'f',
    window_start = '2024-01-02 12:00:00',
    window_end = '2024-01-04 06:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map(),
    options = '{"control": "b"}'
)
UNION ALL
SELECT 'abroad' AS experiment, * FROM experiment_results(
    environment_key = 'test',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00',
    window_end = '2024-01-05 00:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map(),
    options = '{"verdict": "anytime"}'
);

SELECT
    experiment,
    count() AS rows,
    countIf(ours = theirs) AS equal
FROM
(
    SELECT
        experiment,
        metric,
        variant,
        toString((type, lower_is_better, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM (SELECT * FROM experiment_scorecard UNION ALL SELECT * FROM `experiment_scorecard_one later`)
    WHERE experiment != 'two' AND metric != 'basket'
) AS many
FULL JOIN
(
    SELECT
        experiment,
        ['buyers', 'views', 'revenue'][metric_id] AS metric,
        variant,
        toString((aggregation, lower_is_better, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM single
) AS single USING (experiment, metric, variant)
GROUP BY experiment
ORDER BY experiment;

-- The exposures of "two" are those of $flag_exposure on another feature in a copy of the events.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT environment_key, '$flag_exposure', 'copy of g', timestamp, identifier, value
FROM events
WHERE event = 'seen';

SELECT
    count() AS rows,
    countIf(ours = theirs) AS equal
FROM
(
    SELECT
        metric,
        variant,
        toString((type, lower_is_better, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM experiment_scorecard
    WHERE experiment = 'two' AND metric != 'basket'
) AS many
FULL JOIN
(
    SELECT
        ['buyers', 'views', 'revenue'][metric_id] AS metric,
        variant,
        toString((aggregation, lower_is_better, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM experiment_results(
        environment_key = 'prod',
        feature_name = 'copy of g',
        window_start = '2024-01-01 06:00:00',
        window_end = '2024-01-03 18:00:00',
        metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
        expected_shares = map('control', 3, 'b', 1),
        options = '{"verdict": "anytime"}'
    )
) AS single USING (metric, variant);
