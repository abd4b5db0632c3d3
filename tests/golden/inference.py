"""Writes inference.jsonl: expected answers of experimentInference on a wide grid of arms.

Usage: python inference.py [OUTPUT]

Every case is one line of JSON; README.md beside this file gives its fields. Inputs come from fixed
seeds (cases_SUBJECT.py), answers from reference.py. On the way the script asserts that the reference
agrees with published vectors and, over every well-conditioned case, with gbstats, scipy and statsmodels.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases import Case
from cases_beta_binomial import beta_binomial_cases
from cases_exact import exact_cases
from cases_grid import grid_cases
from cases_lift import lift_cases
from cases_moments import moments_cases
from cases_options import options_cases
from cases_published import assert_all_published, further_published_cases, published_cases
from cases_quantile import quantile_cases
from cases_withheld import withheld_cases, withheld_moments_cases
from reference_moments import OPTIONAL_MOMENTS, Arm
from second_opinions import assert_agreement, assert_expected_excess

SEED = 20240612
SECOND_SEED = 20240710
QUANTILE_SEED = 20261125
LIFT_SEED = 20261201
EXACT_SEED = 20261202
OUTPUT = Path(__file__).with_name("inference.jsonl")


def all_cases() -> Iterator[Case]:
    yield from published_cases()
    yield from grid_cases(random.Random(SEED))
    yield from withheld_cases()
    rng = random.Random(SECOND_SEED)
    yield from further_published_cases()
    yield from moments_cases(rng)
    yield from withheld_moments_cases()
    yield from options_cases(rng)
    yield from beta_binomial_cases()
    yield from quantile_cases(random.Random(QUANTILE_SEED))
    yield from lift_cases(random.Random(LIFT_SEED))
    yield from exact_cases(random.Random(EXACT_SEED))


def json_number(value: float) -> float | str:
    """NaN and the infinities are no JSON numbers: they are written as strings."""
    return value if math.isfinite(value) else str(value)


def arm_json(arm: Arm) -> dict[str, Any]:
    optional = {name: getattr(arm, name) for name in OPTIONAL_MOMENTS}
    return {
        "variant": arm.variant,
        "n": arm.n,
        "sum": json_number(arm.sum),
        "sum_squares": json_number(arm.sum_squares),
        **{name: json_number(value) for name, value in optional.items() if value is not None},
    }


def to_json(case: Case) -> str:
    record = {
        "name": case.name,
        "arms": [arm_json(arm) for arm in case.arms],
        "aggregation": case.aggregation,
        "lower_is_better": case.lower_is_better,
        "options": case.options,
        "expected": case.expected,
    }
    return json.dumps(record, allow_nan=False, separators=(",", ":"))


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    counts: Counter[str] = Counter()
    counts["published numbers"] = assert_all_published()
    counts["expected excesses of t with mpmath's quadrature"] = assert_expected_excess()
    lines = []
    for case in all_cases():
        assert_agreement(case, counts)
        lines.append(to_json(case))
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{output.name}: {len(lines)} cases. Agreeing second opinions:")
    for opinion, count in sorted(counts.items()):
        print(f"  {count:6} {opinion}")


if __name__ == "__main__":
    main()
