-- A quantile of raw values, with the standard error that an interval of their order statistics has, is compared as a
-- mean is: mean, lift, its standard error, and by the delta method interval and chance to win follow from the two,
-- whatever the sums are.
-- Identities have one to five values that are alike, so the error is scaled by that of the share of values up to the
-- quantile, a ratio over identities.
-- The engine and the function compute in doubles, so they agree to 1e-9: relatively, the interval to its width.
-- Breaks when: the moments do not reach the function, the error is taken for a variance or divided by n once more,
-- or sums are read.

-- Normal values by Box and Muller from hashes, so that the data are the same everywhere.
CREATE TABLE samples ENGINE = Memory AS
WITH
    (sipHash64(variant, identity, 1) + 1) / exp2(64) AS u,
    sipHash64(variant, identity, 2) / exp2(64) AS v,
    sqrt(-2 * log(u)) * cos(2 * pi() * v) AS typical,
    sipHash64(variant, identity, event, 3) / exp2(64) AS own
SELECT
    variant,
    identity,
    level,
    if(variant = 'b', 112, 100) * exp(0.4 * typical + own / 2) AS value
FROM (SELECT number AS identity FROM numbers(3000))
ARRAY JOIN ['control', 'b'] AS variant
ARRAY JOIN range(1 + sipHash64(variant, identity) % 5) AS event
ARRAY JOIN [0.5, 0.9, 0.99] AS level;

CREATE TABLE quantiles ENGINE = Memory AS
WITH
    arraySort(groupArray(value)) AS sorted,
    count() AS size,
    1.959963984540054 AS z,
    z * sqrt(level * (1 - level) / size) AS reach
SELECT
    level,
    variant,
    size AS values,
    sorted[toUInt64(ceil(size * level))] AS quantile,
    sorted[toUInt64(ceil(size * (level + reach)))] AS upper,
    sorted[toUInt64(floor(size * (level - reach)))] AS lower,
    (upper - lower) / (2 * z) AS error
FROM samples
GROUP BY level, variant;

-- s² of a ratio over identities: the sum of (y - R·d)² / (n - 1), over n times the squared mean of d.
CREATE TABLE moments ENGINE = Memory AS
WITH
    per_identity AS
    (
        SELECT
            level,
            variant,
            identity,
            count() AS owned,
            countIf(value <= quantile) AS below,
            values,
            quantile,
            error
        FROM samples
        INNER JOIN quantiles USING (level, variant)
        GROUP BY level, variant, identity, values, quantile, error
    ),
    shares AS
    (
        SELECT
            *,
            sum(below) OVER (PARTITION BY level, variant) / values AS share
        FROM per_identity
    )
SELECT
    level,
    variant,
    count() AS n,
    quantile,
    sqrt(sum(pow(below - share * owned, 2)) * n / (n - 1)) / values AS share_error,
    error * share_error / sqrt(level * (1 - level) / values) AS quantile_standard_error
FROM shares
GROUP BY level, variant, values, quantile, error;

WITH
    answers AS
    (
        SELECT
            level,
            experimentInference(
                groupArray((variant, n, nan, nan, quantile, quantile_standard_error)
                    ::Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, quantile Float64,
                        quantile_standard_error Float64)),
                'quantile',
                false,
                '{"interval": "delta"}'
            ) AS arms,
            arrayFirst(arm -> NOT arm.is_control, arms) AS ours,
            arrayFirst(arm -> arm.is_control, arms) AS ours_control,
            anyIf(quantile, variant = 'b') AS treatment,
            anyIf(quantile, variant = 'control') AS control,
            anyIf(quantile_standard_error, variant = 'b') AS treatment_error,
            anyIf(quantile_standard_error, variant = 'control') AS control_error
        FROM moments
        GROUP BY level
    ),
    treatment / control - 1 AS lift,
    sqrt(pow(treatment_error / control, 2) + pow(treatment / control * control_error / control, 2)) AS lift_error
SELECT
    level,
    ours.mean = treatment AND ours_control.mean = control AS mean_is_the_quantile,
    abs(ours.variance / ours.n / pow(treatment_error, 2) - 1) < 1e-9 AS variance_is_of_the_error,
    abs(ours.lift / lift - 1) < 1e-9 AS lift_agrees,
    abs(ours.standard_error / lift_error - 1) < 1e-9 AS standard_error_agrees,
    abs(ours.ci_low - (lift - 1.959963984540054 * lift_error)) < 1e-9 * lift_error AS low_end_agrees,
    abs(ours.chance_to_win / (erfc(-lift / lift_error / sqrt(2)) / 2) - 1) < 1e-9 AS chance_to_win_agrees,
    ours.anytime_ci_low < ours.ci_low AND ours.anytime_ci_high > ours.ci_high AS anytime_is_wider,
    ours.verdict AS verdict,
    ours.reason AS reason
FROM answers
ORDER BY level;
