-- A refresh adds the scorecards of the running experiments and those of the completed ones that have none
-- from after their end; the next adds only the running ones. The newest rows are the latest ones, and equal
-- the scorecard. A completed experiment that is defined otherwise keeps its final result, and health says so with the
-- statement that asks for another, which the next refresh takes once; one that is not defined any more keeps its results.
-- Breaks when: the refresh replaces what was there, a frozen result is computed again unasked or not when asked for, or
-- the latest rows are of several computations.
-- run: ../shared/four_experiments.sql
-- compile: ../shared/four_experiments.yaml
SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;
SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;

SELECT experiment, final, uniqExact(computed_at) AS computations, count() AS rows
FROM experiment_results_history
GROUP BY
    experiment,
    final
ORDER BY experiment;

SELECT experiment, final, uniqExact(computed_at) AS computations, count() AS rows, any(window_start), any(window_end)
FROM experiment_results_latest
GROUP BY
    experiment,
    final
ORDER BY experiment;

SELECT uniqExact(computed_at) AS computations, max(computed_at) = (SELECT max(computed_at) FROM experiment_results_history) AS newest
FROM experiment_results_latest
WHERE NOT final;

SELECT
    experiment,
    count() AS rows,
    uniqExact(tuple(*)) AS different
FROM
(
    SELECT * EXCEPT (computed_at, final, definition, definition_version) FROM experiment_results_latest
    UNION ALL
    SELECT * FROM experiment_scorecard
    UNION ALL
    SELECT * FROM `experiment_scorecard_one later`
)
WHERE metric != 'basket'
GROUP BY experiment
ORDER BY experiment;

-- The script again changes nothing of what is due.
-- compile: ../shared/four_experiments.yaml
SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;
SELECT uniqExact(computed_at) AS computations
FROM experiment_results_history
WHERE experiment = 'one later';

-- compile: refresh_fills_the_history.yaml
SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;
SELECT experiment, uniqExact(computed_at) AS computations, uniqExact(definition) AS definitions
FROM experiment_results_history
GROUP BY experiment
ORDER BY experiment;
SELECT experiment, flag, replaceRegexpOne(explanation, 'at .* UTC', 'at … UTC') AS explanation
FROM experiment_health
WHERE experiment = 'one later';

INSERT INTO experiment_results_retakes (experiment) VALUES ('one later');
SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;
SYSTEM REFRESH VIEW experiment_results_refresh;
SYSTEM WAIT VIEW experiment_results_refresh;
SELECT experiment, uniqExact(computed_at) AS computations, uniqExact(definition) AS definitions
FROM experiment_results_history
GROUP BY experiment
ORDER BY experiment;
SELECT count() AS flags FROM experiment_health WHERE experiment = 'one later';
SELECT experiment, final, count() AS rows
FROM experiment_results_latest
GROUP BY
    experiment,
    final
ORDER BY experiment;
