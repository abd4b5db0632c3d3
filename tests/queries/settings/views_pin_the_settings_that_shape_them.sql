-- Settings that would leave a view without its one row, or change what the functions are told in a text
-- format, do not reach into the views.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'f', toDateTime64('2024-01-02 00:00:00', 3, 'UTC'), toString(number), if(number % 2 = 0, 'control', 'b')
FROM numbers(200);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', event, '', toDateTime64('2024-01-02 01:00:00', 3, 'UTC'), toString(number), '1'
FROM numbers(100)
ARRAY JOIN ['buy', 'view'] AS event;
SET empty_result_for_aggregation_by_empty_set = 1;
SET bool_true_representation = 'yes';
SET output_format_json_array_of_rows = 1;
SET output_format_json_map_as_array_of_tuples = 1;
SELECT variant, identities, srm_verdict
FROM experiment_traffic(environment_key = 'prod', feature_name = 'nobody', window_start = '2024-01-01 00:00:00', window_end = '2024-01-03 00:00:00', expected_shares = map('control', 1, 'b', 1));
SELECT payload
FROM experiment_summary(environment_key = 'prod', feature_name = 'nobody', window_start = '2024-01-01 00:00:00', window_end = '2024-01-03 00:00:00', metrics = [(1, 'buy', 'count', true)], expected_shares = map(), options = '')
FORMAT TSVRaw;
SELECT metric_id, variant, sum, lift
FROM experiment_results(environment_key = 'prod', feature_name = 'f', window_start = '2024-01-01 00:00:00', window_end = '2024-01-03 00:00:00', metrics = [(1, 'buy', 'count', true), (2, 'view', 'count', true)], expected_shares = map('control', 1, 'b', 1), options = '');
