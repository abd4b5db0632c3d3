-- A view reads the events of the database it is in, whatever database is the current one.
-- Breaks when: a view calls a parameterized view, which ClickHouse looks up in the current database.

CREATE DATABASE IF NOT EXISTS t_elsewhere;

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00', 'x', 'control');

USE t_elsewhere;

SELECT
    variant,
    n
FROM t_views_read_their_own_database.experiment_results(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00',
    window_end = '2024-01-02 00:00:00',
    metrics = [(1, 'purchase', 'count', false)],
    expected_shares = map(),
    options = ''
);

SELECT
    variant,
    identities
FROM t_views_read_their_own_database.experiment_traffic(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00',
    window_end = '2024-01-02 00:00:00',
    expected_shares = map()
);

DROP DATABASE t_elsewhere;
