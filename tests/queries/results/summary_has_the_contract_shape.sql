-- One JSON document: metrics in the order given, every arm's moments, inference for every arm but the
-- control, null where it is withheld.
-- Breaks when: a key is renamed, the control gets an inference, or withheld numbers become 0.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'other'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'a', '4.5'),
    ('e', 'purchase', '', '2024-01-01 02:00:00.000', 'b', '1');

SELECT *
FROM experiment_summary(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [
        (7, 'purchase', 'sum', false),
        (3, 'purchase', 'occurrence', false)
    ],
    expected_shares = map(),
    options = ''
);
