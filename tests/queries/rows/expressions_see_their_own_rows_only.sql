-- Filters, values, variants and dimensions are asked of the rows that they are of, whatever ClickHouse thinks is cheaper
-- to look at first: each would fail on others. The first purchase fails the filter of guarded.
-- The same of rows before and after the time of the experiments, also where the script tries expressions out.
-- Breaks when: an expression is moved before the condition on event or feature, or runs on the rows of another lane.
-- compile: expressions_see_their_own_rows_only.yaml
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value, traits, metadata)
SELECT 'p', '$flag_exposure', if(number < 300, 'f', 'g'), '2026-03-01 12:00:00', toString(number % 300), if(number % 2 = 0, 'control', 'b'), if(number < 300, '', 'oops'), 'no number'
FROM numbers(400);
INSERT INTO events (environment_key, event, timestamp, identifier, value, metadata)
SELECT 'p', 'purchase', '2026-03-02 12:00:00', toString(number), '1', toString(number) FROM numbers(100);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, traits, metadata) VALUES
    ('p', 'purchase', '', '2026-02-28 23:59:59.999', '1', '', 'no number'), ('p', 'purchase', '', '2026-03-04 00:00:00', '1', '', 'no number'),
    ('p', '$flag_exposure', 'f', '2026-02-28 23:59:59.999', '1', 'oops', '');
INSERT INTO events (environment_key, event, timestamp, identifier, metadata)
SELECT 'p', 'view', '2026-03-02 12:00:00', toString(number), 'no number' FROM numbers(200);
INSERT INTO events (environment_key, event, timestamp, identifier, metadata)
SELECT 'p', 'view', '2026-03-02 13:00:00', toString(number), 'no number at all' FROM numbers(20);
-- compile: expressions_see_their_own_rows_only.yaml
SELECT experiment, dimension, metric, variant, n, sum, invalid_values FROM experiment_scorecard ORDER BY ALL;
SELECT metric, variant, n, sum FROM experiment_scorecard_one ORDER BY ALL;
SELECT dimension, metric, variant, n, sum FROM experiment_scorecard_divided ORDER BY ALL;
SELECT metric, variant, n, sum FROM experiment_scorecard_numeric ORDER BY ALL;
SELECT count() FROM experiment_results_by_day WHERE day = '2026-03-02';
SELECT experiment, variant, identities FROM experiment_scorecard_traffic WHERE dimension = '' ORDER BY ALL;
SELECT count() > 0 FROM experiment_health;
