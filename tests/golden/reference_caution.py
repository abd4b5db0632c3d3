"""When a comparison deserves less trust than its numbers claim, by itself: reference.py adds what only all the
treatments of a metric tell."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from reference_moments import Arm
from reference_posterior import Pair
from reference_statistic import squared_error_at

WELL_KNOWN = Fraction(0.05)
OWN_WELL_KNOWN = Fraction(0.07)
# Of those that did not convert.
REST_WELL_KNOWN = Fraction(0.1)
UNEVEN = 2
LOW_VARIANCE = Fraction(0.7)
# Conversions have no heavy tails, and a quantile does not feel them.
LIGHT_TAILED = ("occurrence", "quantile")


def variance_of_smaller_arm(pair: Pair) -> Fraction | None:
    """The smaller arm's variance over that of the larger, scaled by the square of their means, but not up."""
    arms = [(pair.control, pair.raw_control_mean), (pair.treatment, pair.raw_treatment_mean)]
    (small, small_mean), (large, large_mean) = sorted(arms, key=lambda arm: arm[0].n)
    if large.n < UNEVEN * small.n or large_mean == 0:
        return None
    expected = large.variance * min(Fraction(1), (small_mean / large_mean) ** 2)
    return small.variance / expected if expected else None


def squared_errors_of_means(
    pair: Pair, means: tuple[Fraction, Fraction]
) -> tuple[Fraction, Fraction] | None:
    """Of both arms together, the mean squared coefficient of variation over the smaller n; and the larger of each mean's
    own squared relative error. None with a mean of 0."""
    if not all(means):
        return None
    sizes = (pair.control.n, pair.treatment.n)
    variances = (pair.control_terms[0], pair.treatment.variance)
    squares = [variance / mean**2 for variance, mean in zip(variances, means)]
    together = sum(size * square for size, square in zip(sizes, squares)) / sum(sizes)
    return together / min(sizes), max(square / size for size, square in zip(sizes, squares))


def squared_error_beside_prior(pair: Pair, interval: str) -> Fraction:
    """Of the lift, by which the data are weighed against a prior."""
    if interval == "delta":
        return pair.lift_variance
    return squared_error_at(pair, Fraction(0), interval == "pooled") / pair.raw_control_mean**2


def prior_decides(pair: Pair, prior: Mapping[str, float], interval: str) -> bool:
    """Whether the prior has more than half of the weight."""
    return Fraction(prior["stddev"]) ** 2 < squared_error_beside_prior(pair, interval)


def caution_of(pair: Pair, aggregation: str) -> str:
    means = (pair.raw_control_mean, pair.raw_treatment_mean)
    squares = squared_errors_of_means(pair, means)
    if squares is None or squares[0] > WELL_KNOWN**2 or squares[1] > OWN_WELL_KNOWN**2:
        return "means_not_settled"
    if aggregation == "occurrence":
        rest = squared_errors_of_means(pair, (1 - means[0], 1 - means[1]))
        if rest is None or rest[1] > REST_WELL_KNOWN**2:
            return "means_not_settled"
    ratio = variance_of_smaller_arm(pair)
    if aggregation not in LIGHT_TAILED and ratio is not None and ratio < LOW_VARIANCE:
        return "variances_disagree"
    return ""


def beta_caution_of(arms: tuple[Arm, Arm], prior: Mapping[str, Any]) -> str:
    """The prior decides where an arm has less of either outcome than it adds."""
    alpha, beta = Fraction(prior["alpha"]), Fraction(prior["beta"])
    counts_less = (arm.sum < alpha or arm.n - Fraction(arm.sum) < beta for arm in arms)
    return "prior_decides" if any(counts_less) else ""
