"""The statistic of a lift, T(δ) = (M − (1 + δ)·m₀)/√V(δ), and the set of lifts that it keeps within a critical value
(Fieller 1954).

V(δ) = u₁/n₁ + u₀/n₀ is the squared error of M − (1 + δ)·m₀, with u₁ = s₁² and u₀ = (1 + δ)²·s₀²; with a covariate M
is the adjusted mean, u₁ the variance of y − θx in the treatment, and u₀ that of (1 + δ)·y − θx in control. Pooled,
neither u counts less than the average of both over all identities, so that V is the larger of two branches.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mpmath import mp, mpf

from reference_numbers import root_of, to_mpf
from reference_posterior import Pair

# Of an end in 80 digits.
RESIDUAL = mpf(10) ** -50


@dataclass(frozen=True)
class Branch:
    """V = treatment + square·R² − 2·half·R + constant of R = 1 + δ."""

    treatment: Fraction
    square: Fraction
    half: Fraction
    constant: Fraction

    def squared_error_at(self, factor: Fraction | mpf) -> Fraction | mpf:
        number = to_mpf if isinstance(factor, mpf) else Fraction
        treatment, square, half, constant = map(
            number, (self.treatment, self.square, self.half, self.constant)
        )
        return treatment + square * factor**2 - 2 * half * factor + constant


def branches(pair: Pair, is_pooled: bool) -> list[Branch]:
    """One, or pooled one for either u being the larger."""
    n0, n1 = pair.control.n, pair.treatment.n
    shares = [(Fraction(1, n1), Fraction(1, n0))]
    if is_pooled:
        total = n0 + n1
        shares = [
            (Fraction(1, total), Fraction(n0, total * n1) + Fraction(1, n0)),
            (Fraction(1, n1) + Fraction(n1, total * n0), Fraction(1, total)),
        ]
    return [
        Branch(own * pair.treatment.variance, *(other * term for term in pair.control_terms))
        for own, other in shares
    ]


def squared_error_at(pair: Pair, lift: Fraction | mpf, is_pooled: bool) -> Fraction | mpf:
    """V(δ), by definition."""
    number = to_mpf if isinstance(lift, mpf) else Fraction
    own = [number(pair.treatment.variance), pair.control_variance_at(1 + lift)]
    sizes = [pair.treatment.n, pair.control.n]
    if is_pooled:
        pooled = sum(n * variance for n, variance in zip(sizes, own)) / sum(sizes)
        own = [max(variance, pooled) for variance in own]
    return sum(variance / n for n, variance in zip(sizes, own))


def distance_at(pair: Pair, lift: Fraction) -> Fraction:
    """M − (1 + δ)·m₀."""
    return pair.difference - lift * pair.raw_control_mean


def in_errors(distance: Fraction | mpf, squared_error: Fraction | mpf) -> mpf:
    """distance/√squared_error; where nothing varies −∞, 0 or ∞."""
    if distance == 0:
        return mpf(0)
    if squared_error <= 0:
        return mp.inf if distance > 0 else -mp.inf
    return to_mpf(distance) / mp.sqrt(to_mpf(squared_error))


def statistic_at(pair: Pair, lift: Fraction, is_pooled: bool) -> mpf:
    """T(δ)."""
    return in_errors(distance_at(pair, lift), squared_error_at(pair, lift, is_pooled))


def is_all_zero(pair: Pair) -> bool:
    return pair.raw_treatment_mean == 0 and pair.treatment.variance == 0


def unboundedness(pair: Pair, quantile: mpf, is_pooled: bool) -> mpf:
    """g; from 1 on the set of lifts has no ends: the largest share of m₀² that the square of its reach takes."""
    square = max(branch.square for branch in branches(pair, is_pooled))
    return quantile**2 * to_mpf(square / pair.raw_control_mean**2)


def lifts_within(pair: Pair, quantile: mpf, is_pooled: bool) -> tuple[mpf, mpf]:
    """The ends of {δ : |T(δ)| ≤ quantile}, which has some."""
    ends = []
    m0, mean = to_mpf(pair.raw_control_mean), to_mpf(pair.raw_control_mean + pair.difference)
    for branch in branches(pair, is_pooled):
        # (M − R·m₀)² = v₁ + v·R² − 2h·R + c, a quadratic equation in R.
        v1, v, h, c = (
            quantile**2 * to_mpf(term)
            for term in (branch.treatment, branch.square, branch.half, branch.constant)
        )
        square, half = m0**2 - v, mean * m0 - h
        # half² − square·(M² − v₁ − c), without what cancels.
        under_root = square * (v1 + c) + mean**2 * v - 2 * mean * m0 * h + h**2
        root = root_of(under_root, square * (v1 + c) + mean**2 * v + h**2)
        ends += [(half - root) / square - 1, (half + root) / square - 1]
    low, high = min(ends), max(ends)
    for end in (low, high):
        reach = quantile**2 * squared_error_at(pair, end, is_pooled)
        distance = mean - (1 + end) * m0
        assert abs(distance**2 - reach) <= RESIDUAL * (reach + (mean - m0) ** 2 + RESIDUAL * m0**2)
    return low, high
