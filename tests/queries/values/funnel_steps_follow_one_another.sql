-- A funnel is gone through when there are rows of its steps at rising instants, the last at most `within` after the first;
-- a later start may succeed where an earlier one failed. The same event may be two steps, and steps come from any source.
-- Each identity is a variant of its own.
-- Breaks when: a tie counts as order, the first start decides, or `within` excludes its end.
CREATE TABLE orders (who String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY at;
-- compile: funnel_steps_follow_one_another.yaml
-- run: ../shared/readings.sql
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'f', '2024-01-02 00:00:00', who, who
FROM (SELECT arrayJoin(['tie', 'exact', 'late', 'again', 'backward', 'between', 'torn', 'early', 'never']) AS who);
INSERT INTO events (environment_key, event, timestamp, identifier) VALUES
    ('e', '1', '2024-01-02 01:00:00.000', 'tie'),      ('e', '2', '2024-01-02 01:00:00.000', 'tie'),      ('e', '3', '2024-01-02 01:00:00.001', 'tie'),
    ('e', '1', '2024-01-02 01:00:00.000', 'exact'),    ('e', '2', '2024-01-02 02:00:00.000', 'exact'),    ('e', '3', '2024-01-02 03:00:00.000', 'exact'),
    ('e', '1', '2024-01-02 01:00:00.000', 'late'),     ('e', '2', '2024-01-02 02:00:00.000', 'late'),     ('e', '3', '2024-01-02 03:00:00.001', 'late'),
    ('e', '1', '2024-01-02 01:00:00.000', 'again'),    ('e', '1', '2024-01-02 02:00:00.000', 'again'),
    ('e', '2', '2024-01-02 02:30:00.000', 'again'),    ('e', '3', '2024-01-02 04:00:00.000', 'again'),
    ('e', '2', '2024-01-02 01:00:00.000', 'backward'), ('e', '1', '2024-01-02 02:00:00.000', 'backward'), ('e', '3', '2024-01-02 03:00:00.000', 'backward'),
    ('e', '1', '2024-01-02 01:00:00.000', 'between'),  ('e', '2', '2024-01-02 02:00:00.000', 'between'),
    ('e', '1', '2024-01-02 02:30:00.000', 'between'),  ('e', '3', '2024-01-02 03:00:00.000', 'between'),
    ('e', '1', '2024-01-02 01:00:00.000', 'torn'),     ('e', '2', '2024-01-02 02:00:00.000', 'torn'),
    ('e', '1', '2024-01-02 03:00:00.000', 'torn'),     ('e', '3', '2024-01-02 03:30:00.000', 'torn'),
    ('e', '1', '2024-01-01 23:59:59.999', 'early'),    ('e', '2', '2024-01-02 01:00:00.000', 'early'),    ('e', '3', '2024-01-02 01:30:00.000', 'early');
INSERT INTO orders SELECT identifier, timestamp FROM events WHERE event = '3';
-- `2h` is reached by exact, again (from its second start) and between (from its first).
-- `any time` by late and torn too. `sources` as `2h`. `twice` (1, then 1): again, between and torn.
SELECT
    metric,
    sum(sum) AS converted,
    arraySort(groupArrayIf(variant, sum = 1)) AS who,
    readings
FROM (SELECT metric, variant, n, sum, sum_squares, count() AS readings FROM readings GROUP BY ALL)
WHERE n = 1 AND sum_squares = sum
GROUP BY metric, readings
ORDER BY metric;
