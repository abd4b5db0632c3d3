-- A value that is no finite decimal number counts as 0 and is reported: NaN, infinities, overflow,
-- words, an empty text, hexadecimal digits, blanks around a number, separators, digits that are not ASCII.
-- 22 of them, beside one valid 7.
-- Breaks when: a parser accepts 'nan' or 'inf', which would poison the arm, or part of a text.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '7'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'nan'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'NaN'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '-nan'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'inf'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '-inf'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'Infinity'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1e400'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '-1e400'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'abc'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', ''),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '0x10'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', ' 1'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1 '),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '	1'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1_000'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1,5'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1.2.3'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '1e'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '-'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '--1'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', 'true'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '٣');

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
);
