"""Cases of experimentInference with optional moments: ratios, and covariates (CUPED)."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from cases import Case, arm_from_shape, by_both_intervals, checked, constant, draws, log_uniform
from reference_moments import COVARIATE_MOMENTS, DENOMINATOR_MOMENTS, Arm

CORRELATIONS = (-0.95, -0.5, -0.1, 0.0, 0.2, 0.5, 0.7, 0.9, 0.99, 0.999)


def other_moments(own: Arm, mean: float, variation: float, correlation: float) -> tuple[float, float, float]:
    """Sum, squares and product with `own` of a second number per identity of about this shape."""
    n = own.n
    total = n * Fraction(mean)
    deviation = Fraction(mean) * Fraction(variation)
    own_variance = (Fraction(own.sum_squares) - Fraction(own.sum) ** 2 / n) / (n - 1)
    covariance = Fraction(correlation) * Fraction(math.sqrt(own_variance)) * deviation
    squares = (n - 1) * deviation**2 + total**2 / n
    product_sum = (n - 1) * covariance + total * Fraction(own.sum) / n
    return float(total), float(squares), float(product_sum)


def with_moments(own: Arm, names: Sequence[str], moments: Sequence[float]) -> Arm:
    return replace(own, **dict(zip(names, map(float, moments))))


def from_values(variant: str, own: Sequence[int], other: Sequence[int], names: Sequence[str]) -> Arm:
    """The moments of whole numbers, which are exact."""
    moments = (sum(other), sum(x * x for x in other), sum(y * x for y, x in zip(own, other)))
    total, squares = float(sum(own)), float(sum(y * y for y in own))
    return with_moments(Arm(variant, len(own), total, squares), names, moments)


def poisson(rng: random.Random, mean: float) -> int:
    limit, count, chance = math.exp(-mean), 0, rng.random()
    while chance > limit:
        chance *= rng.random()
        count += 1
    return count


# Ratios


def ratio_arm(
    rng: random.Random, variant: str, n: int, ratio: float, denominator_mean: float, correlation: float
) -> Arm:
    own = arm_from_shape(variant, n, ratio * denominator_mean, log_uniform(rng, 0.05, 3))
    moments = other_moments(own, denominator_mean, log_uniform(rng, 0.05, 3), correlation)
    return with_moments(own, DENOMINATOR_MOMENTS, moments)


def ratio_cases(rng: random.Random) -> Iterator[Case]:
    def make() -> Case:
        ratio, denominator = log_uniform(rng, 1e-4, 1e4), log_uniform(rng, 1e-3, 1e6)
        n, correlation = round(log_uniform(rng, 50, 1e9)), rng.choice(CORRELATIONS)
        lift = rng.choice((-1, 1)) * log_uniform(rng, 1e-6, 0.8)
        arms = [ratio_arm(rng, "control", n, ratio, denominator, correlation)]
        for variant in ("b", "c")[: rng.choice((1, 1, 1, 2))]:
            size, other = round(n * rng.uniform(0.3, 2)) + 50, denominator * rng.uniform(0.8, 1.25)
            arms.append(ratio_arm(rng, variant, size, ratio * (1 + lift), other, correlation))
        name = f"ratio of {ratio:.3g} correlation={correlation}"
        return Case(name, arms, "ratio", rng.random() < 0.5)

    yield from draws(120, make)

    def counted() -> Case:
        """Clicks per view, in whole numbers."""
        arms = []
        for variant, rate in (("control", 0.3), ("test", 0.3 * rng.uniform(0.8, 1.25))):
            views = [1 + poisson(rng, 4) for _ in range(rng.randint(50, 300))]
            clicks = [sum(rng.random() < rate for _ in range(count)) for count in views]
            arms.append(from_values(variant, clicks, views, DENOMINATOR_MOMENTS))
        return Case("ratio of clicks and views", arms, "ratio", rng.random() < 0.5)

    yield from draws(25, counted)


def odd_ratio_cases() -> Iterator[Case]:
    views = [1 + index % 7 for index in range(90)]
    same = from_values("control", [2 * count for count in views], views, DENOMINATOR_MOMENTS)
    for factor in (1, 2, 3):
        test = from_values("test", [factor * count for count in views], views, DENOMINATOR_MOMENTS)
        yield checked(Case(f"constant ratios 2 and {factor}", [same, test], "ratio"))
    one = [1] * 80
    values = [index * index % 11 for index in range(80)]
    for aggregation in ("ratio", "sum"):
        arms = [from_values("control", values, one, DENOMINATOR_MOMENTS)]
        arms.append(from_values("test", [value + 1 for value in values], one, DENOMINATOR_MOMENTS))
        yield checked(Case(f"a denominator of 1 makes no difference: {aggregation}", arms, aggregation))
    negative = from_values("test", [-value for value in values], one, DENOMINATOR_MOMENTS)
    yield checked(Case("negative ratio of the treatment", [arms[0], negative], "ratio"))
    partial = [replace(each, covariate_sum=5.0) for each in arms]
    yield checked(Case("ratio does not read covariates", partial, "ratio"))
    for n in (2, 3):
        counts = [1 + index for index in range(n)]
        small = [
            from_values("control", values[3 * n : 4 * n], counts, DENOMINATOR_MOMENTS),
            from_values("test", values[5 * n : 6 * n], counts, DENOMINATOR_MOMENTS),
        ]
        yield checked(Case(f"ratio of {n} identities", small, "ratio", False, {"min_identities": 2}))


# Covariates


def covariate_arm(own: Arm, mean: float, variation: float, correlation: float) -> Arm:
    return with_moments(own, COVARIATE_MOMENTS, other_moments(own, mean, variation, correlation))


def covariate_cases(rng: random.Random) -> Iterator[Case]:
    def make(arm_count: int) -> Case:
        mean, variation = log_uniform(rng, 1e-3, 1e6), log_uniform(rng, 0.02, 5)
        covariate_mean, covariate_variation = log_uniform(rng, 1e-3, 1e6), log_uniform(rng, 0.05, 5)
        correlation, n = rng.choice(CORRELATIONS), round(log_uniform(rng, 50, 1e9))
        arms = []
        for variant in ("control", "b", "c", "d", "e")[:arm_count]:
            size = n if rng.random() < 0.3 else round(n * rng.uniform(0.5, 2)) + 50
            shift, drift = (rng.uniform(-3, 3) / math.sqrt(size) for _ in range(2))
            own_mean = mean * (1 + variation * shift) if variant != "control" else mean
            own = arm_from_shape(variant, size, own_mean, variation)
            shifted = covariate_mean * (1 + covariate_variation * drift)
            arms.append(covariate_arm(own, shifted, covariate_variation, correlation))
        name = f"covariate correlation={correlation} n={n}"
        return Case(name, arms, rng.choice(("sum", "mean")), rng.random() < 0.5)

    yield from draws(120, lambda: make(2))
    yield from draws(40, lambda: make(rng.randint(3, 5)))

    def counted(aggregation: str) -> Case:
        """Orders before and after, in whole numbers; or who ordered at all, after."""
        arms = []
        for variant, factor in (("control", 1.0), ("test", rng.uniform(0.8, 1.2))):
            habits = [log_uniform(rng, 0.2, 5) for _ in range(rng.randint(50, 250))]
            before = [poisson(rng, habit) for habit in habits]
            after = [poisson(rng, habit * factor) for habit in habits]
            if aggregation == "occurrence":
                after = [min(count, 1) for count in after]
            arms.append(from_values(variant, after, before, COVARIATE_MOMENTS))
        return Case(f"{aggregation} of orders before and after", arms, aggregation, rng.random() < 0.5)

    yield from draws(20, lambda: counted("count"))
    yield from draws(15, lambda: counted("occurrence"))


def odd_covariate_cases() -> Iterator[Case]:
    before = [index * index % 13 for index in range(120)]
    wobble = [(index * 7) % 5 for index in range(120)]
    after = [count + step for count, step in zip(before, wobble)]
    control = from_values("control", after, before, COVARIATE_MOMENTS)

    def against(name: str, own: Sequence[int], other: Sequence[int], first: Arm = control) -> Case:
        test = from_values("test", own, other, COVARIATE_MOMENTS)
        return checked(Case(f"covariate: {name}", [first, test], "count"))

    raised = [value + 1 for value in after]
    yield against("every value one more", raised, before)
    yield against("the same arm twice", after, before)
    yield against("drifted by 3", raised, [count + 3 for count in before])
    steady = from_values("control", after, [4] * 120, COVARIATE_MOMENTS)
    yield against("constant, theta 0", raised, [4] * 120, steady)
    yield against("constant in each arm, but not the same", raised, [6] * 120, steady)
    zero = from_values("control", after, [0] * 120, COVARIATE_MOMENTS)
    yield against("all zero, theta 0", raised, [0] * 120, zero)
    alternating = [1 if index % 2 else -1 for index in range(120)]
    flat = [3 + index // 2 % 2 for index in range(120)]
    even = from_values("control", flat, alternating, COVARIATE_MOMENTS)
    yield against("uncorrelated, theta 0", [value + 1 for value in flat], alternating, even)
    for slope, offset in ((1, 0), (3, 2), (-1, 20)):
        line = [slope * count + offset for count in before]
        perfect = from_values("control", line, before, COVARIATE_MOMENTS)
        name = f"perfect, slope {slope}"
        yield against(f"{name}, no effect", 2 * line, 2 * before, perfect)
        yield against(f"{name}, one more", [value + 1 for value in line], before, perfect)
        yield against(f"{name}, one less", [value - 1 for value in line], before, perfect)
        yield against(f"{name}, in control only", raised, before, perfect)
    threefold = [3 * count for count in before]
    perfect = from_values("control", before, threefold, COVARIATE_MOMENTS)
    yield against("perfect, slope 1/3, one more", [count + 1 for count in before], threefold, perfect)
    fixed = from_values("control", [5] * 120, before, COVARIATE_MOMENTS)
    yield against("values without variance", [6] * 120, before, fixed)
    bare = replace(control, covariate_sum=None, covariate_sum_squares=None, covariate_product=None)
    covered = from_values("b", raised, before, COVARIATE_MOMENTS)
    arms = [control, covered, replace(bare, variant="c")]
    yield checked(Case("covariates on one of two treatments", arms, "count"))
    arms = [bare, replace(bare, variant="b"), replace(covered, variant="c")]
    yield checked(Case("covariates on no arm but one", arms, "count"))
    partial = replace(bare, denominator_sum=-7.0)
    yield checked(Case("a sum does not read denominators", [partial, constant("x", 120, 9)], "sum"))
    for n in (2, 3, 5):
        arms = [
            from_values(name, after[start : start + n], before[start : start + n], COVARIATE_MOMENTS)
            for name, start in (("control", 3), ("test", 17))
        ]
        yield checked(Case(f"covariate with {n} identities", arms, "sum", False, {"min_identities": 2}))


def moments_cases(rng: random.Random) -> Iterator[Case]:
    yield from by_both_intervals(ratio_cases(rng))
    yield from odd_ratio_cases()
    yield from by_both_intervals(covariate_cases(rng))
    yield from odd_covariate_cases()
