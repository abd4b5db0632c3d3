-- Only exposures inside the window make an identity's variant: another variant before or after it does
-- not matter, and the first exposure is the first one inside.
-- Breaks when: exposures are read without the window.

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2023-12-31 12:00:00.000', 'a', 'treatment'),
    ('e', '$flag_exposure', 'f', '2024-01-01 05:00:00.000', 'a', 'control'),
    ('e', '$flag_exposure', 'f', '2024-01-02 00:00:00.000', 'a', 'treatment');

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier;
