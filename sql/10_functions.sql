-- The functions users call, over the executables that scorecard_function.xml registers.
--
-- Each argument is cast, so that any tuple with the right names will do and the bytes that reach
-- the executable never follow the caller's types. Written by `make registration`.

CREATE OR REPLACE FUNCTION experimentInference AS (arms, aggregation, lower_is_better, options) -> scorecardInference(
    CAST(arms AS Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64))),
    CAST(aggregation AS String),
    CAST(lower_is_better AS Bool),
    CAST(options AS String)
);

CREATE OR REPLACE FUNCTION sampleRatioMismatch AS (observed, expected) -> scorecardSampleRatio(
    CAST(observed AS Map(String, UInt64)),
    CAST(expected AS Map(String, Float64))
);
