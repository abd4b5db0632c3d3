-- Exposures of another feature or environment neither expose nor quarantine, and other events of the
-- feature are no exposures.
-- Breaks when: a filter of the exposures is lost.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'g', '2024-01-01 01:00:00.000', 'a', 'treatment'),
    ('other', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'a', 'treatment'),
    ('e', '$flag_exposure', 'g', '2024-01-01 01:00:00.000', 'b', 'control'),
    ('other', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'c', 'control'),
    ('e', 'purchase', 'f', '2024-01-01 02:00:00.000', 'd', 'control');

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier;
