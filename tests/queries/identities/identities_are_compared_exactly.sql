-- Identifiers that differ in case, blanks or accents are different identities; an empty identifier is one
-- as well.
-- Breaks when: identifiers are normalised on the way.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'A', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a ', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'á', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', '', 'treatment');

SELECT
    hex(identifier) AS identifier,
    variant
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier;
