-- Every red flag by its code, only where it belongs, and ok where there is none. Only running experiments. A split
-- that one look would call a mismatch (leaning: p = 0.0001 at 238 : 162) is none for those who look every day.
-- Breaks when: a flag is lost, or raised for an experiment that does not deserve it.
-- compile: health_names_the_red_flags.yaml
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', feature, toDateTime64('2024-01-02 00:00:00', 3, 'UTC') + toIntervalSecond(number), toString(number),
    multiIf(feature = 'skewed', if(number % 5 = 0, 'b', 'control'), feature = 'leaning', if(number < 238, 'b', 'control'), feature = 'odd', if(number % 2 = 0, 'c', 'b'), if(number % 2 = 0, 'control', 'b'))
FROM numbers(400)
ARRAY JOIN ['fine', 'skewed', 'leaning', 'moving', 'odd'] AS feature;
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'moving', toDateTime64('2024-01-03 00:00:00', 3, 'UTC'), toString(number * 2), 'b'
FROM numbers(4);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', 'view', '', toDateTime64('2024-01-04 00:00:00', 3, 'UTC'), toString(number), ''
FROM numbers(400);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', 'buy', '', toDateTime64('2024-01-04 00:00:00', 3, 'UTC'), toString(number % 300), if(number % 300 = 7, 'n/a', '1')
FROM numbers(400);
SELECT * FROM experiment_health ORDER BY experiment, flag, explanation;

-- The functions are those of a newer version.
CREATE VIEW view_of_somebody_else AS SELECT 1;
CREATE OR REPLACE FUNCTION scorecardVersion AS () -> '999.0.0';
SELECT experiment, flag, explanation LIKE '%functions of Scorecard 999.0.0%' AS says_so FROM experiment_health WHERE experiment = '';
-- run: ../../../sql/10_functions.sql
SELECT count() AS as_before FROM experiment_health WHERE experiment = '';
