-- Signs, missing digits before or after the point, exponents, leading zeros and underflow to 0 are
-- numbers, one identity each: 5, -3, 0.5, 5, 1000, 100, 0.25, 0, 7, 0.
-- Breaks when: the number syntax narrows and values silently become 0.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u0', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u1', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u2', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u3', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u4', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u5', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u6', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u7', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u8', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'u9', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u0', '+5'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u1', '-3'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u2', '.5'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u3', '5.'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u4', '1e3'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u5', '1E+2'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u6', '25e-2'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u7', '-0'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u8', '007'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'u9', '1e-400');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
);
