"""Exact tests of two proportions, where one arm has too few conversions for the normal approximation.

Of no difference: Fisher's test (1935), its smaller tail doubled (Fay 2010). At any time, and at a margin: universal
inference (Wasserman, Ramdas, Balakrishnan 2020) with the mixture of Krichevsky and Trofimov (1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from mpmath import mp, mpf

from reference_moments import Arm
from reference_numbers import is_exact_integer, to_mpf

LARGEST_COUNT = 1_000_000
# Digits beyond the working ones, for logarithms of factorials of up to 2^53.
FURTHER_DIGITS = 40
# What the terms left out of a sum may be of it.
NEGLIGIBLE = mpf(10) ** -90


@dataclass(frozen=True)
class Proportions:
    """Conversions and identities: k₀ of n₀ in control, k₁ of n₁ in the treatment."""

    k0: int
    n0: int
    k1: int
    n1: int

    @property
    def difference(self) -> Fraction:
        return Fraction(self.k1, self.n1) - Fraction(self.k0, self.n0)

    def side_of(self, ratio: Fraction) -> int:
        """1 where the treatment's share is above `ratio` times that of control, -1 where it is below."""
        distance = Fraction(self.k1, self.n1) - ratio * Fraction(self.k0, self.n0)
        return (distance > 0) - (distance < 0)

    @lru_cache(maxsize=None)
    def fisher_p_value(self) -> mpf:
        """min(1, 2·min(P(X ≤ k), P(X ≥ k))) of the arm with fewer conversions; of the other it is the same."""
        (k, n), (_, other) = sorted(((self.k0, self.n0), (self.k1, self.n1)))
        total = self.k0 + self.k1
        with mp.extradps(FURTHER_DIGITS):
            below = hypergeometric_sum(k, n, other, total, -1)
            # P(X ≥ k) is no less than 1 − P(X ≤ k).
            if below <= mpf(1) / 2:
                return 2 * below
            return min(mpf(1), 2 * min(below, hypergeometric_sum(k, n, other, total, 1)))

    @lru_cache(maxsize=None)
    def evidence(self, ratio: Fraction) -> mpf | None:
        """E against p₁ = ratio·p₀; None where no such share is positive."""
        if ratio <= 0:
            return None
        with mp.extradps(FURTHER_DIGITS):
            mixture = sum(log_mixture(k, n) for k, n in ((self.k0, self.n0), (self.k1, self.n1)))
            return mp.exp(mixture - self.log_largest_likelihood(to_mpf(ratio)))

    def log_largest_likelihood(self, ratio: mpf) -> mpf:
        """ln sup p^k₀·(1 − p)^(n₀ − k₀)·(Rp)^k₁·(1 − Rp)^(n₁ − k₁)."""
        count, total = self.k0 + self.k1, self.n0 + self.n1
        lost0, lost1 = self.n0 - self.k0, self.n1 - self.k1
        middle = count * (1 + ratio) + ratio * lost1 + lost0
        p = 2 * count / (middle + mp.sqrt(middle**2 - 4 * ratio * total * count))
        powers = ((p, self.k0), (1 - p, lost0), (ratio * p, self.k1), (1 - ratio * p, lost1))
        return mp.fsum(power * mp.log(base) for base, power in powers if power)

    def anytime_p_value(self, ratio: Fraction = Fraction(1)) -> mpf | None:
        evidence = self.evidence(ratio)
        return None if evidence is None else min(mpf(1), 1 / evidence)


def log_binomial(n: int, k: int) -> mpf:
    return mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)


def hypergeometric_sum(k: int, n: int, other: int, total: int, step: int) -> mpf:
    """P(X ≤ k) for a step of -1, P(X ≥ k) for one of 1: X of `total` conversions fall among n of n + other."""
    term = mp.exp(log_binomial(n, k) + log_binomial(other, total - k) - log_binomial(n + other, total))
    result, x = term, k
    while term > NEGLIGIBLE * result:
        if step < 0:
            term *= mpf(x * (other - total + x)) / ((n - x + 1) * (total - x + 1))
        else:
            term *= mpf((n - x) * (total - x)) / ((x + 1) * (other - total + x + 1))
        x += step
        result += term
    return result


def log_mixture(k: int, n: int) -> mpf:
    """ln B(k + ½, n − k + ½)/B(½, ½)."""
    half = mpf(1) / 2
    return mp.loggamma(k + half) + mp.loggamma(n - k + half) - mp.loggamma(n + 1) - mp.log(mp.pi)


def proportions_of(control: Arm, treatment: Arm) -> Proportions | None:
    """Of valid moments; None where a sum is no whole number, or the smaller one too large to add up to."""
    sums = (control.sum, treatment.sum)
    if not all(map(is_exact_integer, sums)) or min(sums) > LARGEST_COUNT:
        return None
    return Proportions(int(control.sum), control.n, int(treatment.sum), treatment.n)
