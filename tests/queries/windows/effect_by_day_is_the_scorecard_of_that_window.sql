-- A day since the exposure says what the scorecard says of a metric with that window, and a cumulative one what it says
-- of the window up to there, whatever window the metric has itself; identities without the whole day do not count.
-- Breaks when: days are cut at midnight, a day that is not over counts, or the metric's own window stays.
CREATE TABLE orders (who String, at DateTime64(3, 'UTC'), amount Float64) ENGINE = MergeTree ORDER BY who;
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'prod', '$flag_exposure', 'f', toDateTime64('2024-01-03 00:00:00', 3, 'UTC') + toIntervalSecond(sipHash64(number) % 345600), toString(number), if(sipHash64(number, 1) % 2 = 1, 'a', 'b')
FROM numbers(400);
INSERT INTO orders
SELECT toString(number % 400), toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMillisecond(sipHash64(number) % 604800000), sipHash64(number, 2) % 1000 / 100
FROM numbers(6000);
-- compile: effect_by_day_is_the_scorecard_of_that_window.yaml

CREATE TABLE effects ENGINE = Memory AS SELECT * FROM experiment_effect_by_day_one;
CREATE TABLE of_days ENGINE = Memory AS
SELECT concat(metric, if(cumulative, ' up to day 1', ' of day 1')) AS name, * EXCEPT (metric, role, day_since_exposure, cumulative)
FROM effects WHERE day_since_exposure = 1 AND role = 'goal';
CREATE TABLE of_windows ENGINE = Memory AS
SELECT metric AS name, * EXCEPT (metric, role) FROM experiment_scorecard_one WHERE role = 'secondary';

SELECT count() AS rows, countDistinct(name) AS metrics FROM of_days;
-- Sums of doubles agree but for their order.
SELECT name, dimension, segment, variant, of_days.n = of_windows.n AND of_days.invalid_values = of_windows.invalid_values AS whole_numbers_agree, of_days.lift, of_windows.lift
FROM of_days
FULL JOIN of_windows USING (name, dimension, segment, variant)
WHERE NOT whole_numbers_agree
    OR arrayExists(
        (one, other) -> isNull(one) != isNull(other) OR abs(one - other) > 1e-9 * abs(one),
        [of_days.sum, of_days.sum_squares, of_days.denominator_sum, of_days.denominator_product, of_days.covariate_sum, of_days.covariate_product, of_days.quantile, of_days.quantile_standard_error, of_days.cap_upper, of_days.covariate_cap_upper, of_days.lift, of_days.ci_low, of_days.p_value, of_days.srm_p_value],
        [of_windows.sum, of_windows.sum_squares, of_windows.denominator_sum, of_windows.denominator_product, of_windows.covariate_sum, of_windows.covariate_product, of_windows.quantile, of_windows.quantile_standard_error, of_windows.cap_upper, of_windows.covariate_cap_upper, of_windows.lift, of_windows.ci_low, of_windows.p_value, of_windows.srm_p_value]
    );
-- Each identity has the days that are whole by the end; where rows after it are collected, by now, up to 90.
SELECT metric, cumulative, day_since_exposure, variant, n FROM effects
WHERE dimension = '' AND metric = 'bought' ORDER BY cumulative, day_since_exposure, variant;
SELECT experiment, max(day_since_exposure) AS last, count() AS rows FROM experiment_effect_by_day WHERE dimension = '' AND metric = 'spent' GROUP BY experiment ORDER BY experiment;
