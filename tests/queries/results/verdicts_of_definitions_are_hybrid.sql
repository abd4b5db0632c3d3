-- 60 of 200 against 84 of 200: p is 0.012, and the always-valid interval holds 0. While an experiment runs the verdict is
-- by that interval; in the final result of a completed one it is that of one look, and so it is on the last of its days.
-- Breaks when: a watched experiment is called by one look, or a final result never is.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'f', toDateTime64('2024-01-01 01:00:00.000', 3, 'UTC'), toString(number), if(number < 200, 'a', 'b')
FROM numbers(400);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', 'buy', '', toDateTime64('2024-01-01 02:00:00.000', 3, 'UTC'), toString(number), ''
FROM numbers(400)
WHERE number % 200 < if(number < 200, 60, 84);

-- compile: verdicts_of_definitions_are_hybrid.yaml
SELECT experiment, verdict, round(p_value, 3) AS p, anytime_p_value > 0.05 AS holds_0
FROM
(
    SELECT * FROM experiment_scorecard
    UNION ALL
    SELECT * FROM experiment_scorecard_completed
)
WHERE variant = 'b'
ORDER BY experiment;

SELECT day, verdict FROM experiment_results_by_day_completed WHERE variant = 'b' ORDER BY day;
SELECT experiment, uniqExact(verdict) AS verdicts, any(verdict)
FROM experiment_results_by_day
WHERE variant = 'b'
GROUP BY experiment
ORDER BY experiment;

SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;
SELECT experiment, final, verdict FROM experiment_results_latest WHERE variant = 'b' ORDER BY experiment;
