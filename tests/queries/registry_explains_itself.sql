-- Every stored table, and every column of it and of the plain views made for table pickers, has a comment.
-- Breaks when: a column is added without one.
SELECT name
FROM system.tables
WHERE database = currentDatabase()
    AND name IN ('experiments', 'metrics', 'experiment_metrics', 'experiment_results_history')
    AND comment = '';
SELECT table, name
FROM system.columns
WHERE database = currentDatabase()
    AND table IN ('experiments', 'metrics', 'experiment_metrics', 'experiment_results_history', 'experiment_results_latest', 'experiment_health')
    AND comment = '';
SELECT table, count()
FROM system.columns
WHERE database = currentDatabase()
    AND table IN ('experiments', 'metrics', 'experiment_metrics', 'experiment_results_history', 'experiment_results_latest', 'experiment_health')
GROUP BY table
ORDER BY table;
