"""Withheld answers: every kind of control against every kind of treatment."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

from cases import Case, arm, checked
from reference_moments import COVARIATE_MOMENTS, DENOMINATOR_MOMENTS, Arm

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


# Ratios and covariates

Moments = tuple[int, float, float, float | None, float | None, float | None]

RATIO_KINDS: dict[str, Moments] = {
    "sound": (1000, 5123.4, 31234.5, 2500.5, 7800.25, 13500.75),
    "few": (49, 250.5, 1501.25, 120.5, 350.25, 640.5),
    "no denominator": (1000, 5123.4, 31234.5, None, None, None),
    "no product": (1000, 5123.4, 31234.5, 2500.5, 7800.25, None),
    "nan product": (1000, 5123.4, 31234.5, 2500.5, 7800.25, NAN),
    "zero denominator": (1000, 5123.4, 31234.5, 0.0, 0.0, 0.0),
    "negative denominator": (1000, 5123.4, 31234.5, -2500.5, 7800.25, -13500.75),
    "infinite denominator": (1000, 5123.4, 31234.5, INFINITY, INFINITY, INFINITY),
    "infinite denominator squares": (1000, 5123.4, 31234.5, 2500.5, INFINITY, 13500.75),
    "negative denominator squares": (1000, 5123.4, 31234.5, 2500.5, -1.0, 13500.75),
    "impossible product": (1000, 5123.4, 31234.5, 2500.5, 7800.25, 135000.75),
    "nan sum": (1000, NAN, 31234.5, 2500.5, 7800.25, 13500.75),
    "negative mean": (1000, -5123.4, 31234.5, 2500.5, 7800.25, -13500.75),
    "zero mean": (1000, 0.0, 812.5, 2500.5, 7800.25, 12.5),
    "constant ratio": (1000, 3000.0, 10400.0, 1500.0, 2600.0, 5200.0),
    "constant ratio, rounded": (1000, 3000.5, 10400.5, 1500.25, 2600.125, 5200.25),
    "constant numerator": (1000, 100.0, 10.000000000000002, 2500.5, 7800.25, 250.05),
    "n beyond 2^53": (2**53 + 1, 1e15, 1e15, 1e15, 1e15, 1e15),
}
COVARIATE_KINDS: dict[str, Moments] = {
    "sound": (1000, 5123.4, 31234.5, 2050.5, 6200.25, 12000.5),
    "few": (49, 250.5, 1501.25, 120.5, 350.25, 640.5),
    "no covariate": (1000, 5123.4, 31234.5, None, None, None),
    "covariate of nan": (1000, 5123.4, 31234.5, NAN, NAN, NAN),
    "no product": (1000, 5123.4, 31234.5, 2050.5, 6200.25, None),
    "nan sum of covariate": (1000, 5123.4, 31234.5, NAN, 6200.25, 12000.5),
    "infinite covariate": (1000, 5123.4, 31234.5, INFINITY, INFINITY, 12000.5),
    "infinite product": (1000, 5123.4, 31234.5, 2050.5, 6200.25, -INFINITY),
    "negative covariate squares": (1000, 5123.4, 31234.5, 2050.5, -1.0, 12000.5),
    "impossible covariate squares": (1000, 5123.4, 31234.5, 2050.5, 4000.25, 12000.5),
    "impossible product": (1000, 5123.4, 31234.5, 2050.5, 6200.25, 30000.5),
    "constant covariate": (1000, 5123.4, 31234.5, 2000.0, 4000.0, 2 * 5123.4),
    "perfect covariate": (1000, 5000.0, 31000.0, 5000.0, 31000.0, 31000.0),
    "perfect covariate, rounded": (1000, 5000.5, 31000.25, 5000.5, 31000.25, 31000.25),
    "zero mean": (1000, 0.0, 812.5, 2050.5, 6200.25, 12.5),
    "constant tenths": (1000, 100.0, 10.000000000000002, 2050.5, 6200.25, 205.05),
    "nan sum": (1000, NAN, 31234.5, 2050.5, 6200.25, 12000.5),
}


def with_denominator(variant: str, moments: Moments) -> Arm:
    n, total, squares, *denominator = moments
    return Arm(variant, n, total, squares, **dict(zip(DENOMINATOR_MOMENTS, denominator)))


def with_covariate(variant: str, moments: Moments) -> Arm:
    n, total, squares, *covariate = moments
    return Arm(variant, n, total, squares, **dict(zip(COVARIATE_MOMENTS, covariate)))


def withheld_moments_cases() -> Iterator[Case]:
    for (control, low), (test, high) in product(RATIO_KINDS.items(), repeat=2):
        arms = [with_denominator("control", low), with_denominator("test", high)]
        yield checked(Case(f"ratio: {control} | {test}", arms, "ratio"))
    for (control, low), (test, high) in product(COVARIATE_KINDS.items(), repeat=2):
        arms = [with_covariate("control", low), with_covariate("test", high)]
        yield checked(Case(f"covariate: {control} | {test}", arms, "sum"))
    for kind, moments in RATIO_KINDS.items():
        arms = [with_denominator("a", moments), with_denominator("b", RATIO_KINDS["sound"])]
        yield Case(f"ratio: no control, {kind}", arms, "ratio")
    arms = [with_covariate("control", COVARIATE_KINDS["sound"])]
    arms += [with_covariate(kind, moments) for kind, moments in COVARIATE_KINDS.items()]
    yield checked(Case("every kind of covariate beside a sound control", arms, "mean"))
