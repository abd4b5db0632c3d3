-- What health says of the rows of a metric is of the time of each experiment alone: on 7 January there are 40 rows, two
-- copies of each, of which no value is a number; on 8 January 60 with numbers and 10 without.
-- One that collects
-- rows for two days after its end on 6 January has the 40 of the 7th alone.
-- Breaks when: the rows of a metric are counted once for all experiments that use it.
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'prod', 'buy', '2024-01-07 00:00:00', toString(number % 20), 'bad' FROM numbers(40);
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'prod', 'buy', '2024-01-08 00:00:00', toString(number), if(number < 60, '1', 'bad') FROM numbers(70);
-- compile: health_counts_rows_in_the_time_of_each_experiment.yaml
SELECT experiment, flag, explanation FROM experiment_health
WHERE flag IN ('no_rows', 'invalid_values', 'redelivered_events')
ORDER BY ALL;
