-- By the delta method chance_to_win is the normal probability that the lift lies on the good side of 0, as erfc of the engine
-- has it from our `lift` and `standard_error`: from nearly 1 down to 1e-300, up and down.
-- Both are doubles of the same quantity, and a far tail multiplies the rounding of lift/standard_error by
-- its square (1,400 at 1e-300): they agree to 1e-9 of the chance.
-- Breaks when: the standard error is another, a tail is computed as 1 - cdf, or lower_is_better is not read.

WITH
    cases AS
    (
        SELECT
            arrayJoin([90000, 98000, 99900, 100000, 100050, 101000, 103000, 111750]) AS conversions,
            arrayJoin([false, true]) AS lower_is_better
    ),
    answers AS
    (
        SELECT
            conversions,
            lower_is_better,
            experimentInference(
                [('control', 1000000, 100000, 100000), ('b', 1000000, conversions, conversions)]
                    ::Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64)),
                'occurrence',
                lower_is_better,
                '{"interval": "delta"}'
            )[2] AS arm
        FROM cases
    )
SELECT
    conversions,
    lower_is_better,
    arm.chance_to_win < 1e-100 AS below_1e_100,
    abs(arm.chance_to_win / (erfc(if(lower_is_better, 1, -1) * arm.lift / arm.standard_error / sqrt(2)) / 2) - 1) < 1e-9
        AS chance_to_win_agrees
FROM answers
ORDER BY conversions, lower_is_better;
