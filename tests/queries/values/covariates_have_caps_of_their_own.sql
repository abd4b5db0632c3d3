-- What was before the exposure is capped at percentiles of its own or at the same fixed caps, and `at_least` holds for it
-- too; identities without a past have 0 there, which is a value like any other.
-- Breaks when: the covariate is bent by the metric's percentile, or those without a past or without rows are left out.
-- compile: covariates_have_caps_of_their_own.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'b', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'c', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'only a past', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00', 'nothing', 'control');
INSERT INTO events (environment_key, event, timestamp, identifier, value) VALUES
    ('e', 'buy', '2024-01-02 01:00:00', 'a', '1'),
    ('e', 'buy', '2024-01-02 01:00:00', 'b', '2'),
    ('e', 'buy', '2024-01-02 01:00:00', 'c', '5'),
    ('e', 'buy', '2024-01-01 23:00:00', 'a', '10'),
    ('e', 'buy', '2024-01-01 23:00:00', 'b', '40'),
    ('e', 'buy', '2024-01-01 23:00:00', 'only a past', '20');
-- Values (y, x): (1, 10), (2, 40), (5, 0), (0, 20), (0, 0).
-- half:  y at most the median of 1 2 5, 2:    1 + 2 + 2 = 5, squares 9
--        x at most the median of 10 20 40, 20: 10 + 20 + 20 = 50, squares 900; products 10 + 40 = 50
-- fixed: 3 to 15 both: y 3 + 3 + 5 + 3 + 3 = 17, squares 61; x 10 + 15 + 3 + 15 + 3 = 46, squares 568;
--        products 30 + 45 + 15 + 45 + 9 = 144
-- big:   at least 2: y 0 1 1 0 0; x 1 1 0 1 0: 2, 2; 3, 3; 1
-- any:   at least 0: all 5
SELECT metric, n, sum, sum_squares, covariate_sum, covariate_sum_squares, covariate_product,
    cap_lower, cap_upper, covariate_cap_lower, covariate_cap_upper, count() AS readings
FROM readings
GROUP BY ALL
ORDER BY metric;
