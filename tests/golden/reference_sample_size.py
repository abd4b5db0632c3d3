"""The reference for experimentSampleSize and experimentPower: two-sided z-tests, planned ahead."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from reference_numbers import normal_quantile, to_double, to_mpf, two_sided_quantile
from reference_anytime import sequential_quantile

DEFAULT_OPTIONS: dict[str, Any] = {
    "confidence": 0.95,
    "power": 0.8,
    "arms": 2,
    "allocation_ratio": 1,
    "correction": "bonferroni",
    "sequential": False,
    "sequential_tuning": 5000,
}
MIN_IDENTITIES = 2


@dataclass(frozen=True)
class Plan:
    """Standard deviations of the difference for one identity in control and k in the treatment.

    `null` is that of the test, `alternative` that under the effect; they differ for proportions.
    """

    difference: mpf
    null: mpf
    alternative: mpf
    ratio: mpf


def reason_of(mean: float, variance: float | None, effect: float) -> str:
    """The first reason that applies, or ''."""
    if not mean > 0:
        return "mean_not_positive"
    if variance is None:
        if not (mean < 1 and math.isfinite(effect) and 0 < Fraction(mean) * (1 + Fraction(effect)) < 1):
            return "not_a_proportion"
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


def bisect(is_enough: Callable[[mpf], bool], low: mpf, high: mpf) -> mpf:
    """Where `is_enough` begins to hold, to 40 digits."""
    while high - low > mpf(10) ** -40 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def needed_identities(plan: Plan, options: Mapping[str, Any]) -> mpf:
    """n₀: (z·null + z_power·alternative)²/difference², before it is rounded up."""
    z_power = normal_quantile(options["power"])

    def formula(identities: mpf) -> mpf:
        z = critical_value(plan, identities, options)
        return ((z * plan.null + z_power * plan.alternative) / plan.difference) ** 2

    if not options["sequential"]:
        return formula(mpf(1))
    high = mpf(1)
    while high < formula(high):
        high *= 2
    low = high
    while low >= formula(low):
        low /= 2
    return bisect(lambda identities: identities >= formula(identities), low, high)


def sample_size(
    mean: float, variance: float | None, effect: float, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer of experimentSampleSize."""
    options = DEFAULT_OPTIONS | dict(options)
    reason = reason_of(mean, variance, effect)
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
    reason = reason_of(mean, variance, effect)
    if not reason and identities * min(1, options["allocation_ratio"]) < MIN_IDENTITIES:
        reason = "too_few_identities"
    if reason:
        return {"power": None, "reason": reason}
    plan = plan_of(mean, variance, effect, options["allocation_ratio"])
    z = critical_value(plan, mpf(identities), options)
    reached = plan.difference * mp.sqrt(mpf(identities)) - z * plan.null
    return {"power": to_double(mp.ncdf(reached / plan.alternative)), "reason": ""}
