-- Repeated exposures to one variant are one identity, exposed since the earliest of them, in whatever
-- order they were stored.
-- Breaks when: exposures are counted instead of identities, or the first exposure is the first stored.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 03:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.250', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 02:00:00.000', 'a', 'control');

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier;
