-- Flags of windows (fewer than half of the identities count), fixed caps (they cut 5 % of the values or more), of metrics
-- and of parts of ratios, parts without rows, segments whose
-- split is off while the total is even, dimensions with more than a hundred segments, and experiments that see nobody or
-- no control. 1,000 identities from 1 January on, 40 % in a skewed country with 300 : 100, the others 200 : 400; of the
-- 1,000, 60 spend 10 and nobody more. One of the segments has the name that the many small ones get.
-- Breaks when: n is not the metric's own, a percentile counts as a cap that bites, or only the total is tested.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'f', '2024-01-01 00:00:00', toString(number), if(number < 300 OR number >= 800, 'control', 'b')
FROM numbers(1000);
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'prod', 'buy', '2024-01-01 01:00:00', toString(number), '10' FROM numbers(60);
-- compile: health_judges_windows_caps_and_segments.yaml

SELECT experiment, flag, explanation FROM experiment_health WHERE flag NOT IN ('window_over', 'feature_shared', 'too_little_data') ORDER BY experiment, flag, explanation;
