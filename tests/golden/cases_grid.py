"""The plain cases of experimentInference: sums and squares of two or more arms over a wide grid."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import product

from cases import (
    Case,
    arm,
    arm_from_shape,
    by_both_intervals,
    constant,
    conversions,
    draw,
    draws,
    has_knife_edge,
    log_uniform,
    random_lift,
    random_size,
)
from reference_moments import Arm


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
    for lower_is_better, interval in product((False, True), ("fieller", "delta")):
        arms = [arm_from_shape("control", 1000, 5.0, 0.4), constant("test", 1000, 0)]
        options = {"interval": interval}
        name = "treatment all zero: the delta method has no spread"
        yield Case(name, arms, "sum", lower_is_better, options)
        nobody = [conversions("control", 500, 0.2), conversions("test", 500, 0.0)]
        options |= {"min_conversions": 0}
        yield Case("nobody converts", nobody, "occurrence", lower_is_better, options)


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


def grid_cases(rng: random.Random) -> Iterator[Case]:
    yield from by_both_intervals(occurrence_grid())
    yield from by_both_intervals(continuous_cases(rng))
    yield from by_both_intervals(inconclusive_cases(rng))
    yield from by_both_intervals(negative_mean_cases(rng))
    yield from by_both_intervals(count_cases(rng))
    yield from by_both_intervals(tail_cases(rng))
    yield from by_both_intervals(near_constant_cases(rng))
    yield from zero_variance_cases()
    yield from by_both_intervals(exact_integer_cases())
    yield from by_both_intervals(scale_cases(rng))
    yield from by_both_intervals(option_cases(rng))
    yield from floor_cases()
    yield from by_both_intervals(many_arm_cases(rng))
