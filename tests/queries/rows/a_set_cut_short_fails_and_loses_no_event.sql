-- A limit on sets that would drop metrics without a word makes the query fail instead.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'f', toDateTime64('2024-01-02 00:00:00', 3, 'UTC'), toString(number), if(number % 2 = 0, 'control', 'b')
FROM numbers(200);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', event, '', toDateTime64('2024-01-02 01:00:00', 3, 'UTC'), toString(number), '1'
FROM numbers(100)
ARRAY JOIN ['buy', 'view'] AS event;
SET max_rows_in_set = 1;
SET set_overflow_mode = 'break';
-- error: Limit for IN-set exceeded
SELECT variant, sum
FROM experiment_metric_stats(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-03 00:00:00', metrics = [(1, 'buy', 'count', true), (2, 'view', 'count', true)]);
