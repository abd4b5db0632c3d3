"""Writes adjust_p_values.jsonl: expected answers of adjustPValues.

Usage: python adjust_p_values.py [OUTPUT]

Inputs come from a fixed seed, answers from reference_tests.py. On the way the script asserts agreement
with the published vectors below and with statsmodels.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mpmath import mpf

from reference_numbers import to_double
from reference_tests import CORRECTIONS, adjust_p_values
from second_opinions import STATSMODELS_METHODS, assert_multipletests

SEED = 20240711
OUTPUT = Path(__file__).with_name("adjust_p_values.jsonl")
PUBLISHED_TOLERANCE = 5e-5

PUBLISHED = [
    ("holm", [0.01, 0.04, 0.03, 0.005, 0.55, 0.6], [0.05, 0.12, 0.12, 0.03, 1.0, 1.0]),
    (
        "benjamini_hochberg",
        [0.898, 0.138, 0.007, 0.964, 0.538, 0.006, 0.138],
        [0.964, 0.2415, 0.0245, 0.964, 0.7532, 0.0245, 0.2415],
    ),
]

PValues = Sequence[float | None]


def is_counted(p_value: float | None) -> bool:
    return p_value is not None and not math.isnan(p_value)


def adjusted(p_values: PValues, method: str) -> list[float | None]:
    """The answer of adjustPValues."""
    if method == "":
        return [None] * len(p_values)
    counted = iter(adjust_p_values([mpf(each) for each in p_values if is_counted(each)], method))
    return [to_double(next(counted)) if is_counted(each) else None for each in p_values]


def lists_of_p_values(rng: random.Random) -> Iterator[list[float | None]]:
    yield from ([], [None], [math.nan], [0.03], [1.0], [0.0], [None, 0.2, math.nan], [0.0, 0.0, 1.0, 1.0])
    yield from ([0.01] * 5, [0.05, 0.05, 0.05, 0.2], [0.2, 0.4, 0.6, 0.8, 1.0], [0.5, 0.5])
    yield from ([0.04, 0.03, 0.02, 0.01], [0.01, 0.02, 0.03, 0.04], [0.01, 0.011, 0.5, 0.012])
    yield from ([5e-324, 1e-310, 1e-300, 1e-200, 0.5], [1 - 2**-53, 1.0, 0.9999])
    for count in (2, 3, 4, 5, 8, 12, 30, 100):
        for _ in range(4):
            yield [rng.random() for _ in range(count)]
            yield [10.0 ** -rng.uniform(0, 300) for _ in range(count)]
            yield [round(rng.random() ** 3, 2) for _ in range(count)]
            yield [rng.choice((None, math.nan, rng.random() ** 4, 0.04)) for _ in range(count)]


def assert_published() -> int:
    for method, p_values, published in PUBLISHED:
        for ours, theirs in zip(adjusted(p_values, method), published, strict=True):
            assert ours is not None and abs(ours - theirs) <= PUBLISHED_TOLERANCE, (method, ours, theirs)
    return sum(len(p_values) for _, p_values, _ in PUBLISHED)


def to_json(p_values: PValues, method: str, expected: PValues) -> str:
    """NaN is no JSON number: it is written as a string."""
    record: dict[str, Any] = {
        "p_values": ["nan" if each is not None and math.isnan(each) else each for each in p_values],
        "method": method,
        "expected": expected,
    }
    return json.dumps(record, allow_nan=False, separators=(",", ":"))


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    counts: Counter[str] = Counter()
    counts["published numbers"] = assert_published()
    lines = []
    inputs = [p_values for _, p_values, _ in PUBLISHED] + list(lists_of_p_values(random.Random(SEED)))
    for p_values in inputs:
        for method in (*CORRECTIONS, ""):
            expected = adjusted(p_values, method)
            counted = [each for each in p_values if is_counted(each)]
            if counted and method in STATSMODELS_METHODS:
                assert_multipletests(counted, method, [each for each in expected if each is not None])
                counts["adjusted p-values with statsmodels"] += len(counted)
            lines.append(to_json(p_values, method, expected))
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{output.name}: {len(lines)} cases. Agreeing second opinions:")
    for opinion, count in sorted(counts.items()):
        print(f"  {count:6} {opinion}")


if __name__ == "__main__":
    main()
