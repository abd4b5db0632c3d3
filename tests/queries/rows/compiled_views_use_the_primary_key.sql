-- A compiled view reads of events the days of its experiments and the granules of their environment, events and features,
-- and of a declared source those of its time. Each of the three days has 4 environments, of 20,000 rows each.
-- Breaks when: a condition takes a form that the index does not understand, or stands where it does not reach the table.
CREATE TABLE orders (user String, at DateTime('UTC'), amount Float64) ENGINE = MergeTree ORDER BY at SETTINGS index_granularity = 1000;
INSERT INTO orders SELECT toString(number), toDateTime('2024-01-01 00:00:00', 'UTC') + number, 1 FROM numbers(0, 345600, 10);
CREATE OR REPLACE TABLE events AS events ENGINE = MergeTree
PARTITION BY toDate(timestamp, 'UTC')
ORDER BY (environment_key, event, feature_name, timestamp, identifier)
SETTINGS index_granularity = 1000;
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    ['a', 'e', 'h', 'z'][1 + number % 4],
    if(number % 8 < 4, '$flag_exposure', ['checkout', 'page_view', 'purchase', 'search'][1 + intDiv(number, 8) % 4]) AS name,
    if(name = '$flag_exposure', ['a', 'f', 'g', 'z'][1 + intDiv(number, 8) % 4], ''),
    toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalDay(number % 240000 DIV 80000),
    toString(number),
    'control'
FROM numbers(240000);
OPTIMIZE TABLE events FINAL;
-- compile: compiled_views_use_the_primary_key.yaml

-- What is read of a table: the days (parts), the granules and the columns that the key is searched by.
CREATE TABLE plans (view String, plan String) ENGINE = Memory;
INSERT INTO plans SELECT 'experiment_scorecard', arrayStringConcat(groupArray(explain), '\n') FROM (EXPLAIN indexes = 1 SELECT * FROM experiment_scorecard);
INSERT INTO plans SELECT 'experiment_scorecard_y', arrayStringConcat(groupArray(explain), '\n') FROM (EXPLAIN indexes = 1 SELECT * FROM experiment_scorecard_y);
INSERT INTO plans SELECT 'experiment_results_by_day', arrayStringConcat(groupArray(explain), '\n') FROM (EXPLAIN indexes = 1 SELECT * FROM experiment_results_by_day);
INSERT INTO plans SELECT 'experiment_scorecard_traffic', arrayStringConcat(groupArray(explain), '\n') FROM (EXPLAIN indexes = 1 SELECT * FROM experiment_scorecard_traffic);
INSERT INTO plans SELECT 'experiment_scorecard_exposures', arrayStringConcat(groupArray(explain), '\n') FROM (EXPLAIN indexes = 1 SELECT * FROM experiment_scorecard_exposures);
INSERT INTO plans SELECT 'experiment_health', arrayStringConcat(groupArray(explain), '\n') FROM (EXPLAIN indexes = 1 SELECT * FROM experiment_health);

SELECT DISTINCT
    view,
    extract(text, '^ \\([^)]*\\.(\\w+)\\)') AS table,
    arrayDistinct(extractAll(text, '(environment_key|event|feature_name|timestamp|at)\\n')) AS keys,
    extractAll(text, 'Parts: (\\d+/\\d+)')[1] AS parts,
    extractAll(text, 'Granules: (\\d+/\\d+)')[-1] AS granules
FROM plans
ARRAY JOIN arraySlice(splitByString('ReadFromMergeTree', plan), 2) AS text
WHERE table IN ('events', 'orders')
ORDER BY ALL;
