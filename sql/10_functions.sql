-- The functions users call, over the executables that scorecard_function.xml registers.
--
-- Each argument is cast, so that any tuple with the right names will do and the bytes that reach
-- the executable never follow the caller's types. Written by `make registration`.

CREATE OR REPLACE FUNCTION experimentInference AS (arms, aggregation, lower_is_better, options) -> scorecardInference(
    CAST(arms AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64, denominator_sum Nullable(Float64), denominator_sum_squares Nullable(Float64), denominator_product Nullable(Float64), covariate_sum Nullable(Float64), covariate_sum_squares Nullable(Float64), covariate_product Nullable(Float64), quantile Nullable(Float64), quantile_standard_error Nullable(Float64)))),
    CAST(aggregation AS String),
    CAST(lower_is_better AS Bool),
    CAST(options AS String)
);

CREATE OR REPLACE FUNCTION sampleRatioMismatch AS (observed, expected) -> scorecardSampleRatio(
    CAST(observed AS Map(String, UInt64)),
    CAST(expected AS Map(String, Float64))
);

CREATE OR REPLACE FUNCTION adjustPValues AS (p_values, method) -> scorecardAdjustPValues(
    CAST(p_values AS Array(Nullable(Float64))),
    CAST(method AS String)
);

CREATE OR REPLACE FUNCTION experimentSampleSize AS (mean, variance, minimum_effect, options) -> scorecardSampleSize(
    CAST(mean AS Float64),
    CAST(variance AS Nullable(Float64)),
    CAST(minimum_effect AS Float64),
    CAST(options AS String)
);

CREATE OR REPLACE FUNCTION experimentPower AS (mean, variance, minimum_effect, identities, options) -> scorecardPower(
    CAST(mean AS Float64),
    CAST(variance AS Nullable(Float64)),
    CAST(minimum_effect AS Float64),
    CAST(identities AS UInt64),
    CAST(options AS String)
);

-- The version, for the health view to compare with.
CREATE OR REPLACE FUNCTION scorecardVersion AS () -> '0.2.0'
;
