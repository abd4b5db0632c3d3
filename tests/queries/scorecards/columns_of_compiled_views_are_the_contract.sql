-- Names, types, order and comments of the columns of every table and view that a script makes; and that what a view
-- returns has the types that it declares.
-- Breaks when: a column is renamed, retyped, moved or has no comment; clients and stored results follow these.
-- compile: columns_of_compiled_views_are_the_contract.yaml
SELECT
    name,
    engine,
    replaceRegexpOne(replaceRegexpOne(comment, ' [0-9a-f]{16}$', ' STAMP'), '^Scorecard [0-9.]+', 'Scorecard VERSION') AS comment
FROM system.tables
WHERE database = currentDatabase()
    AND (startsWith(comment, 'Scorecard ') OR create_table_query NOT LIKE '%CREATE VIEW%')
    AND name NOT LIKE '.%'
    AND name != 'events'
ORDER BY name;

SELECT
    name,
    type,
    comment
FROM system.columns
WHERE database = currentDatabase() AND table = 'experiment_scorecard'
ORDER BY position;

-- Each of these has the columns of experiment_scorecard, and these beside them, or not.
SELECT
    table,
    arrayFilter(column -> NOT has(scorecard, column), columns) AS beside_them,
    arrayFilter(column -> NOT has(columns, column), scorecard) AS missing,
    arrayFilter(column -> has(scorecard, column), columns) = arrayFilter(column -> has(columns, column), scorecard) AS in_order
FROM
(
    SELECT
        table,
        arrayMap(column -> column.2, arraySort(groupArray((position, (name, type, comment))))) AS columns
    FROM system.columns
    WHERE database = currentDatabase()
        AND table IN ('experiment_scorecard_x', 'experiment_results_by_day', 'experiment_results_by_day_x', 'experiment_results_history', 'experiment_results_latest')
    GROUP BY table
) AS others
CROSS JOIN
(
    SELECT arrayMap(column -> column.2, arraySort(groupArray((position, (name, type, comment))))) AS scorecard
    FROM system.columns
    WHERE database = currentDatabase() AND table = 'experiment_scorecard'
) AS first
ORDER BY table
FORMAT Vertical;

SELECT
    table,
    name,
    type,
    comment
FROM system.columns
WHERE database = currentDatabase()
    AND table IN ('experiment_scorecard_exposures', 'experiment_scorecard_traffic', 'experiment_health', 'experiments', 'metrics', 'experiment_metrics')
ORDER BY
    table,
    position;

SELECT * FROM experiment_scorecard LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_results_by_day LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_results_latest LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_scorecard_exposures LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_scorecard_traffic LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_health LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;

-- With nothing defined the same views are there.
-- compile: columns_of_nothing.yaml
SELECT
    uniqExact(columns) AS different
FROM
(
    SELECT
        table,
        groupArray((name, type, comment)) AS columns
    FROM (SELECT * FROM system.columns WHERE database = currentDatabase() ORDER BY position)
    WHERE table IN ('experiment_scorecard', 'experiment_scorecard_x')
    GROUP BY table
);
SELECT * FROM experiment_scorecard LIMIT 0 FORMAT TabSeparatedWithNamesAndTypes;
SELECT * FROM experiment_health WHERE flag != 'view_without_definition';
