-- The segment of an identity is that of its first exposure, of several at the same instant the smallest text, each dimension
-- for itself; NULL is the segment ''. Values may be of any type that is written as text. Each segment has its own sample
-- ratio test.
-- Breaks when: a later exposure moves an identity, NULL loses one, or a segment is tested by the total.
-- compile: dimension_values_are_those_of_the_first_exposure.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value, traits) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00.000', 'later', 'control', '1'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00.001', 'later', 'control', '0'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00.000', 'tie', 'control', '9'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00.000', 'tie', 'control', '10'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00.000', 'null', 'control', 'x');
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value, traits)
SELECT 'e', '$flag_exposure', 'f', '2024-01-02 00:00:00.000', toString(number), if(number < 230, 'control', 'b'), '7'
FROM numbers(400);
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'e', 'buy', '2024-01-02 01:00:00', arrayJoin(['later', 'tie', 'null', '0', '399']), '1';
-- Smallest text of a tie: '10' of 9 and 10, 'even' of odd and even. x is no number: '' in nullable, 'none' in enum.
-- In the segment 7 the arms have 230 and 170 of equal shares: chi squared 60 * 60 / 400 = 9, p 0.0027; in the total 233 and 170:
-- 63 * 63 / 403 = 9.849, p 0.0017.
SELECT dimension, segment, variant, n, sum, srm_verdict, round(srm_p_value, 6) AS srm_p, count() AS readings
FROM readings
GROUP BY ALL
ORDER BY dimension, segment, variant;
