"""Cases of experimentInference around its options: tests, corrections, priors, intervals, margins."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from cases import Case, arm, arm_from_shape, by_both_intervals, checked, constant, conversions, draws, log_uniform
from cases_moments import CORRELATIONS, covariate_arm, ratio_arm
from reference_moments import Arm
from reference_tests import CORRECTIONS


def pair_of_arms(
    rng: random.Random, n: int, mean: float, variation: float, lift: float, kind: str = "sum"
) -> list[Arm]:
    """Control and treatment of about equal size; `kind` is an aggregation, or `covariate`."""
    size = n if rng.random() < 0.5 else max(2, round(n * rng.uniform(0.5, 2)))
    if kind == "ratio":
        correlation = rng.choice(CORRELATIONS)
        return [
            ratio_arm(rng, "control", n, mean, 3.0, correlation),
            ratio_arm(rng, "test", size, mean * (1 + lift), 3.0, correlation),
        ]
    arms = [
        arm_from_shape("control", n, mean, variation),
        arm_from_shape("test", size, mean * (1 + lift), variation * rng.uniform(0.7, 1.4)),
    ]
    if kind == "covariate":
        correlation = rng.choice(CORRELATIONS)
        arms = [covariate_arm(each, mean, variation, correlation) for each in arms]
    return arms


def lift_of_distance(rng: random.Random, n: int, variation: float, reach: float) -> float:
    """A lift of up to `reach` standard errors, and not below -0.9."""
    return max(-0.9, rng.uniform(-reach, reach) * variation * math.sqrt(2 / n))


# Tests


def test_cases(rng: random.Random) -> Iterator[Case]:
    """Welch's degrees of freedom from 1 to 1e9, p-values down to 1e-300, effects from 1e-9 to 10."""
    sizes = (2, 3, 5, 12, 100, 10**4, 10**6, 10**9)

    def far() -> Case:
        """The distance is what the size allows for a p-value that a double can hold."""
        while True:
            n, other = rng.choice(sizes), rng.choice(sizes)
            degrees = min(n, other) - 1
            p_value = 10.0 ** -rng.uniform(0, 300)
            distance = math.sqrt(degrees * math.expm1(min(40, -2 * math.log(p_value) / degrees)))
            lift = rng.choice((1, -0.1)) * log_uniform(rng, 1e-9, 10)
            # So that lift / se is the distance, for two arms of one coefficient of variation.
            variation = abs(lift) / distance / math.sqrt(1 / n + (1 + lift) ** 2 / other)
            if 1e-6 < variation < 1e4:
                break
        mean = log_uniform(rng, 1e-6, 1e9)
        arms = [
            arm_from_shape("control", n, mean, variation),
            arm_from_shape("test", other, mean * (1 + lift), variation),
        ]
        name = f"test n={n} against {other} lift={lift:.3g} distance={distance:.3g}"
        return Case(name, arms, "mean", rng.random() < 0.5, {"min_identities": 2})

    yield from by_both_intervals(draws(220, far))

    def lopsided() -> Case:
        """Nearly all of the error from one arm, so the degrees of freedom are its own."""
        sizes_of_both = [2, round(log_uniform(rng, 2, 1e6))]
        rng.shuffle(sizes_of_both)
        arms = [
            arm_from_shape("control", sizes_of_both[0], 10.0, log_uniform(rng, 1e-6, 1)),
            arm_from_shape("test", sizes_of_both[1], 10.0 + rng.gauss(0, 1), log_uniform(rng, 1e-6, 1)),
        ]
        return Case("test of lopsided errors", arms, "mean", False, {"min_identities": 2})

    yield from draws(30, lopsided)
    varied = arm_from_shape("control", 7, 5.0, 0.4)
    for n, value in product((2, 30), (5, 6)):
        arms = [varied, constant("test", n, value)]
        yield checked(Case(f"test against a constant, n={n}", arms, "sum", False, {"min_identities": 2}))


def level_cases(rng: random.Random) -> Iterator[Case]:
    """Confidence, power and the tuning of the sequence."""

    def make() -> Case:
        n, variation = round(log_uniform(rng, 50, 1e8)), log_uniform(rng, 0.05, 5)
        options = {
            "confidence": rng.choice((0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9999, 1 - 1e-9)),
            "power": rng.choice((0.02, 0.5, 0.7, 0.8, 0.9, 0.95, 0.999, 1 - 1e-9)),
            "sequential_tuning": rng.choice((0.5, 100, 5000, 1e6, 1e12)),
            "interval": rng.choice(("fieller", "pooled", "delta")),
        }
        lift = lift_of_distance(rng, n, variation, 8)
        kind = rng.choice(("sum", "sum", "ratio", "covariate"))
        arms = pair_of_arms(rng, n, log_uniform(rng, 1e-3, 1e3), variation, lift, kind)
        aggregation = "ratio" if kind == "ratio" else "sum"
        return Case(f"levels {kind}", arms, aggregation, rng.random() < 0.5, options)

    yield from draws(90, make)


# Corrections


def correction_cases(rng: random.Random) -> Iterator[Case]:
    """Three to eight arms, some of them withheld, under each correction."""

    def make(correction: str) -> Case:
        names = ("control", "b", "c", "d", "e", "f", "g", "h")[: rng.randint(3, 8)]
        is_occurrence = rng.random() < 0.4
        mean, variation = log_uniform(rng, 0.1, 1e3), log_uniform(rng, 0.1, 3)

        def draw_arm(variant: str) -> Arm:
            n = round(log_uniform(rng, 60, 1e5))
            if variant != "control" and rng.random() < 0.2:
                if is_occurrence and rng.random() < 0.5:
                    return conversions(variant, n, 0)
                return arm(variant, 10, 3, 3)
            if is_occurrence:
                return conversions(variant, n, 0.3 * rng.uniform(0.8, 1.25))
            shift = rng.uniform(-4, 4) * variation / math.sqrt(n)
            return arm_from_shape(variant, n, mean * (1 + max(shift, -0.9)), variation)

        arms = [draw_arm(variant) for variant in names]
        rng.shuffle(arms)
        aggregation = "occurrence" if is_occurrence else "sum"
        name = f"{correction} over {len(names) - 1} treatments"
        return Case(name, arms, aggregation, rng.random() < 0.5, {"correction": correction})

    for correction in CORRECTIONS:
        yield from draws(14, lambda: make(correction))
    same = [conversions(name, 1000, rate) for name, rate in zip("abcde", (0.1, 0.13, 0.13, 0.1, 0.07))]
    fixed = [constant(name, 100, value) for name, value in zip("abc", (2, 2, 3))]
    for correction in CORRECTIONS:
        options = {"control": "a", "correction": correction}
        yield checked(Case(f"{correction} of ties", same, "occurrence", False, options))
        yield checked(Case(f"{correction} of 0 and 1", fixed, "count", False, options))


# Posteriors


def prior_cases(rng: random.Random) -> Iterator[Case]:
    def make() -> Case:
        n, variation = round(log_uniform(rng, 50, 1e7)), log_uniform(rng, 0.05, 5)
        kind = rng.choice(("sum", "sum", "ratio", "covariate"))
        prior = {
            "mean": rng.choice((0, 0, rng.uniform(-0.5, 0.5))),
            "stddev": rng.choice((0.1, 0.3, log_uniform(rng, 1e-3, 10))),
        }
        lift = lift_of_distance(rng, n, variation, 4)
        arms = pair_of_arms(rng, n, log_uniform(rng, 1e-3, 1e3), variation, lift, kind)
        options = {
            "prior": prior,
            "confidence": rng.choice((0.95, 0.9)),
            "interval": rng.choice(("fieller", "pooled", "delta", "delta")),
        }
        aggregation = "ratio" if kind == "ratio" else "sum"
        return Case(f"prior {kind}", arms, aggregation, rng.random() < 0.5, options)

    yield from draws(80, make)
    options = {"prior": {"mean": 0.1, "stddev": 0.2}}
    for value in (1, 2, 3):
        arms = [constant("control", 100, 2), constant("test", 100, value)]
        yield checked(Case("prior against certainty", arms, "count", False, options))
    arms = [conversions("control", 1000, 0.1), conversions("test", 1000, 0.12)]
    priors = (None, {"mean": 0, "stddev": 1e6}, {"mean": 5, "stddev": 1e-6})
    for prior, interval in product(priors, ("fieller", "pooled", "delta")):
        options = {"prior": prior, "interval": interval}
        yield checked(Case(f"prior {prior}", arms, "occurrence", False, options))


def fieller_cases(rng: random.Random) -> Iterator[Case]:
    def make(low: float, high: float) -> Case:
        """The control's mean is 1/√g·z of its errors from 0, with g between the two."""
        g, n = rng.uniform(low, high), round(log_uniform(rng, 50, 1e7))
        variation = math.sqrt(g * n) / 1.96
        kind = rng.choice(("sum", "sum", "covariate"))
        arms = pair_of_arms(rng, n, log_uniform(rng, 1e-3, 1e3), variation, rng.uniform(-0.8, 3), kind)
        options = {"confidence": rng.choice((0.95, 0.95, 0.8))}
        return Case(f"fieller {kind} g={g:.3g}", arms, "sum", rng.random() < 0.5, options)

    yield from draws(40, lambda: make(1e-6, 0.3))
    yield from draws(25, lambda: make(0.3, 1))
    yield from draws(20, lambda: make(1.05, 9))
    options: dict[str, Any] = {}
    for treatments in (1, 3):
        arms = [arm_from_shape("control", 400, 1.0, 30.0)]
        arms += [arm_from_shape(name, 500, 1.5, 1.0) for name in "bcd"[:treatments]]
        yield checked(Case(f"fieller unbounded for {treatments}", arms, "sum", False, options))
    # 1.96 of its errors below 0, so that one end is where the treatment's mean is 0.
    below = [arm("control", 64, 64.0, 657.9047784444933), arm("test", 64, -157.00552004698665, 6701.925676897672)]
    yield checked(Case("fieller of a mean below 0", below, "sum", False, options))
    fixed, few = constant("control", 100, 2), arm("control", 3, 1.5, 9.25)
    odd = (
        ("of a constant control", fixed, arm_from_shape("test", 90, 3.0, 0.5), "sum"),
        ("of constants", fixed, constant("test", 100, 3), "count"),
        ("with few identities", few, arm("test", 100, 120, 400), "sum"),
    )
    for name, control, test, aggregation in odd:
        yield checked(Case(f"fieller {name}", [control, test], aggregation, False, options))


def margin_cases(rng: random.Random) -> Iterator[Case]:
    """Non-inferiority."""

    def make() -> Case:
        n, variation = round(log_uniform(rng, 50, 1e7)), log_uniform(rng, 0.05, 3)
        error = variation * math.sqrt(2 / n)
        margin = rng.choice((0, 0.01, 0.05, error * rng.uniform(0, 4)))
        lift = rng.choice((-1, 1)) * margin + rng.uniform(-4, 4) * error
        kind = rng.choice(("sum", "sum", "ratio", "covariate"))
        arms = pair_of_arms(rng, n, log_uniform(rng, 1e-3, 1e3), variation, max(lift, -0.9), kind)
        options: dict[str, Any] = {"non_inferiority_margin": margin}
        if rng.random() < 0.3:
            options["prior"] = {"mean": 0, "stddev": 0.2}
        options["interval"] = rng.choice(("fieller", "fieller", "pooled", "delta", "delta"))
        aggregation = "ratio" if kind == "ratio" else "sum"
        return Case(f"margin {margin:.3g} {kind}", arms, aggregation, rng.random() < 0.5, options)

    yield from draws(90, make)
    for index, (value, margin, lower_is_better) in enumerate(
        product((1, 2, 3), (0, 0.25, 0.5, 2), (False, True))
    ):
        arms = [constant("control", 100, 2), constant("test", 100, value)]
        options = {"non_inferiority_margin": margin, "interval": ("fieller", "delta")[index // 2 % 2]}
        name = f"margin {margin} for a certain lift of {value / 2 - 1:+}"
        yield Case(name, arms, "count", lower_is_better, options)
    arms = [conversions("control", 1000, 0.1), conversions("test", 1000, 0.12), conversions("x", 40, 0.5)]
    for margin in (None, 0.1):
        options = {"non_inferiority_margin": margin}
        yield checked(Case(f"margin {margin}", arms, "occurrence", True, options))


# The best arm


def best_cases(rng: random.Random) -> Iterator[Case]:
    def make(kind: str) -> Case:
        """Two to eight arms whose errors may differ by a thousand; every third has no variance."""
        names = ("control", "b", "c", "d", "e", "f", "g", "h")[: rng.randint(2, 8)]
        mean = 20.0 if kind == "points" else log_uniform(rng, 1e-3, 1e5)
        error = log_uniform(rng, 1e-5, 0.1)

        def draw_arm(variant: str) -> Arm:
            n = round(log_uniform(rng, 50, 1e6))
            if kind == "points" and rng.random() < 0.34:
                return constant(variant, n, rng.choice((19, 20, 20, 21)))
            own = error * (log_uniform(rng, 1e-3, 1) if kind == "uneven" else 1)
            shift = rng.gauss(0, 1) * (0.02 if kind == "points" else error)
            return arm_from_shape(variant, n, mean * (1 + max(shift, -0.9)), own * math.sqrt(n))

        arms = [draw_arm(variant) for variant in names]
        rng.shuffle(arms)
        return Case(f"best of {len(names)}, {kind}", arms, "sum", rng.random() < 0.5)

    for kind, count in (("even", 40), ("uneven", 40), ("points", 40)):
        yield from by_both_intervals(draws(count, lambda: make(kind)))
    for count, lower_is_better in product((2, 3, 5, 8), (False, True)):
        names = ("control", "b", "c", "d", "e", "f", "g", "h")[:count]
        alike = [arm_from_shape(name, 500, 3.0, 0.7) for name in names]
        yield checked(Case(f"{count} arms alike", alike, "sum", lower_is_better))
        fixed = [constant(name, 500, 3) for name in names]
        yield checked(Case(f"{count} arms alike, constant", fixed, "sum", lower_is_better))
        behind = [*fixed[:-1], constant(names[-1], 500, 2)]
        yield checked(Case(f"{count - 1} of {count} constant arms tie", behind, "sum", lower_is_better))
    many = [arm_from_shape(f"v{index}", 1000 + 17 * index, 5 + 0.01 * index, 0.4) for index in range(40)]
    yield checked(Case("best of 40", many, "sum", False, {"control": "v7"}))


# At any number of looks

FEW = (("control", 4000, 0.0025), ("test", 3000, 0.02), ("even", 4000, 0.0025))
RARE = (("control", 4000, 0.0005), ("none", 4000, 0), ("test", 3000, 0.02))


def anytime_cases(rng: random.Random) -> Iterator[Case]:
    """Means known and not, arms even and not, either arm varying more; sets with ends and without."""

    def make(anytime: str) -> Case:
        n, other = (round(log_uniform(rng, 50, 1e6)) for _ in range(2))
        # The relative error of the smaller arm, from well known to not at all.
        error = log_uniform(rng, 0.01, 0.5)
        variation = error * math.sqrt(min(n, other))
        lift = max(-0.9, rng.uniform(-8, 8) * error)
        kind = rng.choice(("sum", "sum", "ratio", "covariate"))
        mean = log_uniform(rng, 1e-3, 1e3)
        if kind == "ratio":
            arms = [ratio_arm(rng, name, size, mean, 3.0, 0.5) for name, size in (("control", n), ("test", other))]
        else:
            arms = [
                arm_from_shape("control", n, mean, variation * log_uniform(rng, 0.5, 2)),
                arm_from_shape("test", other, mean * (1 + lift), variation * log_uniform(rng, 0.5, 2)),
            ]
        if kind == "covariate":
            correlation = rng.choice(CORRELATIONS)
            arms = [covariate_arm(each, mean, variation, correlation) for each in arms]
        options = {
            "anytime": anytime,
            "confidence": rng.choice((0.8, 0.95, 0.99)),
            "sequential_tuning": rng.choice((100, 5000, 1e6)),
        }
        aggregation = "ratio" if kind == "ratio" else "sum"
        return Case(f"anytime {anytime} {kind}", arms, aggregation, rng.random() < 0.5, options)

    def decided(case: Case) -> Case:
        """The same with the verdict by the set, with a margin or without."""
        margin = rng.choice((None, None, 0, 0.05, 0.5))
        options = case.options | {"verdict": "anytime", "non_inferiority_margin": margin}
        return replace(case, name=f"verdict of {case.name}", options=options)

    def pooled(case: Case) -> Case:
        """The same with the interval for one look made that way too."""
        return replace(case, name=f"pooled of {case.name}", options=case.options | {"interval": "pooled"})

    for anytime, count in (("difference", 160), ("delta", 60)):
        yield from draws(count, lambda: make(anytime))
    yield from draws(60, lambda: decided(make("difference")))
    yield from draws(20, lambda: decided(make("delta")))
    yield from draws(80, lambda: pooled(make("difference")))
    few = [conversions(name, n, rate) for name, n, rate in FEW]
    nothing = [arm("control", 200, 20, 60), arm("test", 300, 0, 0), arm("below", 300, -30, 90)]
    fixed = [constant("control", 100, 2), constant("same", 100, 2), constant("more", 50, 3)]
    for anytime in ("difference", "delta"):
        options = {"anytime": anytime}
        yield checked(Case(f"anytime {anytime}, few conversions", few, "occurrence", False, options))
        yield checked(Case(f"anytime {anytime}, a mean of 0", nothing, "sum", False, options))
        yield checked(Case(f"anytime {anytime}, constants", fixed, "sum", False, options))
        options |= {"verdict": "anytime"}
        for aggregation, arms in (("occurrence", few), ("sum", nothing), ("sum", fixed)):
            for lower_is_better in (False, True):
                name = f"verdict of anytime {anytime}"
                yield checked(Case(name, arms, aggregation, lower_is_better, options))
    for lower_is_better in (False, True):
        options = {"verdict": "anytime", "non_inferiority_margin": 0.9}
        yield checked(Case("verdict at a margin of a mean of 0", nothing, "sum", lower_is_better, options))
    options = {"verdict": "anytime", "model": "beta_binomial"}
    rare = [conversions(name, n, rate) for name, n, rate in RARE]
    for arms in (few, rare):
        yield checked(Case("verdict at any time of few conversions", arms, "occurrence", False, options))


def caution_cases(rng: random.Random) -> Iterator[Case]:
    """Arms from even to 9 : 1 whose means are known well, or nearly, the smaller one varying more or less."""

    def make() -> Case:
        small = round(log_uniform(rng, 100, 1e6))
        large = round(small * rng.choice((1, 1.9, 2.1, 9)))
        sizes = [small, large]
        rng.shuffle(sizes)
        variation = rng.uniform(0.01, 0.09) * math.sqrt(small)
        mean, lift = log_uniform(rng, 1e-3, 1e3), rng.uniform(-0.3, 0.3)
        arms = [
            arm_from_shape("control", sizes[0], mean, variation),
            arm_from_shape("test", sizes[1], mean * (1 + lift), variation * rng.uniform(0.7, 1.3)),
        ]
        prior = rng.choice((None, None, {"mean": 0, "stddev": rng.choice((0.01, 0.05, 0.2))}))
        options = {"prior": prior, "interval": rng.choice(("fieller", "fieller", "pooled", "delta"))}
        return Case("caution", arms, rng.choice(("sum", "mean")), False, options)

    yield from draws(150, make)
    spared = [conversions("control", 900_000, 0.5), conversions("test", 100_000, 0.9)]
    yield checked(Case("caution of conversions", spared, "occurrence"))
    for prior in ({"alpha": 1, "beta": 1}, {"alpha": 30, "beta": 3000}):
        sizes_and_rates = (("control", 1000, 0.02), ("test", 1000, 0.04), ("none", 900, 0))
        few = [conversions(name, n, rate) for name, n, rate in sizes_and_rates]
        options = {"model": "beta_binomial", "beta_prior": prior}
        yield checked(Case("caution of a beta prior", few, "occurrence", False, options))


def options_cases(rng: random.Random) -> Iterator[Case]:
    yield from test_cases(rng)
    yield from level_cases(rng)
    yield from correction_cases(rng)
    yield from prior_cases(rng)
    yield from fieller_cases(rng)
    yield from margin_cases(rng)
    yield from best_cases(rng)
    yield from anytime_cases(rng)
    yield from caution_cases(rng)
