SELECT
    '' AS experiment,
    'view_without_definition' AS flag,
    concat('No file defines it any more: DROP VIEW ', quoted_database, '.', quoted_name) AS explanation
FROM
(
    WITH text -> concat('`', replaceAll(replaceAll(text, '\\', '\\\\'), '`', '\\`'), '`') AS quoted
    SELECT
        quoted(database) AS quoted_database,
        quoted(name) AS quoted_name
    FROM system.tables
    WHERE database IN
        (
            SELECT database
            FROM system.tables
            WHERE name = 'experiment_health' AND comment = {{ stamp }}
        )
        AND engine = 'View'
        AND match(comment, {{ made }})
        AND name NOT IN ({{ defined }})
)
UNION ALL
-- The view would keep what scorecardVersion() said when it was made, so the function's definition is asked.
SELECT
    '' AS experiment,
    'views_older_than_functions' AS flag,
    concat(
        'The views are of Scorecard ', {{ version }}, ', the functions of Scorecard ', installed,
        ': compile the definitions again'
    ) AS explanation
FROM
(
    SELECT extract(create_query, '''([^'']*)''') AS installed
    FROM system.functions
    WHERE name = 'scorecardVersion'
)
WHERE installed != {{ version }}
