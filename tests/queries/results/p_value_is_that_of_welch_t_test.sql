-- On raw data, p_value and the interval of the difference are what welchTTest says of it: equal and unequal
-- sizes and variances, five identities, heavy tails, p down to the least double.
-- The difference is the treatment minus the control; welchTTest takes the first sample minus the second.
-- Both compute in doubles, welchTTest from sums of its own, so they agree to 1e-9: p_value relative to
-- itself, the interval relative to its width.
-- Breaks when: the variances are pooled, n is taken for n - 1, degrees of freedom are others or whole
-- numbers, or a tail is computed as 1 - cdf.

CREATE TABLE cases
(
    name String,
    control_n UInt32,
    treatment_n UInt32,
    treatment_mean Float64,
    treatment_stddev Float64,
    exponential Bool,
)
ENGINE = Memory;

INSERT INTO cases VALUES
    ('equal', 1000, 1000, 10.0, 1.0, false),
    ('small effect', 5000, 5000, 10.05, 1.0, false),
    ('unequal sizes', 100, 40000, 10.3, 1.0, false),
    ('unequal variances', 2000, 2000, 10.1, 7.0, false),
    ('unequal sizes and variances', 60, 3000, 9.5, 0.1, false),
    ('five identities', 5, 7, 12.0, 3.0, false),
    ('heavy tails', 3000, 2000, 11.0, 5.0, true),
    ('tiny p', 700, 900, 11.0, 0.2, false),
    ('p near the least double', 3000, 3000, 11.63, 2.0, false);

-- Normal values by Box and Muller from hashes, so that the data are the same everywhere.
CREATE TABLE samples ENGINE = Memory AS
WITH
    (sipHash64(name, variant, identity, 1) + 1) / exp2(64) AS u,
    sipHash64(name, variant, identity, 2) / exp2(64) AS v,
    if(exponential, -log(u) - 1, sqrt(-2 * log(u)) * cos(2 * pi() * v)) AS standard
SELECT
    name,
    variant,
    if(variant = 0, 10 + standard, treatment_mean + treatment_stddev * standard) AS value
FROM cases
ARRAY JOIN [0, 1]::Array(UInt8) AS variant
ARRAY JOIN range(if(variant = 0, control_n, treatment_n)) AS identity;

WITH
    moments AS
    (
        SELECT
            name,
            variant,
            count() AS n,
            sumKahan(value) AS sum,
            sumKahan(value * value) AS sum_squares
        FROM samples
        GROUP BY name, variant
    ),
    answers AS
    (
        SELECT
            name,
            arrayFirst(arm -> NOT arm.is_control, experimentInference(
                groupArray((if(variant = 0, 'control', 'b'), n, sum, sum_squares)
                    ::Tuple(variant String, n UInt64, sum Float64, sum_squares Float64)),
                'sum',
                false,
                '{"min_identities": 2}'
            )) AS ours
        FROM moments
        GROUP BY name
    ),
    tests AS
    (
        SELECT
            name,
            welchTTest(0.95)(value, variant) AS theirs
        FROM samples
        GROUP BY name
    )
SELECT
    name,
    theirs.2 < 0.05 AS below_5_percent,
    theirs.2 < 1e-280 AS below_1e_280,
    abs(ours.p_value / theirs.2 - 1) < 1e-9 AS p_value_agrees,
    abs(ours.difference_ci_low + theirs.4) < 1e-9 * (theirs.4 - theirs.3) AS low_end_agrees,
    abs(ours.difference_ci_high + theirs.3) < 1e-9 * (theirs.4 - theirs.3) AS high_end_agrees
FROM answers
INNER JOIN tests USING (name)
ORDER BY name;
