-- Of a metric with a length those count whose window is over at the end, to the millisecond; of one that only starts late
-- those whose window has begun before it. Each metric has its own n; the sample ratio test sees all.
-- Breaks when: one maturity serves all metrics, the start is forgotten, or an edge moves.
-- compile: identities_count_once_their_window_is_over.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 10:00:00.000', 'early', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-03 20:59:59.999', 'before 3h', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-03 21:00:00.000', 'at 3h', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-03 21:00:00.001', 'after 3h', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-03 22:00:00.000', 'at 2h', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-03 22:00:00.001', 'after 2h', 'control');
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'e', 'buy', timestamp + toIntervalMinute(30), identifier, '1' FROM events;
-- any time: all 6. 2h: not the last, 5. From 3h on: early and before 3h, 2. 1h to 3h: and at 3h, 3, but no row is in the
-- window. No length, start 0: as any time.
SELECT metric, n, sum, srm_verdict, count() AS readings FROM readings GROUP BY ALL ORDER BY metric;

-- As of the end of the first day one is known, and its three windows are over.
SELECT metric, n, sum FROM experiment_results_by_day WHERE experiment = 'x' AND day = '2024-01-01' ORDER BY metric;
