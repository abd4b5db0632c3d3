//! The settings that every view pins, so that those of a session change neither answers nor plans.

/// Each setting with its value, and what it keeps from happening.
const PINNED: &[(&str, &str)] = &[
    // An outer join fills what it has not found with defaults.
    ("join_use_nulls", "0"),
    ("join_default_strictness", "'ALL'"),
    // The smaller side, which the views put right, is the one that is hashed.
    ("join_algorithm", "'parallel_hash,hash'"),
    ("query_plan_join_swap_table", "'false'"),
    ("aggregate_functions_null_for_empty", "0"),
    ("empty_result_for_aggregation_by_empty_set", "0"),
    ("prefer_column_name_to_alias", "0"),
    ("transform_null_in", "0"),
    // 25.8 does not find the columns that a tuple of a view is replaced by.
    ("optimize_functions_to_subcolumns", "0"),
    // What is cut short would be a wrong answer.
    ("read_overflow_mode", "'throw'"),
    ("read_overflow_mode_leaf", "'throw'"),
    ("join_overflow_mode", "'throw'"),
    ("set_overflow_mode", "'throw'"),
    ("distinct_overflow_mode", "'throw'"),
    ("group_by_overflow_mode", "'throw'"),
    ("sort_overflow_mode", "'throw'"),
    ("timeout_overflow_mode", "'throw'"),
    // A user's expression may fail on rows of other events, so the conditions on columns come first.
    ("allow_reorder_prewhere_conditions", "0"),
    ("short_circuit_function_evaluation", "'enable'"),
    // How text formats write what the functions get.
    ("bool_true_representation", "'true'"),
    ("bool_false_representation", "'false'"),
    ("output_format_json_array_of_rows", "0"),
    ("output_format_json_escape_forward_slashes", "0"),
    ("input_format_json_named_tuples_as_objects", "1"),
];

/// The SETTINGS clause of a view.
pub(super) fn clause() -> String {
    let settings: Vec<String> = PINNED.iter().map(|(name, value)| format!("    {name} = {value}")).collect();
    format!("SETTINGS\n{}", settings.join(",\n"))
}
