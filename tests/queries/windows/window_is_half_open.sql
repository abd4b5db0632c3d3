-- Rows count from x + start on and before x + start + length, those before the exposure from x - lookback on and before x,
-- all before the end. Each row is another power of two, so a sum tells which rows are in it.
-- Breaks when: an edge of a window moves by a millisecond.
-- compile: window_is_half_open.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 10:00:00.000', 'a', 'control'),
    ('e', 'buy', '', '2024-01-01 07:59:59.999', 'a', '1'),
    ('e', 'buy', '', '2024-01-01 08:00:00.000', 'a', '2'),
    ('e', 'buy', '', '2024-01-01 09:59:59.999', 'a', '4'),
    ('e', 'buy', '', '2024-01-01 10:00:00.000', 'a', '8'),
    ('e', 'buy', '', '2024-01-01 10:59:59.999', 'a', '16'),
    ('e', 'buy', '', '2024-01-01 11:00:00.000', 'a', '32'),
    ('e', 'buy', '', '2024-01-01 12:59:59.999', 'a', '64'),
    ('e', 'buy', '', '2024-01-01 13:00:00.000', 'a', '128'),
    ('e', 'buy', '', '2024-01-03 23:59:59.999', 'a', '256'),
    ('e', 'buy', '', '2024-01-04 00:00:00.000', 'a', '512');
-- any time:      8 + 16 + 32 + 64 + 128 + 256 = 504
-- first hour:    8 + 16 = 24
-- later:         32 + 64 + 128 + 256 = 480
-- two hours:     32 + 64 = 96
-- with a past:   504, and 2 + 4 = 6 before
-- late and past: 96, and 6 before
SELECT metric, n, sum, covariate_sum, count() AS readings FROM readings GROUP BY ALL ORDER BY metric;
