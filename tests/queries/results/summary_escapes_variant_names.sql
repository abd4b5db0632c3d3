-- Names with quotes, backslashes, newlines, slashes or characters beyond ASCII are JSON strings, and the
-- control named by the options is the one without an inference.
-- Breaks when: names are put between quotes as they are.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'quo"te\n'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'back\\slash'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'a/b ✓');

SELECT *
FROM experiment_summary(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'count', false)],
    expected_shares = map(),
    options = '{"control": "a/b ✓"}'
)
FORMAT TSVRaw;
