"""The reference for sampleRatioMismatch: Pearson's test, and the sequential test beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf

from reference_numbers import to_double, to_mpf

MIN_TOTAL_IDENTITIES = 100
MISMATCH_BELOW = Fraction(1, 1000)
# Of the Dirichlet prior around the expected shares, as many identities' worth.
CONCENTRATION = 100


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


def with_traffic(expected: Mapping[str, float]) -> dict[str, float]:
    """Without the shares of 0: nobody is sent there."""
    return {variant: share for variant, share in expected.items() if share != 0}


def sample_ratio_withheld(
    observed: Mapping[str, int], expected: Mapping[str, float]
) -> tuple[str, str] | None:
    """(verdict, reason) when the test says nothing, for shares without those of 0."""
    if sum(observed.values()) < MIN_TOTAL_IDENTITIES:
        return "collecting_data", "too_few_identities"
    if not expected:
        return "undefined", "no_expected_shares"
    if not all(math.isfinite(share) and share > 0 for share in expected.values()):
        return "undefined", "invalid_expected_shares"
    return ("undefined", "single_variant") if len(expected) == 1 else None


def normalised(expected: Mapping[str, float]) -> dict[str, Fraction]:
    """Shares that sum to 1, exactly."""
    total = sum(Fraction(share) for share in expected.values())
    return {variant: Fraction(share) / total for variant, share in expected.items()}


def expected_total(observed: Mapping[str, int], expected: Mapping[str, float]) -> int:
    """Identities in the expected variants."""
    return sum(observed.get(variant, 0) for variant in expected)


def pearson(observed: Mapping[str, int], expected: Mapping[str, float]) -> Fraction:
    """χ² over the expected variants."""
    total = expected_total(observed, expected)
    counts = {variant: share * total for variant, share in normalised(expected).items()}
    return sum(
        ((observed.get(variant, 0) - count) ** 2 / count for variant, count in counts.items()),
        Fraction(0),
    )


def pearson_test(observed: Mapping[str, int], expected: Mapping[str, float]) -> dict[str, Any]:
    """What sampleRatioMismatch says by Pearson's test."""
    expected = with_traffic(expected)
    withheld = sample_ratio_withheld(observed, expected)
    if withheld:
        return {"p_value": None, "chi_squared": None, "verdict": withheld[0], "reason": withheld[1]}
    p_value = statistic = None
    if expected_total(observed, expected) >= MIN_TOTAL_IDENTITIES:
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


def log_evidence(observed: Mapping[str, int], expected: Mapping[str, float]) -> mpf:
    """ln M, Dirichlet mixture over multinomial likelihood (Lindon and Malek 2022).

    M = Γ(c)/Γ(c + n)·∏ Γ(αᵢ + xᵢ)/Γ(αᵢ)·∏ θᵢ^-xᵢ with αᵢ = c·θᵢ.
    """
    n = expected_total(observed, expected)
    result = mp.loggamma(CONCENTRATION) - mp.loggamma(CONCENTRATION + n)
    for variant, share in normalised(expected).items():
        theta, count = to_mpf(share), observed.get(variant, 0)
        alpha = CONCENTRATION * theta
        result += mp.loggamma(alpha + count) - mp.loggamma(alpha) - count * mp.log(theta)
    return result


def sample_ratio(observed: Mapping[str, int], expected: Mapping[str, float]) -> dict[str, Any]:
    """The answer of sampleRatioMismatch."""
    answer = pearson_test(observed, expected)
    sequential = None
    if answer["p_value"] is not None:
        sequential = min(mpf(1), mp.exp(-log_evidence(observed, with_traffic(expected))))
    return {**answer, "sequential_p_value": to_double(sequential)}
