-- Experiments named as our views begin have views of their own, and steps of their own below them.
-- Breaks when: the step of a view is named by what stands anywhere in its name.
-- compile: names_that_begin_alike_keep_apart.yaml
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'p', '$flag_exposure', 'f', '2026-03-01 12:00:00', toString(number), if(number % 2 = 0, 'control', 'b') FROM numbers(200);
INSERT INTO events (environment_key, event, timestamp, identifier)
SELECT 'p', 'view', '2026-03-02 12:00:00', toString(number) FROM numbers(67);
SELECT variant, n, sum FROM experiment_scorecard_experiment_results_x ORDER BY ALL;
SELECT variant, n, sum FROM experiment_scorecard_experiment_x ORDER BY ALL;
