"""The reference for experimentSampleSize and experimentPower: two-sided z-tests, planned ahead.

The power is that of both tails: Φ(x − r·z) + Φ(−x − r·z) of the effect x in its own standard errors, r times which is
that of the test.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from reference_numbers import to_double, to_mpf, two_sided_quantile
from reference_anytime import sequential_quantile

DEFAULT_OPTIONS: dict[str, Any] = {
    "confidence": 0.95,
    "power": 0.8,
    "arms": 2,
    "allocation_ratio": 1,
    "correction": "bonferroni",
    "sequential": False,
    "sequential_tuning": 5000,
    "proportion": False,
}
MIN_IDENTITIES = 2
# Of a size, relative to it.
SIZE_TOLERANCE = mpf(10) ** -30


@dataclass(frozen=True)
class Plan:
    """Standard deviations of the difference for one identity in control and k in the treatment.

    `null` is that of the test, `alternative` that under the effect; they differ for proportions.
    """

    difference: mpf
    null: mpf
    alternative: mpf
    ratio: mpf


def reason_of(mean: float, variance: float | None, effect: float, is_proportion: bool) -> str:
    """The first reason that applies, or ''."""
    if not mean > 0:
        return "mean_not_positive"
    if is_proportion:
        if variance is not None:
            return "invalid_variance"
        if not (mean < 1 and math.isfinite(effect) and 0 < Fraction(mean) * (1 + Fraction(effect)) < 1):
            return "not_a_proportion"
    elif variance is None:
        return "no_variance"
    elif not (math.isfinite(variance) and variance > 0):
        return "invalid_variance"
    return "" if math.isfinite(effect) and effect != 0 else "invalid_effect"


def plan_of(mean: float, variance: float | None, effect: float, ratio: float) -> Plan:
    p0, k = Fraction(mean), Fraction(ratio)
    difference = abs(p0 * Fraction(effect))
    if variance is None:
        p1 = p0 * (1 + Fraction(effect))
        pooled = (p0 + k * p1) / (1 + k)
        null = pooled * (1 - pooled) * (1 + 1 / k)
        alternative = p0 * (1 - p0) + p1 * (1 - p1) / k
    else:
        null = alternative = Fraction(variance) * (1 + 1 / k)
    roots = [mp.sqrt(to_mpf(each)) for each in (null, alternative)]
    return Plan(to_mpf(difference), *roots, to_mpf(k))


def error_rate(options: Mapping[str, Any]) -> Fraction:
    """α of one comparison."""
    alpha = 1 - Fraction(options["confidence"])
    return alpha / (options["arms"] - 1) if options["correction"] == "bonferroni" else alpha


def critical_value(plan: Plan, identities: mpf, options: Mapping[str, Any]) -> mpf:
    """z, or its sequential counterpart for these identities in control and k times as many besides."""
    alpha = error_rate(options)
    if not options["sequential"]:
        return two_sided_quantile(1 - alpha)
    both = identities * (1 + plan.ratio)
    return sequential_quantile(both, to_mpf(alpha), options["sequential_tuning"])


def reached_power(plan: Plan, identities: mpf, options: Mapping[str, Any]) -> mpf:
    """With these identities in control and k times as many in the treatment, by both tails."""
    threshold = critical_value(plan, identities, options) * plan.null / plan.alternative
    effect = plan.difference * mp.sqrt(identities) / plan.alternative
    return mp.ncdf(effect - threshold) + mp.ncdf(-effect - threshold)


def needed_identities(plan: Plan, options: Mapping[str, Any]) -> mpf:
    """n₀ that reach the power, before it is rounded up; 0 where any do."""
    target = to_mpf(options["power"])

    def is_enough(identities: mpf) -> bool:
        return reached_power(plan, identities, options) >= target

    # A sequential test of nobody finds nothing.
    if not options["sequential"] and is_enough(mpf(0)):
        return mpf(0)
    low = high = (plan.alternative / plan.difference) ** 2
    while not is_enough(high):
        high *= 2
    while is_enough(low):
        low /= 2
    while high - low > SIZE_TOLERANCE * high:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def sample_size(
    mean: float, variance: float | None, effect: float, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer of experimentSampleSize."""
    options = DEFAULT_OPTIONS | dict(options)
    reason = reason_of(mean, variance, effect, options["proportion"])
    if reason:
        return {"control": None, "treatment": None, "total": None, "reason": reason}
    plan = plan_of(mean, variance, effect, options["allocation_ratio"])
    needed = needed_identities(plan, options)
    # An arm of fewer than two identities has no variance.
    control, treatment = max(mpf(2), mp.ceil(needed)), max(mpf(2), mp.ceil(plan.ratio * needed))
    total = control + (options["arms"] - 1) * treatment
    return {
        "control": to_double(control),
        "treatment": to_double(treatment),
        "total": to_double(total),
        "reason": "",
    }


def power(
    mean: float, variance: float | None, effect: float, identities: int, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer of experimentPower."""
    options = DEFAULT_OPTIONS | dict(options)
    reason = reason_of(mean, variance, effect, options["proportion"])
    if not reason and identities * min(1, options["allocation_ratio"]) < MIN_IDENTITIES:
        reason = "too_few_identities"
    if reason:
        return {"power": None, "reason": reason}
    plan = plan_of(mean, variance, effect, options["allocation_ratio"])
    return {"power": to_double(reached_power(plan, mpf(identities), options)), "reason": ""}
