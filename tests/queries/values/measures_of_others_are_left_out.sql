-- Of two experiments that read the same rows, each has the measures that it uses, also where the other keeps values
-- one by one for a quantile.
-- Breaks when: what is reckoned for the other experiment reaches the arms of this one.
-- compile: measures_of_others_are_left_out.yaml
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'p', '$flag_exposure', 'f', '2026-03-01 12:00:00', toString(number), if(number % 2 = 0, 'control', 'b') FROM numbers(300);
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'p', 'view', '2026-03-02 12:00:00', toString(number), toString(number + 1) FROM numbers(200);
SELECT experiment, metric, variant, n, sum, round(quantile, 3) AS quantile FROM experiment_scorecard ORDER BY ALL;
SELECT experiment, day, metric, variant, n, sum FROM experiment_results_by_day WHERE day = '2026-03-02' ORDER BY ALL;
