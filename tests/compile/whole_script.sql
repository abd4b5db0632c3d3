SELECT
    'source events',
    toString(identifier),
    timestamp,
    throwIf(NOT match(toTypeName(timestamp), '^(Nullable[(]|LowCardinality[(])*DateTime'), 'source events: timestamp is not a DateTime or DateTime64')
FROM events
WHERE toTypeName('source events') != '' AND toTypeName(toString(identifier)) != '' AND toTypeName(timestamp) != '' AND toTypeName(throwIf(NOT match(toTypeName(timestamp), '^(Nullable[(]|LowCardinality[(])*DateTime'), 'source events: timestamp is not a DateTime or DateTime64')) != '' AND environment_key = 'production' AND event = '$flag_exposure' AND feature_name = 'checkout_button' AND isNotNull(identifier) AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC') AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC') AND timestamp < now64(3, 'UTC')
LIMIT 1
SETTINGS short_circuit_function_evaluation = 'enable', allow_reorder_prewhere_conditions = 0
FORMAT Null;

SELECT
    'source events',
    toString(identifier),
    timestamp,
    throwIf(NOT match(toTypeName(timestamp), '^(Nullable[(]|LowCardinality[(])*DateTime'), 'source events: timestamp is not a DateTime or DateTime64')
FROM events
WHERE toTypeName('source events') != '' AND toTypeName(toString(identifier)) != '' AND toTypeName(timestamp) != '' AND toTypeName(throwIf(NOT match(toTypeName(timestamp), '^(Nullable[(]|LowCardinality[(])*DateTime'), 'source events: timestamp is not a DateTime or DateTime64')) != '' AND environment_key = 'production' AND event = 'purchase' AND isNotNull(identifier) AND timestamp >= toDateTime64('2026-02-15 00:00:00.000', 3, 'UTC') AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC') AND timestamp < now64(3, 'UTC')
LIMIT 1
SETTINGS short_circuit_function_evaluation = 'enable', allow_reorder_prewhere_conditions = 0
FORMAT Null;

DROP VIEW IF EXISTS experiment_registry_problems;

DROP VIEW IF EXISTS experiment_results_due;

DROP VIEW IF EXISTS experiment_scorecard_due;

DROP VIEW IF EXISTS experiment_gathered_scorecard;

DROP VIEW IF EXISTS experiment_gathered_by_day;

DROP VIEW IF EXISTS experiment_gathered_effect_by_day;

CREATE OR REPLACE TABLE experiments
(
    name String COMMENT 'Name of the experiment',
    description String COMMENT 'What it is about',
    status LowCardinality(String) COMMENT 'draft (not read), running or completed',
    environment String COMMENT 'Environment whose events are read; empty where none are',
    feature String COMMENT 'Feature whose exposures are read; empty where they are not events of a feature',
    exposure_event String COMMENT 'Event that exposes an identity; empty where exposures come from a source',
    exposure_source String COMMENT 'Source that exposures come from; empty where they are events',
    control String COMMENT 'Variant that the others are compared with',
    shares Map(String, Float64) COMMENT 'Share of each variant by design, in any unit; empty when unknown',
    start DateTime64(3, 'UTC') COMMENT 'First instant that counts, UTC',
    end Nullable(DateTime64(3, 'UTC')) COMMENT 'First instant that does not count any more, UTC; NULL without one',
    options String COMMENT 'Its own options of experimentInference, a JSON object; empty without any'
)
ENGINE = MergeTree
ORDER BY name
COMMENT 'What is compared, where and when: written by scorecard compile';

INSERT INTO experiments (`name`, `description`, `status`, `environment`, `feature`, `exposure_event`, `exposure_source`, `control`, `shares`, `start`, `end`, `options`) VALUES
('checkout', '', 'running', 'production', 'checkout_button', '$flag_exposure', '', 'control', CAST((['control', 'green'], [1.0, 1.0]) AS Map(String, Float64)), toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC'), toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'), '');

CREATE OR REPLACE TABLE metrics
(
    name String COMMENT 'Name of the metric',
    description String COMMENT 'What it means',
    type LowCardinality(String) COMMENT 'How an identity\'s rows become its value',
    event String COMMENT 'Event that it is made of; empty where it reads a source',
    source String COMMENT 'Source that it is made of; empty where it reads events',
    lower_is_better Bool COMMENT 'A fall is a win',
    options String COMMENT 'Its own options of experimentInference, a JSON object; empty without any'
)
ENGINE = MergeTree
ORDER BY name
COMMENT 'What is measured: written by scorecard compile';

INSERT INTO metrics (`name`, `description`, `type`, `event`, `source`, `lower_is_better`, `options`) VALUES
('buyers', '', 'occurrence', 'purchase', '', false, ''),
('revenue', '', 'sum', 'purchase', '', false, '');

CREATE OR REPLACE TABLE experiment_metrics
(
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name that the metric has in the experiment',
    defined_as String COMMENT 'Name of the metric in the table metrics',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    type LowCardinality(String) COMMENT 'How an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    options String COMMENT 'All options of experimentInference that hold, a JSON object'
)
ENGINE = MergeTree
ORDER BY (experiment, metric)
COMMENT 'What each experiment is read by: written by scorecard compile';

INSERT INTO experiment_metrics (`experiment`, `metric`, `defined_as`, `role`, `type`, `lower_is_better`, `options`) VALUES
('checkout', 'buyers', 'buyers', 'goal', 'occurrence', false, '{"control":"control"}'),
('checkout', 'revenue', 'revenue', 'goal', 'sum', false, '{"control":"control"}');

CREATE OR REPLACE VIEW `experiment_arms_scorecard_checkout`
(
    metric_number UInt32,
    variant String,
    identities UInt64,
    n UInt64,
    sum Float64,
    sum_squares Float64,
    second_sum Float64,
    second_sum_squares Float64,
    product Float64,
    invalid_values UInt64,
    expected_values UInt64
)
AS
(
    WITH
        -- Who is in the experiment: in which arm, since when. Seen with several variants: in no arm.
        exposed AS
        (
            SELECT
                scorecard_identity AS identity,
                groupBitOr(cityHash64(scorecard_value)) AS arm,
                any(scorecard_value) AS variant,
                min(scorecard_time) AS exposed_at
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    ifNull(toString(value), '') AS scorecard_value
                FROM events
                WHERE environment_key = 'production'
                    AND event = '$flag_exposure'
                    AND feature_name = 'checkout_button'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
                    AND scorecard_value != ''
            )
            GROUP BY scorecard_identity
            HAVING arm = groupBitAnd(cityHash64(scorecard_value))
        ),

        -- What each identity did: one pair of arrays per kind of rows.
        done AS
        (
            SELECT
                scorecard_identity AS identity,
                groupArray(scorecard_time) AS purchase_times,
                groupArray(scorecard_value) AS purchase_numbers
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value
                FROM events
                WHERE environment_key = 'production'
                    AND event = 'purchase'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-02-15 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            GROUP BY scorecard_identity
        ),

        -- What each exposed identity is worth, a column per metric; one without rows is kept.
        identity_values AS
        (
            SELECT
                arm,
                variant,
                exposed_at + 7 * 86400000 <= least(toUnixTimestamp64Milli(now64(3, 'UTC')), toUnixTimestamp64Milli(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'))) AS had_7d,
                -- buyers: occurrence of 'purchase'
                toFloat64(arrayExists(t -> t >= exposed_at, purchase_times)) AS buyers_value,
                -- revenue: sum of 'purchase', with what was before the exposure, of identities exposed 7d ago
                arrayMap((t, number) -> t >= exposed_at AND t < exposed_at + 7 * 86400000 AND NOT isNaN(number), purchase_times, purchase_numbers) AS revenue_value_counted,
                least(arrayReduce('sumKahanIf', purchase_numbers, revenue_value_counted), 500.0) AS revenue_value,
                arrayMap((t, number) -> t >= exposed_at - 14 * 86400000 AND t < exposed_at AND NOT isNaN(number), purchase_times, purchase_numbers) AS revenue_before_counted,
                least(arrayReduce('sumKahanIf', purchase_numbers, revenue_before_counted), 500.0) AS revenue_before,
                arrayCount(t -> t >= exposed_at AND t < exposed_at + 7 * 86400000, purchase_times) AS revenue_rows,
                arraySum(revenue_value_counted) AS revenue_rows_with_number
            FROM done
            RIGHT JOIN exposed USING (identity)
        )
    SELECT
        metric_number,
        variant,
        identities,
        n,
        sum,
        sum_squares,
        second_sum,
        second_sum_squares,
        product,
        invalid_values,
        expected_values
    FROM
    (
        SELECT
            CAST(any(variant) AS String) AS variant,
            count() AS exposed_identities,
            countIf(had_7d) AS n_had_7d,
            sumKahan(buyers_value) AS buyers_sum,
            sumKahan(buyers_value * buyers_value) AS buyers_sum_squares,
            sumKahanIf(revenue_value, had_7d) AS revenue_sum,
            sumKahanIf(revenue_value * revenue_value, had_7d) AS revenue_sum_squares,
            sumKahanIf(revenue_before, had_7d) AS revenue_before_sum,
            sumKahanIf(revenue_before * revenue_before, had_7d) AS revenue_before_sum_squares,
            sumKahanIf(revenue_value * revenue_before, had_7d) AS revenue_before_product,
            sumIf(revenue_rows, had_7d) AS revenue_sum_of_rows,
            sumIf(revenue_rows_with_number, had_7d) AS revenue_sum_of_rows_with_number
        FROM identity_values
        GROUP BY arm
    )
    ARRAY JOIN
        CAST([1, 2] AS Array(UInt32)) AS metric_number,
        CAST([exposed_identities, exposed_identities] AS Array(UInt64)) AS identities,
        CAST([exposed_identities, n_had_7d] AS Array(UInt64)) AS n,
        CAST([buyers_sum, revenue_sum] AS Array(Float64)) AS sum,
        CAST([buyers_sum_squares, revenue_sum_squares] AS Array(Float64)) AS sum_squares,
        CAST([0, revenue_before_sum] AS Array(Float64)) AS second_sum,
        CAST([0, revenue_before_sum_squares] AS Array(Float64)) AS second_sum_squares,
        CAST([0, revenue_before_product] AS Array(Float64)) AS product,
        CAST([0, revenue_sum_of_rows - revenue_sum_of_rows_with_number] AS Array(UInt64)) AS invalid_values,
        CAST([0, revenue_sum_of_rows] AS Array(UInt64)) AS expected_values
)
COMMENT 'Scorecard 0.2.0: the sums that experiment_scorecard_checkout is made of';

CREATE OR REPLACE VIEW `experiment_inferred_scorecard_checkout`
(
    metric_number UInt32,
    arm Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64, second_sum Float64, second_sum_squares Float64, product Float64),
    inferred_arm Tuple(variant String, is_control Bool, n UInt64, mean Nullable(Float64), variance Nullable(Float64), lift Nullable(Float64), ci_low Nullable(Float64), ci_high Nullable(Float64), chance_to_win Nullable(Float64), verdict String, reason String, standard_error Nullable(Float64), expected_loss Nullable(Float64), difference Nullable(Float64), difference_ci_low Nullable(Float64), difference_ci_high Nullable(Float64), p_value Nullable(Float64), p_value_adjusted Nullable(Float64), anytime_ci_low Nullable(Float64), anytime_ci_high Nullable(Float64), anytime_p_value Nullable(Float64), chance_to_be_best Nullable(Float64), minimum_detectable_effect Nullable(Float64), mean_adjusted Nullable(Float64), variance_adjusted Nullable(Float64), variance_reduction Nullable(Float64), chance_to_be_non_inferior Nullable(Float64), caution String, anytime_reason String),
    srm Tuple(p_value Nullable(Float64), chi_squared Nullable(Float64), verdict String, reason String, sequential_p_value Nullable(Float64)),
    lacks_numbers Bool
)
AS
(
    WITH
        -- One row per metric, its arms as an array.
        per_metric AS
        (
            SELECT
                metric_number,
                arraySort(groupArray(CAST((variant, n, sum, sum_squares, invalid_values, expected_values, identities, second_sum, second_sum_squares, product) AS Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64, second_sum Float64, second_sum_squares Float64, product Float64)))) AS measured
            FROM
            (
                SELECT *
                FROM `experiment_arms_scorecard_checkout`
            )
            GROUP BY metric_number
        ),

        -- What the functions say of them.
        inferred AS
        (
            SELECT
                metric_number,
                ['control', 'green'] AS own,
                arraySort(arm -> (notEmpty(own) AND NOT has(own, tupleElement(arm, 'variant')), tupleElement(arm, 'variant')), measured) AS measured_arms,
                arrayFilter(arm -> empty(own) OR has(own, tupleElement(arm, 'variant')), measured) AS compared,
                experimentInference(
                    CAST(
                        arrayMap(arm -> (tupleElement(arm, 'variant'), tupleElement(arm, 'n'), tupleElement(arm, 'sum'), tupleElement(arm, 'sum_squares'), if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum'), NULL), if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum_squares'), NULL), if([0, 1][metric_number] = 1, tupleElement(arm, 'product'), NULL)), compared)
                        AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, covariate_sum Nullable(Float64), covariate_sum_squares Nullable(Float64), covariate_product Nullable(Float64)))
                    ),
                    ['occurrence', 'sum'][metric_number],
                    false,
                    '{"control":"control","verdict":"anytime"}'
                ) AS inference,
                arrayExists((arm, told) -> tupleElement(told, 'is_control') AND tupleElement(arm, 'invalid_values') > 0.05 * tupleElement(arm, 'expected_values'), compared, inference) AS control_lacks_numbers,
                sampleRatioMismatch(
                    CAST(
                        (arrayMap(arm -> tupleElement(arm, 'variant'), measured), arrayMap(arm -> tupleElement(arm, 'identities'), measured))
                        AS Map(String, UInt64)
                    ),
                    CAST((['control', 'green'], [1.0, 1.0]) AS Map(String, Float64))
                ) AS srm
            FROM per_metric
        )
    SELECT
        metric_number,
        arm,
        inferred_arm,
        srm,
        tupleElement(arm, 'invalid_values') > 0.05 * tupleElement(arm, 'expected_values') OR control_lacks_numbers AS lacks_numbers
    FROM inferred
    ARRAY JOIN
        measured_arms AS arm,
        arrayResize(inference, length(measured_arms)) AS inferred_arm
)
COMMENT 'Scorecard 0.2.0: what experiment_scorecard_checkout shows as columns';

CREATE OR REPLACE VIEW `experiment_scorecard_checkout`
(
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'the variant is the control',
    mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading'
)
AS
SELECT
    'checkout' AS experiment,
    ['buyers', 'revenue'][metric_number] AS metric,
    'goal' AS role,
    '' AS dimension,
    '' AS segment,
    ['occurrence', 'sum'][metric_number] AS type,
    false AS lower_is_better,
    tupleElement(arm, 'variant') AS variant,
    tupleElement(arm, 'n') AS n,
    tupleElement(arm, 'sum') AS sum,
    tupleElement(arm, 'sum_squares') AS sum_squares,
    NULL AS denominator_sum,
    NULL AS denominator_sum_squares,
    NULL AS denominator_product,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum'), NULL) AS covariate_sum,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum_squares'), NULL) AS covariate_sum_squares,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'product'), NULL) AS covariate_product,
    NULL AS quantile,
    NULL AS quantile_standard_error,
    NULL AS cap_lower,
    [NULL, 500.0][metric_number] AS cap_upper,
    NULL AS denominator_cap_lower,
    NULL AS denominator_cap_upper,
    NULL AS covariate_cap_lower,
    [NULL, 500.0][metric_number] AS covariate_cap_upper,
    tupleElement(arm, 'invalid_values') AS invalid_values,
    tupleElement(inferred_arm, 'is_control') AS is_control,
    tupleElement(inferred_arm, 'mean') AS mean,
    tupleElement(inferred_arm, 'variance') AS variance,
    tupleElement(inferred_arm, 'lift') AS lift,
    tupleElement(inferred_arm, 'ci_low') AS ci_low,
    tupleElement(inferred_arm, 'ci_high') AS ci_high,
    tupleElement(inferred_arm, 'chance_to_win') AS chance_to_win,
    if(tupleElement(inferred_arm, 'verdict') = '', 'undefined', tupleElement(inferred_arm, 'verdict')) AS verdict,
    if(tupleElement(inferred_arm, 'verdict') = '', 'unexpected_variant', tupleElement(inferred_arm, 'reason')) AS reason,
    tupleElement(inferred_arm, 'standard_error') AS standard_error,
    tupleElement(inferred_arm, 'expected_loss') AS expected_loss,
    tupleElement(inferred_arm, 'difference') AS difference,
    tupleElement(inferred_arm, 'difference_ci_low') AS difference_ci_low,
    tupleElement(inferred_arm, 'difference_ci_high') AS difference_ci_high,
    tupleElement(inferred_arm, 'p_value') AS p_value,
    tupleElement(inferred_arm, 'p_value_adjusted') AS p_value_adjusted,
    tupleElement(inferred_arm, 'anytime_ci_low') AS anytime_ci_low,
    tupleElement(inferred_arm, 'anytime_ci_high') AS anytime_ci_high,
    tupleElement(inferred_arm, 'anytime_p_value') AS anytime_p_value,
    tupleElement(inferred_arm, 'chance_to_be_best') AS chance_to_be_best,
    tupleElement(inferred_arm, 'minimum_detectable_effect') AS minimum_detectable_effect,
    tupleElement(inferred_arm, 'mean_adjusted') AS mean_adjusted,
    tupleElement(inferred_arm, 'variance_adjusted') AS variance_adjusted,
    tupleElement(inferred_arm, 'variance_reduction') AS variance_reduction,
    tupleElement(inferred_arm, 'chance_to_be_non_inferior') AS chance_to_be_non_inferior,
    if(lacks_numbers, 'invalid_values', tupleElement(inferred_arm, 'caution')) AS caution,
    tupleElement(inferred_arm, 'anytime_reason') AS anytime_reason,
    tupleElement(srm, 'p_value') AS srm_p_value,
    tupleElement(srm, 'verdict') AS srm_verdict,
    tupleElement(srm, 'sequential_p_value') AS srm_sequential_p_value,
    toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC') AS window_start,
    least(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'), now64(3, 'UTC')) AS window_end
FROM
(
    SELECT *
    FROM `experiment_inferred_scorecard_checkout`
    ORDER BY
        metric_number,
        tupleElement(arm, 'variant')
)
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    empty_result_for_aggregation_by_empty_set = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    optimize_functions_to_subcolumns = 0,
    read_overflow_mode = 'throw',
    read_overflow_mode_leaf = 'throw',
    join_overflow_mode = 'throw',
    set_overflow_mode = 'throw',
    distinct_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    sort_overflow_mode = 'throw',
    timeout_overflow_mode = 'throw',
    allow_reorder_prewhere_conditions = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    output_format_json_escape_forward_slashes = 0,
    input_format_json_named_tuples_as_objects = 1
COMMENT 'Scorecard 0.2.0: the scorecard of one experiment';

CREATE OR REPLACE VIEW `experiment_arms_by_day_checkout`
(
    metric_number UInt32,
    day_number Int64,
    variant String,
    identities UInt64,
    n UInt64,
    sum Float64,
    sum_squares Float64,
    second_sum Float64,
    second_sum_squares Float64,
    product Float64,
    invalid_values UInt64,
    expected_values UInt64
)
AS
(
    WITH
        -- Who is in the experiment: in which arm, since when. Seen with several variants: in no arm.
        exposed AS
        (
            SELECT
                identity,
                argMin(arm_seen, seen) AS arm,
                argMin(variant_seen, seen) AS variant,
                min(seen) AS exposed_at,
                intDiv(exposed_at, 86400000) AS first_day,
                if(
                    count() = 1,
                    intDiv(least(toUnixTimestamp64Milli(now64(3, 'UTC')), toUnixTimestamp64Milli(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'))) - 1, 86400000),
                    intDiv(arraySort(groupArray(seen))[2], 86400000) - 1
                ) AS last_day
            FROM
            (
                SELECT
                    scorecard_identity AS identity,
                    cityHash64(scorecard_value) AS arm_seen,
                    any(scorecard_value) AS variant_seen,
                    min(scorecard_time) AS seen
                FROM
                (
                    SELECT
                        cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                        toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                        CAST(1 AS UInt32) AS scorecard_number,
                        ifNull(toString(value), '') AS scorecard_value
                    FROM events
                    WHERE environment_key = 'production'
                        AND event = '$flag_exposure'
                        AND feature_name = 'checkout_button'
                        AND isNotNull(identifier)
                        AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                        AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                        AND timestamp < now64(3, 'UTC')
                        AND scorecard_value != ''
                )
                GROUP BY
                    identity,
                    arm_seen
            )
            GROUP BY identity
            HAVING first_day <= last_day
        ),

        -- What each identity did: one pair of arrays per kind of rows.
        done AS
        (
            SELECT
                scorecard_identity AS identity,
                groupArray(scorecard_time) AS purchase_times,
                groupArray(scorecard_value) AS purchase_numbers,
                groupUniqArray(intDiv(scorecard_time, 86400000)) AS active_days
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value
                FROM events
                WHERE environment_key = 'production'
                    AND event = 'purchase'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-02-15 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            GROUP BY scorecard_identity
        ),

        -- What each exposed identity is worth, a column per metric; one without rows is kept.
        identity_values AS
        (
            SELECT
                arm,
                variant,
                from_day,
                to_day,
                exposed_at + 7 * 86400000 <= least(toUnixTimestamp64Milli(now64(3, 'UTC')), counts_until, toUnixTimestamp64Milli(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'))) AS had_7d,
                -- buyers: occurrence of 'purchase'
                toFloat64(arrayExists(t -> t >= exposed_at AND t < counts_until, purchase_times)) AS buyers_value,
                -- revenue: sum of 'purchase', with what was before the exposure, of identities exposed 7d ago
                arrayMap((t, number) -> t >= exposed_at AND t < exposed_at + 7 * 86400000 AND t < counts_until AND NOT isNaN(number), purchase_times, purchase_numbers) AS revenue_value_counted,
                least(arrayReduce('sumKahanIf', purchase_numbers, revenue_value_counted), 500.0) AS revenue_value,
                arrayMap((t, number) -> t >= exposed_at - 14 * 86400000 AND t < exposed_at AND t < counts_until AND NOT isNaN(number), purchase_times, purchase_numbers) AS revenue_before_counted,
                least(arrayReduce('sumKahanIf', purchase_numbers, revenue_before_counted), 500.0) AS revenue_before,
                arrayCount(t -> t >= exposed_at AND t < exposed_at + 7 * 86400000 AND t < counts_until, purchase_times) AS revenue_rows,
                arraySum(revenue_value_counted) AS revenue_rows_with_number
            FROM
            (
                WITH
                    arraySort(arrayDistinct(arrayPushFront(arrayFilter(day -> day > first_day AND day <= last_day, arrayConcat(active_days, [intDiv(exposed_at + 7 * 86400000 - 1, 86400000)])), first_day))) AS changes
                SELECT
                    arm,
                    variant,
                    from_day,
                    to_day,
                    exposed_at,
                    purchase_times,
                    purchase_numbers,
                    (from_day + 1) * 86400000 AS counts_until
                FROM done
                RIGHT JOIN exposed USING (identity)
                ARRAY JOIN
                    changes AS from_day,
                    if(empty(changes), [], arrayPushBack(arrayPopFront(arrayMap(day -> day - 1, changes)), last_day)) AS to_day
            )
        )
    SELECT
        metric_number,
        day_number,
        variant,
        identities,
        n,
        sum,
        sum_squares,
        second_sum,
        second_sum_squares,
        product,
        invalid_values,
        expected_values
    FROM
    (
        SELECT
            variant,
            day_number,
            sum(exposed_identities) AS exposed_identities,
            sum(n_had_7d) AS n_had_7d,
            sumKahan(buyers_sum) AS buyers_sum,
            sumKahan(buyers_sum_squares) AS buyers_sum_squares,
            sumKahan(revenue_sum) AS revenue_sum,
            sumKahan(revenue_sum_squares) AS revenue_sum_squares,
            sumKahan(revenue_before_sum) AS revenue_before_sum,
            sumKahan(revenue_before_sum_squares) AS revenue_before_sum_squares,
            sumKahan(revenue_before_product) AS revenue_before_product,
            sum(revenue_sum_of_rows) AS revenue_sum_of_rows,
            sum(revenue_sum_of_rows_with_number) AS revenue_sum_of_rows_with_number
        FROM
        (
            SELECT
                from_day,
                to_day,
                CAST(any(variant) AS String) AS variant,
                count() AS exposed_identities,
                countIf(had_7d) AS n_had_7d,
                sumKahan(buyers_value) AS buyers_sum,
                sumKahan(buyers_value * buyers_value) AS buyers_sum_squares,
                sumKahanIf(revenue_value, had_7d) AS revenue_sum,
                sumKahanIf(revenue_value * revenue_value, had_7d) AS revenue_sum_squares,
                sumKahanIf(revenue_before, had_7d) AS revenue_before_sum,
                sumKahanIf(revenue_before * revenue_before, had_7d) AS revenue_before_sum_squares,
                sumKahanIf(revenue_value * revenue_before, had_7d) AS revenue_before_product,
                sumIf(revenue_rows, had_7d) AS revenue_sum_of_rows,
                sumIf(revenue_rows_with_number, had_7d) AS revenue_sum_of_rows_with_number
            FROM identity_values
            GROUP BY
                arm,
                from_day,
                to_day
        )
        ARRAY JOIN range(from_day, to_day + 1) AS day_number
        GROUP BY
            variant,
            day_number
    )
    ARRAY JOIN
        CAST([1, 2] AS Array(UInt32)) AS metric_number,
        CAST([exposed_identities, exposed_identities] AS Array(UInt64)) AS identities,
        CAST([exposed_identities, n_had_7d] AS Array(UInt64)) AS n,
        CAST([buyers_sum, revenue_sum] AS Array(Float64)) AS sum,
        CAST([buyers_sum_squares, revenue_sum_squares] AS Array(Float64)) AS sum_squares,
        CAST([0, revenue_before_sum] AS Array(Float64)) AS second_sum,
        CAST([0, revenue_before_sum_squares] AS Array(Float64)) AS second_sum_squares,
        CAST([0, revenue_before_product] AS Array(Float64)) AS product,
        CAST([0, revenue_sum_of_rows - revenue_sum_of_rows_with_number] AS Array(UInt64)) AS invalid_values,
        CAST([0, revenue_sum_of_rows] AS Array(UInt64)) AS expected_values
)
COMMENT 'Scorecard 0.2.0: the sums that experiment_results_by_day_checkout is made of';

CREATE OR REPLACE VIEW `experiment_inferred_by_day_checkout`
(
    metric_number UInt32,
    day_number Int64,
    arm Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64, second_sum Float64, second_sum_squares Float64, product Float64),
    inferred_arm Tuple(variant String, is_control Bool, n UInt64, mean Nullable(Float64), variance Nullable(Float64), lift Nullable(Float64), ci_low Nullable(Float64), ci_high Nullable(Float64), chance_to_win Nullable(Float64), verdict String, reason String, standard_error Nullable(Float64), expected_loss Nullable(Float64), difference Nullable(Float64), difference_ci_low Nullable(Float64), difference_ci_high Nullable(Float64), p_value Nullable(Float64), p_value_adjusted Nullable(Float64), anytime_ci_low Nullable(Float64), anytime_ci_high Nullable(Float64), anytime_p_value Nullable(Float64), chance_to_be_best Nullable(Float64), minimum_detectable_effect Nullable(Float64), mean_adjusted Nullable(Float64), variance_adjusted Nullable(Float64), variance_reduction Nullable(Float64), chance_to_be_non_inferior Nullable(Float64), caution String, anytime_reason String),
    srm Tuple(p_value Nullable(Float64), chi_squared Nullable(Float64), verdict String, reason String, sequential_p_value Nullable(Float64)),
    lacks_numbers Bool
)
AS
(
    WITH
        -- One row per metric, its arms as an array.
        per_metric AS
        (
            SELECT
                metric_number,
                day_number,
                arraySort(groupArray(CAST((variant, n, sum, sum_squares, invalid_values, expected_values, identities, second_sum, second_sum_squares, product) AS Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64, second_sum Float64, second_sum_squares Float64, product Float64)))) AS measured
            FROM
            (
                SELECT *
                FROM `experiment_arms_by_day_checkout`
            )
            GROUP BY
                day_number,
                metric_number
        ),

        -- What the functions say of them.
        inferred AS
        (
            SELECT
                metric_number,
                day_number,
                ['control', 'green'] AS own,
                arraySort(arm -> (notEmpty(own) AND NOT has(own, tupleElement(arm, 'variant')), tupleElement(arm, 'variant')), measured) AS measured_arms,
                arrayFilter(arm -> empty(own) OR has(own, tupleElement(arm, 'variant')), measured) AS compared,
                experimentInference(
                    CAST(
                        arrayMap(arm -> (tupleElement(arm, 'variant'), tupleElement(arm, 'n'), tupleElement(arm, 'sum'), tupleElement(arm, 'sum_squares'), if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum'), NULL), if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum_squares'), NULL), if([0, 1][metric_number] = 1, tupleElement(arm, 'product'), NULL)), compared)
                        AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, covariate_sum Nullable(Float64), covariate_sum_squares Nullable(Float64), covariate_product Nullable(Float64)))
                    ),
                    ['occurrence', 'sum'][metric_number],
                    false,
                    '{"control":"control","verdict":"anytime"}'
                ) AS inference,
                arrayExists((arm, told) -> tupleElement(told, 'is_control') AND tupleElement(arm, 'invalid_values') > 0.05 * tupleElement(arm, 'expected_values'), compared, inference) AS control_lacks_numbers,
                sampleRatioMismatch(
                    CAST(
                        (arrayMap(arm -> tupleElement(arm, 'variant'), measured), arrayMap(arm -> tupleElement(arm, 'identities'), measured))
                        AS Map(String, UInt64)
                    ),
                    CAST((['control', 'green'], [1.0, 1.0]) AS Map(String, Float64))
                ) AS srm
            FROM per_metric
        )
    SELECT
        metric_number,
        day_number,
        arm,
        inferred_arm,
        srm,
        tupleElement(arm, 'invalid_values') > 0.05 * tupleElement(arm, 'expected_values') OR control_lacks_numbers AS lacks_numbers
    FROM inferred
    ARRAY JOIN
        measured_arms AS arm,
        arrayResize(inference, length(measured_arms)) AS inferred_arm
)
COMMENT 'Scorecard 0.2.0: what experiment_results_by_day_checkout shows as columns';

CREATE OR REPLACE VIEW `experiment_results_by_day_checkout`
(
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    day Date COMMENT 'UTC day at whose end the row stands',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'the variant is the control',
    mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading'
)
AS
SELECT
    'checkout' AS experiment,
    ['buyers', 'revenue'][metric_number] AS metric,
    'goal' AS role,
    toDate(day_number) AS day,
    '' AS dimension,
    '' AS segment,
    ['occurrence', 'sum'][metric_number] AS type,
    false AS lower_is_better,
    tupleElement(arm, 'variant') AS variant,
    tupleElement(arm, 'n') AS n,
    tupleElement(arm, 'sum') AS sum,
    tupleElement(arm, 'sum_squares') AS sum_squares,
    NULL AS denominator_sum,
    NULL AS denominator_sum_squares,
    NULL AS denominator_product,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum'), NULL) AS covariate_sum,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum_squares'), NULL) AS covariate_sum_squares,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'product'), NULL) AS covariate_product,
    NULL AS quantile,
    NULL AS quantile_standard_error,
    NULL AS cap_lower,
    [NULL, 500.0][metric_number] AS cap_upper,
    NULL AS denominator_cap_lower,
    NULL AS denominator_cap_upper,
    NULL AS covariate_cap_lower,
    [NULL, 500.0][metric_number] AS covariate_cap_upper,
    tupleElement(arm, 'invalid_values') AS invalid_values,
    tupleElement(inferred_arm, 'is_control') AS is_control,
    tupleElement(inferred_arm, 'mean') AS mean,
    tupleElement(inferred_arm, 'variance') AS variance,
    tupleElement(inferred_arm, 'lift') AS lift,
    tupleElement(inferred_arm, 'ci_low') AS ci_low,
    tupleElement(inferred_arm, 'ci_high') AS ci_high,
    tupleElement(inferred_arm, 'chance_to_win') AS chance_to_win,
    if(tupleElement(inferred_arm, 'verdict') = '', 'undefined', tupleElement(inferred_arm, 'verdict')) AS verdict,
    if(tupleElement(inferred_arm, 'verdict') = '', 'unexpected_variant', tupleElement(inferred_arm, 'reason')) AS reason,
    tupleElement(inferred_arm, 'standard_error') AS standard_error,
    tupleElement(inferred_arm, 'expected_loss') AS expected_loss,
    tupleElement(inferred_arm, 'difference') AS difference,
    tupleElement(inferred_arm, 'difference_ci_low') AS difference_ci_low,
    tupleElement(inferred_arm, 'difference_ci_high') AS difference_ci_high,
    tupleElement(inferred_arm, 'p_value') AS p_value,
    tupleElement(inferred_arm, 'p_value_adjusted') AS p_value_adjusted,
    tupleElement(inferred_arm, 'anytime_ci_low') AS anytime_ci_low,
    tupleElement(inferred_arm, 'anytime_ci_high') AS anytime_ci_high,
    tupleElement(inferred_arm, 'anytime_p_value') AS anytime_p_value,
    tupleElement(inferred_arm, 'chance_to_be_best') AS chance_to_be_best,
    tupleElement(inferred_arm, 'minimum_detectable_effect') AS minimum_detectable_effect,
    tupleElement(inferred_arm, 'mean_adjusted') AS mean_adjusted,
    tupleElement(inferred_arm, 'variance_adjusted') AS variance_adjusted,
    tupleElement(inferred_arm, 'variance_reduction') AS variance_reduction,
    tupleElement(inferred_arm, 'chance_to_be_non_inferior') AS chance_to_be_non_inferior,
    if(lacks_numbers, 'invalid_values', tupleElement(inferred_arm, 'caution')) AS caution,
    tupleElement(inferred_arm, 'anytime_reason') AS anytime_reason,
    tupleElement(srm, 'p_value') AS srm_p_value,
    tupleElement(srm, 'verdict') AS srm_verdict,
    tupleElement(srm, 'sequential_p_value') AS srm_sequential_p_value,
    toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC') AS window_start,
    least(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'), least(now64(3, 'UTC'), toDateTime64((day_number + 1) * 86400, 3, 'UTC'))) AS window_end
FROM
(
    SELECT *
    FROM `experiment_inferred_by_day_checkout`
    ORDER BY
        metric_number,
        day_number,
        tupleElement(arm, 'variant')
)
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    empty_result_for_aggregation_by_empty_set = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    optimize_functions_to_subcolumns = 0,
    read_overflow_mode = 'throw',
    read_overflow_mode_leaf = 'throw',
    join_overflow_mode = 'throw',
    set_overflow_mode = 'throw',
    distinct_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    sort_overflow_mode = 'throw',
    timeout_overflow_mode = 'throw',
    allow_reorder_prewhere_conditions = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    output_format_json_escape_forward_slashes = 0,
    input_format_json_named_tuples_as_objects = 1
COMMENT 'Scorecard 0.2.0: the scorecard of one experiment as of the end of each day';

CREATE OR REPLACE VIEW `experiment_arms_effect_by_day_checkout`
(
    metric_number UInt32,
    day_number Int64,
    cumulative Bool,
    variant String,
    identities UInt64,
    n UInt64,
    sum Float64,
    sum_squares Float64,
    second_sum Float64,
    second_sum_squares Float64,
    product Float64,
    invalid_values UInt64,
    expected_values UInt64
)
AS
(
    WITH
        -- Who is in the experiment: in which arm, since when. Seen with several variants: in no arm.
        exposed AS
        (
            SELECT
                *,
                least(90, intDiv(least(toUnixTimestamp64Milli(now64(3, 'UTC')), toUnixTimestamp64Milli(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'))) - exposed_at, 86400000)) AS whole_days
            FROM
            (
                SELECT
                    scorecard_identity AS identity,
                    groupBitOr(cityHash64(scorecard_value)) AS arm,
                    any(scorecard_value) AS variant,
                    min(scorecard_time) AS exposed_at
                FROM
                (
                    SELECT
                        cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                        toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                        CAST(1 AS UInt32) AS scorecard_number,
                        ifNull(toString(value), '') AS scorecard_value
                    FROM events
                    WHERE environment_key = 'production'
                        AND event = '$flag_exposure'
                        AND feature_name = 'checkout_button'
                        AND isNotNull(identifier)
                        AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                        AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                        AND timestamp < now64(3, 'UTC')
                        AND scorecard_value != ''
                )
                GROUP BY scorecard_identity
                HAVING arm = groupBitAnd(cityHash64(scorecard_value))
            )
        ),

        -- What each identity did: one pair of arrays per kind of rows.
        done AS
        (
            SELECT
                scorecard_identity AS identity,
                groupArray(scorecard_time) AS purchase_times,
                groupArray(scorecard_value) AS purchase_numbers,
                groupUniqArray(scorecard_time) AS instants
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value
                FROM events
                WHERE environment_key = 'production'
                    AND event = 'purchase'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-02-15 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            GROUP BY scorecard_identity
        ),

        -- What each exposed identity is worth, a column per metric; one without rows is kept.
        identity_values AS
        (
            SELECT
                arm,
                variant,
                from_day,
                to_day,
                cumulative,
                -- buyers: occurrence of 'purchase'
                toFloat64(arrayExists(t -> t >= counts_from AND t < counts_until, purchase_times)) AS buyers_value,
                -- revenue: sum of 'purchase', with what was before the exposure
                arrayMap((t, number) -> t >= counts_from AND t < counts_until AND NOT isNaN(number), purchase_times, purchase_numbers) AS revenue_value_counted,
                least(arrayReduce('sumKahanIf', purchase_numbers, revenue_value_counted), 500.0) AS revenue_value,
                arrayMap((t, number) -> t >= exposed_at - 14 * 86400000 AND t < exposed_at AND NOT isNaN(number), purchase_times, purchase_numbers) AS revenue_before_counted,
                least(arrayReduce('sumKahanIf', purchase_numbers, revenue_before_counted), 500.0) AS revenue_before,
                arrayCount(t -> t >= counts_from AND t < counts_until, purchase_times) AS revenue_rows,
                arraySum(revenue_value_counted) AS revenue_rows_with_number
            FROM
            (
                SELECT
                    arm,
                    variant,
                    from_day,
                    to_day,
                    cumulative,
                    exposed_at,
                    purchase_times,
                    purchase_numbers,
                    exposed_at + if(cumulative, 0, from_day * 86400000) AS counts_from,
                    exposed_at + (from_day + 1) * 86400000 AS counts_until
                FROM
                (
                    SELECT
                        *,
                        arraySort(arrayDistinct(arrayFilter(day -> day < whole_days, arrayPushFront(active_days, 0)))) AS changes_up_to,
                        arraySort(arrayDistinct(arrayFilter(day -> day < whole_days, arrayPushFront(arrayConcat(active_days, arrayMap(day -> day + 1, active_days)), 0)))) AS changes_of_day
                    FROM
                    (
                        SELECT
                            *,
                            arrayDistinct(arrayMap(t -> intDiv(t - exposed_at, 86400000), arrayFilter(t -> t >= exposed_at, instants))) AS active_days
                        FROM done
                        RIGHT JOIN exposed USING (identity)
                    )
                )
                ARRAY JOIN
                    arrayConcat(changes_up_to, changes_of_day) AS from_day,
                    arrayConcat(if(empty(changes_up_to), [], arrayPushBack(arrayPopFront(arrayMap(day -> day - 1, changes_up_to)), whole_days - 1)), if(empty(changes_of_day), [], arrayPushBack(arrayPopFront(arrayMap(day -> day - 1, changes_of_day)), whole_days - 1))) AS to_day,
                    arrayConcat(arrayMap(day -> true, changes_up_to), arrayMap(day -> false, changes_of_day)) AS cumulative
            )
        )
    SELECT
        metric_number,
        day_number,
        cumulative,
        variant,
        identities,
        n,
        sum,
        sum_squares,
        second_sum,
        second_sum_squares,
        product,
        invalid_values,
        expected_values
    FROM
    (
        SELECT
            variant,
            cumulative,
            day_number,
            sum(exposed_identities) AS exposed_identities,
            sumKahan(buyers_sum) AS buyers_sum,
            sumKahan(buyers_sum_squares) AS buyers_sum_squares,
            sumKahan(revenue_sum) AS revenue_sum,
            sumKahan(revenue_sum_squares) AS revenue_sum_squares,
            sumKahan(revenue_before_sum) AS revenue_before_sum,
            sumKahan(revenue_before_sum_squares) AS revenue_before_sum_squares,
            sumKahan(revenue_before_product) AS revenue_before_product,
            sum(revenue_sum_of_rows) AS revenue_sum_of_rows,
            sum(revenue_sum_of_rows_with_number) AS revenue_sum_of_rows_with_number
        FROM
        (
            SELECT
                from_day,
                to_day,
                cumulative,
                CAST(any(variant) AS String) AS variant,
                count() AS exposed_identities,
                sumKahan(buyers_value) AS buyers_sum,
                sumKahan(buyers_value * buyers_value) AS buyers_sum_squares,
                sumKahan(revenue_value) AS revenue_sum,
                sumKahan(revenue_value * revenue_value) AS revenue_sum_squares,
                sumKahan(revenue_before) AS revenue_before_sum,
                sumKahan(revenue_before * revenue_before) AS revenue_before_sum_squares,
                sumKahan(revenue_value * revenue_before) AS revenue_before_product,
                sum(revenue_rows) AS revenue_sum_of_rows,
                sum(revenue_rows_with_number) AS revenue_sum_of_rows_with_number
            FROM identity_values
            GROUP BY
                arm,
                from_day,
                to_day,
                cumulative
        )
        ARRAY JOIN range(from_day, to_day + 1) AS day_number
        GROUP BY
            variant,
            cumulative,
            day_number
    )
    ARRAY JOIN
        CAST([1, 2] AS Array(UInt32)) AS metric_number,
        CAST([exposed_identities, exposed_identities] AS Array(UInt64)) AS identities,
        CAST([exposed_identities, exposed_identities] AS Array(UInt64)) AS n,
        CAST([buyers_sum, revenue_sum] AS Array(Float64)) AS sum,
        CAST([buyers_sum_squares, revenue_sum_squares] AS Array(Float64)) AS sum_squares,
        CAST([0, revenue_before_sum] AS Array(Float64)) AS second_sum,
        CAST([0, revenue_before_sum_squares] AS Array(Float64)) AS second_sum_squares,
        CAST([0, revenue_before_product] AS Array(Float64)) AS product,
        CAST([0, revenue_sum_of_rows - revenue_sum_of_rows_with_number] AS Array(UInt64)) AS invalid_values,
        CAST([0, revenue_sum_of_rows] AS Array(UInt64)) AS expected_values
)
COMMENT 'Scorecard 0.2.0: the sums that experiment_effect_by_day_checkout is made of';

CREATE OR REPLACE VIEW `experiment_inferred_effect_by_day_checkout`
(
    metric_number UInt32,
    day_number Int64,
    cumulative Bool,
    arm Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64, second_sum Float64, second_sum_squares Float64, product Float64),
    inferred_arm Tuple(variant String, is_control Bool, n UInt64, mean Nullable(Float64), variance Nullable(Float64), lift Nullable(Float64), ci_low Nullable(Float64), ci_high Nullable(Float64), chance_to_win Nullable(Float64), verdict String, reason String, standard_error Nullable(Float64), expected_loss Nullable(Float64), difference Nullable(Float64), difference_ci_low Nullable(Float64), difference_ci_high Nullable(Float64), p_value Nullable(Float64), p_value_adjusted Nullable(Float64), anytime_ci_low Nullable(Float64), anytime_ci_high Nullable(Float64), anytime_p_value Nullable(Float64), chance_to_be_best Nullable(Float64), minimum_detectable_effect Nullable(Float64), mean_adjusted Nullable(Float64), variance_adjusted Nullable(Float64), variance_reduction Nullable(Float64), chance_to_be_non_inferior Nullable(Float64), caution String, anytime_reason String),
    srm Tuple(p_value Nullable(Float64), chi_squared Nullable(Float64), verdict String, reason String, sequential_p_value Nullable(Float64)),
    lacks_numbers Bool
)
AS
(
    WITH
        -- One row per metric, its arms as an array.
        per_metric AS
        (
            SELECT
                metric_number,
                day_number,
                cumulative,
                arraySort(groupArray(CAST((variant, n, sum, sum_squares, invalid_values, expected_values, identities, second_sum, second_sum_squares, product) AS Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, invalid_values UInt64, expected_values UInt64, identities UInt64, second_sum Float64, second_sum_squares Float64, product Float64)))) AS measured
            FROM
            (
                SELECT *
                FROM `experiment_arms_effect_by_day_checkout`
            )
            GROUP BY
                day_number,
                cumulative,
                metric_number
        ),

        -- What the functions say of them.
        inferred AS
        (
            SELECT
                metric_number,
                day_number,
                cumulative,
                ['control', 'green'] AS own,
                arraySort(arm -> (notEmpty(own) AND NOT has(own, tupleElement(arm, 'variant')), tupleElement(arm, 'variant')), measured) AS measured_arms,
                arrayFilter(arm -> empty(own) OR has(own, tupleElement(arm, 'variant')), measured) AS compared,
                experimentInference(
                    CAST(
                        arrayMap(arm -> (tupleElement(arm, 'variant'), tupleElement(arm, 'n'), tupleElement(arm, 'sum'), tupleElement(arm, 'sum_squares'), if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum'), NULL), if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum_squares'), NULL), if([0, 1][metric_number] = 1, tupleElement(arm, 'product'), NULL)), compared)
                        AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, covariate_sum Nullable(Float64), covariate_sum_squares Nullable(Float64), covariate_product Nullable(Float64)))
                    ),
                    ['occurrence', 'sum'][metric_number],
                    false,
                    '{"control":"control","verdict":"anytime"}'
                ) AS inference,
                arrayExists((arm, told) -> tupleElement(told, 'is_control') AND tupleElement(arm, 'invalid_values') > 0.05 * tupleElement(arm, 'expected_values'), compared, inference) AS control_lacks_numbers,
                sampleRatioMismatch(
                    CAST(
                        (arrayMap(arm -> tupleElement(arm, 'variant'), measured), arrayMap(arm -> tupleElement(arm, 'identities'), measured))
                        AS Map(String, UInt64)
                    ),
                    CAST((['control', 'green'], [1.0, 1.0]) AS Map(String, Float64))
                ) AS srm
            FROM per_metric
        )
    SELECT
        metric_number,
        day_number,
        cumulative,
        arm,
        inferred_arm,
        srm,
        tupleElement(arm, 'invalid_values') > 0.05 * tupleElement(arm, 'expected_values') OR control_lacks_numbers AS lacks_numbers
    FROM inferred
    ARRAY JOIN
        measured_arms AS arm,
        arrayResize(inference, length(measured_arms)) AS inferred_arm
)
COMMENT 'Scorecard 0.2.0: what experiment_effect_by_day_checkout shows as columns';

CREATE OR REPLACE VIEW `experiment_effect_by_day_checkout`
(
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    day_since_exposure UInt32 COMMENT 'Whole days of 24 hours that lay between an identity\'s first exposure and the day told, 0 to 89',
    cumulative Bool COMMENT 'The days before it are told with it, from the exposure on',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'the variant is the control',
    mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading'
)
AS
SELECT
    'checkout' AS experiment,
    ['buyers', 'revenue'][metric_number] AS metric,
    'goal' AS role,
    toUInt32(day_number) AS day_since_exposure,
    cumulative AS cumulative,
    '' AS dimension,
    '' AS segment,
    ['occurrence', 'sum'][metric_number] AS type,
    false AS lower_is_better,
    tupleElement(arm, 'variant') AS variant,
    tupleElement(arm, 'n') AS n,
    tupleElement(arm, 'sum') AS sum,
    tupleElement(arm, 'sum_squares') AS sum_squares,
    NULL AS denominator_sum,
    NULL AS denominator_sum_squares,
    NULL AS denominator_product,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum'), NULL) AS covariate_sum,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'second_sum_squares'), NULL) AS covariate_sum_squares,
    if([0, 1][metric_number] = 1, tupleElement(arm, 'product'), NULL) AS covariate_product,
    NULL AS quantile,
    NULL AS quantile_standard_error,
    NULL AS cap_lower,
    [NULL, 500.0][metric_number] AS cap_upper,
    NULL AS denominator_cap_lower,
    NULL AS denominator_cap_upper,
    NULL AS covariate_cap_lower,
    [NULL, 500.0][metric_number] AS covariate_cap_upper,
    tupleElement(arm, 'invalid_values') AS invalid_values,
    tupleElement(inferred_arm, 'is_control') AS is_control,
    tupleElement(inferred_arm, 'mean') AS mean,
    tupleElement(inferred_arm, 'variance') AS variance,
    tupleElement(inferred_arm, 'lift') AS lift,
    tupleElement(inferred_arm, 'ci_low') AS ci_low,
    tupleElement(inferred_arm, 'ci_high') AS ci_high,
    tupleElement(inferred_arm, 'chance_to_win') AS chance_to_win,
    if(tupleElement(inferred_arm, 'verdict') = '', 'undefined', tupleElement(inferred_arm, 'verdict')) AS verdict,
    if(tupleElement(inferred_arm, 'verdict') = '', 'unexpected_variant', tupleElement(inferred_arm, 'reason')) AS reason,
    tupleElement(inferred_arm, 'standard_error') AS standard_error,
    tupleElement(inferred_arm, 'expected_loss') AS expected_loss,
    tupleElement(inferred_arm, 'difference') AS difference,
    tupleElement(inferred_arm, 'difference_ci_low') AS difference_ci_low,
    tupleElement(inferred_arm, 'difference_ci_high') AS difference_ci_high,
    tupleElement(inferred_arm, 'p_value') AS p_value,
    tupleElement(inferred_arm, 'p_value_adjusted') AS p_value_adjusted,
    tupleElement(inferred_arm, 'anytime_ci_low') AS anytime_ci_low,
    tupleElement(inferred_arm, 'anytime_ci_high') AS anytime_ci_high,
    tupleElement(inferred_arm, 'anytime_p_value') AS anytime_p_value,
    tupleElement(inferred_arm, 'chance_to_be_best') AS chance_to_be_best,
    tupleElement(inferred_arm, 'minimum_detectable_effect') AS minimum_detectable_effect,
    tupleElement(inferred_arm, 'mean_adjusted') AS mean_adjusted,
    tupleElement(inferred_arm, 'variance_adjusted') AS variance_adjusted,
    tupleElement(inferred_arm, 'variance_reduction') AS variance_reduction,
    tupleElement(inferred_arm, 'chance_to_be_non_inferior') AS chance_to_be_non_inferior,
    if(lacks_numbers, 'invalid_values', tupleElement(inferred_arm, 'caution')) AS caution,
    tupleElement(inferred_arm, 'anytime_reason') AS anytime_reason,
    tupleElement(srm, 'p_value') AS srm_p_value,
    tupleElement(srm, 'verdict') AS srm_verdict,
    tupleElement(srm, 'sequential_p_value') AS srm_sequential_p_value,
    toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC') AS window_start,
    least(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'), now64(3, 'UTC')) AS window_end
FROM
(
    SELECT *
    FROM `experiment_inferred_effect_by_day_checkout`
    ORDER BY
        metric_number,
        day_number,
        cumulative,
        tupleElement(arm, 'variant')
)
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    empty_result_for_aggregation_by_empty_set = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    optimize_functions_to_subcolumns = 0,
    read_overflow_mode = 'throw',
    read_overflow_mode_leaf = 'throw',
    join_overflow_mode = 'throw',
    set_overflow_mode = 'throw',
    distinct_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    sort_overflow_mode = 'throw',
    timeout_overflow_mode = 'throw',
    allow_reorder_prewhere_conditions = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    output_format_json_escape_forward_slashes = 0,
    input_format_json_named_tuples_as_objects = 1
COMMENT 'Scorecard 0.2.0: the scorecard of one experiment by the days since each identity\'s exposure';

CREATE OR REPLACE VIEW `experiment_scorecard`
(
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'the variant is the control',
    mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading'
)
AS
(
    SELECT *
    FROM `experiment_scorecard_checkout`
)
COMMENT 'Scorecard 0.2.0: the scorecards of all running experiments';

CREATE OR REPLACE VIEW `experiment_results_by_day`
(
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    day Date COMMENT 'UTC day at whose end the row stands',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'the variant is the control',
    mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading'
)
AS
(
    SELECT *
    FROM `experiment_results_by_day_checkout`
)
COMMENT 'Scorecard 0.2.0: the scorecards of all running experiments as of the end of each day';

CREATE OR REPLACE VIEW `experiment_effect_by_day`
(
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    day_since_exposure UInt32 COMMENT 'Whole days of 24 hours that lay between an identity\'s first exposure and the day told, 0 to 89',
    cumulative Bool COMMENT 'The days before it are told with it, from the exposure on',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'the variant is the control',
    mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading'
)
AS
(
    SELECT *
    FROM `experiment_effect_by_day_checkout`
)
COMMENT 'Scorecard 0.2.0: the scorecards of all running experiments by the days since each identity\'s exposure';

CREATE OR REPLACE VIEW `experiment_funnels`
(
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    variant String COMMENT 'The arm',
    step UInt32 COMMENT 'Number of the step, from 1',
    step_name String COMMENT 'Event or source of the step',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    reached UInt64 COMMENT 'Those of them that reached the step by way of all before it',
    share Nullable(Float64) COMMENT 'reached / n, 0 to 1',
    share_of_previous Nullable(Float64) COMMENT 'reached / those that reached the step before, or n at the first; NULL where that is nobody'
)
AS
(
    SELECT
        defaultValueOfTypeName('String') AS experiment,
        defaultValueOfTypeName('String') AS metric,
        defaultValueOfTypeName('LowCardinality(String)') AS role,
        defaultValueOfTypeName('String') AS dimension,
        defaultValueOfTypeName('String') AS segment,
        defaultValueOfTypeName('String') AS variant,
        defaultValueOfTypeName('UInt32') AS step,
        defaultValueOfTypeName('String') AS step_name,
        defaultValueOfTypeName('UInt64') AS n,
        defaultValueOfTypeName('UInt64') AS reached,
        defaultValueOfTypeName('Nullable(Float64)') AS share,
        defaultValueOfTypeName('Nullable(Float64)') AS share_of_previous
    WHERE false
)
COMMENT 'Scorecard 0.2.0: how many reached each step of the funnels of all running experiments';

CREATE OR REPLACE VIEW `experiment_scorecard_traffic`
(
    experiment String COMMENT 'Name of the experiment',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    variant String COMMENT 'The variant',
    identities UInt64 COMMENT 'Identities exposed to it and to no other',
    share Nullable(Float64) COMMENT 'identities / all unquarantined identities of the experiment, 0 to 1',
    expected_share Nullable(Float64) COMMENT 'Share by design, scaled to sum to 1; NULL for a variant that is not expected',
    quarantined_identities UInt64 COMMENT 'Identities of the whole experiment that were seen with several variants; the same on every row',
    srm_p_value Nullable(Float64) COMMENT 'Sample ratio mismatch test of the experiment',
    srm_verdict String COMMENT 'ok, mismatch, collecting_data or undefined',
    srm_reason String COMMENT 'Why the test is withheld or not to be trusted, else empty',
    srm_sequential_p_value Nullable(Float64) COMMENT 'The same test, valid however often one looks'
)
AS
SELECT
    'checkout' AS experiment,
    '' AS dimension,
    '' AS segment,
    variant AS variant,
    observed[variant] AS identities,
    if(total > 0, identities / total, NULL) AS share,
    if(expected_is_valid AND mapContains(expected, variant), expected[variant] / expected_total, NULL) AS expected_share,
    quarantined_identities AS quarantined_identities,
    tupleElement(srm, 'p_value') AS srm_p_value,
    tupleElement(srm, 'verdict') AS srm_verdict,
    tupleElement(srm, 'reason') AS srm_reason,
    tupleElement(srm, 'sequential_p_value') AS srm_sequential_p_value
FROM
(
    SELECT
        experiments.experiment AS experiment_number,
        CAST((['control', 'green'], [1.0, 1.0]) AS Map(String, Float64)) AS expected,
        arraySum(mapValues(expected)) AS expected_total,
        isFinite(expected_total) AND expected_total > 0 AND arrayAll(share -> share >= 0, mapValues(expected)) AS expected_is_valid,
        observed.observed AS observed,
        observed.total AS total,
        observed.quarantined_identities AS quarantined_identities,
        sampleRatioMismatch(observed.observed, expected) AS srm
    FROM
    (
        SELECT toUInt32(arrayJoin(range(1, 1 + 1))) AS experiment
    ) AS experiments
    LEFT JOIN
    (
        SELECT
            experiment_number,
            CAST(
                (groupArrayIf(variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))
                AS Map(String, UInt64)
            ) AS observed,
            sumIf(identities, NOT quarantined) AS total,
            sumIf(identities, quarantined) AS quarantined_identities
        FROM
        (
            SELECT
                experiment AS experiment_number,
                variant,
                quarantined,
                count() AS identities
            FROM
            (
                SELECT
                    scorecard_identity AS identifier,
                    scorecard_number AS experiment,
                    if(min(scorecard_value) = max(scorecard_value), min(scorecard_value), '') AS variant,
                    CAST(min(scorecard_value) != max(scorecard_value) AS Bool) AS quarantined,
                    CAST(fromUnixTimestamp64Milli(min(scorecard_time), 'UTC') AS DateTime64(3, 'UTC')) AS first_exposure
                FROM
                (
                    SELECT
                        assumeNotNull(toString(identifier)) AS scorecard_identity,
                        toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                        CAST(1 AS UInt32) AS scorecard_number,
                        ifNull(toString(value), '') AS scorecard_value
                    FROM events
                    WHERE environment_key = 'production'
                        AND event = '$flag_exposure'
                        AND feature_name = 'checkout_button'
                        AND isNotNull(identifier)
                        AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                        AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                        AND timestamp < now64(3, 'UTC')
                        AND scorecard_value != ''
                )
                GROUP BY
                    scorecard_identity,
                    scorecard_number
            )
            GROUP BY
                experiment,
                variant,
                quarantined
        )
        GROUP BY experiment_number
    ) AS observed ON experiments.experiment = observed.experiment_number
)
ARRAY JOIN arraySort(arrayDistinct(arrayConcat(mapKeys(observed), mapKeys(expected)))) AS variant
ORDER BY
    experiment_number,
    variant
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    empty_result_for_aggregation_by_empty_set = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    optimize_functions_to_subcolumns = 0,
    read_overflow_mode = 'throw',
    read_overflow_mode_leaf = 'throw',
    join_overflow_mode = 'throw',
    set_overflow_mode = 'throw',
    distinct_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    sort_overflow_mode = 'throw',
    timeout_overflow_mode = 'throw',
    allow_reorder_prewhere_conditions = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    output_format_json_escape_forward_slashes = 0,
    input_format_json_named_tuples_as_objects = 1
COMMENT 'Scorecard 0.2.0: the traffic of all running experiments';

CREATE OR REPLACE VIEW `experiment_scorecard_exposures`
(
    experiment String COMMENT 'Name of the experiment',
    environment String COMMENT 'Environment that the experiment reads; empty where it reads no events',
    identifier String COMMENT 'The identity, as it is',
    variant String COMMENT 'The variant it was exposed to; empty when quarantined',
    quarantined Bool COMMENT 'It was exposed to more than one variant, and is in no arm',
    first_exposure DateTime64(3, 'UTC') COMMENT 'Its first exposure in the experiment\'s window, UTC'
)
AS
SELECT
    'checkout' AS experiment,
    'production' AS environment,
    identifier,
    variant,
    quarantined,
    first_exposure
FROM
(
    SELECT
        scorecard_identity AS identifier,
        scorecard_number AS experiment,
        if(min(scorecard_value) = max(scorecard_value), min(scorecard_value), '') AS variant,
        CAST(min(scorecard_value) != max(scorecard_value) AS Bool) AS quarantined,
        CAST(fromUnixTimestamp64Milli(min(scorecard_time), 'UTC') AS DateTime64(3, 'UTC')) AS first_exposure
    FROM
    (
        SELECT
            assumeNotNull(toString(identifier)) AS scorecard_identity,
            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
            CAST(1 AS UInt32) AS scorecard_number,
            ifNull(toString(value), '') AS scorecard_value
        FROM events
        WHERE environment_key = 'production'
            AND event = '$flag_exposure'
            AND feature_name = 'checkout_button'
            AND isNotNull(identifier)
            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
            AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
            AND timestamp < now64(3, 'UTC')
            AND scorecard_value != ''
    )
    GROUP BY
        scorecard_identity,
        scorecard_number
) AS exposed
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    empty_result_for_aggregation_by_empty_set = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    optimize_functions_to_subcolumns = 0,
    read_overflow_mode = 'throw',
    read_overflow_mode_leaf = 'throw',
    join_overflow_mode = 'throw',
    set_overflow_mode = 'throw',
    distinct_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    sort_overflow_mode = 'throw',
    timeout_overflow_mode = 'throw',
    allow_reorder_prewhere_conditions = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    output_format_json_escape_forward_slashes = 0,
    input_format_json_named_tuples_as_objects = 1
COMMENT 'Scorecard 0.2.0: who is exposed to what in all running experiments';

CREATE TABLE IF NOT EXISTS experiment_results_history
(
    computed_at DateTime64(3, 'UTC') COMMENT 'When the row was computed, UTC; one value for all rows of a refresh',
    final Bool COMMENT 'Computed after the end of a completed experiment: the frozen result',
    definition UInt64 COMMENT 'A number that changes with what the numbers of a completed experiment depend on; 0 while running',
    definition_version UInt8 COMMENT 'Version of that number; 0 while running, and of results that were stored before there was one',
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'the variant is the control',
    mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(computed_at)
ORDER BY (experiment, computed_at, metric, variant)
TTL toDateTime(computed_at, 'UTC') + INTERVAL 400 DAY DELETE WHERE NOT final
COMMENT 'Scorecards as they were computed, one row per computation, experiment, metric, segment and variant';

ALTER TABLE experiment_results_history
    ADD COLUMN IF NOT EXISTS computed_at DateTime64(3, 'UTC') COMMENT 'When the row was computed, UTC; one value for all rows of a refresh',
    ADD COLUMN IF NOT EXISTS final Bool COMMENT 'Computed after the end of a completed experiment: the frozen result',
    ADD COLUMN IF NOT EXISTS definition UInt64 COMMENT 'A number that changes with what the numbers of a completed experiment depend on; 0 while running',
    ADD COLUMN IF NOT EXISTS definition_version UInt8 COMMENT 'Version of that number; 0 while running, and of results that were stored before there was one',
    ADD COLUMN IF NOT EXISTS experiment String COMMENT 'Name of the experiment',
    ADD COLUMN IF NOT EXISTS metric String COMMENT 'Name of the metric in the experiment',
    ADD COLUMN IF NOT EXISTS role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    ADD COLUMN IF NOT EXISTS dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    ADD COLUMN IF NOT EXISTS segment String COMMENT 'Value of the dimension; empty for the total',
    ADD COLUMN IF NOT EXISTS type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    ADD COLUMN IF NOT EXISTS lower_is_better Bool COMMENT 'A fall is a win',
    ADD COLUMN IF NOT EXISTS variant String COMMENT 'The arm',
    ADD COLUMN IF NOT EXISTS n UInt64 COMMENT 'Identities of the arm that count for the metric',
    ADD COLUMN IF NOT EXISTS sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    ADD COLUMN IF NOT EXISTS sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    ADD COLUMN IF NOT EXISTS denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    ADD COLUMN IF NOT EXISTS denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    ADD COLUMN IF NOT EXISTS denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    ADD COLUMN IF NOT EXISTS covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    ADD COLUMN IF NOT EXISTS covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    ADD COLUMN IF NOT EXISTS covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    ADD COLUMN IF NOT EXISTS quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    ADD COLUMN IF NOT EXISTS quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    ADD COLUMN IF NOT EXISTS cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    ADD COLUMN IF NOT EXISTS cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    ADD COLUMN IF NOT EXISTS denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    ADD COLUMN IF NOT EXISTS denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    ADD COLUMN IF NOT EXISTS covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    ADD COLUMN IF NOT EXISTS covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    ADD COLUMN IF NOT EXISTS invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    ADD COLUMN IF NOT EXISTS is_control Bool COMMENT 'the variant is the control',
    ADD COLUMN IF NOT EXISTS mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    ADD COLUMN IF NOT EXISTS variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    ADD COLUMN IF NOT EXISTS lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ADD COLUMN IF NOT EXISTS ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ADD COLUMN IF NOT EXISTS ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    ADD COLUMN IF NOT EXISTS chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    ADD COLUMN IF NOT EXISTS verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    ADD COLUMN IF NOT EXISTS reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    ADD COLUMN IF NOT EXISTS standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    ADD COLUMN IF NOT EXISTS expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    ADD COLUMN IF NOT EXISTS difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    ADD COLUMN IF NOT EXISTS difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    ADD COLUMN IF NOT EXISTS difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    ADD COLUMN IF NOT EXISTS p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    ADD COLUMN IF NOT EXISTS p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    ADD COLUMN IF NOT EXISTS anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    ADD COLUMN IF NOT EXISTS anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    ADD COLUMN IF NOT EXISTS anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    ADD COLUMN IF NOT EXISTS chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    ADD COLUMN IF NOT EXISTS minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    ADD COLUMN IF NOT EXISTS mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    ADD COLUMN IF NOT EXISTS variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    ADD COLUMN IF NOT EXISTS variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    ADD COLUMN IF NOT EXISTS chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    ADD COLUMN IF NOT EXISTS caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    ADD COLUMN IF NOT EXISTS anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    ADD COLUMN IF NOT EXISTS srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    ADD COLUMN IF NOT EXISTS srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    ADD COLUMN IF NOT EXISTS srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    ADD COLUMN IF NOT EXISTS window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    ADD COLUMN IF NOT EXISTS window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading',
    MODIFY COLUMN sum Nullable(Float64),
    MODIFY COLUMN sum_squares Nullable(Float64);

CREATE TABLE IF NOT EXISTS experiment_results_retakes
(
    experiment String COMMENT 'Name of a completed experiment',
    requested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When, UTC'
)
ENGINE = MergeTree
ORDER BY (experiment, requested_at)
COMMENT 'Experiments whose final result somebody asks to be taken anew, by the next refresh';

CREATE OR REPLACE VIEW `experiment_results_latest`
(
    computed_at DateTime64(3, 'UTC') COMMENT 'When the row was computed, UTC; one value for all rows of a refresh',
    final Bool COMMENT 'Computed after the end of a completed experiment: the frozen result',
    definition UInt64 COMMENT 'A number that changes with what the numbers of a completed experiment depend on; 0 while running',
    definition_version UInt8 COMMENT 'Version of that number; 0 while running, and of results that were stored before there was one',
    experiment String COMMENT 'Name of the experiment',
    metric String COMMENT 'Name of the metric in the experiment',
    role LowCardinality(String) COMMENT 'goal, secondary or guardrail',
    dimension String COMMENT 'Dimension by which the row is broken down; empty for the total',
    segment String COMMENT 'Value of the dimension; empty for the total',
    type LowCardinality(String) COMMENT 'Type of the metric: how an identity\'s rows become its value',
    lower_is_better Bool COMMENT 'A fall is a win',
    variant String COMMENT 'The arm',
    n UInt64 COMMENT 'Identities of the arm that count for the metric',
    sum Nullable(Float64) COMMENT 'Sum of the identities\' values, in the metric\'s unit; NULL of a quantile',
    sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the identities\' values, in the metric\'s unit squared; NULL of a quantile',
    denominator_sum Nullable(Float64) COMMENT 'Sum of the identities\' denominators',
    denominator_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the denominators',
    denominator_product Nullable(Float64) COMMENT 'Sum of the products of numerator and denominator',
    covariate_sum Nullable(Float64) COMMENT 'Sum of the identities\' values before the exposure',
    covariate_sum_squares Nullable(Float64) COMMENT 'Sum of the squares of the values before the exposure',
    covariate_product Nullable(Float64) COMMENT 'Sum of the products of value and value before the exposure',
    quantile Nullable(Float64) COMMENT 'The quantile of the values, in the metric\'s unit',
    quantile_standard_error Nullable(Float64) COMMENT 'Standard error of the quantile; NULL where there are too few values',
    cap_lower Nullable(Float64) COMMENT 'What lower values were lifted to',
    cap_upper Nullable(Float64) COMMENT 'What higher values were cut to',
    denominator_cap_lower Nullable(Float64) COMMENT 'What lower denominators were lifted to',
    denominator_cap_upper Nullable(Float64) COMMENT 'What higher denominators were cut to',
    covariate_cap_lower Nullable(Float64) COMMENT 'What lower values before the exposure were lifted to',
    covariate_cap_upper Nullable(Float64) COMMENT 'What higher values before the exposure were cut to',
    invalid_values UInt64 COMMENT 'Rows whose value is no finite number and counted as 0',
    is_control Bool COMMENT 'the variant is the control',
    mean Nullable(Float64) COMMENT 'mean per identity, in the metric\'s unit',
    variance Nullable(Float64) COMMENT 'variance per identity (with n − 1), in the metric\'s unit squared',
    lift Nullable(Float64) COMMENT '(mean − control mean) / control mean: 0.12 is +12 %',
    ci_low Nullable(Float64) COMMENT 'lower end of the credible interval of the lift',
    ci_high Nullable(Float64) COMMENT 'upper end of the credible interval of the lift',
    chance_to_win Nullable(Float64) COMMENT 'probability that the arm beats the control, 0 to 1',
    verdict LowCardinality(String) COMMENT 'control, winning, losing, safe, harmful, inconclusive, collecting_data or undefined',
    reason LowCardinality(String) COMMENT 'why numbers are withheld, else \'\'',
    standard_error Nullable(Float64) COMMENT 'standard error of the lift',
    expected_loss Nullable(Float64) COMMENT 'lift given away on average by choosing the arm over control, 0 or above',
    difference Nullable(Float64) COMMENT 'mean − control mean, adjusted by the covariate if there is one, in the metric\'s unit',
    difference_ci_low Nullable(Float64) COMMENT 'lower end of the confidence interval of the difference',
    difference_ci_high Nullable(Float64) COMMENT 'upper end of the confidence interval of the difference',
    p_value Nullable(Float64) COMMENT 'two-sided p-value of no difference: of Welch\'s t test, or exact where one arm has too few conversions',
    p_value_adjusted Nullable(Float64) COMMENT 'p_value corrected for the number of treatments of the metric',
    anytime_ci_low Nullable(Float64) COMMENT 'lower end of the lift\'s confidence interval that holds however often one looks',
    anytime_ci_high Nullable(Float64) COMMENT 'upper end of the lift\'s confidence interval that holds however often one looks',
    anytime_p_value Nullable(Float64) COMMENT 'p-value of no difference that holds however often one looks',
    chance_to_be_best Nullable(Float64) COMMENT 'probability that the arm is the best of all, control included, 0 to 1',
    minimum_detectable_effect Nullable(Float64) COMMENT 'smallest lift that a test with these identities finds with probability power',
    mean_adjusted Nullable(Float64) COMMENT 'mean adjusted by the covariate, in the metric\'s unit',
    variance_adjusted Nullable(Float64) COMMENT 'variance per identity adjusted by the covariate, in the metric\'s unit squared',
    variance_reduction Nullable(Float64) COMMENT '1 − variance_adjusted / variance: what the covariate explains',
    chance_to_be_non_inferior Nullable(Float64) COMMENT 'probability that the arm is not worse than control by more than the margin, 0 to 1',
    caution LowCardinality(String) COMMENT 'why the comparison deserves less trust than its numbers claim, else \'\'',
    anytime_reason LowCardinality(String) COMMENT 'why anytime_ci_low and anytime_ci_high alone are withheld, else \'\'',
    srm_p_value Nullable(Float64) COMMENT 'sample ratio: probability of sizes at least as far off, if the shares are right',
    srm_verdict LowCardinality(String) COMMENT 'sample ratio: ok, mismatch, collecting_data or undefined',
    srm_sequential_p_value Nullable(Float64) COMMENT 'sample ratio: the same as p_value, but valid however often one looks',
    window_start DateTime64(3, 'UTC') COMMENT 'First instant that was read, UTC',
    window_end DateTime64(3, 'UTC') COMMENT 'First instant that was not read any more, UTC: the end, or the moment of reading'
)
AS
SELECT
    computed_at,
    final,
    definition,
    definition_version,
    experiment,
    metric,
    role,
    dimension,
    segment,
    type,
    lower_is_better,
    variant,
    n,
    sum,
    sum_squares,
    denominator_sum,
    denominator_sum_squares,
    denominator_product,
    covariate_sum,
    covariate_sum_squares,
    covariate_product,
    quantile,
    quantile_standard_error,
    cap_lower,
    cap_upper,
    denominator_cap_lower,
    denominator_cap_upper,
    covariate_cap_lower,
    covariate_cap_upper,
    invalid_values,
    is_control,
    mean,
    variance,
    lift,
    ci_low,
    ci_high,
    chance_to_win,
    verdict,
    reason,
    standard_error,
    expected_loss,
    difference,
    difference_ci_low,
    difference_ci_high,
    p_value,
    p_value_adjusted,
    anytime_ci_low,
    anytime_ci_high,
    anytime_p_value,
    chance_to_be_best,
    minimum_detectable_effect,
    mean_adjusted,
    variance_adjusted,
    variance_reduction,
    chance_to_be_non_inferior,
    caution,
    anytime_reason,
    srm_p_value,
    srm_verdict,
    srm_sequential_p_value,
    window_start,
    window_end
FROM experiment_results_history
WHERE (experiment, computed_at) IN (
    SELECT
        experiment,
        max(computed_at)
    FROM experiment_results_history
    GROUP BY experiment
)
ORDER BY
    experiment,
    indexOf(['goal', 'secondary', 'guardrail'], role),
    metric,
    dimension,
    segment,
    variant
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    empty_result_for_aggregation_by_empty_set = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    optimize_functions_to_subcolumns = 0,
    read_overflow_mode = 'throw',
    read_overflow_mode_leaf = 'throw',
    join_overflow_mode = 'throw',
    set_overflow_mode = 'throw',
    distinct_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    sort_overflow_mode = 'throw',
    timeout_overflow_mode = 'throw',
    allow_reorder_prewhere_conditions = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    output_format_json_escape_forward_slashes = 0,
    input_format_json_named_tuples_as_objects = 1
COMMENT 'Scorecard 0.2.0: the newest stored result of each experiment';

DROP VIEW IF EXISTS experiment_results_refresh;

CREATE MATERIALIZED VIEW experiment_results_refresh
REFRESH EVERY 1 HOUR APPEND
TO experiment_results_history
EMPTY
AS
SELECT
    now64(3, 'UTC') AS computed_at,
    *
FROM
(
    SELECT
        false AS final,
        toUInt64(0) AS definition,
        toUInt8(0) AS definition_version,
        experiment,
        metric,
        role,
        dimension,
        segment,
        type,
        lower_is_better,
        variant,
        n,
        sum,
        sum_squares,
        denominator_sum,
        denominator_sum_squares,
        denominator_product,
        covariate_sum,
        covariate_sum_squares,
        covariate_product,
        quantile,
        quantile_standard_error,
        cap_lower,
        cap_upper,
        denominator_cap_lower,
        denominator_cap_upper,
        covariate_cap_lower,
        covariate_cap_upper,
        invalid_values,
        is_control,
        mean,
        variance,
        lift,
        ci_low,
        ci_high,
        chance_to_win,
        verdict,
        reason,
        standard_error,
        expected_loss,
        difference,
        difference_ci_low,
        difference_ci_high,
        p_value,
        p_value_adjusted,
        anytime_ci_low,
        anytime_ci_high,
        anytime_p_value,
        chance_to_be_best,
        minimum_detectable_effect,
        mean_adjusted,
        variance_adjusted,
        variance_reduction,
        chance_to_be_non_inferior,
        caution,
        anytime_reason,
        srm_p_value,
        srm_verdict,
        srm_sequential_p_value,
        window_start,
        window_end
    FROM experiment_scorecard
);

CREATE OR REPLACE VIEW `experiment_arms_health`
(
    metric_number UInt32,
    variant String,
    identities UInt64,
    n UInt64,
    sum Float64,
    sum_squares Float64,
    invalid_values UInt64,
    expected_values UInt64
)
AS
(
    WITH
        -- Who is in the experiment: in which arm, since when. Seen with several variants: in no arm.
        exposed AS
        (
            SELECT
                scorecard_identity AS identity,
                groupBitOr(cityHash64(scorecard_value)) AS arm,
                any(scorecard_value) AS variant,
                min(scorecard_time) AS exposed_at
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    ifNull(toString(value), '') AS scorecard_value
                FROM events
                WHERE environment_key = 'production'
                    AND event = '$flag_exposure'
                    AND feature_name = 'checkout_button'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
                    AND scorecard_value != ''
            )
            GROUP BY scorecard_identity
            HAVING arm = groupBitAnd(cityHash64(scorecard_value))
        ),

        -- What each identity did: one pair of arrays per kind of rows.
        done AS
        (
            SELECT
                scorecard_identity AS identity,
                groupArray(scorecard_time) AS purchase_times,
                groupArray(scorecard_value) AS purchase_numbers
            FROM
            (
                SELECT
                    cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                    toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                    CAST(1 AS UInt32) AS scorecard_number,
                    if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value
                FROM events
                WHERE environment_key = 'production'
                    AND event = 'purchase'
                    AND isNotNull(identifier)
                    AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                    AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                    AND timestamp < now64(3, 'UTC')
            )
            GROUP BY scorecard_identity
        ),

        -- What each exposed identity is worth, a column per metric; one without rows is kept.
        identity_values AS
        (
            SELECT
                arm,
                variant,
                exposed_at + 7 * 86400000 <= least(toUnixTimestamp64Milli(now64(3, 'UTC')), toUnixTimestamp64Milli(toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC'))) AS had_7d,
                -- the metric 'revenue': sum of 'purchase', of identities exposed 7d ago
                arrayMap((t, number) -> t >= exposed_at AND t < exposed_at + 7 * 86400000 AND NOT isNaN(number), purchase_times, purchase_numbers) AS `the metric \'revenue\'_value_counted`,
                toFloat64(arrayReduce('sumKahanIf', purchase_numbers, `the metric \'revenue\'_value_counted`) >= 500.00000000000006) AS `the metric \'revenue\'_value`,
                arrayCount(t -> t >= exposed_at AND t < exposed_at + 7 * 86400000, purchase_times) AS `the metric \'revenue\'_rows`,
                arraySum(`the metric \'revenue\'_value_counted`) AS `the metric \'revenue\'_rows_with_number`
            FROM done
            RIGHT JOIN exposed USING (identity)
        )
    SELECT
        metric_number,
        variant,
        identities,
        n,
        sum,
        sum_squares,
        invalid_values,
        expected_values
    FROM
    (
        SELECT
            CAST(any(variant) AS String) AS variant,
            count() AS exposed_identities,
            countIf(had_7d) AS n_had_7d,
            sumKahanIf(`the metric \'revenue\'_value`, had_7d) AS `the metric \'revenue\'_sum`,
            sumKahanIf(`the metric \'revenue\'_value` * `the metric \'revenue\'_value`, had_7d) AS `the metric \'revenue\'_sum_squares`,
            sumIf(`the metric \'revenue\'_rows`, had_7d) AS `the metric \'revenue\'_sum_of_rows`,
            sumIf(`the metric \'revenue\'_rows_with_number`, had_7d) AS `the metric \'revenue\'_sum_of_rows_with_number`
        FROM identity_values
        GROUP BY arm
    )
    ARRAY JOIN
        CAST([1] AS Array(UInt32)) AS metric_number,
        CAST([exposed_identities] AS Array(UInt64)) AS identities,
        CAST([n_had_7d] AS Array(UInt64)) AS n,
        CAST([`the metric \'revenue\'_sum`] AS Array(Float64)) AS sum,
        CAST([`the metric \'revenue\'_sum_squares`] AS Array(Float64)) AS sum_squares,
        CAST([`the metric \'revenue\'_sum_of_rows` - `the metric \'revenue\'_sum_of_rows_with_number`] AS Array(UInt64)) AS invalid_values,
        CAST([`the metric \'revenue\'_sum_of_rows`] AS Array(UInt64)) AS expected_values
)
COMMENT 'Scorecard 0.2.0: the sums that experiment_health is made of';

CREATE OR REPLACE VIEW `experiment_health`
(
    experiment String COMMENT 'Name of an experiment; empty where it is about the views',
    flag String COMMENT 'Code of the red flag; ok when there is none',
    explanation String COMMENT 'The same in words, with the numbers'
)
AS
SELECT
    experiment,
    flag,
    explanation
FROM
(
    SELECT
        *,
        count() OVER (PARTITION BY experiment) AS flags
    FROM
    (
        SELECT *
        FROM
        (
            SELECT *
            FROM
            (
                SELECT
                    experiment,
                    found.2 AS flag,
                    found.3 AS explanation
                FROM
                (
                    SELECT
                        'checkout' AS experiment,
                        'control' AS control,
                        50 AS least_identities,
                        toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC') > now64(3, 'UTC') AS is_early,
                        toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC') <= now64(3, 'UTC') AS is_over,
                        expected,
                        observed,
                        total,
                        quarantined_identities,
                        total + quarantined_identities AS everybody,
                        tupleElement(srm, 'sequential_p_value') AS srm_p_value,
                        arrayFilter(one -> expected[one] > 0, mapKeys(expected)) AS open,
                        arraySort(arrayDistinct(arrayConcat(mapKeys(observed), open, [control]))) AS variants,
                        arrayFilter(one -> NOT has(open, one), arraySort(mapKeys(observed))) AS unexpected,
                        arrayFilter(one -> observed[one] < least_identities, variants) AS small
                    FROM
                    (
                        SELECT
                            experiments.experiment AS experiment_number,
                            CAST((['control', 'green'], [1.0, 1.0]) AS Map(String, Float64)) AS expected,
                            arraySum(mapValues(expected)) AS expected_total,
                            isFinite(expected_total) AND expected_total > 0 AND arrayAll(share -> share >= 0, mapValues(expected)) AS expected_is_valid,
                            observed.observed AS observed,
                            observed.total AS total,
                            observed.quarantined_identities AS quarantined_identities,
                            sampleRatioMismatch(observed.observed, expected) AS srm
                        FROM
                        (
                            SELECT toUInt32(arrayJoin(range(1, 1 + 1))) AS experiment
                        ) AS experiments
                        LEFT JOIN
                        (
                            SELECT
                                experiment_number,
                                CAST(
                                    (groupArrayIf(variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))
                                    AS Map(String, UInt64)
                                ) AS observed,
                                sumIf(identities, NOT quarantined) AS total,
                                sumIf(identities, quarantined) AS quarantined_identities
                            FROM
                            (
                                SELECT
                                    experiment AS experiment_number,
                                    variant,
                                    quarantined,
                                    count() AS identities
                                FROM
                                (
                                    SELECT
                                        scorecard_identity AS identifier,
                                        scorecard_number AS experiment,
                                        if(min(scorecard_value) = max(scorecard_value), min(scorecard_value), '') AS variant,
                                        CAST(min(scorecard_value) != max(scorecard_value) AS Bool) AS quarantined,
                                        CAST(fromUnixTimestamp64Milli(min(scorecard_time), 'UTC') AS DateTime64(3, 'UTC')) AS first_exposure
                                    FROM
                                    (
                                        SELECT
                                            assumeNotNull(toString(identifier)) AS scorecard_identity,
                                            toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                                            CAST(1 AS UInt32) AS scorecard_number,
                                            ifNull(toString(value), '') AS scorecard_value
                                        FROM events
                                        WHERE environment_key = 'production'
                                            AND event = '$flag_exposure'
                                            AND feature_name = 'checkout_button'
                                            AND isNotNull(identifier)
                                            AND timestamp >= toDateTime64('2026-03-01 00:00:00.000', 3, 'UTC')
                                            AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                                            AND timestamp < now64(3, 'UTC')
                                            AND scorecard_value != ''
                                    )
                                    GROUP BY
                                        scorecard_identity,
                                        scorecard_number
                                )
                                GROUP BY
                                    experiment,
                                    variant,
                                    quarantined
                            )
                            GROUP BY experiment_number
                        ) AS observed ON experiments.experiment = observed.experiment_number
                    )
                )
                ARRAY JOIN
                    arrayFilter(
                        one -> one.1,
                        [
                            (
                                ifNull(srm_p_value < 0.001, false),
                                'sample_ratio_mismatch',
                                concat('The split has p = ', toString(srm_p_value), ' under the expected shares, however often one looks')
                            ),
                            (
                                everybody = 0 AND NOT is_early,
                                'no_exposures',
                                'Nobody has been exposed yet: look at environment, feature, event and filter of the exposures'
                            ),
                            (
                                quarantined_identities >= 0.01 * everybody AND quarantined_identities > 0,
                                'quarantine_rate',
                                concat('', toString(round(100 * quarantined_identities / everybody, 2)), ' % of ', toString(everybody), ' identities were seen with several variants')
                            ),
                            (
                                notEmpty(expected) AND notEmpty(unexpected),
                                'unexpected_variants',
                                concat('Seen, but without an expected share: ', arrayStringConcat(unexpected, ', '))
                            ),
                            (
                                total > 0 AND NOT mapContains(observed, control),
                                'no_control',
                                concat('Nobody was exposed to the control \'', control, '\'; seen were: ', arrayStringConcat(arraySort(mapKeys(observed)), ', '))
                            ),
                            (
                                notEmpty(small) AND NOT is_early,
                                'too_little_data',
                                concat('Fewer than ', toString(least_identities), ' identities in: ', arrayStringConcat(arrayMap(one -> concat(one, ' (', toString(observed[one]), ')'), small), ', '))
                            ),
                            (
                                is_early,
                                'not_started',
                                'The window starts in the future'
                            ),
                            (
                                is_over,
                                'window_over',
                                'The window has ended, and the experiment is still running: make it completed'
                            )
                        ]
                    ) AS found
            )
            UNION ALL
            SELECT *
            FROM
            (
                SELECT
                    experiment,
                    found.2 AS flag,
                    found.3 AS explanation
                FROM
                (
                    WITH
                        quality.since >= parts.start AND quality.since < parts.end AS is_of_its_time
                    SELECT
                        part_number,
                        'checkout' AS experiment,
                        ['the metric \'buyers\'', 'the metric \'revenue\''][part_number] AS part,
                        [false, true][part_number] AS reads_value,
                        false AS deduplicated,
                        toUnixTimestamp64Milli(now64(3, 'UTC')) > any(parts.start) AS has_started,
                        sumIf(quality.rows_read, is_of_its_time) AS rows_read,
                        sumIf(quality.invalid, is_of_its_time) AS invalid,
                        least(uniqCombined64MergeIf(17)(quality.different, is_of_its_time), rows_read) AS different
                    FROM
                    (
                        SELECT
                            part_number,
                            toUInt32(1) AS fact,
                            1772323200000 AS start,
                            1774742400000 AS end
                        FROM system.one
                        ARRAY JOIN range(1, 2 + 1) AS part_number
                    ) AS parts
                    LEFT JOIN
                    (
                        SELECT
                            scorecard_number AS fact,
                            roundDown(scorecard_time, CAST([1772323200000, 1774742400000] AS Array(Int64))) AS since,
                            count() AS rows_read,
                            countIf(isNaN(scorecard_value)) AS invalid,
                            uniqCombined64State(17)(cityHash64(scorecard_identity, scorecard_time, scorecard_copy)) AS different
                        FROM
                        (
                            SELECT
                                cityHash64(assumeNotNull(toString(identifier))) AS scorecard_identity,
                                toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC')) AS scorecard_time,
                                CAST(1 AS UInt32) AS scorecard_number,
                                if(isFinite(ifNull(accurateCastOrNull(value, 'Float64'), nan) AS scorecard_number_read), scorecard_number_read, nan) AS scorecard_value,
                                cityHash64(isNull(value), ifNull(toString(value), '')) AS scorecard_copy
                            FROM events
                            WHERE environment_key = 'production'
                                AND event = 'purchase'
                                AND isNotNull(identifier)
                                AND timestamp >= toDateTime64('2026-02-15 00:00:00.000', 3, 'UTC')
                                AND timestamp < toDateTime64('2026-03-29 00:00:00.000', 3, 'UTC')
                                AND timestamp < now64(3, 'UTC')
                                AND scorecard_time >= 1772323200000
                        )
                        GROUP BY
                            scorecard_number,
                            since
                    ) AS quality ON parts.fact = quality.fact
                    GROUP BY part_number
                )
                ARRAY JOIN
                    arrayFilter(
                        one -> one.1,
                        [
                            (
                                rows_read = 0 AND has_started,
                                'no_rows',
                                concat('No row of ', part, ' has been read yet: look at its event, source and filter')
                            ),
                            (
                                reads_value AND invalid > 0,
                                'invalid_values',
                                concat('', toString(invalid), ' of ', toString(rows_read), ' rows of ', part, ' have a value that is no finite number')
                            ),
                            (
                                NOT deduplicated AND rows_read > 0 AND rows_read - different >= 0.01 * rows_read,
                                'redelivered_events',
                                concat('', toString(round(100 * (rows_read - different) / rows_read, 2)), ' % of ', toString(rows_read), ' rows of ', part, ' are exact copies of others')
                            )
                        ]
                    ) AS found
            )
        )
        UNION ALL
        SELECT *
        FROM
        (
            SELECT
                experiment,
                found.2 AS flag,
                found.3 AS explanation
            FROM
            (
                SELECT
                    metric_number,
                    'checkout' AS experiment,
                    'the metric \'revenue\'' AS part,
                    true AS is_cap,
                    sum(identities) AS exposed,
                    sum(n) AS counted,
                    sum(sum) AS cut
                FROM
                (
                    SELECT *
                    FROM `experiment_arms_health`
                )
                GROUP BY metric_number
            )
            ARRAY JOIN
                arrayFilter(
                    one -> one.1,
                    [
                        (
                            2 * counted < exposed,
                            'incomplete_windows',
                            concat('T', substring(part, 2), ' counts ', toString(counted), ' of ', toString(exposed), ' identities: the windows of the others are not over')
                        ),
                        (
                            is_cap AND cut >= 0.05 * counted AND cut > 0,
                            'cap_bites',
                            concat('The cap of ', part, ' cuts the values of ', toString(round(100 * cut / counted, 2)), ' % of its identities')
                        )
                    ]
                ) AS found
        )
        UNION ALL
        SELECT *
        FROM
        (
            SELECT
                experiment,
                caution AS flag,
                concat('Of ', arrayStringConcat(arraySort(groupArray(concat(metric, ' (', variant, ')'))), ', '), ', as stored at ', toString(max(computed_at)), ' UTC: ', transform(caution, ['prior_decides', 'means_not_settled', 'variances_disagree', 'only_uncorrected'], ['the numbers are mostly the prior; wait, or ask whether you believe it', 'a mean is not known to 5 %; wait, or see the page of functions for what helps meanwhile', 'the smaller arm varies less than the larger one says; heavy tails may have spared it so far', 'only the uncorrected test calls; of several treatments some win by chance'], '')) AS explanation
            FROM experiment_results_latest
            WHERE caution IN (['prior_decides', 'means_not_settled', 'variances_disagree', 'only_uncorrected'])
                AND dimension = ''
                AND experiment IN ('checkout')
            GROUP BY
                experiment,
                caution
        )
        UNION ALL
        SELECT *
        FROM
        (
            SELECT
                experiment,
                found.2 AS flag,
                found.3 AS explanation
            FROM
            (
                SELECT
                    '' AS experiment,
                    concat('`', replaceAll(replaceAll(database, '\\', '\\\\'), '`', '\\`'), '`') AS quoted_database,
                    concat('`', replaceAll(replaceAll(name, '\\', '\\\\'), '`', '\\`'), '`') AS quoted_name
                FROM system.tables
                WHERE database IN (
                        SELECT database
                        FROM system.tables
                        WHERE name = 'experiment_health'
                            AND comment = 'Scorecard 0.2.0: the red flags of definitions 00721a91565457cd'
                    )
                    AND engine = 'View'
                    AND match(comment, '^Scorecard [0-9]+[.][0-9]+[.][0-9]+: ')
                    AND name NOT IN ('experiment_arms_by_day_checkout', 'experiment_arms_effect_by_day_checkout', 'experiment_arms_health', 'experiment_arms_scorecard_checkout', 'experiment_effect_by_day', 'experiment_effect_by_day_checkout', 'experiment_funnels', 'experiment_health', 'experiment_inferred_by_day_checkout', 'experiment_inferred_effect_by_day_checkout', 'experiment_inferred_scorecard_checkout', 'experiment_results_by_day', 'experiment_results_by_day_checkout', 'experiment_results_latest', 'experiment_scorecard', 'experiment_scorecard_checkout', 'experiment_scorecard_exposures', 'experiment_scorecard_traffic')
            )
            ARRAY JOIN
                arrayFilter(
                    one -> one.1,
                    [
                        (
                            true,
                            'view_without_definition',
                            concat('No file defines it any more: DROP VIEW ', quoted_database, '.', quoted_name)
                        )
                    ]
                ) AS found
            UNION ALL
            SELECT
                experiment,
                found.2 AS flag,
                found.3 AS explanation
            FROM
            (
                SELECT
                    '' AS experiment,
                    extract(create_query, '''([^'']*)''') AS installed
                FROM system.functions
                WHERE name = 'scorecardVersion'
            )
            ARRAY JOIN
                arrayFilter(
                    one -> one.1,
                    [
                        (
                            installed != '0.2.0',
                            'views_older_than_functions',
                            concat('The views are of Scorecard ', '0.2.0', ', the functions of Scorecard ', installed, ': compile the definitions again')
                        )
                    ]
                ) AS found
        )
        UNION ALL
        SELECT *
        FROM
        (
            SELECT
                arrayJoin(['checkout']) AS experiment,
                'ok' AS flag,
                'No red flag' AS explanation
        )
    )
)
WHERE (flag != 'ok' OR flags = 1)
ORDER BY
    experiment,
    flag,
    explanation
SETTINGS
    join_use_nulls = 0,
    join_default_strictness = 'ALL',
    join_algorithm = 'parallel_hash,hash',
    query_plan_join_swap_table = 'false',
    aggregate_functions_null_for_empty = 0,
    empty_result_for_aggregation_by_empty_set = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    optimize_functions_to_subcolumns = 0,
    read_overflow_mode = 'throw',
    read_overflow_mode_leaf = 'throw',
    join_overflow_mode = 'throw',
    set_overflow_mode = 'throw',
    distinct_overflow_mode = 'throw',
    group_by_overflow_mode = 'throw',
    sort_overflow_mode = 'throw',
    timeout_overflow_mode = 'throw',
    allow_reorder_prewhere_conditions = 0,
    short_circuit_function_evaluation = 'enable',
    bool_true_representation = 'true',
    bool_false_representation = 'false',
    output_format_json_array_of_rows = 0,
    output_format_json_escape_forward_slashes = 0,
    input_format_json_named_tuples_as_objects = 1
COMMENT 'Scorecard 0.2.0: the red flags of definitions 00721a91565457cd';

DROP VIEW IF EXISTS experiment_arms_scorecard;

DROP VIEW IF EXISTS experiment_inferred_scorecard;

DROP VIEW IF EXISTS experiment_arms_by_day;

DROP VIEW IF EXISTS experiment_inferred_by_day;

DROP VIEW IF EXISTS experiment_arms_effect_by_day;

DROP VIEW IF EXISTS experiment_inferred_effect_by_day;

DROP VIEW IF EXISTS experiment_arms_funnels;

