-- A name that is not registered, or is a draft, is an error that names it, never a missing row; no names at
-- all means the running ones.
-- Breaks when: the check is optimised away, or a draft slips in.
INSERT INTO experiments (name, environment_key, feature_name, exposure_event, control, expected_shares, window_start, window_end, status, options) VALUES
    ('one', 'prod', 'f', '$flag_exposure', 'control', map('control', 1, 'b', 1), '2024-01-01 00:00:00', '2024-01-05 00:00:00', 'running', '{"confidence": 0.9}'),
    ('one later', 'prod', 'f', '$flag_exposure', 'b', map(), '2024-01-02 12:00:00', '2024-01-04 06:00:00', 'completed', ''),
    ('two', 'prod', 'g', 'seen', 'control', map('control', 3, 'b', 1), '2024-01-01 06:00:00', '2024-01-03 18:00:00', 'running', ''),
    ('abroad', 'test', 'f', '$flag_exposure', 'control', map(), '2024-01-01 00:00:00', '2024-01-05 00:00:00', 'running', ''),
    ('planned', 'prod', 'f', '$flag_exposure', 'control', map(), '2024-01-01 00:00:00', NULL, 'draft', '');
INSERT INTO metrics (metric_id, name, event, aggregation, lower_is_better) VALUES
    (1, 'buyers', 'buy', 'occurrence', false),
    (2, 'views', 'view', 'count', true),
    (3, 'revenue', 'buy', 'sum', false),
    (4, 'basket', 'buy', 'mean', false);
INSERT INTO experiment_metrics (experiment, metric_id, role) VALUES
    ('one', 1, 'goal'), ('one', 2, 'guardrail'), ('one', 3, 'secondary'), ('one', 4, 'goal'),
    ('one later', 1, 'goal'), ('one later', 2, 'goal'), ('one later', 3, 'goal'), ('one later', 4, 'goal'),
    ('two', 1, 'goal'), ('two', 2, 'goal'), ('two', 3, 'goal'), ('two', 4, 'goal'),
    ('abroad', 1, 'goal'), ('abroad', 2, 'goal'), ('abroad', 3, 'goal'), ('abroad', 4, 'goal'),
    ('planned', 1, 'goal');
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    if(number % 5 = 0, 'test', 'prod'),
    if(number % 3 = 0, 'seen', '$flag_exposure'),
    if(number % 3 = 0, 'g', 'f'),
    toDateTime64('2023-12-31 18:00:00', 3, 'UTC') + toIntervalSecond(sipHash64(number, 'time') % 400000),
    toString(sipHash64(number, 'who') % 400 AS who),
    multiIf(number % 101 = 0, '', (sipHash64(who, number % 3 = 0) + (number % 67 = 0)) % 2 = 0, 'control', 'b')
FROM numbers(2400);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT
    if(number % 6 = 0, 'test', 'prod'),
    if(number % 2 = 0, 'buy', 'view'),
    '',
    toDateTime64('2023-12-31 18:00:00', 3, 'UTC') + toIntervalSecond(sipHash64(number, 'when') % 420000),
    toString(sipHash64(number, 'buyer') % 500),
    if(number % 83 = 0, 'n/a', toString((sipHash64(number, 'value') % 10000) / 7))
FROM numbers(6000);

-- error: Experiment 'unheard of' is not in the table experiments, or is a draft
SELECT * FROM experiment_scorecard(experiments = ['one', 'unheard of']);

-- error: Experiment 'planned' is not in the table experiments, or is a draft
SELECT count() FROM experiment_scorecard(experiments = ['planned']);

SELECT DISTINCT experiment FROM experiment_scorecard(experiments = []) ORDER BY experiment;

-- error: Experiment 'unheard of' is not in the table experiments, or is a draft
SELECT * FROM experiment_scorecard_traffic(experiments = ['one', 'unheard of']);

-- error: Experiment 'planned' is not in the table experiments, or is a draft
SELECT count() FROM experiment_scorecard_traffic(experiments = ['planned']);

SELECT DISTINCT experiment FROM experiment_scorecard_traffic(experiments = []) ORDER BY experiment;

-- error: Experiment 'unheard of' is not in the table experiments, or is a draft
SELECT * FROM experiment_scorecard_exposures(experiments = ['one', 'unheard of']);

-- error: Experiment 'planned' is not in the table experiments, or is a draft
SELECT count() FROM experiment_scorecard_exposures(experiments = ['planned']);

SELECT DISTINCT experiment FROM experiment_scorecard_exposures(experiments = []) ORDER BY experiment;

-- error: Experiment 'unheard of' is not in the table experiments, or is a draft
SELECT * FROM experiment_results_by_day(experiments = ['one', 'unheard of']);

-- error: Experiment 'planned' is not in the table experiments, or is a draft
SELECT count() FROM experiment_results_by_day(experiments = ['planned']);

SELECT DISTINCT experiment FROM experiment_results_by_day(experiments = []) ORDER BY experiment;

