"""Anytime-valid inference on the lift: a normal mixture (Waudby-Smith et al. 2023) over the statistic T(δ).

While a mean is not known to 10 %, V(δ) is the pooled one. Where control's mean is not positive there is no lift, and
the statistic is that of no difference, T(0).
"""

from __future__ import annotations

from fractions import Fraction

from mpmath import mp, mpf

from reference_numbers import to_mpf
from reference_posterior import Pair
from reference_statistic import in_errors, is_all_zero, lifts_within, statistic_at, unboundedness

# Of the means, relative to them.
SETTLED_ERROR = Fraction(0.1)


def mixture_scale(alpha: mpf, tuning: float) -> mpf:
    """ρ², which makes the sequence tightest at n = tuning."""
    return (-2 * mp.log(alpha) + mp.log(1 - 2 * mp.log(alpha))) / to_mpf(tuning)


def sequential_quantile(n: mpf, alpha: mpf, tuning: float) -> mpf:
    """What takes the place of z: √(2(nρ² + 1)·ln(√(nρ² + 1)/α)/(nρ²))."""
    information = n * mixture_scale(alpha, tuning)
    return mp.sqrt(2 * (information + 1) * mp.log(mp.sqrt(information + 1) / alpha) / information)


def mixture_p_value(squared_distance: mpf, n: mpf, alpha: mpf, tuning: float) -> mpf:
    """Of a distance in standard errors."""
    information = n * mixture_scale(alpha, tuning)
    exponent = information * squared_distance / (2 * (information + 1))
    return min(mpf(1), mp.sqrt(information + 1) * mp.exp(-exponent))


def identities(pair: Pair) -> mpf:
    return mpf(pair.control.n + pair.treatment.n)


def level(confidence: float) -> mpf:
    return to_mpf(1 - Fraction(confidence))


# As platforms have it: the lift over the delta method's standard error


def delta_test(pair: Pair, confidence: float, tuning: float) -> tuple[mpf, mpf, mpf]:
    """(low, high) of the confidence sequence of the lift, and its p-value."""
    lift, variance = to_mpf(pair.lift), to_mpf(pair.lift_variance)
    if variance == 0:
        return lift, lift, mpf(1 if lift == 0 else 0)
    n, alpha = identities(pair), level(confidence)
    margin = mp.sqrt(variance) * sequential_quantile(n, alpha, tuning)
    p_value = mixture_p_value(lift**2 / variance, n, alpha, tuning)
    return lift - margin, lift + margin, p_value


# The statistic T(δ)


def squared_relative_error(pair: Pair) -> Fraction | None:
    """The larger squared coefficient of variation over the smaller n; None with a mean of 0."""
    means = (pair.raw_control_mean, pair.raw_treatment_mean)
    if 0 in means:
        return None
    variances = (pair.control_terms[0], pair.treatment.variance)
    variations = [variance / mean**2 for variance, mean in zip(variances, means)]
    return max(variations) / min(pair.control.n, pair.treatment.n)


def is_settled(pair: Pair) -> bool:
    squared = squared_relative_error(pair)
    return squared is not None and squared <= SETTLED_ERROR**2


def squared_distance(pair: Pair, edge: Fraction, anytime: str, is_pooled: bool) -> mpf:
    """Of the data from a lift of `edge`, in standard errors; infinite where nothing varies and the lift is another."""
    if anytime == "delta":
        return in_errors(pair.lift - edge, pair.lift_variance) ** 2
    # Nothing tells how far above 0 the mean of zeros is.
    if edge < 0 and is_all_zero(pair):
        return mpf(0)
    return statistic_at(pair, edge, is_pooled or not is_settled(pair)) ** 2


def p_value_at(
    pair: Pair, edge: Fraction, anytime: str, is_pooled: bool, confidence: float, tuning: float
) -> mpf:
    squared = squared_distance(pair, edge, anytime, is_pooled)
    return mixture_p_value(squared, identities(pair), level(confidence), tuning)


def side_of(
    pair: Pair, edge: Fraction, anytime: str, is_pooled: bool, confidence: float, tuning: float
) -> int:
    """1 where all of the set is above the edge, -1 where all of it is below, 0 where the edge is in it."""
    quantile = sequential_quantile(identities(pair), level(confidence), tuning)
    if squared_distance(pair, edge, anytime, is_pooled) <= quantile**2:
        return 0
    return 1 if pair.difference > edge * pair.raw_control_mean else -1


def difference_test_of_lift(
    pair: Pair, is_pooled: bool, confidence: float, tuning: float
) -> tuple[mpf | None, mpf | None, mpf]:
    """(low, high) of the lift, None where the set has no ends, and the p-value."""
    n, alpha = identities(pair), level(confidence)
    p_value = p_value_at(pair, Fraction(0), "difference", is_pooled, confidence, tuning)
    quantile, is_pooled = sequential_quantile(n, alpha, tuning), is_pooled or not is_settled(pair)
    if not pair.has_lift or is_all_zero(pair) or unboundedness(pair, quantile, is_pooled) >= 1:
        return None, None, p_value
    return *lifts_within(pair, quantile, is_pooled), p_value
