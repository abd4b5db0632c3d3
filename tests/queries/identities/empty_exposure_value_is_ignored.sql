-- An exposure with an empty value shows no variant: it neither exposes, nor quarantines, nor moves the
-- first exposure.
-- Breaks when: '' becomes a variant, which could not be told from quarantined.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'only-empty', ''),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', ''),
    ('e', '$flag_exposure', 'f', '2024-01-01 02:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'b', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 02:00:00.000', 'b', '');

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier;
