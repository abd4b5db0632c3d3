-- A variant without a share, where others have one, has its rows with the reason unexpected_variant, is not compared and
-- changes nothing of how the others are; and the sample ratio test and health tell of it. Without shares all are
-- compared.
-- Breaks when: a stray variant takes part in corrections for several arms, or disappears.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'e', '$flag_exposure', 'f', '2024-01-01 01:00:00', toString(number), ['control', 'b', 'a stray', 'z stray'][number % 4 + 1]
FROM numbers(400);
INSERT INTO events (environment_key, event, timestamp, identifier)
SELECT 'e', 'buy', '2024-01-01 02:00:00', toString(number)
FROM numbers(400)
WHERE sipHash64(number) % 100 < 30 + 10 * (number % 4);
-- compile: unexpected_variants_are_shown_not_compared.yaml
SELECT experiment, variant, n, sum, is_control, isNull(lift), isNull(mean), verdict, reason, srm_verdict
FROM experiment_scorecard
ORDER BY experiment, variant;

SELECT flag, explanation FROM experiment_health WHERE experiment = 'with shares' AND flag != 'window_over' ORDER BY flag;

-- Two arms and no more: the corrected p-value is the p-value.
SELECT variant, p_value = p_value_adjusted AS uncorrected, isNull(chance_to_be_best) AS no_race
FROM experiment_scorecard
WHERE experiment = 'with shares'
ORDER BY variant;

-- The result of the two arms is the one that they have without the strays.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'clean', '$flag_exposure', 'f', timestamp, identifier, value
FROM events
WHERE event = '$flag_exposure' AND value IN ('control', 'b');
INSERT INTO events (environment_key, event, timestamp, identifier)
SELECT 'clean', 'buy', timestamp, identifier
FROM events
WHERE event = 'buy' AND environment_key = 'e';
SELECT
    scorecard.variant AS variant,
    (scorecard.lift, scorecard.ci_low, scorecard.ci_high, scorecard.p_value_adjusted, scorecard.chance_to_be_best, scorecard.verdict)
        = (clean.lift, clean.ci_low, clean.ci_high, clean.p_value_adjusted, clean.chance_to_be_best, clean.verdict) AS as_without_them
FROM experiment_scorecard AS scorecard
INNER JOIN
(
    SELECT *
    FROM experiment_results(
        environment_key = 'clean',
        feature_name = 'f',
        window_start = '2024-01-01 00:00:00',
        window_end = '2024-02-01 00:00:00',
        metrics = [(1, 'buy', 'occurrence', false)],
        expected_shares = map('control', 1, 'b', 1),
        options = '{"min_identities": 2, "correction": "bonferroni"}'
    )
) AS clean ON scorecard.variant = clean.variant
WHERE scorecard.experiment = 'with shares' AND NOT scorecard.is_control;
