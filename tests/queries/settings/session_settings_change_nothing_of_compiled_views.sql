-- What a session sets changes no answer of a compiled view.
-- Breaks when: a setting that shapes a view is not pinned in it.
-- run: ../shared/four_experiments.sql
-- compile: ../shared/four_experiments.yaml
CREATE TABLE answers (settings String, view String, answer UInt64) ENGINE = Memory;

SET log_comment = '';
INSERT INTO answers SELECT 'none', 'scorecard', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, metric, variant, n, sum, sum_squares, invalid_values, is_control, lift, ci_low, verdict, reason, srm_p_value, toUnixTimestamp64Milli(window_end) FROM experiment_scorecard WHERE metric != 'basket' ORDER BY experiment, metric, variant);
INSERT INTO answers SELECT 'none', 'by day', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, metric, toUInt16(day), variant, n, sum, lift, verdict, reason FROM experiment_results_by_day WHERE metric != 'basket' ORDER BY experiment, metric, day, variant);
INSERT INTO answers SELECT 'none', 'traffic', sum(cityHash64(toString(tuple(*)))) FROM (SELECT * FROM experiment_scorecard_traffic ORDER BY experiment, variant);
INSERT INTO answers SELECT 'none', 'exposures', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, identifier, variant, quarantined, toUnixTimestamp64Milli(first_exposure) FROM experiment_scorecard_exposures ORDER BY experiment, identifier);
INSERT INTO answers SELECT 'none', 'health', sum(cityHash64(toString(tuple(*)))) FROM (SELECT * FROM experiment_health ORDER BY experiment, flag, explanation);
SET log_comment = DEFAULT;

SET join_use_nulls = 1;
SET join_default_strictness = 'ANY';
SET join_algorithm = 'grace_hash';
SET transform_null_in = 1;
SET aggregate_functions_null_for_empty = 1;
SET empty_result_for_aggregation_by_empty_set = 1;
SET cast_keep_nullable = 1;
SET union_default_mode = 'DISTINCT';
INSERT INTO answers SELECT 'joins and nothing', 'scorecard', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, metric, variant, n, sum, sum_squares, invalid_values, is_control, lift, ci_low, verdict, reason, srm_p_value, toUnixTimestamp64Milli(window_end) FROM experiment_scorecard WHERE metric != 'basket' ORDER BY experiment, metric, variant);
INSERT INTO answers SELECT 'joins and nothing', 'by day', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, metric, toUInt16(day), variant, n, sum, lift, verdict, reason FROM experiment_results_by_day WHERE metric != 'basket' ORDER BY experiment, metric, day, variant);
INSERT INTO answers SELECT 'joins and nothing', 'traffic', sum(cityHash64(toString(tuple(*)))) FROM (SELECT * FROM experiment_scorecard_traffic ORDER BY experiment, variant);
INSERT INTO answers SELECT 'joins and nothing', 'exposures', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, identifier, variant, quarantined, toUnixTimestamp64Milli(first_exposure) FROM experiment_scorecard_exposures ORDER BY experiment, identifier);
INSERT INTO answers SELECT 'joins and nothing', 'health', sum(cityHash64(toString(tuple(*)))) FROM (SELECT * FROM experiment_health ORDER BY experiment, flag, explanation);
SET join_use_nulls = DEFAULT;
SET join_default_strictness = DEFAULT;
SET join_algorithm = DEFAULT;
SET transform_null_in = DEFAULT;
SET aggregate_functions_null_for_empty = DEFAULT;
SET empty_result_for_aggregation_by_empty_set = DEFAULT;
SET cast_keep_nullable = DEFAULT;
SET union_default_mode = DEFAULT;

SET session_timezone = 'America/New_York';
SET bool_true_representation = 'yes';
SET output_format_json_array_of_rows = 1;
SET output_format_json_quote_denormals = 1;
SET input_format_json_named_tuples_as_objects = 0;
SET date_time_output_format = 'unix_timestamp';
SET date_time_input_format = 'best_effort';
INSERT INTO answers SELECT 'texts and times', 'scorecard', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, metric, variant, n, sum, sum_squares, invalid_values, is_control, lift, ci_low, verdict, reason, srm_p_value, toUnixTimestamp64Milli(window_end) FROM experiment_scorecard WHERE metric != 'basket' ORDER BY experiment, metric, variant);
INSERT INTO answers SELECT 'texts and times', 'by day', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, metric, toUInt16(day), variant, n, sum, lift, verdict, reason FROM experiment_results_by_day WHERE metric != 'basket' ORDER BY experiment, metric, day, variant);
INSERT INTO answers SELECT 'texts and times', 'traffic', sum(cityHash64(toString(tuple(*)))) FROM (SELECT * FROM experiment_scorecard_traffic ORDER BY experiment, variant);
INSERT INTO answers SELECT 'texts and times', 'exposures', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, identifier, variant, quarantined, toUnixTimestamp64Milli(first_exposure) FROM experiment_scorecard_exposures ORDER BY experiment, identifier);
INSERT INTO answers SELECT 'texts and times', 'health', sum(cityHash64(toString(tuple(*)))) FROM (SELECT * FROM experiment_health ORDER BY experiment, flag, explanation);
SET session_timezone = DEFAULT;
SET bool_true_representation = DEFAULT;
SET output_format_json_array_of_rows = DEFAULT;
SET output_format_json_quote_denormals = DEFAULT;
SET input_format_json_named_tuples_as_objects = DEFAULT;
SET date_time_output_format = DEFAULT;
SET date_time_input_format = DEFAULT;

SET max_threads = 1;
SET max_block_size = 7;
SET short_circuit_function_evaluation = 'disable';
SET prefer_column_name_to_alias = 1;
SET enable_optimize_predicate_expression = 0;
SET optimize_read_in_order = 0;
INSERT INTO answers SELECT 'execution', 'scorecard', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, metric, variant, n, sum, sum_squares, invalid_values, is_control, lift, ci_low, verdict, reason, srm_p_value, toUnixTimestamp64Milli(window_end) FROM experiment_scorecard WHERE metric != 'basket' ORDER BY experiment, metric, variant);
INSERT INTO answers SELECT 'execution', 'by day', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, metric, toUInt16(day), variant, n, sum, lift, verdict, reason FROM experiment_results_by_day WHERE metric != 'basket' ORDER BY experiment, metric, day, variant);
INSERT INTO answers SELECT 'execution', 'traffic', sum(cityHash64(toString(tuple(*)))) FROM (SELECT * FROM experiment_scorecard_traffic ORDER BY experiment, variant);
INSERT INTO answers SELECT 'execution', 'exposures', sum(cityHash64(toString(tuple(*)))) FROM (SELECT experiment, identifier, variant, quarantined, toUnixTimestamp64Milli(first_exposure) FROM experiment_scorecard_exposures ORDER BY experiment, identifier);
INSERT INTO answers SELECT 'execution', 'health', sum(cityHash64(toString(tuple(*)))) FROM (SELECT * FROM experiment_health ORDER BY experiment, flag, explanation);
SET max_threads = DEFAULT;
SET max_block_size = DEFAULT;
SET short_circuit_function_evaluation = DEFAULT;
SET prefer_column_name_to_alias = DEFAULT;
SET enable_optimize_predicate_expression = DEFAULT;
SET optimize_read_in_order = DEFAULT;

SELECT
    view,
    count() AS answers,
    uniqExact(answer) AS different
FROM answers
GROUP BY view
ORDER BY view;
