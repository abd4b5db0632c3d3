-- The row of a day is what experiment_results says with window_end at the end of that day, the last one cut
-- by the window; identities that are quarantined later still count on the days before. A view of one experiment
-- says the same as that of all. Before its last day a completed experiment has the verdict of any number of looks, as one
-- that runs. A mean is left out: that of definitions passes over what is no number.
-- Breaks when: a day's events leak into another, or a later quarantine reaches back.
-- run: ../shared/four_experiments.sql
-- compile: ../shared/four_experiments.yaml
CREATE TABLE single ENGINE = Memory AS
SELECT 'one' AS experiment, toDate('2024-01-01') AS day, * FROM experiment_results(
    environment_key = 'prod',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00',
    window_end = '2024-01-02 00:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map('control', 1, 'b', 1),
    options = '{"confidence": 0.9, "verdict": "anytime"}'
)
UNION ALL
SELECT 'one' AS experiment, toDate('2024-01-02') AS day, * FROM experiment_results(
    environment_key = 'prod',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00',
    window_end = '2024-01-03 00:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map('control', 1, 'b', 1),
    options = '{"confidence": 0.9, "verdict": "anytime"}'
)
UNION ALL
SELECT 'one' AS experiment, toDate('2024-01-04') AS day, * FROM experiment_results(
    environment_key = 'prod',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00',
    window_end = '2024-01-05 00:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map('control', 1, 'b', 1),
    options = '{"confidence": 0.9, "verdict": "anytime"}'
)
UNION ALL
SELECT 'one later' AS experiment, toDate('2024-01-03') AS day, * FROM experiment_results(
    environment_key = 'prod',
    feature_name = 'f',
    window_start = '2024-01-02 12:00:00',
    window_end = '2024-01-04 00:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map(),
    options = '{"control": "b", "verdict": "anytime"}'
)
UNION ALL
SELECT 'one later' AS experiment, toDate('2024-01-04') AS day, * FROM experiment_results(
    environment_key = 'prod',
    feature_name = 'f',
    window_start = '2024-01-02 12:00:00',
    window_end = '2024-01-04 06:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map(),
    options = '{"control": "b"}'
)
UNION ALL
SELECT 'abroad' AS experiment, toDate('2024-01-03') AS day, * FROM experiment_results(
    environment_key = 'test',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00',
    window_end = '2024-01-04 00:00:00',
    metrics = [(1, 'buy', 'occurrence', false), (2, 'view', 'count', true), (3, 'buy', 'sum', false)],
    expected_shares = map(),
    options = '{"verdict": "anytime"}'
);

CREATE TABLE by_day ENGINE = Memory AS
SELECT * FROM experiment_results_by_day
UNION ALL
SELECT * FROM `experiment_results_by_day_one later`;

SELECT
    experiment,
    day,
    count() AS rows,
    countIf(ours = theirs) AS equal,
    sum(identities)
FROM
(
    SELECT
        experiment,
        day,
        metric,
        variant,
        n AS identities,
        toString((type, lower_is_better, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS ours
    FROM by_day
    WHERE (experiment, day) IN (SELECT experiment, day FROM single) AND metric != 'basket'
) AS many
FULL JOIN
(
    SELECT
        experiment,
        day,
        ['buyers', 'views', 'revenue'][metric_id] AS metric,
        variant,
        toString((aggregation, lower_is_better, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9))) AS theirs
    FROM single
) AS single USING (experiment, day, metric, variant)
GROUP BY
    experiment,
    day
ORDER BY
    experiment,
    day;

SELECT
    experiment,
    arraySort(groupUniqArray(day)) AS days,
    max(window_end)
FROM by_day
GROUP BY experiment
ORDER BY experiment;

-- The average per identity is no sum of eighths, and so may differ in its last digits.
SELECT
    count() AS rows,
    uniqExact(tuple(*)) AS different
FROM
(
    SELECT * FROM by_day WHERE experiment = 'one' AND metric != 'basket'
    UNION ALL
    SELECT * FROM experiment_results_by_day_one WHERE metric != 'basket'
);
