-- The experiments `x` and `y`, which are defined alike, read in all ways: together, `x` alone, and as of the last day.
-- What says the same in all ways has five readings.
CREATE VIEW readings AS
SELECT * FROM experiment_scorecard
UNION ALL
SELECT * FROM experiment_scorecard_x
UNION ALL
SELECT * EXCEPT (day)
FROM experiment_results_by_day
WHERE day = (SELECT max(day) FROM experiment_results_by_day);
