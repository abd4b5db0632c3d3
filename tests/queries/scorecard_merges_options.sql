-- A metric is inferred with the experiment's control and options, and its own options on top, key by key.
-- Breaks when: the metric's options replace all of the experiment's, lose to them, or reach another metric.
INSERT INTO experiments (name, environment_key, feature_name, control, window_start, window_end, status, options) VALUES ('x', 'e', 'f', 'base "1"', '2024-01-01 00:00:00', '2024-01-03 00:00:00', 'running', '{"min_identities": 3, "min_conversions": 2}');
INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES
    (1, 'plain', 'buy', 'count', ''),
    (2, 'stricter', 'buy', 'count', '{"deduplicate": false, "min_identities": 5}'),
    (3, 'guarded', 'buy', 'count', '{"non_inferiority_margin": 10}');
INSERT INTO experiment_metrics (experiment, metric_id) SELECT 'x', number + 1 FROM numbers(3);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'f', toDateTime64('2024-01-01 00:00:00', 3, 'UTC'), toString(number), if(number % 2 = 0, 'base "1"', 'b')
FROM numbers(8);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', 'buy', '', toDateTime64('2024-01-01 01:00:00', 3, 'UTC'), toString(number % 8), ''
FROM numbers(13);
SELECT metric, variant, is_control, n, sum, verdict, reason, isNull(chance_to_be_non_inferior) AS no_margin
FROM experiment_scorecard(experiments = ['x']);
