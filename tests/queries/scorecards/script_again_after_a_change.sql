-- A script can run again, and changes what has changed: the tables say what is defined now, and health lists the view
-- of an experiment that is gone, with the statement that drops it.
-- Breaks when: a statement is not idempotent, or a leftover is overlooked or dropped.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00', 'x', 'control'),
    ('e', 'buy', '', '2024-01-01 02:00:00', 'x', ''),
    ('e', 'buy', '', '2024-01-01 03:00:00', 'x', '');
-- compile: script_again_after_a_change.yaml
-- compile: script_again_after_a_change.yaml
SELECT experiment, metric, role, n, sum FROM experiment_scorecard;
SELECT name FROM experiments ORDER BY name;
SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;

-- compile: script_again_after_a_change.later.yaml
SELECT experiment, metric, role, n, sum FROM experiment_scorecard;
SELECT experiment, metric, role, n, sum FROM experiment_scorecard_stays;
SELECT name FROM experiments;
SELECT name, type FROM metrics ORDER BY name;
SELECT experiment, metric, role FROM experiment_metrics ORDER BY metric;
SELECT experiment, metric, count() AS kept FROM experiment_results_history GROUP BY experiment, metric ORDER BY experiment;
SELECT flag, explanation FROM experiment_health WHERE experiment = '' ORDER BY explanation;
DROP VIEW t_script_again_after_a_change.`experiment_scorecard_goes\`away`;
SELECT flag, explanation FROM experiment_health WHERE experiment = '' ORDER BY explanation;
DROP VIEW t_script_again_after_a_change.`experiment_results_by_day_goes\`away`;
SELECT experiment, flag FROM experiment_health;
