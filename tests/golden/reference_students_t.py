"""Student's t: tails, quantiles and the expected excess for any degrees of freedom, to 40 digits.

Both tails are series with positive terms, so nothing cancels: the incomplete beta function's own series
far out, and near the centre the one for the complement, with digits to spare for 1 minus it.
"""

from __future__ import annotations

import math
from functools import lru_cache

from mpmath import mp, mpf
from scipy.stats import norm, t as scipy_t

DIGITS = 45
GUARD_BITS = 64
# e^-2000 is far below the smallest double.
UNDERFLOW_EXPONENT = 2000
MAX_TAIL_TERMS = 2000
# A step of Halley's method triples the digits.
SMALL_STEP = mpf(10) ** -14
# From here on scipy's quantiles of t are no start, and the normal ones are.
NORMAL_DEGREES = 1e8


@lru_cache(maxsize=None)
def density_at_zero(degrees: mpf, digits: int) -> mpf:
    """Γ((ν + 1)/2) / (√(πν)·Γ(ν/2))."""
    with mp.workdps(digits + 2 * int(mp.log10(degrees + 1)) + 20):
        difference = mp.loggamma((degrees + 1) / 2) - mp.loggamma(degrees / 2)
        return mp.exp(difference) / mp.sqrt(mp.pi * degrees)


def density(t: mpf, degrees: mpf, digits: int = DIGITS) -> mpf:
    exponent = (degrees + 1) / 2 * mp.log1p(t * t / degrees)
    return density_at_zero(degrees, digits) * mp.exp(-exponent)


def series(upper: mpf, lower: mpf, x: mpf, digits: int) -> mpf:
    """1 + Σ (upper)ₖ/(lower)ₖ·xᵏ, k = 1 …, all of it positive, in integers scaled by a power of 2."""
    bits = int(digits * 3.33) + GUARD_BITS
    upper_scaled, lower_scaled, x_scaled = (int(mp.ldexp(each, bits)) for each in (upper, lower, x))
    one = total = term = 1 << bits
    while term << (bits - GUARD_BITS // 2) > total:
        term = (term * upper_scaled // lower_scaled * x_scaled) >> bits
        total += term
        upper_scaled += one
        lower_scaled += one
    return mp.ldexp(mpf(total), -bits)


def outer_tail(t: mpf, degrees: mpf, digits: int) -> mpf:
    """x^a·√(1 - x)/(a·B(a, ½))·Σ (a + ½)ₖ/(a + 1)ₖ·xᵏ with a = ν/2 and x = ν/(ν + t²)."""
    x = degrees / (degrees + t * t)
    a = degrees / 2
    total = series(a + mpf(1) / 2, a + 1, x, digits)
    # 1/(a·B(a, ½)) is the density at 0 times 2/√ν, and √(1 - x) is t·√(x/ν).
    scale = 2 * density_at_zero(degrees, digits) * t / degrees
    return scale * mp.exp(-(a + mpf(1) / 2) * mp.log1p(t * t / degrees)) * total


def inner_mass(t: mpf, degrees: mpf, digits: int) -> mpf:
    """P(|T| ≤ t) = 2·t·density·Σ ((ν + 1)/2)ₖ/(3/2)ₖ·yᵏ with y = t²/(ν + t²), up to (1 + t²/ν)."""
    y = t * t / (degrees + t * t)
    half = (degrees + 1) / 2
    total = series(half, mpf(3) / 2, y, digits)
    power = mp.exp(-half * mp.log1p(t * t / degrees))
    return 2 * t * density_at_zero(degrees, digits) * power * total


@lru_cache(maxsize=None)
def two_sided_p_value(t: mpf, degrees: mpf, accuracy: int = DIGITS) -> mpf:
    """P(|T| > |t|), to that many digits; 0 if it is far below the range of doubles."""
    t = abs(t)
    if t == 0:
        return mpf(1)
    rate = mp.log1p(t * t / degrees)
    exponent = degrees / 2 * rate
    if exponent > UNDERFLOW_EXPONENT:
        return mpf(0)
    if accuracy * math.log(10) / rate < MAX_TAIL_TERMS:
        with mp.workdps(accuracy + 25):
            return outer_tail(t, degrees, accuracy)
    digits = accuracy + int(exponent / math.log(10))
    with mp.workdps(digits + 25):
        return 1 - inner_mass(t, degrees, digits)


@lru_cache(maxsize=None)
def two_sided_critical_value(tails: mpf, degrees: mpf) -> mpf:
    """t with P(|T| > t) = tails: scipy's, refined by Halley's method."""
    tail = float(tails) / 2
    start = norm.isf(tail) if degrees > NORMAL_DEGREES else scipy_t.isf(tail, float(degrees))
    t = mpf(float(start))
    for _ in range(20):
        step = (two_sided_p_value(t, degrees) - tails) / (2 * density(t, degrees))
        # The density's own slope is -(ν + 1)·t/(ν + t²) of it.
        step /= 1 - step * (degrees + 1) * t / (2 * (degrees + t * t))
        t += step
        if abs(step) < SMALL_STEP * t:
            return t
    raise ArithmeticError(f"no convergence for tails {tails} at {degrees} degrees of freedom")


def tails_at(t: mpf, degrees: mpf | None) -> tuple[mpf, mpf]:
    """(P(T < t), P(T > t)), each by its own tail. Of 0 and the infinities for any degrees of freedom."""
    if t == 0:
        return mpf(1) / 2, mpf(1) / 2
    outer = mpf(0) if mp.isinf(t) else two_sided_p_value(abs(t), degrees) / 2
    return (1 - outer, outer) if t > 0 else (outer, 1 - outer)


def expected_excess(t: mpf, degrees: mpf) -> mpf | None:
    """L(t) = E max(0, T − t) = (ν + t²)/(ν − 1)·density − t·P(T > t); None where that is infinite."""
    if degrees <= 1:
        return None
    # The two terms cancel to about 1/t² or 1/ν of each, whichever is more.
    digits = DIGITS + 2 * int(mp.log10(1 + min(t * t, degrees)))
    with mp.workdps(digits + 25):
        outer = two_sided_p_value(abs(t), degrees, digits) / 2
        above = outer if t > 0 else 1 - outer
        return (degrees + t * t) / (degrees - 1) * density(t, degrees, digits) - t * above
