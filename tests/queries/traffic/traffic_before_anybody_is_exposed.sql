-- With nobody exposed, expected variants have their row with 0 identities and no share, and the ratio
-- test is withheld; without expected shares there are no rows.
-- Breaks when: an empty window divides by 0 or gives no row.

SELECT *
FROM experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    expected_shares = map('treatment', 0.5, 'control', 0.5)
);

SELECT *
FROM experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    expected_shares = map()
);
