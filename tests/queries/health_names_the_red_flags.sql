-- Every red flag by its code, only where it belongs, and ok where there is none. Only running experiments.
-- Breaks when: a flag is lost, or raised for an experiment that does not deserve it.
INSERT INTO experiments (name, environment_key, feature_name, control, expected_shares, window_start, window_end, status) VALUES
    ('fine', 'e', 'fine', 'control', map('control', 1, 'b', 1), '2024-01-01 00:00:00', NULL, 'running'),
    ('skewed', 'e', 'skewed', 'control', map('control', 1, 'b', 1), '2024-01-01 00:00:00', NULL, 'running'),
    ('moving', 'e', 'moving', 'control', map('control', 1, 'b', 1), '2024-01-01 00:00:00', NULL, 'running'),
    ('odd', 'e', 'odd', 'baseline', map('baseline', 1, 'b', 1), '2024-01-01 00:00:00', '2024-02-01 00:00:00', 'running'),
    ('early', 'e', 'early', 'control', map(), '2100-01-01 00:00:00', NULL, 'running'),
    ('dirty', 'e', 'fine', 'control', map(), '2024-01-01 00:00:00', '2024-01-10 00:00:00', 'running'),
    ('done', 'e', 'odd', 'control', map(), '2024-01-01 00:00:00', '2024-01-10 00:00:00', 'completed');
INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES
    (1, 'clean', 'view', 'count', ''),
    (2, 'broken', 'buy', 'sum', ''),
    (3, 'mended', 'buy', 'count', '{"deduplicate": true}');
INSERT INTO experiment_metrics (experiment, metric_id) VALUES ('fine', 1), ('skewed', 1), ('moving', 1), ('odd', 1), ('early', 1), ('dirty', 2), ('dirty', 3), ('done', 2);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', feature, toDateTime64('2024-01-02 00:00:00', 3, 'UTC') + toIntervalSecond(number), toString(number),
    multiIf(feature = 'skewed', if(number % 5 = 0, 'b', 'control'), feature = 'odd', if(number % 2 = 0, 'c', 'b'), if(number % 2 = 0, 'control', 'b'))
FROM numbers(400)
ARRAY JOIN ['fine', 'skewed', 'moving', 'odd'] AS feature;
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'moving', toDateTime64('2024-01-03 00:00:00', 3, 'UTC'), toString(number * 2), 'b'
FROM numbers(4);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', 'view', '', toDateTime64('2024-01-04 00:00:00', 3, 'UTC'), toString(number), ''
FROM numbers(400);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', 'buy', '', toDateTime64('2024-01-04 00:00:00', 3, 'UTC'), toString(number % 300), if(number % 300 = 7, 'n/a', '1')
FROM numbers(400);
SELECT * FROM experiment_health;
