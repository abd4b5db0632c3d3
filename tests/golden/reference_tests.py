"""Frequentist answers: Welch's test, corrections for many tests, and the smallest effect that a test finds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from mpmath import mp, mpf

from reference_moments import Estimate
from reference_numbers import normal_quantile, to_mpf, two_sided_quantile
from reference_posterior import Pair
from reference_students_t import two_sided_critical_value, two_sided_p_value

CORRECTIONS = ("none", "bonferroni", "holm", "hochberg", "benjamini_hochberg")


# Welch's test of the difference of means


def welch_degrees(control: Estimate, treatment: Estimate) -> Fraction:
    """Welch and Satterthwaite's degrees of freedom; one variance at least is above 0."""
    v0, v1 = control.squared_error, treatment.squared_error
    return (v0 + v1) ** 2 / (v0**2 / (control.n - 1) + v1**2 / (treatment.n - 1))


def difference_test(pair: Pair, confidence: float) -> tuple[mpf, mpf, mpf]:
    """(low, high) of the interval of the difference, and the two-sided p-value."""
    difference = to_mpf(pair.difference)
    squared_error = pair.control.squared_error + pair.treatment.squared_error
    if squared_error == 0:
        return difference, difference, mpf(1 if difference == 0 else 0)
    degrees = to_mpf(welch_degrees(pair.control, pair.treatment))
    error = mp.sqrt(to_mpf(squared_error))
    margin = two_sided_critical_value(to_mpf(1 - Fraction(confidence)), degrees) * error
    p_value = two_sided_p_value(difference / error, degrees)
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


def minimum_detectable_effect(pair: Pair, confidence: float, power: float) -> mpf:
    """The relative effect that a two-sided z-test with these errors finds with this power."""
    squared_error = pair.control.squared_error + pair.treatment.squared_error
    quantiles = two_sided_quantile(confidence) + normal_quantile(power)
    return quantiles * mp.sqrt(to_mpf(squared_error)) / to_mpf(pair.raw_control_mean)
