-- Event names with quotes, backslashes, newlines, braces or characters beyond ASCII reach the events as
-- they are.
-- Breaks when: a parameter is quoted twice, or not at all, on its way through nested views.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', 'it\'s', '', '2024-01-01 02:00:00.000', 'a', '1'),
    ('e', 'back\\slash', '', '2024-01-01 02:00:00.000', 'a', '10'),
    ('e', '{x:String}', '', '2024-01-01 02:00:00.000', 'a', '100'),
    ('e', 'naïve ✓', '', '2024-01-01 02:00:00.000', 'a', '1000');

SELECT
    metric_id,
    event,
    n,
    sum
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (1, 'it\'s', 'sum', false),
        (2, 'back\\slash', 'sum', false),
        (3, '{x:String}', 'sum', false),
        (4, 'naïve ✓', 'sum', false)
    ]
);
