"""Writes sample_ratio.jsonl: expected answers of sampleRatioMismatch.

Usage: python sample_ratio.py [OUTPUT]

Inputs come from fixed seeds, answers from reference_sample_ratio.py. On the way the script asserts
agreement with the published vectors below, with mpmath's own incomplete gamma and with scipy; and the
sequential test with the product of its step-by-step predictions.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from mpmath import mp, mpf
from scipy.stats import chi2

from reference_numbers import to_mpf
from reference_sample_ratio import (
    CONCENTRATION,
    chi_squared_survival,
    log_evidence,
    normalised,
    pearson,
    sample_ratio,
    with_traffic,
)

SEED = 20240613
SECOND_SEED = 20240712
THIRD_SEED = 20261201
OUTPUT = Path(__file__).with_name("sample_ratio.jsonl")

MISMATCH_BELOW = 1e-3
KNIFE_EDGE = 1e-6
SMALLEST_TAIL = 1e-304

INCOMPLETE_GAMMA_MAX_STATISTIC = 4000
INCOMPLETE_GAMMA_TOLERANCE = mpf(10) ** -50
SCIPY_TOLERANCE = 1e-9
# Step by step takes as many steps as there are identities.
MAX_STEPS = 3000
STEPS_TOLERANCE = mpf(10) ** -60

PUBLISHED: list[tuple[list[int], list[float], float, float]] = [
    ([5100, 4900], [0.5, 0.5], 0.04550, 1e-4),
    ([3400, 3300, 3300], [0.3333333333333333] * 3, 0.36788, 1e-4),
    ([2600, 2500, 2500, 2400], [0.25] * 4, 0.04601, 1e-4),
    ([310, 98], [0.75, 0.25], 0.647434186, 1e-8),
    ([500, 500, 600], [0.34, 0.33, 0.33], 0.000592638, 1e-8),
]


@dataclass(frozen=True)
class Case:
    """The arguments of one call."""

    name: str
    observed: dict[str, int]
    expected: dict[str, float]

    def result(self) -> dict[str, Any]:
        return sample_ratio(self.observed, self.expected)


def variant_names(count: int) -> list[str]:
    return ["control", *(f"v{index:03d}" for index in range(1, count))]


def keyed(name: str, observed: list[int], shares: list[float]) -> Case:
    variants = variant_names(len(shares))
    return Case(name, dict(zip(variants, observed)), dict(zip(variants, shares)))


def published_cases() -> Iterator[Case]:
    for observed, shares, published, tolerance in PUBLISHED:
        case = keyed(f"published p={published}", observed, shares)
        assert abs(case.result()["p_value"] - published) <= tolerance, case
        yield case


def share_shapes(rng: random.Random, count: int) -> dict[str, list[float]]:
    """Even, uneven, and shares that do not add up to 1."""
    uneven = [rng.uniform(0.2, 1) for _ in range(count)]
    return {
        "even": [1 / count] * count,
        "uneven": [share / sum(uneven) for share in uneven],
        "unnormalised": [round(100 * share, 1) for share in uneven],
    }


def with_statistic(rng: random.Random, total: int, shares: list[float], statistic: float) -> list[int]:
    """Counts of about this total whose χ² is about `statistic`."""
    weights = [share / math.fsum(shares) for share in shares]
    noise = [rng.gauss(0, 1) for _ in shares]
    mean = math.fsum(weight**0.5 * each for weight, each in zip(weights, noise))
    residuals = [each - weight**0.5 * mean for weight, each in zip(weights, noise)]
    scale = math.sqrt(statistic / math.fsum(each**2 for each in residuals))
    return [
        max(0, round(total * weight + scale * each * math.sqrt(total * weight)))
        for weight, each in zip(weights, residuals)
    ]


def statistic_at(p_value: float, degrees_of_freedom: int) -> float:
    """About the χ² of this p-value (scipy is accurate enough to choose a test point)."""
    return float(chi2.isf(p_value, degrees_of_freedom))


def has_knife_edge(case: Case) -> bool:
    p_value = case.result()["p_value"]
    if p_value is None:
        return False
    return abs(p_value / MISMATCH_BELOW - 1) < KNIFE_EDGE or 0 < p_value < SMALLEST_TAIL


def grid(rng: random.Random) -> Iterator[Case]:
    freedoms = (1, 2, 3, 4, 7, 10, 31, 50, 99, 199)
    totals = (100, 2_500, 10**6, 10**9, 10**12)
    p_values = (0.9999, 0.5, 0.01, 9e-4, 1e-8, 1e-30, 1e-100, 1e-200, 1e-299)
    for freedom, total, p_value in product(freedoms, totals, p_values):
        statistic = statistic_at(p_value, freedom)
        # A count cannot go below 0, so a small total holds no far tail, nor many variants.
        if total < 20 * freedom or statistic > total / 4:
            continue
        shape, shares = rng.choice(list(share_shapes(rng, freedom + 1).items()))
        observed = with_statistic(rng, total, shares, statistic)
        case = keyed(f"df={freedom} total={total} {shape} p~{p_value:g}", observed, shares)
        if sum(observed) >= 100 and not has_knife_edge(case):
            yield case


def exact_fit_cases() -> Iterator[Case]:
    """χ² exactly 0, p exactly 1."""
    for count, size in product((2, 3, 5, 200), (100, 12_345, 10**9)):
        yield keyed(f"exact fit of {count}", [size] * count, [1.0] * count)
        yield keyed(f"exact fit of {count}, as fractions", [size] * count, [1 / count] * count)
    yield keyed("exact fit, uneven", [900, 300], [0.75, 0.25])


def sequential_cases(rng: random.Random) -> Iterator[Case]:
    """Shares from even to 1e-4, up to 1e12 identities, p-values of the sequential test from 1 down."""

    def make(total: int, small: float, statistic: float) -> Case:
        count = rng.choice((2, 2, 3, 5, 10))
        shares = [rng.uniform(0.5, 1) for _ in range(count - 1)]
        shares = [small, *(share * (1 - small) / sum(shares) for share in shares)]
        observed = with_statistic(rng, total, shares, statistic)
        return keyed(f"sequential total={total} share={small:g} chi2~{statistic:g}", observed, shares)

    totals = (100, 1000, 10**4, 10**6, 10**9, 10**12)
    for total, small in product(totals, (0.5, 0.1, 1e-2, 1e-3, 1e-4)):
        for statistic in (0.1, 4, 30, 120, 900):
            if total * small < 1 or statistic > total / 4:
                continue
            case = make(total, small, statistic)
            while has_knife_edge(case) or sum(case.observed.values()) < 100:
                case = make(total, small, statistic)
            yield case
    for total in (100, 10**6, 10**12):
        yield keyed(f"sequential, even, all in one of {total}", [total, 0], [0.5, 0.5])
        yield keyed(f"sequential, none where 1e-4 of {total} is due", [total, 0], [0.9999, 1e-4])


def edge_cases() -> Iterator[Case]:
    half = {"control": 0.5, "test": 0.5}
    yield Case("total 99", {"control": 50, "test": 49}, half)
    yield Case("total 100", {"control": 51, "test": 49}, half)
    yield Case("nothing observed", {}, half)
    yield Case("nothing at all", {}, {})
    yield Case("no shares", {"control": 500, "test": 500}, {})
    yield Case("few identities before no shares", {"control": 5}, {})
    for bad in (-0.5, -1e-300, math.nan, math.inf, -math.inf):
        shares = {"control": 0.5, "test": bad}
        yield Case(f"share {bad}", {"control": 500, "test": 500}, shares)
        yield Case(f"few identities before share {bad}", {"control": 50, "test": 40}, shares)
        yield Case(f"share {bad} before single variant", {"control": 500}, {"control": bad})
    yield Case("single variant", {"control": 500}, {"control": 1.0})
    yield Case("single variant before unexpected", {"control": 500, "test": 500}, {"control": 1.0})
    yield Case("missing variant", {"control": 500}, half)
    yield Case("missing variant of three", {"control": 400, "b": 390}, half | {"b": 0.5})
    yield Case("unexpected variant", {"control": 500, "test": 500, "other": 1}, half)
    yield Case("unexpected variant with no identity", {"control": 500, "test": 500, "other": 0}, half)
    yield Case("unexpected variant and a mismatch", {"control": 500, "test": 900, "other": 7}, half)
    yield Case("only unexpected variants", {"x": 500, "y": 500}, half)
    yield Case("expected ones below 100", {"control": 50, "test": 49, "other": 10}, half)
    yield Case("expected ones at 100", {"control": 50, "test": 50, "other": 10}, half)
    yield Case("empty name and case", {"": 300, "Control": 320, "control": 310}, {"": 1.0, "Control": 1.0, "control": 1.0})
    yield Case("unicode, quotes, tabs", {"é": 400, "a\tb": 410, "'\"\\": 405}, {"é": 1.0, "a\tb": 1.0, "'\"\\": 1.0})
    yield Case("tiny shares", {"control": 500, "test": 540}, {"control": 1e-300, "test": 1e-300})
    yield Case("huge shares", {"control": 500, "test": 540}, {"control": 1e300, "test": 1e300})
    yield Case("shares whose sum overflows", {"control": 500, "test": 540}, {"control": 1.5e308, "test": 1.5e308})
    yield Case("shares far apart", {"control": 999_990, "test": 10}, {"control": 0.99999, "test": 1e-5})
    yield Case("integers as shares", {"control": 2030, "test": 970}, {"control": 2.0, "test": 1.0})
    yield Case("p underflows to 0", {"control": 10**6, "test": 1}, half)
    yield Case("all in one of 1e12", {"control": 10**12}, half)


def paused_cases(rng: random.Random) -> Iterator[Case]:
    """Shares of 0: nobody is sent to these variants."""
    for zero in (0.0, -0.0):
        third = {"control": 0.5, "test": 0.5, "paused": zero}
        yield Case(f"share {zero}, nobody there", {"control": 500, "test": 540}, third)
        yield Case(f"share {zero}, nobody there, counted", {"control": 500, "test": 540, "paused": 0}, third)
        yield Case(f"share {zero}, somebody there", {"control": 500, "test": 540, "paused": 3}, third)
        yield Case(f"share {zero}, somebody there and a mismatch", {"control": 500, "test": 900, "paused": 3}, third)
        yield Case(f"share {zero}, all there", {"paused": 500}, third)
        yield Case(f"share {zero}, expected ones below 100", {"control": 50, "test": 49, "paused": 10}, third)
        yield Case(f"few identities before share {zero}", {"control": 50, "test": 40, "paused": 9}, third)
        yield Case(f"share {zero} leaves one", {"control": 500, "test": 500}, {"control": 0.5, "test": zero})
        yield Case(f"share {zero} leaves none", {"control": 500}, {"control": zero})
        yield Case(f"shares {zero} leave none", {"control": 500, "test": 1}, {"control": zero, "test": 0.0})
        for bad in (-0.5, math.nan, math.inf):
            yield Case(f"share {zero} before share {bad}", {"control": 500}, {"control": zero, "test": bad})
    for count, total, statistic in product((2, 3, 10), (1000, 10**9), (0.5, 9, 60)):
        shares = share_shapes(rng, count)["uneven"]
        case = keyed("", with_statistic(rng, total, shares, statistic), shares)
        while has_knife_edge(case):
            case = keyed("", with_statistic(rng, total, shares, statistic), shares)
        paused = {f"paused {index}": 0.0 for index in range(rng.randint(1, 3))}
        name = f"{len(paused)} of {count + len(paused)} variants paused, total={total} chi2~{statistic}"
        yield Case(name, case.observed, paused | case.expected)


def log_evidence_by_steps(case: Case) -> mpf:
    """ln of the product over identities of what the mixture predicted over what the shares say."""
    total = mpf(0)
    seen = mpf(CONCENTRATION)
    for variant, share in normalised(with_traffic(case.expected)).items():
        theta = to_mpf(share)
        for before in range(case.observed.get(variant, 0)):
            total += mp.log((CONCENTRATION * theta + before) / (seen * theta))
            seen += 1
    return total


def assert_independent_agreement(case: Case) -> None:
    """The finite sum against the incomplete gamma function and scipy; the steps' product."""
    result = case.result()
    if result["p_value"] is None:
        return
    expected = with_traffic(case.expected)
    statistic, freedom = pearson(case.observed, expected), len(expected) - 1
    ours = chi_squared_survival(statistic, freedom)
    if statistic <= INCOMPLETE_GAMMA_MAX_STATISTIC:
        theirs = mp.gammainc(mpf(freedom) / 2, to_mpf(statistic) / 2, mp.inf, regularized=True)
        assert abs(ours - theirs) <= INCOMPLETE_GAMMA_TOLERANCE * theirs, case
    scipy_value = chi2.sf(float(statistic), freedom)
    assert abs(result["p_value"] - scipy_value) <= SCIPY_TOLERANCE * scipy_value, case
    if sum(case.observed.values()) <= MAX_STEPS:
        evidence = log_evidence(case.observed, expected)
        difference = abs(log_evidence_by_steps(case) - evidence)
        assert difference <= STEPS_TOLERANCE * (1 + abs(evidence)), case


def all_cases() -> Iterator[Case]:
    yield from published_cases()
    yield from grid(random.Random(SEED))
    yield from exact_fit_cases()
    yield from edge_cases()
    yield from sequential_cases(random.Random(SECOND_SEED))
    yield from paused_cases(random.Random(THIRD_SEED))


def to_json(case: Case) -> str:
    """NaN and the infinities are no JSON numbers: they are written as strings."""
    shares = {
        variant: share if math.isfinite(share) else str(share)
        for variant, share in case.expected.items()
    }
    record = {
        "name": case.name,
        "observed": case.observed,
        "expected": shares,
        "result": case.result(),
    }
    return json.dumps(record, allow_nan=False, separators=(",", ":"))


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    lines = []
    for case in all_cases():
        assert_independent_agreement(case)
        lines.append(to_json(case))
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{output.name}: {len(lines)} cases")


if __name__ == "__main__":
    main()
