-- A draft is in the tables and nowhere else; a completed experiment is not among the running ones and keeps its views.
-- Breaks when: a draft is read, or a completed experiment costs every read of the running ones.
-- run: ../shared/four_experiments.sql
-- compile: ../shared/four_experiments.yaml
SELECT name, status, environment, feature, exposure_event, exposure_source, control, shares, start, end, options FROM experiments ORDER BY name;
SELECT name, type, event, source, lower_is_better, options FROM metrics ORDER BY name;
SELECT experiment, metric, role, type, lower_is_better, options FROM experiment_metrics WHERE experiment IN ('one', 'planned') ORDER BY experiment, metric;
SELECT DISTINCT experiment FROM experiment_scorecard ORDER BY experiment;
SELECT DISTINCT experiment FROM experiment_scorecard_traffic ORDER BY experiment;
SELECT DISTINCT experiment FROM experiment_scorecard_exposures ORDER BY experiment;
SELECT DISTINCT experiment FROM experiment_results_by_day ORDER BY experiment;
SELECT DISTINCT experiment FROM experiment_health ORDER BY experiment;
SELECT name FROM system.tables WHERE database = currentDatabase() AND (name LIKE '%planned' OR name LIKE '%later') ORDER BY name;
