-- Each step has the identities that came to it by way of all before it, in order, and within the time from the first
-- step on: of control c1 (3 steps), c2 (1: b is too late), c3 (none); of treatment t1 (2: b before a is not enough, the
-- later b is), t2 (3: by the second a), t3 (1: b at the instant of a does not follow it).
-- Breaks when: steps are counted one by one, ties count as order, or only the first start is tried.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'f', '2024-01-01 00:30:00', identity, if(identity LIKE 'c%', 'control', 'treatment')
FROM (SELECT arrayJoin(['c1', 'c2', 'c3', 't1', 't2', 't3']) AS identity);
INSERT INTO events (environment_key, event, timestamp, identifier)
SELECT 'prod', row.2, toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMinute(row.3), row.1
FROM (SELECT arrayJoin([
    ('c1', 'a', 60), ('c1', 'b', 120), ('c1', 'c', 150), ('c2', 'a', 60), ('c2', 'b', 240),
    ('t1', 'b', 60), ('t1', 'a', 120), ('t1', 'b', 180),
    ('t2', 'a', 60), ('t2', 'a', 180), ('t2', 'b', 240), ('t2', 'c', 300), ('t3', 'a', 60), ('t3', 'b', 60)
]) AS row);
-- compile: funnels_tell_who_reached_each_step.yaml

SELECT * EXCEPT (experiment, role, dimension, segment) FROM experiment_funnels WHERE experiment = 'one' AND dimension = '' AND metric = 'checkout';
-- The last step is the metric itself, and the window that is not over leaves nobody.
SELECT metric, variant, n, sum FROM experiment_scorecard_one WHERE dimension = '' AND type = 'funnel' ORDER BY metric, variant;
SELECT metric, role, variant, step, n, reached, share FROM experiment_funnels_one WHERE metric = 'two' AND dimension = '';
SELECT segment, sum(reached) FROM experiment_funnels_one WHERE metric = 'checkout' AND dimension = 'first' GROUP BY segment ORDER BY segment;
SELECT variant, step, reached FROM experiment_funnels_done;
SELECT experiment, sum(reached) FROM experiment_funnels WHERE dimension = '' AND metric = 'checkout' GROUP BY experiment ORDER BY experiment;
