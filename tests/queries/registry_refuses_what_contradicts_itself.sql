-- A row that contradicts itself is refused on insert, by a constraint whose name is the rule.
-- Breaks when: a constraint is lost, or lets NULL through.

-- error: `status_is_draft_running_or_completed`
INSERT INTO experiments (name, environment_key, feature_name, window_start, status) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', 'runing');

-- error: `window_ends_after_it_starts`
INSERT INTO experiments (name, environment_key, feature_name, window_start, window_end, status) VALUES ('x', 'e', 'f', '2024-01-02 00:00:00', '2024-01-02 00:00:00', 'running');

-- error: `completed_has_a_window_end`
INSERT INTO experiments (name, environment_key, feature_name, window_start, status) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', 'completed');

-- error: `expected_shares_are_above_zero`
INSERT INTO experiments (name, environment_key, feature_name, window_start, expected_shares) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', map('control', 1, 'b', 0));

-- error: `expected_shares_are_above_zero`
INSERT INTO experiments (name, environment_key, feature_name, window_start, expected_shares) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', map('control', 1, 'b', nan));

-- error: `name_is_not_empty_and_does_not_start_with_an_asterisk`
INSERT INTO experiments (name, environment_key, feature_name, window_start) VALUES ('', 'e', 'f', '2024-01-01 00:00:00');

-- error: `control_is_not_empty`
INSERT INTO experiments (name, environment_key, feature_name, window_start, control) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', '');

-- error: `options_are_a_json_object`
INSERT INTO experiments (name, environment_key, feature_name, window_start, options) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', '[0.9]');

-- error: `options_leave_the_control_to_its_column`
INSERT INTO experiments (name, environment_key, feature_name, window_start, options) VALUES ('x', 'e', 'f', '2024-01-01 00:00:00', '{"control": "a"}');

-- error: `aggregation_is_occurrence_count_sum_or_mean`
INSERT INTO metrics (metric_id, name, event, aggregation) VALUES (1, 'x', 'buy', 'median');

-- error: `deduplicate_is_true_or_false`
INSERT INTO metrics (metric_id, name, event, aggregation, options) VALUES (1, 'x', 'buy', 'sum', '{"deduplicate": "yes"}');

-- error: `event_is_not_empty`
INSERT INTO metrics (metric_id, name, event, aggregation) VALUES (1, 'x', '', 'sum');

-- error: `role_is_goal_secondary_or_guardrail`
INSERT INTO experiment_metrics (experiment, metric_id, role) VALUES ('x', 1, 'main');

SELECT
    (SELECT count() FROM experiments) AS experiments,
    (SELECT count() FROM metrics) AS metrics,
    (SELECT count() FROM experiment_metrics) AS experiment_metrics;
