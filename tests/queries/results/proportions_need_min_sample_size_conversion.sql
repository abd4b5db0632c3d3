-- experimentSampleSize asks for as many conversions' identities as minSampleSizeConversion, rounded up,
-- but for the power of the tail of the wrong sign, which only ours counts, at equal sizes and two arms; and by experimentPower these find the effect with the power asked for, one
-- identity fewer does not.
-- minSampleSizeConversion takes the effect in points of the rate, ours relative to it, up or down.
-- Breaks when: the variances are others, one tail of alpha is counted, or the number is rounded down.

WITH
    cases AS
    (
        SELECT 'default' AS name, 0.25 AS rate, 0.03 AS effect, '{"proportion": true}' AS options,
            minSampleSizeConversion(0.25, 0.03, 0.8, 0.05).1 AS theirs
        UNION ALL
        SELECT 'rare', 0.01, 0.001, '{"proportion": true}', minSampleSizeConversion(0.01, 0.001, 0.8, 0.05).1
        UNION ALL
        SELECT 'tiny effect', 0.3, 0.0001, '{"proportion": true}', minSampleSizeConversion(0.3, 0.0001, 0.8, 0.05).1
        UNION ALL
        SELECT 'large effect', 0.1, 0.8, '{"proportion": true}', minSampleSizeConversion(0.1, 0.8, 0.8, 0.05).1
        UNION ALL
        SELECT 'power 0.9', 0.25, 0.03, '{"proportion": true, "power": 0.9}', minSampleSizeConversion(0.25, 0.03, 0.9, 0.05).1
        UNION ALL
        SELECT 'alpha 0.01', 0.25, 0.03, '{"proportion": true, "confidence": 0.99}', minSampleSizeConversion(0.25, 0.03, 0.8, 0.01).1
    ),
    answers AS
    (
        SELECT
            *,
            experimentSampleSize(rate, NULL, effect / rate, options) AS ours
        FROM cases
    )
SELECT
    name,
    ours.control BETWEEN ceil(theirs * (1 - 4e-6)) AND ceil(theirs) AS control_agrees,
    ours.treatment = ours.control AS treatment_agrees,
    ours.total = 2 * ours.control AS total_agrees,
    experimentPower(rate, NULL, effect / rate, toUInt64(ours.control), options).power
        >= if(name = 'power 0.9', 0.9, 0.8) AS enough,
    experimentPower(rate, NULL, effect / rate, toUInt64(ours.control) - 1, options).power
        < if(name = 'power 0.9', 0.9, 0.8) AS one_fewer_is_too_few
FROM answers
ORDER BY name;
