-- experiment_metric_stats: the sufficient statistics of every metric in every arm. Everything a scorecard
-- says about a metric follows from these rows; they can be stored, added up and inferred from later.
--
-- Parameters: environment_key String, feature_name String, window_start and window_end
-- DateTime64(3, 'UTC') (half-open window), metrics
-- Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool)).
--
-- One row per metric and exposed variant, ordered by the metric's place in `metrics`, then by variant:
--     metric_id        UInt64   as given
--     event            String   as given
--     aggregation      String   as given: occurrence, count, sum or mean; anything else is refused
--     lower_is_better  Bool     as given
--     variant          String   the arm
--     n                UInt64   identities exposed to the variant and to no other, with or without events
--     sum              Float64  sum over those identities of the identity's value, in the metric's unit
--     sum_squares      Float64  sum over those identities of the square of the identity's value
--     invalid_values   UInt64   events whose `value` is no finite number and counted as 0; 0 where the
--                               aggregation does not read `value` (occurrence, count)
--
-- The value of an identity, over its events of that name in the window and not earlier than its first
-- exposure: occurrence 1 if there is any, else 0; count how many; sum the total of `value`; mean the
-- average of `value`; 0 without events. `value` is read as a decimal number, such as 3, -0.5 or 1e3:
-- blanks around it, hexadecimal digits, digit separators, an empty text, NaN, infinities and what
-- overflows to infinity are no finite number.
--
-- Accuracy: n and invalid_values are exact. sum and sum_squares are compensated sums (sumKahan) at both
-- levels, within each identity and over the identities: whole numbers are exact while the totals stay
-- below 2^53, other results are good to 1e-12 of the sum of the absolute terms at least. A total beyond
-- 1.8e308 is not finite, and inference withholds it as invalid_moments.
--
-- Identities meet their events by cityHash64 of the identifier, so that no text goes through the join.
-- n does not depend on the hash. Two identities of equal hash would share their events; the expected
-- number of such pairs is (exposed identities × identities with events) / 2^64: 5e-8 for a million of
-- each, 0.05 for a billion of each.
--
-- The settings at the end keep the session's own from changing the answer or the shape of the join.
--
-- Reads: the exposures of the feature twice (the identities, and the names of the variants), the metric
-- events once however many metrics there are. The events of each identity are gathered in arrays, one per
-- event name, and joined with the identity's exposure once; what counts is taken from the arrays, and all
-- aggregations derive from that. The exposed identities are the hashed side of the join.
CREATE OR REPLACE VIEW experiment_metric_stats AS
{{ statistics }}
ORDER BY
    metric_number,
    variant
{{ settings }}
