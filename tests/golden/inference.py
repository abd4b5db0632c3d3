"""Writes inference.jsonl: expected answers of experimentInference on a wide grid of arms.

Usage: python inference.py [OUTPUT]

Every case is one line of JSON; README.md beside this file gives its fields. Inputs come from a fixed
seed, answers from reference.py. On the way the script asserts that the reference agrees with the
published vectors below and, over every well-conditioned case, with gbstats.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig
from gbstats.models.statistics import SampleMeanStatistic

from reference import (
    DEFAULT_OPTIONS,
    Arm,
    infer,
    is_exact_integer,
    moments_reason,
    rounding_noise,
    squared_deviations,
)

SEED = 20240612
OUTPUT = Path(__file__).with_name("inference.jsonl")

# A case whose verdict hangs on the last bits tests nothing but rounding luck: it is drawn again.
KNIFE_EDGE = 1e-9
# Below this a double is near or in the subnormals, whose last bit is coarse.
SMALLEST_TAIL = 1e-304

GBSTATS_MAX_NOISE_SHARE = 1e-6
GBSTATS_TOLERANCE = 1e-6

PUBLISHED = [
    {
        "source": "Flagsmith stats tests",
        "aggregation": "occurrence",
        "control": (1000, 100.0, 100.0),
        "treatment": (1000, 120.0, 120.0),
        "options": {},
        "published": {
            "lift": 0.2,
            "ci_low": -0.10074,
            "ci_high": 0.50074,
            "chance_to_win": 0.90379,
        },
        "tolerance": 1e-4,
    },
    {
        "source": "gbstats",
        "aggregation": "sum",
        "control": (10, 100.0, 1002.25),
        "treatment": (10, 105.0, 1111.5),
        "options": {"min_identities": 2},
        "published": {"lift": 0.05, "chance_to_win": 0.91923},
        "tolerance": 1e-5,
    },
    {
        "source": "PostHog stats tests",
        "aggregation": "sum",
        "control": (2507, 1196.87, 37377.9767),
        "treatment": (2461, 1922.7, 94698.29),
        "options": {},
        "published": {
            "lift": 0.6364670497,
            "ci_low": -0.0873339760,
            "ci_high": 1.3602680754,
            "chance_to_win": 0.9575986092,
        },
        "tolerance": 1e-8,
    },
]


@dataclass(frozen=True)
class Case:
    """The arguments of one call."""

    name: str
    arms: list[Arm]
    aggregation: str = "sum"
    lower_is_better: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def expected(self) -> list[dict[str, Any]]:
        return infer(self.arms, self.aggregation, self.lower_is_better, self.options)


def arm(variant: str, n: int, total: float, sum_squares: float) -> Arm:
    return Arm(variant, n, float(total), float(sum_squares))


def arm_from_shape(variant: str, n: int, mean: float, variation: float) -> Arm:
    """An arm of about this mean and coefficient of variation, its moments rounded to doubles."""
    total = float(n * Fraction(mean))
    deviations = (n - 1) * (Fraction(mean) * Fraction(variation)) ** 2
    return arm(variant, n, total, float(deviations + Fraction(total) ** 2 / n))


def conversions(variant: str, n: int, rate: float) -> Arm:
    converted = min(n, round(n * rate))
    return arm(variant, n, converted, converted)


def log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def random_size(rng: random.Random) -> int:
    return round(log_uniform(rng, 50, 1e12))


def random_lift(rng: random.Random) -> float:
    size = log_uniform(rng, 1e-9, 10)
    return size if size >= 1 or rng.random() < 0.6 else -size


# Drawing again


def is_near(value: float, edge: float) -> bool:
    return abs(value - edge) <= KNIFE_EDGE * max(edge, 1 - edge)


def has_knife_edge(case: Case) -> bool:
    """Does a verdict, a reason or a subnormal tail hang on rounding?"""
    threshold = case.options.get("win_threshold", DEFAULT_OPTIONS["win_threshold"])
    for row in case.expected():
        chance = row["chance_to_win"]
        if chance is None or row["ci_low"] == row["ci_high"]:
            continue
        if is_near(chance, threshold) or is_near(1 - chance, threshold):
            return True
        if 0 < chance < SMALLEST_TAIL:
            return True
    return any(is_near_noise(arm) for arm in case.arms)


def is_near_noise(candidate: Arm) -> bool:
    """Is the variance within a factor of two of the rounding noise?"""
    if candidate.n == 0 or not math.isfinite(candidate.sum) or not math.isfinite(candidate.sum_squares):
        return False
    if is_exact_integer(candidate.sum) and is_exact_integer(candidate.sum_squares):
        return False
    noise = rounding_noise(candidate)
    return noise / 2 < abs(squared_deviations(candidate)) < noise * 2


def draw(make: Callable[[], Case]) -> Case:
    """The first draw without a knife edge."""
    return next(case for case in iter(make, None) if not has_knife_edge(case))


def draws(count: int, make: Callable[[], Case]) -> Iterator[Case]:
    return (draw(make) for _ in range(count))


# The grid


def occurrence_grid() -> Iterator[Case]:
    sizes = (50, 137, 1_000, 12_345, 1_000_000, 10**9, 10**12)
    rates = (0.001, 0.02, 0.34, 0.9, 1.0)
    lifts = (-0.5, -0.05, -1e-3, -1e-6, 0.0, 1e-4, 0.02, 0.2, 1.0)
    for index, (n, rate, lift) in enumerate(product(sizes, rates, lifts)):
        other = n if index % 3 else n + n // 7
        arms = [conversions("control", n, rate), conversions("test", other, rate * (1 + lift))]
        case = Case(f"occurrence n={n} rate={rate} lift={lift}", arms, "occurrence", index % 2 == 1)
        if not has_knife_edge(case):
            yield case


def continuous_cases(rng: random.Random) -> Iterator[Case]:
    def make() -> Case:
        mean = log_uniform(rng, 1e-9, 1e12)
        variation = log_uniform(rng, 1e-3, 30)
        lift = random_lift(rng)
        n = random_size(rng)
        other = n if rng.random() < 0.3 else random_size(rng)
        arms = [
            arm_from_shape("control", n, mean, variation),
            arm_from_shape("test", other, mean * (1 + lift), variation * rng.uniform(0.5, 2)),
        ]
        name = f"continuous mean={mean:.3g} cv={variation:.3g} lift={lift:.3g}"
        return Case(name, arms, rng.choice(("sum", "mean")), rng.random() < 0.5)

    return draws(450, make)


def inconclusive_cases(rng: random.Random) -> Iterator[Case]:
    """Lifts of a few standard errors, where the answers are neither 0 nor 1."""

    def make() -> Case:
        mean, variation, n = log_uniform(rng, 1e-9, 1e12), log_uniform(rng, 1e-3, 30), random_size(rng)
        distance = rng.uniform(-4, 4)
        lift = distance * variation * math.sqrt(2 / n)
        arms = [
            arm_from_shape("control", n, mean, variation),
            arm_from_shape("test", n, mean * (1 + lift), variation),
        ]
        name = f"near mean={mean:.3g} cv={variation:.3g} distance={distance:.3g}"
        return Case(name, arms, rng.choice(("sum", "mean")), rng.random() < 0.5)

    return draws(300, make)


def negative_mean_cases(rng: random.Random) -> Iterator[Case]:
    """Treatments that fall below zero: lifts below -1."""

    def make() -> Case:
        mean, variation, n = log_uniform(rng, 1e-6, 1e6), log_uniform(rng, 0.1, 10), random_size(rng)
        lift = -rng.uniform(1, 12)
        arms = [
            arm_from_shape("control", n, mean, variation),
            arm_from_shape("test", random_size(rng), mean * (1 + lift), variation),
        ]
        return Case(f"negative treatment lift={lift:.3g}", arms, "sum", rng.random() < 0.5)

    return draws(50, make)


def count_cases(rng: random.Random) -> Iterator[Case]:
    """Integer moments, as counts of events give them."""

    def count_arm(variant: str, n: int, rate: float, spread: float) -> Arm:
        total = max(5, round(n * rate))
        return arm(variant, n, total, max(total, round(total * (1 + rate * spread))))

    def make() -> Case:
        n, rate, spread = round(log_uniform(rng, 50, 1e7)), log_uniform(rng, 0.01, 30), rng.uniform(1, 9)
        arms = [
            count_arm("control", n, rate, spread),
            count_arm("test", n + rng.randrange(n), rate * rng.uniform(0.9, 1.1), spread),
        ]
        return Case(f"count rate={rate:.3g}", arms, "count", rng.random() < 0.5)

    return draws(120, make)


def tail_cases(rng: random.Random) -> Iterator[Case]:
    """Chances down to 1e-300, the small tail visible on either side through lower_is_better."""
    for index in range(150):
        distance = 1 + index * 0.241
        sign = 1 if index % 2 else -1

        def make() -> Case:
            # For equal arms of cv c and size n: se = c·√((1 + (1 + lift)²)/n), solved for n.
            variation, lift = log_uniform(rng, 0.01, 3), sign * log_uniform(rng, 1e-4, 0.5)
            n = max(50, round((distance * variation / lift) ** 2 * (1 + (1 + lift) ** 2)))
            mean = log_uniform(rng, 1e-3, 1e6)
            arms = [
                arm_from_shape("control", n, mean, variation),
                arm_from_shape("test", n, mean * (1 + lift), variation),
            ]
            return Case(f"tail distance={sign * distance:.4g}", arms, "sum", lift > 0)

        yield draw(make)


def near_constant_cases(rng: random.Random) -> Iterator[Case]:
    """Coefficients of variation where the double moments just still carry the variance."""

    def make() -> Case:
        variation, n = rng.choice((1e-5, 1e-6, 3e-7)), random_size(rng)
        mean = log_uniform(rng, 1e-3, 1e6)
        lift = rng.uniform(-4, 4) * variation * math.sqrt(2 / n)
        arms = [
            arm_from_shape("control", n, mean, variation),
            arm_from_shape("test", n, mean * (1 + lift), variation),
        ]
        return Case(f"near constant cv={variation:g}", arms, "mean", rng.random() < 0.5)

    return draws(40, make)


def constant(variant: str, n: int, value: int) -> Arm:
    return arm(variant, n, n * value, n * value * value)


def zero_variance_cases() -> Iterator[Case]:
    """Exact-integer arms without variance: width 0, chance 0, 1/2 or 1."""
    for n, (low, high), lower_is_better in product(
        (50, 1_000, 10**6, 10**12), ((1, 2), (2, 1), (3, 3), (7, 0), (50, 49)), (False, True)
    ):
        arms = [constant("control", n, low), constant("test", 2 * n, high)]
        name = f"constant arms n={n} {low} against {high}"
        yield Case(name, arms, "count", lower_is_better)
    varied = arm_from_shape("varied", 1000, 5.0, 0.4)
    name = "one arm constant"
    yield Case(f"{name}: control", [constant("control", 900, 5), varied])
    yield Case(f"{name}: treatment", [varied, constant("x", 900, 5)], options={"control": "varied"})
    every = [conversions("control", 500, 1.0), conversions("test", 500, 1.0)]
    yield Case("everyone converts", every, "occurrence")
    for lower_is_better in (False, True):
        arms = [arm_from_shape("control", 1000, 5.0, 0.4), constant("test", 1000, 0)]
        yield Case("treatment all zero: the delta method has no spread", arms, "sum", lower_is_better)
    nobody = [conversions("control", 500, 0.2), conversions("test", 500, 0.0)]
    yield Case("nobody converts", nobody, "occurrence", options={"min_conversions": 0})


def exact_integer_cases() -> Iterator[Case]:
    """Integer moments near 2^53, where a difference of 1 is real and is far below the noise."""
    total, squares = 900_000_000, 8_100_000_000_000_000
    control = arm_from_shape("control", 100, 9_000_000.0, 0.3)
    for extra_total, extra_squares in product((0, 1, -1), (-2, -1, 0, 1, 2, 1000, 18_000_000, 90_000_000)):
        test = arm("test", 100, total + extra_total, squares + extra_squares)
        yield Case(f"exact integers {extra_total:+d} {extra_squares:+d}", [control, test], "count")
    beyond = arm("test", 10**9, 10**15, 10**21)
    yield Case("integers beyond 2^53 are rounded, so a zero is no zero", [control, beyond])
    edge = arm("test", 2**53, 2**53, 2**53)
    yield Case("largest n", [conversions("control", 2**53, 0.5), edge], "occurrence")


def scale_cases(rng: random.Random) -> Iterator[Case]:
    """Means whose fourth power leaves the range of doubles though every answer is inside."""
    for exponent in (-140, -100, -80, -50, 50, 80, 100, 140):

        def make() -> Case:
            mean = rng.uniform(1, 9) * 10.0**exponent
            arms = [
                arm_from_shape("control", 1000, mean, 0.5),
                arm_from_shape("test", 1100, mean * rng.uniform(0.95, 1.05), 0.5),
            ]
            return Case(f"scale 1e{exponent}", arms, "sum")

        yield draw(make)


def option_cases(rng: random.Random) -> Iterator[Case]:
    levels = (0.5, 0.8, 0.95, 0.99, 0.999999)
    thresholds = (0.6, 0.9, 0.95, 0.99, 0.999)
    for confidence, threshold, distance in product(levels, thresholds, (-3.5, -2, -1, 0.4, 1.5, 2.6)):

        def make() -> Case:
            n, variation = round(log_uniform(rng, 100, 1e6)), log_uniform(rng, 0.1, 3)
            lift = distance * variation * math.sqrt(2 / n) * rng.uniform(0.9, 1.1)
            arms = [
                arm_from_shape("control", n, 10.0, variation),
                arm_from_shape("test", n, 10.0 * (1 + lift), variation),
            ]
            options = {"confidence": confidence, "win_threshold": threshold}
            return Case(f"options {confidence} {threshold}", arms, "sum", rng.random() < 0.5, options)

        yield draw(make)


def floor_cases() -> Iterator[Case]:
    """The floors, a step below, at and above each."""
    for floor, n in product((0, 1, 2, 50, 1000), (0, 1, 2, 3, 49, 50, 51, 999, 1000, 1001)):
        half = float(n // 2)
        arms = [arm("control", 5000, 2500, 2500), arm("test", n, half, half)]
        options = {"min_identities": floor, "min_conversions": 0}
        for case in (
            Case(f"min_identities {floor} treatment n={n}", arms, "occurrence", False, options),
            Case(
                f"min_identities {floor} control n={n}",
                arms,
                "occurrence",
                False,
                options | {"control": "test"},
            ),
        ):
            if not has_knife_edge(case):
                yield case
    for floor, converted in product((0, 1, 5, 100), (0, 1, 4, 5, 6, 99, 100, 101)):
        arms = [arm("control", 800, 300, 300), arm("test", 900, converted, converted)]
        name = f"min_conversions {floor} with {converted}"
        yield Case(name, arms, "occurrence", False, {"min_conversions": floor})
        swapped = {"min_conversions": floor, "control": "test"}
        yield Case(f"{name} in control", arms, "occurrence", False, swapped)
        yield Case(f"{name} is no floor of counts", arms, "count", False, {"min_conversions": floor})


def many_arm_cases(rng: random.Random) -> Iterator[Case]:
    """3 to 8 arms, the control anywhere and of any name."""
    names = ["control", "a", "b", "Control", "", "variante é", "tab\there", "quote'\"\\"]

    def make() -> Case:
        variants = rng.sample(names, rng.randint(3, 8))
        control = rng.choice(variants)
        options = {} if control == "control" else {"control": control}
        variation, mean = log_uniform(rng, 0.05, 5), log_uniform(rng, 1e-3, 1e5)

        def draw_arm(variant: str) -> Arm:
            n = round(log_uniform(rng, 50, 1e6))
            shift = rng.uniform(-3, 3) * variation / math.sqrt(n)
            return arm_from_shape(variant, n, mean * (1 + max(shift, -0.9)), variation)

        arms = [draw_arm(variant) for variant in variants]
        return Case(f"{len(variants)} arms", arms, "mean", rng.random() < 0.5, options)

    return draws(80, make)


# Withheld: every kind of control against every kind of treatment

NAN, INFINITY = math.nan, math.inf

SUM_KINDS: dict[str, tuple[int, float, float]] = {
    "sound": (1000, 5123.4, 31234.5),
    "few": (49, 250.5, 1501.25),
    "one identity": (1, 3.0, 9.0),
    "empty": (0, 0.0, 0.0),
    "empty with a sum": (0, 1.0, 0.0),
    "empty with squares": (0, 0.0, 1.0),
    "zero mean": (1000, 0.0, 812.5),
    "all zero": (1000, 0.0, 0.0),
    "negative mean": (1000, -312.5, 4000.25),
    "constant tenths": (1000, 100.0, 10.000000000000002),
    "constant tenths, few": (10, 1.0, 0.10000000000000002),
    "constant, rounded": (10**9, 1e15, 1e21),
    "nan sum": (1000, NAN, 10.0),
    "nan squares": (1000, 10.0, NAN),
    "infinite sum": (1000, INFINITY, INFINITY),
    "infinite squares": (1000, 10.0, INFINITY),
    "negative squares": (1000, 10.0, -1.0),
    "nan, few": (10, NAN, NAN),
    "impossible squares": (1000, 1000.5, 900.25),
    "impossible integers": (100, 900_000_000.0, 8_099_999_999_999_999.0),
    "sum whose square overflows": (100, 1e200, 1e300),
    "n beyond 2^53": (2**53 + 1, 1e15, 1e15),
    "largest n of all": (2**64 - 1, 1.5, 2.5),
}
OCCURRENCE_KINDS: dict[str, tuple[int, float, float]] = {
    "sound": (1000, 120.0, 120.0),
    "few": (49, 20.0, 20.0),
    "no conversion": (1000, 0.0, 0.0),
    "four conversions": (1000, 4.0, 4.0),
    "few of either": (20, 2.0, 2.0),
    "empty": (0, 0.0, 0.0),
    "nan": (1000, NAN, NAN),
    "infinite": (1000, INFINITY, INFINITY),
    "more than n": (1000, 1001.0, 1001.0),
    "squares differ": (1000, 120.0, 121.0),
    "nan, few": (12, NAN, 3.0),
}
COUNT_KINDS: dict[str, tuple[int, float, float]] = {
    "sound": (1000, 1500.0, 4200.0),
    "few": (30, 40.0, 90.0),
    "zero": (1000, 0.0, 0.0),
    "negative": (1000, -1.0, 1.0),
    "impossible": (1000, 2000.0, 3999.0),
    "rounded": (10**9, 1e15, 1e21),
}


def withheld_cases() -> Iterator[Case]:
    tables = (
        ("sum", SUM_KINDS, {}),
        ("occurrence", OCCURRENCE_KINDS, {}),
        ("occurrence", OCCURRENCE_KINDS, {"min_conversions": 0}),
        ("count", COUNT_KINDS, {}),
    )
    for aggregation, kinds, options in tables:
        for (control, low), (test, high) in product(kinds.items(), repeat=2):
            arms = [Arm("control", *low), Arm("test", *high)]
            yield Case(f"{aggregation}: {control} | {test}", arms, aggregation, False, options)
        for kind, moments in kinds.items():
            arms = [Arm("a", *moments), Arm("b", *kinds["sound"])]
            yield Case(f"{aggregation}: no control, {kind}", arms, aggregation, False, options)
    yield Case("control alone", [arm("control", 1000, 5123.4, 31234.5)])
    yield Case("one arm, no control", [arm("a", 1000, 5123.4, 31234.5)])
    yield Case("no arm", [])


# Published vectors and gbstats


def published_cases() -> Iterator[Case]:
    for vector in PUBLISHED:
        arms = [arm("control", *vector["control"]), arm("test", *vector["treatment"])]
        case = Case(
            f"published: {vector['source']}", arms, vector["aggregation"], False, vector["options"]
        )
        row = case.expected()[1]
        for name, value in vector["published"].items():
            assert abs(row[name] - value) <= vector["tolerance"], (vector["source"], name, row[name])
        yield case


def is_plain(candidate: Arm) -> bool:
    """Do the moments leave a double computation six digits of variance?"""
    return squared_deviations(candidate) * Fraction(GBSTATS_MAX_NOISE_SHARE) > rounding_noise(candidate)


def agrees_with_gbstats(case: Case, control: Arm, test: Arm, row: dict[str, Any]) -> bool:
    """Lift and interval within a small share of the interval's width, and the chance."""
    statistics = [SampleMeanStatistic(each.n, each.sum, each.sum_squares) for each in (control, test)]
    confidence = case.options.get("confidence", DEFAULT_OPTIONS["confidence"])
    config = EffectBayesianConfig(
        difference_type="relative", inverse=case.lower_is_better, alpha=1 - confidence
    )
    other = EffectBayesianABTest(*statistics, config).compute_result()
    width = row["ci_high"] - row["ci_low"]
    pairs = ((row["lift"], other.expected), (row["ci_low"], other.ci[0]), (row["ci_high"], other.ci[1]))
    return abs(row["chance_to_win"] - other.chance_to_win) <= GBSTATS_TOLERANCE and all(
        abs(ours - theirs) <= GBSTATS_TOLERANCE * width + 1e-13 * (1 + abs(ours)) for ours, theirs in pairs
    )


def compare_with_gbstats(case: Case, rows: list[dict[str, Any]]) -> int:
    """Asserts agreement for every row gbstats can compute; returns how many there were."""
    control = next((each for each, row in zip(case.arms, rows) if row["is_control"]), None)
    compared = 0
    for test, row in zip(case.arms, rows):
        if row["lift"] is None or control is None or not (is_plain(control) and is_plain(test)):
            continue
        if not 1e-50 < abs(control.sum / control.n) < 1e50:
            continue
        assert agrees_with_gbstats(case, control, test, row), case
        compared += 1
    return compared


# Writing


def all_cases() -> Iterator[Case]:
    rng = random.Random(SEED)
    yield from published_cases()
    yield from occurrence_grid()
    yield from continuous_cases(rng)
    yield from inconclusive_cases(rng)
    yield from negative_mean_cases(rng)
    yield from count_cases(rng)
    yield from tail_cases(rng)
    yield from near_constant_cases(rng)
    yield from zero_variance_cases()
    yield from exact_integer_cases()
    yield from scale_cases(rng)
    yield from option_cases(rng)
    yield from floor_cases()
    yield from many_arm_cases(rng)
    yield from withheld_cases()


def json_number(value: float) -> float | str:
    """NaN and the infinities are no JSON numbers: they are written as strings."""
    return value if math.isfinite(value) else str(value)


def to_json(case: Case, rows: list[dict[str, Any]]) -> str:
    arms = [
        {
            "variant": each.variant,
            "n": each.n,
            "sum": json_number(each.sum),
            "sum_squares": json_number(each.sum_squares),
        }
        for each in case.arms
    ]
    record = {
        "name": case.name,
        "arms": arms,
        "aggregation": case.aggregation,
        "lower_is_better": case.lower_is_better,
        "options": case.options,
        "expected": rows,
    }
    return json.dumps(record, allow_nan=False, separators=(",", ":"))


def main() -> None:
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    lines, compared = [], 0
    for case in all_cases():
        rows = case.expected()
        compared += compare_with_gbstats(case, rows)
        lines.append(to_json(case, rows))
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{output.name}: {len(lines)} cases, {compared} answers agree with gbstats")


if __name__ == "__main__":
    main()
