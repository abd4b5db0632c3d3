-- Each experiment's traffic is what experiment_traffic says for its feature, window and shares; one to which
-- nobody is exposed has a row for each expected variant.
-- Breaks when: experiments are mixed up, or one without exposures is dropped.
-- run: ../shared/four_experiments.sql
-- compile: ../shared/four_experiments.yaml scorecard_traffic_equals_the_single_view.yaml

SELECT *
FROM experiment_scorecard_traffic
WHERE experiment IN ('one', 'nobody', 'abroad');

SELECT *
FROM experiment_traffic(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-05 00:00:00', expected_shares = map('control', 1, 'b', 1));

SELECT *
FROM experiment_traffic(environment_key = 'test', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-05 00:00:00', expected_shares = map());

-- Only those that are running.
SELECT DISTINCT experiment
FROM experiment_scorecard_traffic
ORDER BY experiment;
