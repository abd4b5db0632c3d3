-- On proportions of raw 0 and 1, and on counts up to 10^9, our fields are what proportionsZTest ('unpooled')
-- says, but for two differences that vanish with n: the variance has n - 1 where the z test has n, and
-- p_value and the interval of the difference take Student's t where the z test takes the normal.
--
-- z: the difference over its standard error, from our `difference` and our `variance` with n in place of
-- n - 1, is the statistic of the z test (which takes the control minus the treatment), within 1e-9.
-- normal tail: erfc(|z|/√2) of this z is its p-value within 1e-12 (it computes 1 - cdf: not relative).
-- p_value: above that tail, and by less than (1 + z²)²/n of it, n the smaller arm: t with n - 1 degrees of
-- freedom at least has a tail heavier by (1 + z²)²/4n, and n - 1 adds (1 + z²)/2n, to first order.
-- interval: its half-width in the same way, by less than 2/n at 95 %.
-- Breaks when: the variance is pooled, or the tails are of another law.

CREATE TABLE raw ENGINE = Memory AS
SELECT
    variant,
    sipHash64(variant, identity) / exp2(64) < if(variant = 0, 0.30, 0.32) AS value
FROM system.one
ARRAY JOIN [0, 1]::Array(UInt8) AS variant
ARRAY JOIN range(if(variant = 0, 9000, 5000)) AS identity;

CREATE TABLE cases
(
    name String,
    control_sum UInt64,
    control_n UInt64,
    treatment_sum UInt64,
    treatment_n UInt64,
)
ENGINE = Memory;

INSERT INTO cases
SELECT
    'raw data',
    countIf(value AND variant = 0),
    countIf(variant = 0),
    countIf(value AND variant = 1),
    countIf(variant = 1)
FROM raw;

INSERT INTO cases VALUES
    ('small', 25, 100, 32, 120),
    ('equal rates', 250, 1000, 500, 2000),
    ('rare', 10, 10000, 25, 12000),
    ('nearly all', 9900, 10000, 9950, 10000),
    ('unequal sizes', 300, 1000, 33000, 100000),
    ('a large effect', 3000, 10000, 3500, 10000),
    ('large', 300000000, 1000000000, 300040000, 1000000000);

WITH
    answers AS
    (
        SELECT
            cases.*,
            experimentInference(
                [('control', control_n, control_sum, control_sum), ('b', treatment_n, treatment_sum, treatment_sum)]
                    ::Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64)),
                'occurrence',
                false,
                ''
            ) AS arms,
            arms[1] AS control,
            arms[2] AS treatment,
            proportionsZTest(control_sum, treatment_sum, control_n, treatment_n, 0.95, 'unpooled') AS theirs
        FROM cases
    ),
    statistics AS
    (
        SELECT
            *,
            (control.variance * (control_n - 1)) / control_n / control_n AS control_error,
            (treatment.variance * (treatment_n - 1)) / treatment_n / treatment_n AS treatment_error,
            treatment.difference / sqrt(control_error + treatment_error) AS z,
            erfc(abs(z) / sqrt(2)) AS tail,
            treatment.difference_ci_high - treatment.difference_ci_low AS width,
            theirs.4 - theirs.3 AS their_width,
            least(control_n, treatment_n) AS n
        FROM answers
    )
SELECT
    name,
    abs(z + theirs.1) <= 1e-9 AS z_agrees,
    abs(tail - theirs.2) <= 1e-12 AS normal_tail_agrees,
    treatment.p_value / tail - 1 BETWEEN 0 AND pow(1 + z * z, 2) / n AS p_value_agrees,
    abs(treatment.difference_ci_high + treatment.difference_ci_low + theirs.3 + theirs.4) <= 1e-9 * width
        AS centre_agrees,
    width / their_width - 1 BETWEEN -1e-12 AND 2 / n AS width_agrees
FROM statistics
ORDER BY name;
