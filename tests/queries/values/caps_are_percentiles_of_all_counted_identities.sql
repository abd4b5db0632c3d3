-- A percentile cap is that of the values of all counted identities of all arms, an unexpected variant's too, by linear
-- interpolation, of those that are not 0 or of all; a lower cap lifts those without rows. The same in every segment.
-- Breaks when: the pool is an arm's or a segment's, has quarantined or immature identities, or zeros are not lifted.
-- compile: caps_are_percentiles_of_all_counted_identities.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value, traits) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00', 'c1', 'control', 'de'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00', 'c2', 'control', 'de'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00', 'no rows', 'control', 'fr'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00', 'b1', 'b', 'de'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00', 'b2', 'b', 'fr'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00', 's1', 'stray', 'fr'),
    ('e', '$flag_exposure', 'f', '2024-01-03 12:00:00', 'immature', 'b', 'fr'),
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00', 'quarantined', 'b', 'fr'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00', 'quarantined', 'control', 'fr');
INSERT INTO events (environment_key, event, timestamp, identifier, value) VALUES
    ('e', 'buy', '2024-01-01 02:00:00', 'c1', '1'),
    ('e', 'buy', '2024-01-01 02:00:00', 'c2', '2'),
    ('e', 'buy', '2024-01-01 02:00:00', 'b1', '3'),
    ('e', 'buy', '2024-01-01 02:00:00', 'b2', '10'),
    ('e', 'buy', '2024-01-01 02:00:00', 's1', '4'),
    ('e', 'buy', '2024-01-03 13:00:00', 'immature', '1000'),
    ('e', 'buy', '2024-01-01 02:00:00', 'quarantined', '1000');
-- Values are control 1, 2, 0; b 3, 10; stray 4.
-- upper 0.75 of 1 2 3 4 10:       place 3, 4:                   3; 3 + 4 = 7; 4
-- upper 0.75 of 0 1 2 3 4 10:     place 3.75, 3 + 0.75 = 3.75:  3; 3 + 3.75 = 6.75; 3.75
-- lower 0.25 of 1 2 3 4 10:       place 1, 2:                   2 + 2 + 2 = 6; 3 + 10 = 13; 4
-- fixed 1.5 to 3:                                               1.5 + 2 + 1.5 = 5; 3 + 3 = 6; 3
-- lower 0.25, upper 3 fixed:                                    2 + 2 + 2 = 6; 3 + 3 = 6; 3
-- lower 0 and upper 1 of all:     0 and 10, bend nothing:       3; 13; 4
SELECT metric, variant, n, sum, sum_squares, cap_lower, cap_upper, count() AS readings
FROM readings
WHERE dimension = ''
GROUP BY ALL
ORDER BY metric, variant;

-- upper 0.75 in segments: de 1 + 2, 3; fr 0, 4 (of 10), 4. lower 0.25: de 2 + 2, 3; fr 2, 10, 4.
SELECT metric, segment, variant, n, sum, cap_lower, cap_upper, count() AS readings
FROM readings
WHERE dimension = 'country' AND metric IN ('upper', 'lower')
GROUP BY ALL
ORDER BY metric, segment, variant;
