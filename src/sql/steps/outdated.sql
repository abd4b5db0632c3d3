SELECT
    completed.1 AS experiment,
    'definition_changed' AS flag,
    concat(
        'The final result is kept as it was stored at ', toString(newest.4),
        ' UTC, of another definition. To take that of the present one: ', completed.3
    ) AS explanation
FROM
(
    SELECT arrayJoin(CAST({{ completed | indent(4) }} AS Array(Tuple(String, UInt64, String)))) AS completed
) AS defined
INNER JOIN
(
    SELECT
        experiment,
        argMax((final, definition_version, definition, computed_at), computed_at) AS newest
    FROM experiment_results_history
    GROUP BY experiment
) AS stored ON defined.completed.1 = stored.experiment
WHERE newest.1 AND newest.2 = {{ version }} AND newest.3 != completed.2
