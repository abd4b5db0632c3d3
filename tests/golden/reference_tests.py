"""Frequentist answers: Welch's test, corrections for many tests, and the smallest effect that a test finds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from mpmath import mp, mpf

from reference_moments import Estimate
from reference_numbers import normal_quantile, to_mpf, two_sided_quantile
from reference_posterior import Pair
from reference_students_t import two_sided_critical_value, two_sided_p_value

# Of a root, relative to it.
ROOT_TOLERANCE = mpf(10) ** -50

CORRECTIONS = ("none", "bonferroni", "holm", "hochberg", "benjamini_hochberg")


# Welch's test of the difference of means


def welch_degrees(control: Estimate, treatment: Estimate) -> Fraction:
    """Welch and Satterthwaite's degrees of freedom; one variance at least is above 0."""
    v0, v1 = control.squared_error, treatment.squared_error
    return (v0 + v1) ** 2 / (v0**2 / (control.n - 1) + v1**2 / (treatment.n - 1))


def difference_test(pair: Pair, squared_error: Fraction, confidence: float) -> tuple[mpf, mpf, mpf]:
    """(low, high) of the interval of the difference with this squared error, and the two-sided p-value."""
    difference = to_mpf(pair.difference)
    if squared_error == 0:
        return difference, difference, mpf(1 if difference == 0 else 0)
    degrees = to_mpf(welch_degrees(pair.control, pair.treatment))
    error = mp.sqrt(to_mpf(squared_error))
    margin = two_sided_critical_value(to_mpf(1 - Fraction(confidence)), degrees) * error
    p_value = two_sided_p_value(abs(difference / error), degrees)
    return difference - margin, difference + margin, p_value


# Many tests


def adjust_p_values(p_values: Sequence[mpf], correction: str) -> list[mpf]:
    """In the order given; `none` changes nothing."""
    count = len(p_values)
    order = sorted(range(count), key=lambda index: p_values[index])
    ranked = [p_values[index] for index in order]
    factors = {
        "none": [mpf(1)] * count,
        "bonferroni": [mpf(count)] * count,
        "holm": [mpf(count - rank) for rank in range(count)],
        "hochberg": [mpf(count - rank) for rank in range(count)],
        "benjamini_hochberg": [mpf(count) / (rank + 1) for rank in range(count)],
    }[correction]
    scaled = [min(mpf(1), factor * p_value) for factor, p_value in zip(factors, ranked)]
    if correction == "holm":
        adjusted = [max(scaled[: rank + 1]) for rank in range(count)]
    else:
        adjusted = [min(scaled[rank:]) for rank in range(count)]
    by_index = dict(zip(order, adjusted))
    return [by_index[index] for index in range(count)]


# Sensitivity


@lru_cache(maxsize=None)
def detectable_distance(confidence: float, power: float) -> mpf:
    """x with Φ(x − z) + Φ(−x − z) = power: in standard errors, what a two-sided z-test finds with this power.

    0 where the level alone finds as much.
    """
    z = two_sided_quantile(confidence)

    def found(distance: mpf) -> mpf:
        return mp.ncdf(distance - z) + mp.ncdf(-distance - z)

    target = to_mpf(power)
    if target <= to_mpf(1 - Fraction(confidence)):
        return mpf(0)
    # One tail finds less than both.
    low, high = mpf(0), z + normal_quantile(power) + 1
    while found(high) < target:
        high *= 2
    while high - low > ROOT_TOLERANCE * high:
        middle = (low + high) / 2
        low, high = (middle, high) if found(middle) < target else (low, middle)
    return (low + high) / 2


def one_tailed_distance(confidence: float, power: float) -> mpf:
    """z + z_power: the same without the chance to find it on the other side."""
    return max(mpf(0), two_sided_quantile(confidence) + normal_quantile(power))
