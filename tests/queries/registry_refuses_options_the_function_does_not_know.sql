-- Options that experimentInference would refuse are refused when they are registered, with its own message;
-- the metric option deduplicate is not one of its own.
-- Breaks when: the constraint no longer calls the function, and a scorecard fails later instead.

-- error: options.confidense
INSERT INTO experiments (name, environment_key, feature_name, window_start, options) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', '{"confidense": 0.9}');

-- error: options.confidence
INSERT INTO experiments (name, environment_key, feature_name, window_start, options) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', '{"confidence": 2}');

-- error: options.dedupe
INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES (1, 'x', 'buy', 'sum', '{"dedupe": true}');

INSERT INTO experiments (name, environment_key, feature_name, window_start, options) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', '{"confidence": 0.9}');

INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES (1, 'x', 'buy', 'sum', '{"deduplicate": true, "min_identities": 10}');

SELECT name, status, control, exposure_event, window_end FROM experiments;

SELECT name, lower_is_better FROM metrics;
