"""Cases of experimentInference where one arm has too few conversions and an exact test speaks, and where a decision
does not outlast the correction for many treatments."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from cases import Case, arm, arm_from_shape, checked, conversions, draw, draws, log_uniform
from cases_beta_binomial import converted
from reference_moments import Arm
from reference_tests import CORRECTIONS

MARGINS = (None, 0, 0.1, 0.5, 2)

# (control's n, control's conversions, treatment's n, treatment's conversions)
PAIRS: list[tuple[int, int, int, int]] = [
    (100, 30, 100, 0),
    (2000, 600, 2000, 4),
    (60, 4, 10_000, 10),
    (50, 4, 10_000, 10),
    (1000, 5, 1000, 4),
    (1000, 5, 100, 4),
    (1000, 4, 1000, 4000 // 800),
    (50, 50, 1000, 4),
    (50, 50, 50, 0),
    (10**12, 30, 10**12, 0),
    (10**12, 10**9, 10**12, 4),
    (1000, 4, 10**12, 10**11),
    (10**12, 5, 50, 4),
    (10**6, 12, 300, 1),
    (2**53, 2**52, 2**53, 3),
]


def pair_cases() -> Iterator[Case]:
    for n0, count0, n1, count1 in PAIRS:
        first, second = converted("control", n0, count0), converted("test", n1, count1)
        there, back = [first, second], [converted("control", n1, count1), converted("test", n0, count0)]
        for index, (arms, margin) in enumerate(product((there, back), MARGINS)):
            options: dict[str, Any] = {"non_inferiority_margin": margin}
            if index % 3 == 1:
                options["verdict"] = "anytime"
            name = f"{arms[0].sum:g} of {arms[0].n} against {arms[1].sum:g} of {arms[1].n}"
            yield checked(Case(name, arms, "occurrence", index % 4 > 1, options))


def drawn_cases(rng: random.Random) -> Iterator[Case]:
    def make(model: str) -> Case:
        floor = rng.choice((5, 5, 5, 20, 100))
        n0, n1 = (round(log_uniform(rng, 50, 1e6)) for _ in range(2))
        few, many = rng.randrange(floor), floor + round(log_uniform(rng, 1, 300)) - 1
        counts = [min(few, n0), min(many, n1)]
        arms = [converted("control", n0, counts[0]), converted("test", n1, counts[1])]
        if rng.random() < 0.5:
            arms = [converted("control", n1, counts[1]), converted("test", n0, counts[0])]
        options: dict[str, Any] = {
            "min_conversions": floor,
            "non_inferiority_margin": rng.choice(MARGINS),
            "verdict": rng.choice(("fixed", "anytime")),
            "confidence": rng.choice((0.8, 0.95, 0.95, 0.99)),
            "interval": rng.choice(("fieller", "fieller", "pooled", "delta")),
            "model": model,
        }
        if rng.random() < 0.3:
            options["win_threshold"] = rng.choice((0.9, 0.95, 0.99))
        return Case(f"exact test, {model}", arms, "occurrence", rng.random() < 0.5, options)

    yield from draws(120, lambda: make("normal"))
    yield from draws(20, lambda: make("beta_binomial"))


def many_cases(rng: random.Random) -> Iterator[Case]:
    """Exact and normal tests of one metric, corrected together."""

    def make(correction: str, verdict: str, margin: float | None) -> Case:
        control = conversions("control", round(log_uniform(rng, 200, 1e4)), rng.choice((0.3, 0.05, 0.001)))
        arms = [control]
        for variant in "bcdefg"[: rng.randint(2, 6)]:
            n = round(log_uniform(rng, 60, 1e4))
            arms.append(conversions(variant, n, rng.choice((0, 0.001, 0.01, 0.05, 0.3))))
        rng.shuffle(arms)
        options = {"correction": correction, "verdict": verdict, "non_inferiority_margin": margin}
        return Case(f"exact tests under {correction}", arms, "occurrence", rng.random() < 0.5, options)

    for correction, verdict, margin in product(CORRECTIONS, ("fixed", "anytime"), (None, None, 0.2)):
        yield from draws(2, lambda: make(correction, verdict, margin))


def odd_cases() -> Iterator[Case]:
    control = converted("control", 1000, 300)
    odd = [
        arm("halves", 900, 4.5, 4.5),
        arm("squares differ", 900, 4, 5),
        arm("negative", 900, -1, -1),
        converted("few", 40, 3),
        converted("few of either", 900, 2),
        converted("more than n", 1, 3),
    ]
    for model, verdict in product(("normal", "beta_binomial"), ("fixed", "anytime")):
        options = {"model": model, "verdict": verdict}
        yield checked(Case("where no exact test is", [control, *odd], "occurrence", False, options))
        halves = [arm("control", 1000, 300.5, 300.5), converted("test", 900, 2)]
        yield checked(Case("where no exact test is", halves, "occurrence", False, options))
    floor = {"min_conversions": 5_000_000}
    large = converted("control", 10**8, 5_000_000)
    tests = [converted(f"{count}", 10**8, count) for count in (1000, 1_000_000, 1_000_001, 4_999_999)]
    yield checked(Case("as many conversions as an exact test takes", [large, *tests], "occurrence", False, floor))


# Decisions that a correction takes back


def uncorrected_cases(rng: random.Random) -> Iterator[Case]:
    def make(kind: str, count: int) -> Case:
        options: dict[str, Any] = {}
        if kind == "margin":
            options["non_inferiority_margin"] = 0.05
        elif kind == "prior":
            options["prior"] = {"mean": 0, "stddev": 0.2}
        elif kind == "beta":
            options["model"] = "beta_binomial"
        elif kind in ("pooled", "delta"):
            options["interval"] = kind
        elif kind == "threshold":
            options["win_threshold"] = 0.95
        elif kind == "anytime":
            options |= {"verdict": "anytime", "anytime": rng.choice(("difference", "difference", "delta"))}
            options["non_inferiority_margin"] = rng.choice((None, 0, 0.05))
        elif kind == "below 0":
            options |= {"verdict": rng.choice(("fixed", "anytime"))}
        options["correction"] = rng.choice((*CORRECTIONS, "holm"))
        arms = [one("control", kind, 0)]
        distances = [rng.gauss(0, 1.5) for _ in range(count)]
        if kind == "beta":
            # Slow to draw again and again.
            distances = [2.2, *(rng.gauss(0, 0.3) for _ in range(count - 1))]
        arms += [one(f"v{index}", kind, distance) for index, distance in enumerate(distances)]
        rng.shuffle(arms)
        aggregation = "occurrence" if kind in ("beta", "exact") else "sum"
        return Case(f"{count} treatments, {kind}", arms, aggregation, rng.random() < 0.5, options)

    def one(variant: str, kind: str, distance: float) -> Arm:
        n = round(log_uniform(rng, 2000, 4000) if kind == "beta" else log_uniform(rng, 1e4, 1e5))
        if kind == "beta":
            return conversions(variant, n, 0.1 * (1 + distance * 0.07))
        if kind == "exact":
            return converted(variant, n, 30 if variant == "control" else rng.choice((0, 1, 2, 3, 4, 12, 20)))
        mean = -3.0 if kind == "below 0" else 3.0
        if kind == "margin":
            mean *= 1 - 0.05 * rng.choice((0, 1, -1))
        reach = 2.5 if kind == "anytime" else 1
        return arm_from_shape(variant, n, mean + reach * distance * 2 / n**0.5, 2 / abs(mean))

    def is_uncorrected(case: Case) -> bool:
        return any(row["caution"] == "only_uncorrected" for row in case.expected)

    def found(kind: str, count: int) -> Case:
        """A case in which one is."""
        return next(case for case in iter(lambda: draw(lambda: make(kind, count)), None) if is_uncorrected(case))

    kinds = ("plain", "margin", "prior", "beta", "pooled", "delta", "threshold", "anytime", "below 0", "exact")
    for kind in kinds:
        for count in (2, 3, 4) if kind == "beta" else (2, 5, 18, 18):
            yield found(kind, count)


def exact_cases(rng: random.Random) -> Iterator[Case]:
    yield from pair_cases()
    yield from drawn_cases(rng)
    yield from many_cases(rng)
    yield from odd_cases()
    yield from uncorrected_cases(rng)
