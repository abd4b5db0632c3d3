-- The parts of a ratio come from different rows, each with a cap of its own; identities with the denominator 0 stay in n, and
-- so does what they have in the numerator. invalid_values adds up both parts.
-- Breaks when: identities without a denominator are dropped, a part has the other's rows or cap.
CREATE TABLE orders (who Nullable(Int32), at DateTime, amount Decimal(9, 2)) ENGINE = MergeTree ORDER BY at;
-- compile: ratio_has_parts_of_two_sources.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', '1', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', '2', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', '3', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', '4', 'control'),
    ('e', 'visit', '', '2024-01-02 01:00:00', '1', '4'),
    ('e', 'visit', '', '2024-01-02 01:00:01', '1', 'n/a'),
    ('e', 'visit', '', '2024-01-02 01:00:00', '2', '1'),
    ('e', 'visit', '', '2024-01-02 01:00:00', '5', '1');
INSERT INTO orders VALUES
    (1, '2024-01-02 02:00:00', 10), (1, '2024-01-02 02:00:00', 2.5), (3, '2024-01-02 02:00:00', 40), (NULL, '2024-01-02 02:00:00', 99);
-- Orders and visits of each: (12.5, 2), (0, 1), (40, 0), (0, 0).
-- by visits:       52.5 of 3; squares 156.25 + 1600 = 1756.25 and 5; products 25; 17.5
-- capped:          numerator at most 20: 12.5 + 20 = 32.5, squares 556.25; denominator at least 1: 2 + 1 + 1 + 1 = 5, squares 7;
--                  products 25 + 0 + 20 + 0 = 45
-- half capped:     numerator as it is, denominator at most the median of 1 2, 1.5: 1.5 + 1 = 2.5, squares 3.25; products 18.75
-- of one source:   12.5 of 2, 40 of 1: 52.5 of 3, squares 1756.25 and 5; products 25 + 40 = 65
-- with invalid:    52.5 of the sum of 4 + 0, and 1: 5, squares 17; products 50; one invalid
SELECT metric, n, sum, sum_squares, denominator_sum, denominator_sum_squares, denominator_product AS product,
    cap_upper, denominator_cap_lower AS other_lower, denominator_cap_upper AS other_upper, invalid_values AS invalid, count() AS readings
FROM readings
GROUP BY ALL
ORDER BY metric;
