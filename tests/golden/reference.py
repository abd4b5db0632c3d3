"""The reference for experimentInference and sampleRatioMismatch, in exact and 80-digit arithmetic.

Moments are taken as the exact values of their doubles: everything rational is a Fraction, everything
else an mpmath number of 80 digits, and each result is rounded once, to the nearest double. The formulas
and rules are those of the contract (flat-prior normal approximation, delta method for the relative
lift); README.md beside this file lists the rules in full.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Mapping, Sequence

from mpmath import mp, mpf

mp.dps = 80

DEFAULT_OPTIONS: dict[str, Any] = {
    "control": "control",
    "confidence": 0.95,
    "min_identities": 50,
    "min_conversions": 5,
    "win_threshold": 0.95,
}
MAX_EXACT_INTEGER = 2**53
DOUBLE_EPSILON = Fraction(1, 2**52)
MIN_TOTAL_IDENTITIES = 100
MISMATCH_BELOW = Fraction(1, 1000)

COLLECTING_DATA = {"no_control", "too_few_identities", "too_few_conversions"}
INFERENCE_FIELDS = ("lift", "ci_low", "ci_high", "chance_to_win")

Number = float | Fraction


@dataclass(frozen=True)
class Arm:
    """One variant's moments, as they reach the function."""

    variant: str
    n: int
    sum: Number
    sum_squares: Number


@dataclass(frozen=True)
class Effect:
    """The relative lift of a treatment: its mean and standard error."""

    lift: Fraction
    squared_error: Fraction


def is_finite(value: Number) -> bool:
    return isinstance(value, Fraction) or math.isfinite(value)


def is_exact_integer(value: Number) -> bool:
    return Fraction(value).denominator == 1 and abs(value) <= MAX_EXACT_INTEGER


def squared_deviations(arm: Arm) -> Fraction:
    """sum_squares - sum²/n, exactly."""
    return Fraction(arm.sum_squares) - Fraction(arm.sum) ** 2 / arm.n


def rounding_noise(arm: Arm) -> Fraction:
    """How far sum_squares - sum²/n may be off when both moments were rounded to doubles once."""
    return DOUBLE_EPSILON * (Fraction(arm.sum_squares) + 2 * Fraction(arm.sum) ** 2 / arm.n)


def has_invalid_moments(arm: Arm, aggregation: str) -> bool:
    if not (is_finite(arm.sum) and is_finite(arm.sum_squares)):
        return True
    if arm.sum_squares < 0 or arm.n > MAX_EXACT_INTEGER:
        return True
    if arm.n == 0:
        return arm.sum != 0 or arm.sum_squares != 0
    if aggregation == "occurrence" and not (0 <= arm.sum <= arm.n and arm.sum_squares == arm.sum):
        return True
    if aggregation == "count" and arm.sum < 0:
        return True
    deviations = squared_deviations(arm)
    if is_exact_integer(arm.sum) and is_exact_integer(arm.sum_squares):
        return deviations < 0
    # A plain sum over n values is rounded n times: below 0 by no more is lost precision, not bad data.
    return deviations < -arm.n * rounding_noise(arm)


def has_lost_precision(arm: Arm) -> bool:
    """For valid moments: is the variance below the rounding noise?"""
    if arm.n == 0 or (is_exact_integer(arm.sum) and is_exact_integer(arm.sum_squares)):
        return False
    return squared_deviations(arm) <= rounding_noise(arm)


def moments_reason(arm: Arm, aggregation: str) -> str:
    """`invalid_moments`, `precision_lost` or '' for the arm taken alone."""
    if has_invalid_moments(arm, aggregation):
        return "invalid_moments"
    return "precision_lost" if has_lost_precision(arm) else ""


def mean_of(arm: Arm, aggregation: str) -> Fraction | None:
    if arm.n == 0 or has_invalid_moments(arm, aggregation):
        return None
    return Fraction(arm.sum) / arm.n


def variance_of(arm: Arm, aggregation: str) -> Fraction | None:
    if arm.n < 2 or moments_reason(arm, aggregation):
        return None
    return squared_deviations(arm) / (arm.n - 1)


def is_below_conversions(arm: Arm, floor: float) -> bool:
    return arm.sum < floor  # False for NaN


def withheld_reason(
    treatment: Arm, control: Arm | None, aggregation: str, options: Mapping[str, Any]
) -> str:
    """The first reason that applies to a treatment, or ''."""
    if control is None:
        return "no_control"
    arms = (treatment, control)
    if any(arm.n < max(2, options["min_identities"]) for arm in arms):
        return "too_few_identities"
    if aggregation == "occurrence" and any(
        is_below_conversions(arm, options["min_conversions"]) for arm in arms
    ):
        return "too_few_conversions"
    control_mean = mean_of(control, aggregation)
    if control_mean is not None and control_mean <= 0:
        return "control_mean_not_positive"
    reasons = [moments_reason(arm, aggregation) for arm in arms]
    for reason in ("precision_lost", "invalid_moments"):
        if reason in reasons:
            return reason
    return ""


def effect_of(treatment: Arm, control: Arm) -> Effect:
    """Delta method: se² = s₁²/(n₁·m₀²) + m₁²·s₀²/(n₀·m₀⁴)."""
    m0, m1 = Fraction(control.sum) / control.n, Fraction(treatment.sum) / treatment.n
    v0 = squared_deviations(control) / (control.n - 1)
    v1 = squared_deviations(treatment) / (treatment.n - 1)
    squared_error = v1 / (treatment.n * m0**2) + m1**2 * v0 / (control.n * m0**4)
    return Effect(lift=(m1 - m0) / m0, squared_error=squared_error)


def to_mpf(value: Fraction) -> mpf:
    return mpf(value.numerator) / mpf(value.denominator)


@lru_cache(maxsize=None)
def two_sided_quantile(confidence: float) -> mpf:
    """z with Φ(z) - Φ(-z) = confidence."""
    return mp.sqrt(2) * mp.erfinv(mpf(confidence))


def chances(effect: Effect, lower_is_better: bool) -> tuple[mpf, mpf]:
    """(chance to win, chance to lose), each by its own tail."""
    if effect.squared_error == 0:
        up = mpf((effect.lift > 0) - (effect.lift < 0) + 1) / 2
        down = 1 - up
    else:
        z = to_mpf(effect.lift) / mp.sqrt(to_mpf(effect.squared_error))
        up, down = mp.ncdf(z), mp.ncdf(-z)
    return (down, up) if lower_is_better else (up, down)


def verdict_of(win: mpf, lose: mpf, win_threshold: float) -> str:
    if win >= mpf(win_threshold):
        return "winning"
    return "losing" if lose >= mpf(win_threshold) else "inconclusive"


def to_double(value: Fraction | mpf | None) -> float | None:
    return None if value is None else float(value)


def raw_row(arm: Arm, is_control: bool, aggregation: str) -> dict[str, Any]:
    return {
        "variant": arm.variant,
        "is_control": is_control,
        "n": arm.n,
        "mean": to_double(mean_of(arm, aggregation)),
        "variance": to_double(variance_of(arm, aggregation)),
        **dict.fromkeys(INFERENCE_FIELDS),
    }


def control_row(arm: Arm, aggregation: str) -> dict[str, Any]:
    reason = moments_reason(arm, aggregation)
    if not reason and arm.n < 2:
        reason = "too_few_identities"
    return {**raw_row(arm, True, aggregation), "verdict": "control", "reason": reason}


def treatment_row(
    arm: Arm,
    control: Arm | None,
    aggregation: str,
    lower_is_better: bool,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    row = raw_row(arm, False, aggregation)
    reason = withheld_reason(arm, control, aggregation, options)
    if reason:
        verdict = "collecting_data" if reason in COLLECTING_DATA else "undefined"
        return {**row, "verdict": verdict, "reason": reason}
    effect = effect_of(arm, control)
    lift = to_mpf(effect.lift)
    margin = two_sided_quantile(options["confidence"]) * mp.sqrt(to_mpf(effect.squared_error))
    win, lose = chances(effect, lower_is_better)
    row |= {
        "lift": to_double(effect.lift),
        "ci_low": to_double(lift - margin),
        "ci_high": to_double(lift + margin),
        "chance_to_win": to_double(win),
    }
    return {**row, "verdict": verdict_of(win, lose, options["win_threshold"]), "reason": ""}


def infer(
    arms: Sequence[Arm],
    aggregation: str,
    lower_is_better: bool,
    options: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """One row per arm, in the order given."""
    options = DEFAULT_OPTIONS | dict(options)
    control = next((arm for arm in arms if arm.variant == options["control"]), None)
    return [
        control_row(arm, aggregation)
        if arm is control
        else treatment_row(arm, control, aggregation, lower_is_better, options)
        for arm in arms
    ]


def chi_squared_survival(statistic: Fraction, degrees_of_freedom: int) -> mpf:
    """Q(df/2, x/2) by its finite sum, every term of which is positive.

    Even df: e⁻ʰ Σ hᵏ/k!, k = 0 … df/2 - 1, with h = x/2.
    Odd df: erfc(√h) + e⁻ʰ Σ hᵏ⁺¹ᐟ²/Γ(k + 3/2), k = 0 … (df - 3)/2.
    """
    half = to_mpf(statistic) / 2
    if half == 0:
        return mpf(1)
    shift = mpf(degrees_of_freedom % 2) / 2
    term = half**shift / mp.gamma(1 + shift)
    total = mpf(0)
    for k in range(degrees_of_freedom // 2):
        total += term
        term *= half / (k + 1 + shift)
    tail = mp.erfc(mp.sqrt(half)) if shift else mpf(0)
    return tail + mp.exp(-half) * total


def sample_ratio_withheld(
    observed: Mapping[str, int], expected: Mapping[str, float]
) -> tuple[str, str] | None:
    """(verdict, reason) when the test says nothing."""
    if sum(observed.values()) < MIN_TOTAL_IDENTITIES:
        return "collecting_data", "too_few_identities"
    if not expected:
        return "undefined", "no_expected_shares"
    if not all(math.isfinite(share) and share > 0 for share in expected.values()):
        return "undefined", "invalid_expected_shares"
    return ("undefined", "single_variant") if len(expected) == 1 else None


def pearson(observed: Mapping[str, int], expected: Mapping[str, float]) -> Fraction:
    """χ² over the expected variants, shares normalised exactly."""
    total = sum(observed.get(variant, 0) for variant in expected)
    all_shares = sum(Fraction(share) for share in expected.values())
    counts = {variant: Fraction(share) / all_shares * total for variant, share in expected.items()}
    return sum(
        ((observed.get(variant, 0) - count) ** 2 / count for variant, count in counts.items()),
        Fraction(0),
    )


def sample_ratio(observed: Mapping[str, int], expected: Mapping[str, float]) -> dict[str, Any]:
    """The answer of sampleRatioMismatch."""
    withheld = sample_ratio_withheld(observed, expected)
    if withheld:
        return {"p_value": None, "chi_squared": None, "verdict": withheld[0], "reason": withheld[1]}
    p_value = statistic = None
    if sum(observed.get(variant, 0) for variant in expected) >= MIN_TOTAL_IDENTITIES:
        statistic = pearson(observed, expected)
        p_value = chi_squared_survival(statistic, len(expected) - 1)
    is_unexpected = any(count > 0 and variant not in expected for variant, count in observed.items())
    is_mismatch = is_unexpected or (p_value is not None and p_value < to_mpf(MISMATCH_BELOW))
    return {
        "p_value": to_double(p_value),
        "chi_squared": to_double(statistic),
        "verdict": "mismatch" if is_mismatch else "ok",
        "reason": "unexpected_variant" if is_unexpected else "",
    }
