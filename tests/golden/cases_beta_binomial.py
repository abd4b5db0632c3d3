"""Cases of experimentInference with Beta posteriors for the proportions of `occurrence` metrics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cases import Case, arm, checked
from cases_moments import from_values
from reference_moments import COVARIATE_MOMENTS, Arm

HALF = {"alpha": 0.5, "beta": 0.5}
TENTH = {"alpha": 0.1, "beta": 0.1}
# (control's n, control's conversions, treatment's n, treatment's conversions, further options)
PAIRS: list[tuple[int, int, int, int, dict[str, Any]]] = [
    (1000, 100, 1000, 120, {}),
    (1000, 100, 1000, 120, {"confidence": 0.5}),
    (400, 40, 500, 44, {"confidence": 0.999}),
    (50, 0, 60, 0, {}),
    (50, 0, 60, 3, {}),
    (60, 4, 50, 0, {}),
    (60, 4, 50, 0, {"min_conversions": 0}),
    (60, 0, 50, 7, {"min_conversions": 0}),
    (60, 1, 50, 3, {"non_inferiority_margin": 0.2}),
    (60, 2, 50, 3, {"beta_prior": HALF}),
    (60, 1, 50, 3, {"beta_prior": HALF}),
    (60, 0, 50, 0, {"beta_prior": TENTH}),
    (60, 9, 50, 2, {"beta_prior": TENTH}),
    (100, 100, 100, 100, {}),
    (100, 100, 100, 97, {}),
    (100, 99, 120, 120, {"beta_prior": HALF}),
    (100, 50, 100, 100, {"beta_prior": TENTH}),
    (10_000, 1_000, 10_000, 1_030, {}),
    (10_000, 9_000, 12_000, 10_850, {}),
    (10_000, 3, 10_000, 12, {}),
    (1_000_000, 100_000, 1_000_000, 100_500, {}),
    (1_000_000, 0, 1_000_000, 5, {}),
    (1_000_000, 20, 900_000, 31, {}),
    (1_000_000, 500_000, 300, 150, {}),
    (1000, 100, 1000, 120, {"beta_prior": {"alpha": 2, "beta": 20}}),
    (1000, 100, 1000, 120, {"beta_prior": {"alpha": 1000, "beta": 9000}}),
    (1000, 100, 1000, 120, {"beta_prior": {"alpha": 1e9, "beta": 1e9}}),
    (50, 3, 50, 8, {"beta_prior": {"alpha": 0.1, "beta": 1e6}}),
    (5000, 500, 5000, 470, {"non_inferiority_margin": 0.1}),
    (5000, 500, 5000, 470, {"non_inferiority_margin": 0}),
    (5000, 500, 5000, 400, {"non_inferiority_margin": 0.05}),
    (2, 1, 2, 1, {"min_identities": 2, "min_conversions": 0, "non_inferiority_margin": 1.5}),
    (1000, 50, 1000, 90, {"prior": {"mean": 0.1, "stddev": 0.1}}),
    (1000, 50, 1000, 90, {"interval": "fieller"}),
    (100, 1, 100, 2, {"interval": "fieller", "min_conversions": 0}),
]


def converted(variant: str, n: int, count: int) -> Arm:
    return arm(variant, n, count, count)


def beta_binomial_cases() -> Iterator[Case]:
    model = {"model": "beta_binomial"}
    for index, (n0, count0, n1, count1, options) in enumerate(PAIRS):
        arms = [converted("control", n0, count0), converted("test", n1, count1)]
        name = f"beta {count0} of {n0} against {count1} of {n1}"
        yield checked(Case(name, arms, "occurrence", index % 3 == 1, model | options))
    arms = [
        converted("control", 800, 64),
        converted("b", 790, 80),
        converted("c", 30, 3),
        converted("d", 820, 4),
        converted("e", 810, 60),
    ]
    yield checked(Case("beta with five arms", arms, "occurrence", False, model))
    few = [converted("control", 800, 3), *arms[1:3]]
    yield checked(Case("beta with too few conversions in control", few, "occurrence", True, model))
    wrong = [arms[0], arm("b", 700, 80, 81), arm("c", 700, 701, 701), arm("d", 700, float("nan"), 5)]
    yield checked(Case("beta of invalid moments", wrong, "occurrence", False, model))
    yield checked(Case("beta without control", arms[1:3], "occurrence", False, model))
    for aggregation in ("count", "sum"):
        case = Case("beta is for occurrences only", arms[:2], aggregation, False, model)
        yield checked(case)
    before = [index * index % 13 for index in range(200)]
    after = [1 if count + index % 5 > 9 else 0 for index, count in enumerate(before)]
    control = from_values("control", after, before, COVARIATE_MOMENTS)
    test = from_values("test", [*after[:170], *[1] * 30], before, COVARIATE_MOMENTS)
    yield checked(Case("beta with covariates", [control, test], "occurrence", False, model))
    partial = replace(test, variant="c", covariate_product=None)
    yield checked(Case("beta with missing moments", [control, partial], "occurrence", False, model))
