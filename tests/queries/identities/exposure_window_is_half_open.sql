-- An exposure at window_start counts, one at window_end does not.
-- Breaks when: a bound of the exposure window is compared the other way (<= end, > start).

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 00:00:00.000', 'at-start', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-01 23:59:59.999', 'before-end', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00.000', 'at-end', 'control'),
    ('e', '$flag_exposure', 'f', '2023-12-31 23:59:59.999', 'before-start', 'control');

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier;
