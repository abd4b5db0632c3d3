"""Student's t: two-sided tails and quantiles for any degrees of freedom, to 60 digits or more.

Both tails are series with positive terms, so nothing cancels: the incomplete beta function's own series
far out, and near the centre the one for the complement, with digits to spare for 1 minus it.
"""

from __future__ import annotations

import math
from functools import lru_cache

from mpmath import mp, mpf
from scipy.stats import t as scipy_t

DIGITS = 60
# e^-2000 is far below the smallest double.
UNDERFLOW_EXPONENT = 2000
MAX_TAIL_TERMS = 600
# A step of Halley's method triples the digits.
SMALL_STEP = mpf(10) ** -21


@lru_cache(maxsize=None)
def density_at_zero(degrees: mpf, digits: int) -> mpf:
    """Γ((ν + 1)/2) / (√(πν)·Γ(ν/2))."""
    with mp.workdps(digits + 2 * int(mp.log10(degrees + 1)) + 20):
        difference = mp.loggamma((degrees + 1) / 2) - mp.loggamma(degrees / 2)
        return mp.exp(difference) / mp.sqrt(mp.pi * degrees)


def density(t: mpf, degrees: mpf) -> mpf:
    exponent = (degrees + 1) / 2 * mp.log1p(t * t / degrees)
    return density_at_zero(degrees, DIGITS) * mp.exp(-exponent)


def series(ratio_of_terms, limit: mpf) -> mpf:
    """1 + r₀ + r₀r₁ + …, until the rest is below `limit` of it."""
    total = term = mpf(1)
    k = 0
    while True:
        ratio = ratio_of_terms(k)
        term *= ratio
        total += term
        k += 1
        if ratio < 1 and term < limit * total * (1 - ratio):
            return total


def outer_tail(t: mpf, degrees: mpf, digits: int) -> mpf:
    """x^a·√(1 - x)/(a·B(a, ½))·Σ (a + ½)ₖ/(a + 1)ₖ·xᵏ with a = ν/2 and x = ν/(ν + t²)."""
    x = degrees / (degrees + t * t)
    a = degrees / 2
    total = series(lambda k: (a + mpf(1) / 2 + k) / (a + 1 + k) * x, mpf(10) ** -digits)
    # 1/(a·B(a, ½)) is the density at 0 times 2/√ν, and √(1 - x) is t·√(x/ν).
    scale = 2 * density_at_zero(degrees, digits) * t / degrees
    return scale * mp.exp(-(a + mpf(1) / 2) * mp.log1p(t * t / degrees)) * total


def inner_mass(t: mpf, degrees: mpf, digits: int) -> mpf:
    """P(|T| ≤ t) = 2·t·density·Σ ((ν + 1)/2)ₖ/(3/2)ₖ·yᵏ with y = t²/(ν + t²), up to (1 + t²/ν)."""
    y = t * t / (degrees + t * t)
    half = (degrees + 1) / 2
    total = series(lambda k: (half + k) / (mpf(3) / 2 + k) * y, mpf(10) ** -digits)
    power = mp.exp(-half * mp.log1p(t * t / degrees))
    return 2 * t * density_at_zero(degrees, digits) * power * total


def two_sided_p_value(t: mpf, degrees: mpf) -> mpf:
    """P(|T| > |t|); 0 if it is far below the range of doubles."""
    t = abs(t)
    if t == 0:
        return mpf(1)
    rate = mp.log1p(t * t / degrees)
    exponent = degrees / 2 * rate
    if exponent > UNDERFLOW_EXPONENT:
        return mpf(0)
    if DIGITS * math.log(10) / rate < MAX_TAIL_TERMS:
        with mp.workdps(DIGITS + 25):
            return outer_tail(t, degrees, DIGITS)
    digits = DIGITS + int(exponent / math.log(10))
    with mp.workdps(digits + 25):
        return 1 - inner_mass(t, degrees, digits)


@lru_cache(maxsize=None)
def two_sided_critical_value(tails: mpf, degrees: mpf) -> mpf:
    """t with P(|T| > t) = tails: scipy's, refined by Halley's method."""
    t = mpf(float(scipy_t.isf(float(tails) / 2, float(degrees))))
    for _ in range(20):
        step = (two_sided_p_value(t, degrees) - tails) / (2 * density(t, degrees))
        # The density's own slope is -(ν + 1)·t/(ν + t²) of it.
        step /= 1 - step * (degrees + 1) * t / (2 * (degrees + t * t))
        t += step
        if abs(step) < SMALL_STEP * t:
            return t
    raise ArithmeticError(f"no convergence for tails {tails} at {degrees} degrees of freedom")
