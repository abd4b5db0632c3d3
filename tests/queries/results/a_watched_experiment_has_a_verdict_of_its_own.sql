-- Under the option verdict anytime the always-valid interval decides, and caution stands beside what is not settled.
-- Breaks when: the option does not reach the verdict, or the words are lost on the wire.
SELECT options.1 AS verdict_by, arm.variant, arm.verdict, arm.anytime_p_value < 0.05 AS is_called, isNull(arm.anytime_ci_low) AS no_ends, arm.caution, arm.anytime_reason
FROM
(
    SELECT arrayJoin([('fixed', ''), ('anytime', '{"verdict": "anytime"}')]) AS options
)
ARRAY JOIN experimentInference(
    [('control', 10000, 1000, 1000), ('barely', 10000, 1090, 1090), ('clearly', 10000, 1300, 1300), ('few', 60, 8, 8), ('worse', 9000, 600, 600)]
        ::Array(Tuple(variant String, n UInt64, sum Float64, sum_squares Float64)),
    'occurrence',
    false,
    options.2
) AS arm
ORDER BY verdict_by DESC, arm.variant;
