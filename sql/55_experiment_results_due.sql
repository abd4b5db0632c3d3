-- experiment_results_due: the experiments that the next refresh of the history computes.
--
-- One row per experiment:
--     name  String    name of the experiment
--
-- These are the running ones, and the completed ones that have no result from after their end, or were
-- changed since. So a completed experiment is computed once more and is then frozen, until somebody inserts
-- it again. Not due: a completed experiment whose window ends in the future, one without metrics, and one
-- with the problem options_exclude_each_other, which would fail the refresh of all others too.
CREATE OR REPLACE VIEW experiment_results_due AS
SELECT registered.name AS name
FROM
(
    SELECT
        name,
        status,
        greatest(ifNull(window_end, updated_at), updated_at) AS settled_at
    FROM experiments FINAL
    WHERE status IN ('running', 'completed')
) AS registered
LEFT JOIN
(
    SELECT
        experiment,
        max(computed_at) AS computed_at
    FROM experiment_results_history
    WHERE final
    GROUP BY experiment
) AS frozen ON registered.name = frozen.experiment
WHERE registered.name IN (SELECT experiment FROM experiment_metrics FINAL)
    AND registered.name NOT IN
    (
        SELECT experiment
        FROM experiment_registry_problems
        WHERE problem = 'options_exclude_each_other'
    )
    AND (
        registered.status = 'running'
        OR (registered.settled_at <= now64(3, 'UTC') AND frozen.computed_at < registered.settled_at)
    )
ORDER BY name
SETTINGS
    aggregate_functions_null_for_empty = 0,
    prefer_column_name_to_alias = 0,
    transform_null_in = 0,
    join_use_nulls = 0,
    join_default_strictness = 'ALL'
