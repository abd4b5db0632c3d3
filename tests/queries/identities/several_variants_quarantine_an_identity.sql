-- An identity exposed to more than one variant is quarantined: no variant, first exposure kept.
-- Breaks when: the first or last variant wins, or the first exposure is that of one variant only.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 02:00:00.000', 'q', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 03:00:00.000', 'q', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q3', 'a'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q3', 'b'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'q3', 'c');

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier;
