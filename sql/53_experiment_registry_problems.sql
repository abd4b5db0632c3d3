-- experiment_registry_problems: what is wrong in the registry and no single row can tell. No rows means no
-- problem.
--
-- One row per problem:
--     experiment   String            name of the experiment; '' when it is about a metric alone
--     metric_id    Nullable(UInt64)  number of the metric; NULL when it is about the experiment
--     problem      String            code, see below
--     explanation  String            the same in words
--
-- metric_not_defined          the experiment uses a metric that is not in the table metrics
-- experiment_not_defined      metrics are assigned to an experiment that is not in the table experiments
-- no_metrics                  an experiment that is no draft has no metrics
-- control_without_share       the control is not among the expected shares
-- one_expected_variant        there is one expected share only: nothing to compare
-- feature_shared              two running experiments read the same exposures in overlapping windows
-- options_exclude_each_other  a metric's options and those of its experiment cannot go together: a prior and
--                             the interval "fieller"; reading the experiment fails until this is mended
-- metric_name_used_twice      two metrics have the same name
--
-- Reads the three tables of the registry, not the events.
CREATE OR REPLACE VIEW experiment_registry_problems AS
WITH
    registered AS
    (
        SELECT *
        FROM experiments FINAL
    ),

    used AS
    (
        SELECT
            experiment,
            metric_id
        FROM experiment_metrics FINAL
    ),

    defined AS
    (
        SELECT *
        FROM metrics FINAL
    )
SELECT
    experiment,
    CAST(metric_id AS Nullable(UInt64)) AS metric_id,
    problem,
    explanation
FROM
(
    SELECT
        experiment,
        toNullable(metric_id) AS metric_id,
        'metric_not_defined' AS problem,
        concat('Metric ', toString(used.metric_id), ' is not in the table metrics') AS explanation
    FROM used
    WHERE used.metric_id NOT IN (SELECT metric_id FROM defined)
    UNION ALL
    SELECT
        experiment,
        CAST(NULL AS Nullable(UInt64)) AS metric_id,
        'experiment_not_defined' AS problem,
        concat('It has ', toString(count()), ' metrics, but is not in the table experiments') AS explanation
    FROM used
    WHERE experiment NOT IN (SELECT name FROM registered)
    GROUP BY experiment
    UNION ALL
    SELECT
        name AS experiment,
        CAST(NULL AS Nullable(UInt64)) AS metric_id,
        'no_metrics' AS problem,
        'It has no rows in the table experiment_metrics' AS explanation
    FROM registered
    WHERE status != 'draft' AND name NOT IN (SELECT experiment FROM used)
    UNION ALL
    SELECT
        name AS experiment,
        CAST(NULL AS Nullable(UInt64)) AS metric_id,
        'control_without_share' AS problem,
        concat('The control ''', control, ''' is not among the expected shares') AS explanation
    FROM registered
    WHERE notEmpty(expected_shares) AND NOT mapContains(expected_shares, control)
    UNION ALL
    SELECT
        name AS experiment,
        CAST(NULL AS Nullable(UInt64)) AS metric_id,
        'one_expected_variant' AS problem,
        'There is one expected share only: nothing to compare' AS explanation
    FROM registered
    WHERE length(expected_shares) = 1
    UNION ALL
    SELECT
        one.name AS experiment,
        CAST(NULL AS Nullable(UInt64)) AS metric_id,
        'feature_shared' AS problem,
        concat('Experiment ''', other.name, ''' is running on the same feature at the same time') AS explanation
    FROM registered AS one
    INNER JOIN registered AS other
        ON one.environment_key = other.environment_key
        AND one.feature_name = other.feature_name
        AND one.exposure_event = other.exposure_event
    WHERE one.name != other.name
        AND one.status = 'running'
        AND other.status = 'running'
        AND ifNull(one.window_start < other.window_end, true)
        AND ifNull(other.window_start < one.window_end, true)
    UNION ALL
    SELECT
        used.experiment AS experiment,
        toNullable(used.metric_id) AS metric_id,
        'options_exclude_each_other' AS problem,
        'A prior and the interval "fieller" cannot go together: one is an option of the metric, one of the experiment' AS explanation
    FROM used
    INNER JOIN registered ON used.experiment = registered.name
    INNER JOIN defined ON used.metric_id = defined.metric_id
    WHERE (
            JSONExtractString(defined.options, 'interval') = 'fieller'
            AND toString(JSONType(registered.options, 'prior')) = 'Object'
            AND NOT JSONHas(defined.options, 'prior')
        )
        OR (
            JSONExtractString(registered.options, 'interval') = 'fieller'
            AND toString(JSONType(defined.options, 'prior')) = 'Object'
            AND NOT JSONHas(defined.options, 'interval')
        )
    UNION ALL
    SELECT
        '' AS experiment,
        toNullable(arrayJoin(numbers_of_name)) AS metric_id,
        'metric_name_used_twice' AS problem,
        concat('Metrics ', arrayStringConcat(arrayMap(number -> toString(number), numbers_of_name), ', '), ' are all named ''', name, '''') AS explanation
    FROM
    (
        SELECT
            name,
            arraySort(groupArray(metric_id)) AS numbers_of_name
        FROM defined
        GROUP BY name
        HAVING count() > 1
    )
)
ORDER BY
    experiment,
    problem,
    metric_id,
    explanation
SETTINGS
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    join_use_nulls = 0,
    join_default_strictness = 'ALL'
