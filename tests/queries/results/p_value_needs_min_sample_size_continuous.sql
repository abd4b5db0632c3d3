-- experimentSampleSize asks for as many identities as minSampleSizeContinuous, rounded up, but for the power
-- of the tail of the wrong sign, which only ours counts, at equal sizes and two arms, be the effect a rise or a fall; and by experimentPower these find the effect with the power
-- asked for, one identity fewer does not.
-- minSampleSizeContinuous takes the standard deviation, ours the variance.
-- Breaks when: the standard deviation is taken for the variance, one tail of alpha is counted, or the number
-- is rounded down.

WITH
    cases AS
    (
        SELECT 'default' AS name, 112.25 AS mean, 21.1 AS stddev, 0.03 AS effect, '' AS options,
            minSampleSizeContinuous(112.25, 21.1, 0.03, 0.8, 0.05).1 AS theirs
        UNION ALL
        SELECT 'a fall', 112.25, 21.1, -0.03, '', minSampleSizeContinuous(112.25, 21.1, 0.03, 0.8, 0.05).1
        UNION ALL
        SELECT 'heavy tails', 3.5, 80.0, 0.1, '', minSampleSizeContinuous(3.5, 80.0, 0.1, 0.8, 0.05).1
        UNION ALL
        SELECT 'tiny effect', 1.0, 1.0, 0.0001, '', minSampleSizeContinuous(1.0, 1.0, 0.0001, 0.8, 0.05).1
        UNION ALL
        SELECT 'power 0.9', 112.25, 21.1, 0.03, '{"power": 0.9}',
            minSampleSizeContinuous(112.25, 21.1, 0.03, 0.9, 0.05).1
        UNION ALL
        SELECT 'alpha 0.01', 112.25, 21.1, 0.03, '{"confidence": 0.99}',
            minSampleSizeContinuous(112.25, 21.1, 0.03, 0.8, 0.01).1
    ),
    answers AS
    (
        SELECT
            *,
            experimentSampleSize(mean, stddev * stddev, effect, options) AS ours
        FROM cases
    )
SELECT
    name,
    ours.control BETWEEN ceil(theirs * (1 - 4e-6)) AND ceil(theirs) AS control_agrees,
    ours.treatment = ours.control AS treatment_agrees,
    ours.total = 2 * ours.control AS total_agrees,
    experimentPower(mean, stddev * stddev, effect, toUInt64(ours.control), options).power
        >= if(name = 'power 0.9', 0.9, 0.8) AS enough,
    experimentPower(mean, stddev * stddev, effect, toUInt64(ours.control) - 1, options).power
        < if(name = 'power 0.9', 0.9, 0.8) AS one_fewer_is_too_few
FROM answers
ORDER BY name;
