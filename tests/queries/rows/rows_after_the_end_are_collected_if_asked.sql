-- `after_end: collect` reads the rows of a metric with a length past the end, so that its window is over for all;
-- `incomplete_windows: include` counts all without. A metric without a length ends with the experiment.
-- Breaks when: the end of the scan or of the maturity is not the metric's own, or one experiment's choice reaches another.
-- compile: rows_after_the_end_are_collected_if_asked.yaml
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-03 22:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-03 23:59:59.999', 'b', 'control'),
    ('e', 'buy', '', '2024-01-03 23:59:59.999', 'a', '1'),
    ('e', 'buy', '', '2024-01-04 00:00:00.000', 'a', '2'),
    ('e', 'buy', '', '2024-01-03 23:59:59.999', 'b', '4'),
    ('e', 'buy', '', '2024-01-04 00:00:00.000', 'b', '8'),
    ('e', 'buy', '', '2024-01-04 01:59:59.998', 'b', '16'),
    ('e', 'buy', '', '2024-01-04 01:59:59.999', 'b', '32'),
    ('e', '$flag_exposure', 'f', '2024-01-04 00:00:00.000', 'c', 'control');
-- any time: n 2, 1 + 4 = 5 everywhere.
-- 2h of drop: a alone, 1. Of collect: b too, with 4 + 8 + 16, 29. Of include: b too, 1 + 4 = 5. Of both: as collect.
SELECT experiment, metric, n, sum FROM experiment_scorecard ORDER BY experiment, metric;
SELECT experiment, metric, n, sum FROM experiment_scorecard_collect ORDER BY metric;
SELECT experiment, metric, n, sum FROM experiment_scorecard_include ORDER BY metric;

-- The third day ends with the experiment: as of then nothing later has been, and the window of b is not over. Where rows are
-- collected, that is over on the fourth.
SELECT experiment, day, metric, n, sum FROM experiment_results_by_day ORDER BY experiment, day, metric;
