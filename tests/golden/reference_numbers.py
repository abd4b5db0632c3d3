"""The numbers of the reference: exact rationals, mpmath numbers of 80 digits, doubles at the very end."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from functools import lru_cache

from mpmath import mp, mpf

mp.dps = 80

MAX_EXACT_INTEGER = 2**53
DOUBLE_EPSILON = Fraction(1, 2**52)
LARGEST_DOUBLE = Fraction(sys.float_info.max)
SMALLEST_NORMAL_DOUBLE = Fraction(sys.float_info.min)

Number = float | Fraction


def is_finite(value: Number) -> bool:
    return isinstance(value, Fraction) or math.isfinite(value)


def is_exact_integer(value: Number) -> bool:
    return Fraction(value).denominator == 1 and abs(value) <= MAX_EXACT_INTEGER


def to_mpf(value: Number | int | mpf) -> mpf:
    if isinstance(value, Fraction):
        return mpf(value.numerator) / mpf(value.denominator)
    return mpf(value)


def to_double(value: Fraction | mpf | None) -> float | None:
    """The nearest double."""
    return None if value is None else float(value)


@lru_cache(maxsize=None)
def two_sided_quantile(confidence: float | Fraction) -> mpf:
    """z with Φ(z) - Φ(-z) = confidence."""
    return mp.sqrt(2) * mp.erfinv(to_mpf(confidence))


@lru_cache(maxsize=None)
def normal_quantile(probability: float) -> mpf:
    """Φ⁻¹(probability)."""
    return mp.sqrt(2) * mp.erfinv(to_mpf(2 * Fraction(probability) - 1))


def root_of(square: mpf, scale: mpf) -> mpf:
    """The root of what is no less than 0; what is rounding beside its terms, of this scale, is 0."""
    if abs(square) <= mpf(10) ** -60 * abs(scale):
        return mpf(0)
    return mp.sqrt(square)
