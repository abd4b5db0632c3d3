"""Anytime-valid inference on the lift: a normal mixture (Waudby-Smith et al. 2023) over m₁ − (1 + δ)m₀.

The statistic's squared error at the lift δ is V(δ) = u₁/n₁ + u₀/n₀ with u₁ = s₁² and u₀ = (1 + δ)²s₀², or with a
covariate the variance of (1 + δ)y − θx in control. While a mean is not known to 10 %, neither u counts less than the average of both over all identities. The set of lifts
is found from V's two branches, and each end is held against the definition.
"""

from __future__ import annotations

from fractions import Fraction

from mpmath import mp, mpf

from reference_numbers import root_of, to_mpf
from reference_posterior import Pair

# Of the means, relative to them.
SETTLED_ERROR = Fraction(0.1)

# Of an end in 80 digits.
RESIDUAL = mpf(10) ** -50


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


# The difference of m₁ and (1 + δ)m₀


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


def is_all_zero(pair: Pair) -> bool:
    return pair.raw_treatment_mean == 0 and pair.treatment.variance == 0


def squared_error_at(pair: Pair, lift: Fraction | mpf, is_pooled: bool) -> Fraction | mpf:
    """V(δ), by definition."""
    control, treatment = pair.control, pair.treatment
    number = to_mpf if isinstance(lift, mpf) else Fraction
    square, half, constant = map(number, pair.control_terms)
    own = [number(treatment.variance), square * (1 + lift) ** 2 - 2 * half * (1 + lift) + constant]
    sizes = [treatment.n, control.n]
    if is_pooled:
        pooled = sum(n * variance for n, variance in zip(sizes, own)) / sum(sizes)
        own = [max(variance, pooled) for variance in own]
    return sum(variance / n for n, variance in zip(sizes, own))


def branches(pair: Pair, is_pooled: bool) -> list[tuple[Fraction, Fraction]]:
    """(a, b) of V(δ) = a·u₁ + b·u₀, one for either being the larger."""
    n0, n1 = pair.control.n, pair.treatment.n
    if not is_pooled:
        return [(Fraction(1, n1), Fraction(1, n0))]
    total = n0 + n1
    return [
        (Fraction(1, total), Fraction(n0, total * n1) + Fraction(1, n0)),
        (Fraction(1, n1) + Fraction(n1, total * n0), Fraction(1, total)),
    ]


def unboundedness(pair: Pair, quantile: mpf, is_pooled: bool) -> mpf:
    """From 1 on the set of lifts has no ends: the largest share of m₀² that the square of its reach takes."""
    share = max(b for _, b in branches(pair, is_pooled)) * pair.control_terms[0] / pair.raw_control_mean**2
    return quantile**2 * to_mpf(share)


def lifts_within(pair: Pair, quantile: mpf, is_pooled: bool) -> tuple[mpf, mpf]:
    """The ends of {δ : (m₁ − (1 + δ)m₀)² ≤ quantile²·V(δ)}, which has some."""
    ends = []
    m0, lift = to_mpf(pair.raw_control_mean), to_mpf(pair.lift)
    s1 = to_mpf(pair.treatment.variance)
    for a, b in branches(pair, is_pooled):
        # (lift − δ)²·m₀² = v₁ + v·(1 + δ)² − 2h·(1 + δ) + c, a quadratic equation in 1 + δ.
        v1 = quantile**2 * to_mpf(a) * s1
        v, h, c = (quantile**2 * to_mpf(b * term) for term in pair.control_terms)
        square, half = m0**2 - v, (1 + lift) * m0**2 - h
        # half² − square·((1 + lift)²·m₀² − v₁ − c), without what cancels.
        ratio = (1 + lift) * m0**2
        under_root = square * (v1 + c) + (1 + lift) * ratio * v - 2 * ratio * h + h**2
        root = root_of(under_root, square * (v1 + c) + h**2)
        ends += [(half - root) / square - 1, (half + root) / square - 1]
    low, high = min(ends), max(ends)
    for end in (low, high):
        reach = quantile**2 * squared_error_at(pair, end, is_pooled)
        assert abs(((lift - end) * m0) ** 2 - reach) <= RESIDUAL * (reach + (lift * m0) ** 2 + RESIDUAL * m0**2)
    return low, high


def squared_distance(pair: Pair, lift: Fraction = Fraction(0)) -> mpf:
    """z²(δ); infinite where nothing varies and the lift is another."""
    distance = (pair.lift - lift) * pair.raw_control_mean
    error = squared_error_at(pair, lift, not is_settled(pair))
    if distance == 0:
        return mpf(0)
    return to_mpf(distance**2 / error) if error else mp.inf


def side_of(pair: Pair, edge: Fraction, anytime: str, confidence: float, tuning: float) -> int:
    """1 where all of the set is above the edge, -1 where all of it is below, 0 where the edge is in it."""
    distance = pair.lift - edge
    if anytime == "delta":
        variance = pair.lift_variance
        squared = to_mpf(distance**2 / variance) if variance else mp.inf if distance else mpf(0)
    else:
        # Nothing tells how far above 0 the mean of zeros is.
        squared = mpf(0) if edge < 0 and is_all_zero(pair) else squared_distance(pair, edge)
    if squared <= sequential_quantile(identities(pair), level(confidence), tuning) ** 2:
        return 0
    return 1 if distance > 0 else -1


def difference_test_of_lift(
    pair: Pair, confidence: float, tuning: float
) -> tuple[mpf | None, mpf | None, mpf]:
    """(low, high) of the lift, None where the set has no ends, and the p-value."""
    n, alpha = identities(pair), level(confidence)
    p_value = mixture_p_value(squared_distance(pair), n, alpha, tuning)
    quantile, is_pooled = sequential_quantile(n, alpha, tuning), not is_settled(pair)
    if is_all_zero(pair) or unboundedness(pair, quantile, is_pooled) >= 1:
        return None, None, p_value
    return *lifts_within(pair, quantile, is_pooled), p_value
