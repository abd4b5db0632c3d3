"""One arm's moments: what they must satisfy, and the mean and variance that follow, exactly.

Moments are taken as the exact values of their doubles, so everything here is a Fraction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from reference_numbers import (
    DOUBLE_EPSILON,
    LARGEST_DOUBLE,
    MAX_EXACT_INTEGER,
    SMALLEST_NORMAL_DOUBLE,
    Number,
    is_exact_integer,
    is_finite,
)

DENOMINATOR_MOMENTS = ("denominator_sum", "denominator_sum_squares", "denominator_product")
COVARIATE_MOMENTS = ("covariate_sum", "covariate_sum_squares", "covariate_product")
QUANTILE_MOMENTS = ("quantile", "quantile_standard_error")
OPTIONAL_MOMENTS = DENOMINATOR_MOMENTS + COVARIATE_MOMENTS + QUANTILE_MOMENTS
# Metrics whose mean is no mean of the identities' values, so that no covariate adjusts it.
UNADJUSTED = ("ratio", "quantile")


@dataclass(frozen=True)
class Arm:
    """One variant's moments, as they reach the function. An optional moment of None or NaN is absent."""

    variant: str
    n: int
    sum: Number
    sum_squares: Number
    denominator_sum: Number | None = None
    denominator_sum_squares: Number | None = None
    denominator_product: Number | None = None
    covariate_sum: Number | None = None
    covariate_sum_squares: Number | None = None
    covariate_product: Number | None = None
    quantile: Number | None = None
    quantile_standard_error: Number | None = None


@dataclass(frozen=True)
class Estimate:
    """An arm's mean per identity and the variance per identity that its standard error comes from."""

    n: int
    mean: Fraction
    variance: Fraction

    @property
    def squared_error(self) -> Fraction:
        return self.variance / self.n


def is_present(value: Number | None) -> bool:
    return value is not None and value == value


def present(arm: Arm, names: Sequence[str]) -> list[Number]:
    """Those of the named moments that are there."""
    return [value for value in (getattr(arm, name) for name in names) if is_present(value)]


def centred(product: Number, left: Number, right: Number, n: int) -> Fraction:
    """Σlr - Σl·Σr/n."""
    return Fraction(product) - Fraction(left) * Fraction(right) / n


def squared_deviations(arm: Arm) -> Fraction:
    """sum_squares - sum²/n, exactly."""
    return centred(arm.sum_squares, arm.sum, arm.sum, arm.n)


def noise_of(product: Number, left: Number, right: Number, n: int) -> Fraction:
    """How far `centred` may be off when its three moments were rounded to doubles once."""
    return DOUBLE_EPSILON * (abs(Fraction(product)) + 2 * abs(Fraction(left) * Fraction(right)) / n)


def rounding_noise(arm: Arm) -> Fraction:
    return noise_of(arm.sum_squares, arm.sum, arm.sum, arm.n)


def has_exact_sums(arm: Arm) -> bool:
    return are_exact((arm.sum, arm.sum_squares))


def are_exact(moments: Sequence[Number]) -> bool:
    return all(map(is_exact_integer, moments))


# A second number per identity


def lowest_deviations(arm: Arm, other: Sequence[Number]) -> Fraction:
    """Below this its own centred squares are impossible; `other` are its sum, its squares and its product."""
    total, squares, _ = other
    if are_exact((total, squares)):
        return Fraction(0)
    return -arm.n * noise_of(squares, total, total, arm.n)


def excess_correlation(arm: Arm, other: Sequence[Number]) -> Fraction:
    """How far the square of the joint deviations is above the product of both own ones, which bounds it."""
    total, squares, joint = other
    deviations = centred(squares, total, total, arm.n)
    return centred(joint, arm.sum, total, arm.n) ** 2 - squared_deviations(arm) * deviations


def excess_correlation_allowed(arm: Arm, other: Sequence[Number]) -> Fraction:
    """By the rounding of the moments, to first order."""
    total, squares, joint = other
    if are_exact((arm.sum, arm.sum_squares, *other)):
        return Fraction(0)
    own_deviations = abs(squared_deviations(arm))
    deviations = abs(centred(squares, total, total, arm.n))
    joint_deviations = abs(centred(joint, arm.sum, total, arm.n))
    noise = rounding_noise(arm) * deviations + noise_of(squares, total, total, arm.n) * own_deviations
    return arm.n * (noise + 2 * noise_of(joint, arm.sum, total, arm.n) * joint_deviations)


def is_impossible(arm: Arm, other: Sequence[Number]) -> bool:
    """For finite moments: can the second number have these sums beside those of the first?"""
    total, squares, _ = other
    if arm.n == 0:
        return any(other)
    if squares < 0 or centred(squares, total, total, arm.n) < lowest_deviations(arm, other):
        return True
    return excess_correlation(arm, other) > excess_correlation_allowed(arm, other)


# The plain mean


def has_invalid_sums(arm: Arm, aggregation: str) -> bool:
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
    if has_exact_sums(arm):
        return deviations < 0
    # A plain sum over n values is rounded n times: below 0 by no more is lost precision, not bad data.
    return deviations < -arm.n * rounding_noise(arm)


def has_lost_precision(arm: Arm) -> bool:
    """For valid moments: is the variance below the rounding noise?"""
    if arm.n == 0 or has_exact_sums(arm):
        return False
    return squared_deviations(arm) <= rounding_noise(arm)


# Ratios: sum / denominator_sum


def ratio_reason(arm: Arm) -> str:
    """`missing_moments` or `denominator_not_positive`, or ''."""
    if len(present(arm, DENOMINATOR_MOMENTS)) < len(DENOMINATOR_MOMENTS):
        return "missing_moments"
    return "denominator_not_positive" if arm.denominator_sum <= 0 else ""


def ratio_mean(arm: Arm) -> Fraction:
    return Fraction(arm.sum) / Fraction(arm.denominator_sum)


def ratio_terms(arm: Arm) -> tuple[Fraction, Fraction, Fraction]:
    """Σm², 2RΣmd and R²Σd²."""
    ratio = ratio_mean(arm)
    return (
        Fraction(arm.sum_squares),
        2 * ratio * Fraction(arm.denominator_product),
        ratio**2 * Fraction(arm.denominator_sum_squares),
    )


def ratio_deviations(arm: Arm) -> Fraction:
    """Σ(m - Rd)², whose mean is 0: (n - 1)·D̄² times the delta method's variance."""
    own, product, denominator = ratio_terms(arm)
    return own - product + denominator


def ratio_noise(arm: Arm) -> Fraction:
    own, product, denominator = ratio_terms(arm)
    return DOUBLE_EPSILON * (own + abs(product) + denominator + 2 * abs(2 * denominator - product))


def has_exact_ratio(arm: Arm) -> bool:
    return has_exact_sums(arm) and are_exact(present(arm, DENOMINATOR_MOMENTS))


def has_invalid_ratio(arm: Arm) -> bool:
    """For an arm with all denominator moments, their sum positive."""
    moments = present(arm, DENOMINATOR_MOMENTS)
    if has_invalid_sums(arm, "ratio") or not all(map(is_finite, moments)) or is_impossible(arm, moments):
        return True
    allowed = 0 if has_exact_ratio(arm) else arm.n * ratio_noise(arm)
    return ratio_deviations(arm) < -allowed


def has_lost_ratio(arm: Arm) -> bool:
    return not has_exact_ratio(arm) and ratio_deviations(arm) <= ratio_noise(arm)


# Quantiles: a number that comes with its standard error


def has_invalid_quantile(arm: Arm) -> bool:
    """For an arm that has a quantile."""
    if not is_finite(arm.quantile) or not 0 < arm.n <= MAX_EXACT_INTEGER:
        return True
    error = arm.quantile_standard_error
    if not is_present(error):
        return False
    return not is_finite(error) or error < 0 or Fraction(error) ** 2 * arm.n > LARGEST_DOUBLE


def quantile_reason(arm: Arm) -> str:
    if not is_present(arm.quantile):
        return "" if arm.n == 0 and not is_present(arm.quantile_standard_error) else "missing_moments"
    if has_invalid_quantile(arm):
        return "invalid_moments"
    if arm.n == 1:
        return ""  # too few, whatever the error
    if not is_present(arm.quantile_standard_error):
        return "too_few_for_quantile"
    # An error of 0 is one of tied values, which says nothing; nor does a square too small for a double.
    is_lost = Fraction(arm.quantile_standard_error) ** 2 < SMALLEST_NORMAL_DOUBLE
    return "precision_lost" if is_lost else ""


# Any arm, taken alone


def moments_reason(arm: Arm, aggregation: str) -> str:
    """Why the arm taken alone has no mean or no variance, or ''."""
    if aggregation == "quantile":
        return quantile_reason(arm)
    if aggregation == "ratio":
        reason = ratio_reason(arm)
        if reason:
            return reason
        if has_invalid_ratio(arm):
            return "invalid_moments"
        return "precision_lost" if has_lost_ratio(arm) else ""
    if has_invalid_sums(arm, aggregation):
        return "invalid_moments"
    return "precision_lost" if has_lost_precision(arm) else ""


def mean_of(arm: Arm, aggregation: str) -> Fraction | None:
    if arm.n == 0 or moments_reason(arm, aggregation) not in ("", "precision_lost", "too_few_for_quantile"):
        return None
    if aggregation == "quantile":
        return Fraction(arm.quantile)
    return ratio_mean(arm) if aggregation == "ratio" else Fraction(arm.sum) / arm.n


def variance_of(arm: Arm, aggregation: str) -> Fraction | None:
    if arm.n < 2 or moments_reason(arm, aggregation):
        return None
    if aggregation == "quantile":
        return Fraction(arm.quantile_standard_error) ** 2 * arm.n
    if aggregation == "ratio":
        denominator_mean = Fraction(arm.denominator_sum) / arm.n
        return ratio_deviations(arm) / ((arm.n - 1) * denominator_mean**2)
    return squared_deviations(arm) / (arm.n - 1)


def estimate_of(arm: Arm, aggregation: str) -> Estimate:
    """For an arm that is sound alone and has at least two identities."""
    mean, variance = mean_of(arm, aggregation), variance_of(arm, aggregation)
    assert mean is not None and variance is not None, arm
    return Estimate(arm.n, mean, variance)


# CUPED: the mean with a covariate taken out


def has_covariate(arm: Arm) -> bool:
    return len(present(arm, COVARIATE_MOMENTS)) == len(COVARIATE_MOMENTS)


def lacks_covariates(arms: Sequence[Arm]) -> bool:
    """Some, but not all, of the covariate moments of these arms are there."""
    count = sum(len(present(arm, COVARIATE_MOMENTS)) for arm in arms)
    return 0 < count < len(COVARIATE_MOMENTS) * len(arms)


def has_invalid_covariate(arm: Arm) -> bool:
    moments = present(arm, COVARIATE_MOMENTS)
    return not all(map(is_finite, moments)) or is_impossible(arm, moments)


def theta_of(arms: Sequence[Arm]) -> Fraction:
    """Covariance over variance of the covariate, all arms taken as one; 0 if it is constant."""
    n = sum(arm.n for arm in arms)
    own, covariate, squares, product = (
        sum((Fraction(getattr(arm, name)) for arm in arms), Fraction(0))
        for name in ("sum", *COVARIATE_MOMENTS)
    )
    deviations = centred(squares, covariate, covariate, n)
    return centred(product, own, covariate, n) / deviations if deviations > 0 else Fraction(0)


def adjusted_deviations(arm: Arm, theta: Fraction) -> Fraction:
    """Σ((y - ȳ) - θ(x - x̄))²."""
    covariate = centred(arm.covariate_sum_squares, arm.covariate_sum, arm.covariate_sum, arm.n)
    product = centred(arm.covariate_product, arm.sum, arm.covariate_sum, arm.n)
    return squared_deviations(arm) + theta**2 * covariate - 2 * theta * product


def adjusted_noise(arm: Arm, theta: Fraction) -> Fraction:
    covariate = noise_of(arm.covariate_sum_squares, arm.covariate_sum, arm.covariate_sum, arm.n)
    product = noise_of(arm.covariate_product, arm.sum, arm.covariate_sum, arm.n)
    return rounding_noise(arm) + theta**2 * covariate + 2 * abs(theta) * product


def has_exact_moments(arm: Arm) -> bool:
    return has_exact_sums(arm) and are_exact(present(arm, COVARIATE_MOMENTS))


def adjusted_reason(arms: Sequence[Arm]) -> str:
    """`precision_lost` or `invalid_moments` of arms with covariates that are sound without, or ''."""
    if any(map(has_invalid_covariate, arms)):
        return "invalid_moments"
    theta, is_exact = theta_of(arms), all(map(has_exact_moments, arms))
    reasons = []
    for arm in arms:
        deviations, noise = adjusted_deviations(arm, theta), adjusted_noise(arm, theta)
        if is_exact:
            reasons.append("invalid_moments" if deviations < 0 else "")
        elif deviations <= noise:
            reasons.append("invalid_moments" if deviations < -arm.n * noise else "precision_lost")
    return next((reason for reason in ("precision_lost", "invalid_moments") if reason in reasons), "")


def joint_variances(arm: Arm, theta: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """The variance of y, θ times the covariance of y and x, and θ² times the variance of x."""
    covariate = centred(arm.covariate_sum_squares, arm.covariate_sum, arm.covariate_sum, arm.n)
    product = centred(arm.covariate_product, arm.sum, arm.covariate_sum, arm.n)
    deviations = (squared_deviations(arm), theta * product, theta**2 * covariate)
    own, cross, auxiliary = (each / (arm.n - 1) for each in deviations)
    return own, cross, auxiliary


def adjusted_estimate(arm: Arm, control: Arm, theta: Fraction) -> Estimate:
    """Centred at the control's covariate mean, so the control keeps its own mean."""
    shift = Fraction(arm.covariate_sum) / arm.n - Fraction(control.covariate_sum) / control.n
    variance = adjusted_deviations(arm, theta) / (arm.n - 1)
    return Estimate(arm.n, Fraction(arm.sum) / arm.n - theta * shift, variance)
