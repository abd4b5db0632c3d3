"""Writes students_t.jsonl: two-sided p-values and critical values of Student's t.

Usage: python students_t.py [OUTPUT]

The answers are series of positive terms (reference_students_t.py). On the way the script asserts
agreement with mpmath's own incomplete beta function and with scipy.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from mpmath import mp, mpf
from scipy.stats import t as scipy_t

import reference_numbers  # noqa: F401 - sets the digits
from reference_students_t import two_sided_critical_value, two_sided_p_value

OUTPUT = Path(__file__).with_name("students_t.jsonl")

DEGREES = (
    *(1.0, 1.0000001, 1.2, 1.5, 2.0, 2.5, 3.0, 3.7, 4.0, 5.0, 6.25, 8.0, 10.0, 13.4, 20.0, 29.99, 50.0),
    *(77.7, 100.0, 199.5, 365.25, 1e3, 1234.5, 1e4, 54_321.9, 1e5, 1e6, 3_141_592.65, 1e7, 3e7, 1e8, 1e9),
)
TAILS = (0.9, 0.5, 0.32, 0.2, 0.1, 0.05, 0.02, 0.01, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12)
DISTANCES = (1e-9, 1e-6, 1e-3, 0.03, 0.3, 0.67, 1.0, 1.5, 2.0, 3.0, 4.5, 6.0, 8.0, 12.0, 20.0, 30.0, 37.0)
P_VALUES = (1e-3, 1e-6, 1e-9, 1e-15, 1e-22, 1e-30, 1e-50, 1e-75, 1e-100, 1e-150, 1e-200, 1e-250, 1e-299)
SMALLEST_P_VALUE = 1e-300

MAX_BETA_DEGREES = 1e4
BETA_TOLERANCE = mpf(10) ** -40
# scipy says 1 for the p-value of 1e-9, which is 6e-10 less.
SCIPY_TOLERANCE = 1e-9
# The square of a larger one overflows, and scipy says 0.
MAX_SCIPY_DISTANCE = 1e150


def distance_at(p_value: float, degrees: float) -> float:
    """About the t of this p-value, by bisection of its logarithm."""
    low, high = mpf(-30), mpf(720)
    while high - low > mpf(10) ** -6:
        middle = (low + high) / 2
        if two_sided_p_value(mp.exp(middle), mpf(degrees)) > p_value:
            low = middle
        else:
            high = middle
    return float(mp.exp(low))


def p_value_records() -> Iterator[dict[str, Any]]:
    for degrees in DEGREES:
        distances = {*DISTANCES, *(distance_at(p_value, degrees) for p_value in P_VALUES)}
        for t in sorted(distances):
            expected = float(two_sided_p_value(mpf(t), mpf(degrees)))
            if expected >= SMALLEST_P_VALUE:
                yield {"function": "two_sided_p_value", "t": t, "degrees": degrees, "expected": expected}


def critical_value_records() -> Iterator[dict[str, Any]]:
    for degrees, tails in product(DEGREES, TAILS):
        expected = float(two_sided_critical_value(mpf(tails), mpf(degrees)))
        yield {
            "function": "two_sided_critical_value",
            "tails": tails,
            "degrees": degrees,
            "expected": expected,
        }


def assert_agreement(record: dict[str, Any], counts: Counter[str]) -> None:
    degrees, expected = record["degrees"], record["expected"]
    if record["function"] == "two_sided_critical_value":
        theirs = float(scipy_t.isf(record["tails"] / 2, degrees))
        counts["critical values with scipy"] += 1
    else:
        t = record["t"]
        if degrees <= MAX_BETA_DEGREES:
            x = mpf(degrees) / (mpf(degrees) + mpf(t) ** 2)
            beta = mp.betainc(mpf(degrees) / 2, mpf(1) / 2, 0, x, regularized=True)
            ours = two_sided_p_value(mpf(t), mpf(degrees))
            assert abs(ours - beta) <= BETA_TOLERANCE * beta, record
            counts["p-values with mpmath's incomplete beta function"] += 1
        if t > MAX_SCIPY_DISTANCE:
            return
        theirs = 2 * float(scipy_t.sf(t, degrees))
        counts["p-values with scipy"] += 1
    assert abs(theirs - expected) <= SCIPY_TOLERANCE * expected, (record, theirs)


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    counts: Counter[str] = Counter()
    lines = []
    for record in [*p_value_records(), *critical_value_records()]:
        assert_agreement(record, counts)
        lines.append(json.dumps(record, allow_nan=False, separators=(",", ":")))
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{output.name}: {len(lines)} values. Agreeing second opinions:")
    for opinion, count in sorted(counts.items()):
        print(f"  {count:6} {opinion}")


if __name__ == "__main__":
    main()
