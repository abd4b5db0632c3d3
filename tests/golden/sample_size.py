"""Writes sample_size.jsonl: expected answers of experimentSampleSize and experimentPower.

Usage: python sample_size.py [OUTPUT]

Inputs come from a fixed seed, answers from reference_sample_size.py. On the way the script asserts
agreement with statsmodels, and that one identity less would not do.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from mpmath import mpf
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import power_proportions_2indep

from reference_sample_size import (
    DEFAULT_OPTIONS,
    MIN_IDENTITIES,
    error_rate,
    needed_identities,
    plan_of,
    power,
    sample_size,
)

SEED = 20240713
OUTPUT = Path(__file__).with_name("sample_size.jsonl")

# A size that is whole but for the last bits may be rounded up or not: such a case is drawn again.
KNIFE_EDGE = 1e-9
LARGEST_TO_BE_EXACT = 1e8
TOLERANCE = 1e-9

NAN, INFINITY = math.nan, math.inf


@dataclass(frozen=True)
class Case:
    """The arguments of a call of experimentSampleSize, or with identities of experimentPower."""

    mean: float
    variance: float | None
    effect: float
    options: dict[str, Any] = field(default_factory=dict)
    identities: int | None = None

    @cached_property
    def expected(self) -> dict[str, Any]:
        if self.identities is None:
            return sample_size(self.mean, self.variance, self.effect, self.options)
        return power(self.mean, self.variance, self.effect, self.identities, self.options)

    @cached_property
    def all_options(self) -> dict[str, Any]:
        return DEFAULT_OPTIONS | self.options

    @cached_property
    def needed(self) -> mpf:
        """Identities of control before rounding up."""
        plan = plan_of(self.mean, self.variance, self.effect, self.all_options["allocation_ratio"])
        return needed_identities(plan, self.all_options)


def log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def is_near_whole(size: mpf) -> bool:
    return size < LARGEST_TO_BE_EXACT and abs(size - round(size)) <= KNIFE_EDGE * (1 + size)


def has_knife_edge(case: Case) -> bool:
    if case.identities is not None or case.expected["reason"]:
        return False
    return any(is_near_whole(factor * case.needed) for factor in (1, case.all_options["allocation_ratio"]))


# Cases


def random_options(rng: random.Random) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if rng.random() < 0.6:
        options["confidence"] = rng.choice((0.5, 0.8, 0.9, 0.99, 0.999, 1 - 1e-9))
    if rng.random() < 0.6:
        options["power"] = rng.choice((0.3, 0.5, 0.6, 0.9, 0.95, 0.999, 1 - 1e-9))
    if rng.random() < 0.5:
        options["arms"] = rng.choice((3, 4, 8, 1000))
    if rng.random() < 0.5:
        options["allocation_ratio"] = rng.choice((0.01, 0.25, 0.5, 2, 3.3, 100))
    if rng.random() < 0.3:
        options["correction"] = rng.choice(("none", "bonferroni"))
    if rng.random() < 0.4:
        options["sequential"] = True
    if rng.random() < 0.3:
        options["sequential_tuning"] = rng.choice((1, 500, 1e6, 1e9))
    return options


def random_arguments(rng: random.Random) -> tuple[float, float | None, float]:
    """A mean with a variance, or a proportion."""
    sign = rng.choice((1, 1, -1))
    if rng.random() < 0.5:
        mean = log_uniform(rng, 1e-6, 1e6)
        return mean, (mean * log_uniform(rng, 0.05, 20)) ** 2, sign * log_uniform(rng, 1e-4, 0.9)
    mean = rng.choice((log_uniform(rng, 1e-6, 0.5), rng.uniform(0.5, 0.999)))
    largest = min(0.9, 0.999 / mean - 1)
    return mean, None, sign * log_uniform(rng, min(1e-4, largest / 2), largest)


def drawn_case(rng: random.Random, **further: Any) -> Case:
    """A size without a knife edge."""
    while True:
        arguments = random_arguments(rng)
        options = random_options(rng) | further
        if arguments[1] is None:
            options["proportion"] = True
        case = Case(*arguments, options)
        if not has_knife_edge(case):
            return case


def random_cases(rng: random.Random) -> Iterator[Case]:
    for _ in range(400):
        yield drawn_case(rng)
    for _ in range(300):
        case = drawn_case(rng)
        identities = max(2, min(2**53, round(float(case.needed) * log_uniform(rng, 0.05, 3))))
        yield replace(case, identities=identities)


def other_tail_cases(rng: random.Random) -> Iterator[Case]:
    """Powers close to the level, where the other tail counts: below it nobody is needed."""
    for power_asked, confidence in product((0.01, 0.05, 0.0501, 0.06, 0.1, 0.2, 0.49), (0.5, 0.8, 0.95, 0.99)):
        options = {"power": power_asked, "confidence": confidence, "sequential": False, "arms": 2}
        case = drawn_case(rng, **options)
        yield case
        identities = max(2, min(2**53, round(float(case.needed) * log_uniform(rng, 0.001, 1))))
        yield replace(case, identities=identities)


def reason_cases() -> Iterator[Case]:
    """Each as a proportion, and not."""
    sound: list[tuple[float, float | None, float]] = [(0.1, None, 0.05), (20.0, 900.0, -0.05)]
    odd: list[tuple[float, float | None, float]] = [
        *((mean, variance, 0.05) for mean in (0.0, -0.0, -0.1, NAN, -INFINITY) for variance in (None, 1.0)),
        *((mean, None, 0.05) for mean in (1.0, 1.5, 0.96, 1e300)),
        *((0.5, None, effect) for effect in (1.0, 3.0, -1.0, -2.0, 0.0)),
        *((20.0, variance, 0.05) for variance in (0.0, -1.0, NAN, INFINITY)),
        *((20.0, 900.0, effect) for effect in (0.0, -0.0, NAN, INFINITY, -INFINITY)),
        *((20.0, 900.0, effect) for effect in (-1.0, -3.0, 10.0)),
        (-1.0, -1.0, 0.0),
        (2.0, None, 0.0),
        (2.0, -1.0, 0.0),
    ]
    for arguments, options in product(sound + odd, ({}, {"proportion": True})):
        yield Case(*arguments, options)
        yield Case(*arguments, options, 5000)
    for arguments, identities in product(sound, (0, 1, 2, 3, 10**12, 2**53)):
        for is_sequential in (False, True):
            options = {"sequential": is_sequential, "proportion": arguments[1] is None}
            yield Case(*arguments, options, identities)
    for identities in (199, 200):
        yield Case(20.0, 900.0, 0.05, {"allocation_ratio": 0.01}, identities)


# Second opinions


def assert_smallest(case: Case) -> bool:
    """The power asked for is reached with the identities given, and not with one less."""
    control = int(case.expected["control"])
    # One less must be enough for an answer, and make a difference to it.
    ratio = case.all_options["allocation_ratio"]
    if (control - 1) * min(1, ratio) < MIN_IDENTITIES or control > LARGEST_TO_BE_EXACT:
        return False
    reached, less = (
        power(case.mean, case.variance, case.effect, identities, case.options)["power"]
        for identities in (control, control - 1)
    )
    assert less < case.all_options["power"] <= reached * (1 + TOLERANCE), case
    return True


def assert_statsmodels(case: Case) -> bool:
    """Its powers by both tails, of the identities given or needed."""
    options = case.all_options
    if options["sequential"]:
        return False
    alpha, ratio = float(error_rate(options)), options["allocation_ratio"]
    # An effect far below the proportion itself is lost in their p₁ - p₀.
    if case.variance is None and abs(case.effect) < 1e-3:
        return False
    is_size = case.identities is None
    ours = options["power"] if is_size else case.expected["power"]
    identities = float(case.needed) if is_size else case.identities
    if identities == 0:
        return False
    if case.variance is None:
        p1 = case.mean * (1 + case.effect)
        theirs = power_proportions_2indep(case.mean - p1, p1, identities, ratio, alpha, return_results=False)
    else:
        effect = abs(case.mean * case.effect) / math.sqrt(case.variance)
        theirs = NormalIndPower().power(effect, identities, alpha, ratio)
    assert abs(ours - theirs) <= 1e-6 * abs(theirs) + TOLERANCE, (case, ours, theirs)
    return True


def json_number(value: float | None) -> float | str | None:
    """NaN and the infinities are no JSON numbers: they are written as strings."""
    return value if value is None or math.isfinite(value) else str(value)


def to_json(case: Case) -> str:
    is_power = case.identities is not None
    record = {
        "function": "experimentPower" if is_power else "experimentSampleSize",
        "mean": json_number(case.mean),
        "variance": json_number(case.variance),
        "minimum_effect": json_number(case.effect),
        **({"identities": case.identities} if is_power else {}),
        "options": case.options,
        "expected": case.expected,
    }
    return json.dumps(record, allow_nan=False, separators=(",", ":"))


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    counts: Counter[str] = Counter()
    lines = []
    rng = random.Random(SEED)
    for case in [*random_cases(rng), *other_tail_cases(rng), *reason_cases()]:
        lines.append(to_json(case))
        if case.expected["reason"]:
            continue
        counts["sizes and powers with statsmodels"] += assert_statsmodels(case)
        if case.identities is None:
            counts["sizes that are the smallest"] += assert_smallest(case)
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{output.name}: {len(lines)} cases. Agreeing second opinions:")
    for opinion, count in sorted(counts.items()):
        print(f"  {count:6} {opinion}")


if __name__ == "__main__":
    main()
