-- A quantile whose standard error is NULL or NaN, as where there are too few values for an interval of order statistics,
-- is shown and not compared: too_few_for_quantile, and the data are still being collected. One that is not there at all
-- is missing; one of tied values, whose error is 0, is no certainty; one below 0 is invalid.
-- Breaks when: a missing error is read as 0 and gives an interval of no width.

CREATE TABLE cases
(
    position UInt8,
    name String,
    quantile Nullable(Float64),
    error Nullable(Float64),
)
ENGINE = Memory;

INSERT INTO cases VALUES
    (1, 'sound', 110, 2),
    (2, 'no error', 110, NULL),
    (3, 'error of NaN', 110, nan),
    (4, 'nothing', NULL, NULL),
    (5, 'quantile of NaN', nan, 2),
    (6, 'ties', 110, 0),
    (7, 'negative error', 110, -2);

WITH answers AS
    (
        SELECT
            position,
            name,
            experimentInference(
                [('control', 1000, 100, 2), ('b', 1000, quantile, error)]
                    ::Array(Tuple(variant String, n UInt64, quantile Nullable(Float64),
                        quantile_standard_error Nullable(Float64))),
                'quantile',
                false,
                ''
            )[2] AS arm
        FROM cases
    )
SELECT
    name,
    arm.mean AS mean,
    isNull(arm.variance) AS no_variance,
    round(arm.lift, 12) AS lift,
    isNull(arm.ci_low) AND isNull(arm.p_value) AND isNull(arm.anytime_p_value) AS no_comparison,
    arm.verdict AS verdict,
    arm.reason AS reason
FROM answers
ORDER BY position;
