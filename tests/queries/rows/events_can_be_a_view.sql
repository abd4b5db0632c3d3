-- A view named events, over a table of another shape, serves all the same: here with second precision,
-- LowCardinality values and a name of its own for everything. CREATE TABLE IF NOT EXISTS leaves it alone.
-- Breaks when: a view uses PREWHERE, or relies on the types of the table that Scorecard creates.

DROP TABLE events;

CREATE TABLE tracked
(
    env String,
    name String,
    flag String,
    at DateTime('UTC'),
    user String,
    payload LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (env, name, at);

CREATE VIEW events AS
SELECT
    env AS environment_key,
    name AS event,
    flag AS feature_name,
    at AS timestamp,
    user AS identifier,
    payload AS value
FROM tracked;

CREATE TABLE IF NOT EXISTS events (identifier String) ENGINE = MergeTree ORDER BY identifier;

INSERT INTO tracked VALUES
    ('e', '$flag_exposure', 'f', '2024-01-01 01:00:00', 'a', 'control'),
    ('e', 'purchase', '', '2024-01-01 01:00:00', 'a', '5'),
    ('e', 'purchase', '', '2024-01-01 00:59:59', 'a', '7');

SELECT *
FROM experiment_exposures(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000'
)
ORDER BY identifier;

SELECT *
FROM experiment_metric_stats(
    environment_key = 'e',
    feature_name = 'f',
    window_start = '2024-01-01 00:00:00.000',
    window_end = '2024-01-02 00:00:00.000',
    metrics = [(1, 'purchase', 'sum', false)]
);

-- compile: events_can_be_a_view.yaml
SELECT metric, variant, n, sum, invalid_values FROM experiment_scorecard;
SELECT * FROM experiment_health;
