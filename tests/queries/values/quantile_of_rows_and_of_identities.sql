-- A quantile of rows has the identities as clusters, one of identities has each once, zeros too unless they are left out;
-- n is the counted identities in any case. Below the least number of values there is no standard error.
-- Breaks when: rows and identities are mixed up, zeros or empty clusters lost, or the interval's ranks move.
-- compile: quantile_of_rows_and_of_identities.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'f', '2024-01-02 00:00:00', arrayJoin(['a', 'b', 'c', 'd']), 'control';
INSERT INTO events (environment_key, event, timestamp, identifier, value) VALUES
    ('e', 'load', '2024-01-02 01:00:00', 'a', '1'), ('e', 'load', '2024-01-02 01:00:00', 'a', '2'), ('e', 'load', '2024-01-02 01:00:00', 'a', '3'),
    ('e', 'load', '2024-01-02 01:00:00', 'b', '4'), ('e', 'load', '2024-01-02 01:00:00', 'b', '5'), ('e', 'load', '2024-01-02 01:00:00', 'b', 'n/a'),
    ('e', 'load', '2024-01-02 01:00:00', 'c', '6'), ('e', 'load', '2024-01-02 01:00:00', 'c', '7'), ('e', 'load', '2024-01-02 01:00:00', 'c', '8'),
    ('e', 'load', '2024-01-01 23:00:00', 'd', '100');
-- z is 1.96; half the interval of ranks in shares is z * sqrt(v (1 - v) / size), widths are over 2 z.
-- rows:       1 to 8, the median 4.5. Ranks 8 * (0.5 -+ 0.3465) = 1.2 and 6.8, so 1st and 7th: 7 - 1 = 6.
--             Clusters of 3 2 3 0 with 3 1 0 0 below: residuals 1.5 0 -1.5 0, squares 4.5, * 4 / 3 = 6; sqrt(6) / 8 over
--             sqrt(1 / 32) is sqrt(3). Standard error 6 * sqrt(3) / (2 z).
-- identities: 0 6 9 21, the median 7.5. Ranks 4 * (0.5 -+ 0.49) = 0.04 and 3.96, so 1st and 4th: 21 / (2 z).
-- without 0:  6 9 21, the median 9. 3 < z * z = 3.84: none.
-- p90:        of 0 6 9 21 at place 2.7: 9 + 0.7 * 12 = 17.4. 4 < 9 * 3.84: none.
SELECT
    metric,
    n,
    sum,
    round(quantile, 12) AS estimate,
    round(quantile_standard_error * 2 * 1.959963984540054, 9) AS width,
    round(6 * sqrt(3), 9) AS width_of_rows,
    invalid_values,
    count() AS readings
FROM readings
GROUP BY ALL
ORDER BY metric;
