-- Of a dimension with more than 100 segments the 100 with the most identities have rows (of equal ones the smaller texts),
-- the rest is one segment `other`, to which one of the user's own of that name goes too. All segments add up to the total.
-- Breaks when: identities get lost between segments, or the scorecard and the traffic choose others.
-- compile: dimensions_have_at_most_a_hundred_segments.yaml
-- run: ../shared/readings.sql
-- 's000' to 's101' with 2 or 4 identities, two arms alike; 's100' and 's101' have more than the rest. 'other' has 4.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value, traits)
SELECT 'e', '$flag_exposure', 'f', '2024-01-02 00:00:00', toString(number), if(number % 2 = 0, 'control', 'b'),
    multiIf(number < 204, 's' || leftPad(toString(intDiv(number, 2)), 3, '0'), number < 206, 's100', number < 208, 's101', 'other')
FROM numbers(212);
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'e', 'buy', '2024-01-02 01:00:00', toString(number), '1' FROM numbers(212);
-- The hundred: s100, s101 (4 each), then s000 to s097 (2 each). Left: s098 and s099, 4 identities; with the user's own
-- `other` 8, 4 in each arm.
SELECT dimension, uniqExact(segment) AS segments, sum(n) AS n, sum(sum) AS total, max(segment), readings
FROM (SELECT dimension, segment, variant, n, sum, count() AS readings FROM readings GROUP BY ALL)
GROUP BY dimension, readings
ORDER BY dimension;
SELECT segment, variant, n, sum
FROM experiment_scorecard_x
WHERE segment IN ('s096', 's097', 's101', 'other')
ORDER BY segment, variant;
SELECT dimension, uniqExact(segment) AS segments, sum(identities) AS seen, sumIf(identities, segment = 'other') AS other
FROM experiment_scorecard_traffic
WHERE experiment = 'x'
GROUP BY dimension
ORDER BY dimension;
