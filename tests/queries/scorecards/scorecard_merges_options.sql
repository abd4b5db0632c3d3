-- A metric is inferred with the experiment's control and options, its own options on top, key by key, and on top
-- of those what is said where it is used.
-- Breaks when: one level replaces all of another, loses to it, or reaches another metric.
-- compile: scorecard_merges_options.yaml
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'f', toDateTime64('2024-01-01 00:00:00', 3, 'UTC'), toString(number), if(number % 2 = 0, 'base "1"', 'b')
FROM numbers(8);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', 'buy', '', toDateTime64('2024-01-01 01:00:00', 3, 'UTC'), toString(number % 8), ''
FROM numbers(13);
SELECT metric, variant, is_control, n, sum, verdict, reason, isNull(chance_to_be_non_inferior) AS no_margin
FROM experiment_scorecard;
SELECT metric, defined_as, options FROM experiment_metrics ORDER BY metric;
