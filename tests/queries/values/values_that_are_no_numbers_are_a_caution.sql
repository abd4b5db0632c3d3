-- Where more than 5 % of the rows of an arm, or of control, have no number although the metric reads one, the row says so:
-- of b one row in ten, of c one in twenty and not more, of the count none, for it reads no value. A row without a number
-- adds nothing to a sum, and does not count in a mean, as in SQL's avg: all means are 4. A share of 0 says that nobody is sent
-- there: the split of the others is tested, and who is there is unexpected.
-- Breaks when: an arm of NULLs is compared without a word, a mean is lowered by what is no number, or a paused arm makes a
-- mismatch of a sound split.
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'f', toDateTime64('2024-01-01 01:00:00.000', 3, 'UTC'), toString(number), ['a', 'b', 'c'][number % 3 + 1]
FROM numbers(600);
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', 'pay', '', toDateTime64('2024-01-01 02:00:00.000', 3, 'UTC') + number, toString(number % 600),
    if(number < 600 AND (number % 3 = 1 OR (number % 3 = 2 AND number % 2 = 0)), 'none', '4')
FROM numbers(6000);

-- compile: values_that_are_no_numbers_are_a_caution.yaml
SELECT metric, variant, invalid_values, round(mean, 3) AS mean, caution
FROM experiment_scorecard
ORDER BY metric, variant;
SELECT variant, identities, expected_share, srm_verdict, srm_reason FROM experiment_scorecard_traffic ORDER BY variant;
SELECT flag, explanation FROM experiment_health WHERE experiment = 'e' ORDER BY flag, explanation;

INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES
    ('prod', '$flag_exposure', 'f', '2024-01-01 01:00:00.000', 'late', 'paused');
SELECT variant, identities, expected_share, srm_p_value > 0.001 AS is_even, srm_verdict, srm_reason FROM experiment_scorecard_traffic ORDER BY variant;
SELECT flag, explanation FROM experiment_health WHERE experiment = 'e' AND flag = 'unexpected_variants';
