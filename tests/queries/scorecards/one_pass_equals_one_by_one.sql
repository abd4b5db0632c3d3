-- The scorecard of all running experiments has the rows of their own scorecards, to the last bit, and no others.
-- The average per identity is no sum of eighths, and so may differ in its last digits.
-- Breaks when: experiments, facts or lanes that share a read get mixed up.
-- run: ../shared/four_experiments.sql
-- compile: ../shared/four_experiments.yaml
CREATE VIEW one_by_one AS
SELECT * FROM experiment_scorecard_one
UNION ALL
SELECT * FROM experiment_scorecard_two
UNION ALL
SELECT * FROM experiment_scorecard_abroad;

SELECT
    experiment,
    metric,
    count() AS rows,
    uniqExact(tuple(*)) AS different
FROM
(
    SELECT * FROM experiment_scorecard
    UNION ALL
    SELECT * FROM one_by_one
)
WHERE metric != 'basket'
GROUP BY
    experiment,
    metric
ORDER BY
    experiment,
    metric;

SELECT
    experiment,
    count() AS rows,
    uniqExact((variant, n, round(sum, 6), round(sum_squares, 4), invalid_values, is_control, round(mean, 9), round(lift, 9), round(ci_low, 9), round(ci_high, 9), round(chance_to_win, 9), verdict, reason, round(srm_p_value, 9), srm_verdict, round(p_value, 9), round(minimum_detectable_effect, 9), window_start, window_end)) AS different
FROM
(
    SELECT * FROM experiment_scorecard
    UNION ALL
    SELECT * FROM one_by_one
)
WHERE metric = 'basket'
GROUP BY experiment
ORDER BY experiment;
