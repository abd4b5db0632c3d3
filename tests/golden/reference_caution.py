"""When a comparison deserves less trust than its numbers claim."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from reference_anytime import squared_relative_error
from reference_moments import Arm
from reference_posterior import Pair

WELL_KNOWN = Fraction(0.05)
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


def caution_of(pair: Pair, aggregation: str, prior: Mapping[str, float] | None) -> str:
    if prior is not None and Fraction(prior["stddev"]) ** 2 < pair.lift_variance:
        return "prior_decides"
    squared = squared_relative_error(pair)
    if squared is None or squared > WELL_KNOWN**2:
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
