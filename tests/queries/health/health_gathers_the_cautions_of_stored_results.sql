-- What stored results caution against is a red flag of a running experiment, once per caution, and then it is not ok;
-- segments, older results and experiments that do not run raise none.
-- Breaks when: a caution is lost, told of a segment or of an older result, or stands beside ok.
-- compile: health_names_the_red_flags.yaml
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'moving', toDateTime64('2024-01-02 00:00:00', 3, 'UTC'), toString(number), if(number % 2 = 0, 'control', 'b')
FROM numbers(400);
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'e', 'buy', toDateTime64('2024-01-04 00:00:00', 3, 'UTC'), toString(number), '1' FROM numbers(400);
INSERT INTO events (environment_key, event, timestamp, identifier)
SELECT 'e', 'view', toDateTime64('2024-01-04 00:00:00', 3, 'UTC'), toString(number) FROM numbers(400);
SELECT flag FROM experiment_health WHERE experiment = 'moving';
INSERT INTO experiment_results_history (computed_at, experiment, metric, dimension, variant, caution) VALUES
    (now64(3, 'UTC') - INTERVAL 2 DAY, 'moving', 'old', '', 'b', 'prior_decides'),
    (toStartOfHour(now('UTC')), 'moving', 'two', '', 'b', 'means_not_settled'),
    (toStartOfHour(now('UTC')), 'moving', 'one', '', 'b', 'means_not_settled'),
    (toStartOfHour(now('UTC')), 'moving', 'three', '', 'b', 'variances_disagree'),
    (toStartOfHour(now('UTC')), 'moving', 'four', '', 'b', ''),
    (toStartOfHour(now('UTC')), 'moving', 'five', 'country', 'b', 'prior_decides'),
    (toStartOfHour(now('UTC')), 'of another time', 'one', '', 'b', 'prior_decides');
SELECT flag, replaceRegexpOne(explanation, '[0-9-]+ [0-9:.]+ UTC', '… UTC') AS explanation FROM experiment_health WHERE experiment IN ('moving', 'of another time') ORDER BY flag;
