"""Cases of experimentInference around the lift's confidence distribution: degrees of freedom and confidences, means
of any sign, control's mean close to its error, priors from narrow to wide, treatments of zeros alone."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from scipy.stats import t as students_t

from cases import Case, arm, arm_from_shape, checked, constant, conversions, draws, log_uniform
from cases_moments import CORRELATIONS, covariate_arm, from_values, ratio_arm
from cases_quantile import quantile_arm
from reference_moments import COVARIATE_MOMENTS, DENOMINATOR_MOMENTS, Arm

CONFIDENCES = (0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9999, 1 - 1e-9)
INTERVALS = ("fieller", "pooled", "delta")
KINDS = ("sum", "sum", "ratio", "covariate", "quantile")


def arm_of_kind(rng: random.Random, kind: str, variant: str, n: int, mean: float, error: float) -> Arm:
    """An arm of about this mean and, but for ratios, of about this error of it; `kind` as an aggregation, or
    `covariate`."""
    if kind == "quantile":
        return quantile_arm(variant, n, mean, error)
    deviation = error * math.sqrt(n)
    if kind == "ratio":
        return ratio_arm(rng, variant, n, mean, 3.0, rng.choice(CORRELATIONS))
    own = arm(variant, n, n * mean, (n - 1) * deviation**2 + n * mean**2)
    if kind == "covariate":
        return covariate_arm(own, deviation, rng.uniform(0.5, 2), rng.choice(CORRELATIONS))
    return own


def aggregation_of(kind: str) -> str:
    return "sum" if kind == "covariate" else kind


def degree_cases(rng: random.Random) -> Iterator[Case]:
    """Welch's degrees of freedom from 1 to 1e9 at every confidence, differences of up to twice the critical value."""
    sizes = (2, 3, 5, 12, 100, 10**4, 10**6, 10**9)

    def make() -> Case:
        confidence = rng.choice(CONFIDENCES)
        sizes_of_both = [rng.choice(sizes), rng.choice(sizes)]
        quantile = float(students_t.isf((1 - confidence) / 2, min(sizes_of_both) - 1))
        share = log_uniform(rng, 1e-3, 0.9)
        # Of control's mean, so that the interval has ends for two arms of such errors.
        error = share / max(quantile, 1)
        lift = rng.uniform(-2, 2) * max(quantile, 1) * error
        mean = log_uniform(rng, 1e-6, 1e6)
        arms = [
            arm_of_kind(rng, "sum", "control", sizes_of_both[0], mean, mean * error * log_uniform(rng, 0.01, 1)),
            arm_of_kind(rng, "sum", "test", sizes_of_both[1], mean * (1 + lift), mean * error),
        ]
        options: dict[str, Any] = {"min_identities": 2, "confidence": confidence}
        options["interval"] = rng.choice(INTERVALS[:2])
        if rng.random() < 0.4:
            options["non_inferiority_margin"] = rng.choice((0, 0.1, error))
        name = f"degrees of {min(sizes_of_both)} and more at {confidence}"
        return Case(name, arms, "sum", rng.random() < 0.5, options)

    yield from draws(150, make)


def end_cases(rng: random.Random) -> Iterator[Case]:
    """g just below and above 1, where the interval loses its ends."""

    def make(interval: str) -> Case:
        n, confidence = round(log_uniform(rng, 5, 1e6)), rng.choice((0.8, 0.95, 0.99))
        other = n if interval == "pooled" else round(log_uniform(rng, 5, 1e6))
        quantile = float(students_t.isf((1 - confidence) / 2, n - 1))
        g = 1 + rng.choice((-1, 1)) * log_uniform(rng, 1e-3, 0.1)
        mean, error = 7.0, math.sqrt(g) * 7.0 / quantile
        arms = [
            arm_of_kind(rng, "sum", "control", n, mean, error),
            arm_of_kind(rng, "sum", "test", other, mean * rng.uniform(-1, 4), error * 0.01),
        ]
        options = {"min_identities": 2, "confidence": confidence, "interval": interval}
        return Case(f"g about {g:.4g}, {interval}", arms, "sum", rng.random() < 0.5, options)

    for interval in INTERVALS[:2]:
        yield from draws(25, lambda: make(interval))


# Means of any sign


def sign_cases(rng: random.Random) -> Iterator[Case]:
    """Control's mean below 0 or 0, where only what is relative to it is withheld."""

    def make() -> Case:
        kind, n = rng.choice(KINDS), round(log_uniform(rng, 60, 1e6))
        error = log_uniform(rng, 1e-3, 1e3)
        mean = rng.choice((0.0, -1.0, -1.0)) * error * log_uniform(rng, 0.1, 1e3)
        arms = [arm_of_kind(rng, kind, "control", n, mean, error)]
        for variant in ("b", "c", "d")[: rng.choice((1, 1, 2, 3))]:
            own_mean = mean + rng.gauss(0, 3) * error
            arms.append(arm_of_kind(rng, kind, variant, round(n * rng.uniform(0.4, 2)), own_mean, error))
        options: dict[str, Any] = {
            "interval": rng.choice((*INTERVALS, "fieller")),
            "non_inferiority_margin": rng.choice((None, None, 0, 0.1)),
            "verdict": rng.choice(("fixed", "fixed", "anytime")),
            "anytime": rng.choice(("difference", "difference", "delta")),
        }
        if rng.random() < 0.2:
            options["prior"] = {"mean": 0.1, "stddev": 0.2}
        name = f"control's mean of {mean:.3g}, {kind}"
        return Case(name, arms, aggregation_of(kind), rng.random() < 0.5, options)

    yield from draws(170, make)
    nothing, nobody = constant("control", 200, 0), conversions("control", 200, 0)
    more = [arm("some", 300, 12, 90), constant("none", 250, 0), constant("all", 250, 1)]
    fixed = [constant("control", 200, -2), constant("same", 200, -2), constant("more", 100, -1)]
    for interval, margin, verdict in product(INTERVALS, (None, 0, 0.2), ("fixed", "anytime")):
        options = {"interval": interval, "non_inferiority_margin": margin, "verdict": verdict}
        for lower_is_better in (False, True):
            yield checked(Case("control of zeros alone", [nothing, *more], "sum", lower_is_better, options))
            yield checked(Case("constants below 0", fixed, "sum", lower_is_better, options))
        options |= {"min_conversions": 0}
        converted = [nobody, conversions("few", 300, 0.02), conversions("none", 100, 0)]
        yield checked(Case("nobody converts in control", converted, "occurrence", False, options))
        if interval == "fieller":
            options |= {"model": "beta_binomial"}
            yield checked(Case("nobody converts in control", converted, "occurrence", False, options))


# Priors


def prior_cases(rng: random.Random) -> Iterator[Case]:
    """From a thousandth of the error to 1e9 times it; control's mean known well, badly and not at all."""

    def make() -> Case:
        kind = rng.choice(KINDS)
        n = round(log_uniform(rng, 3, 60) if rng.random() < 0.2 else log_uniform(rng, 60, 1e6))
        relative_error = log_uniform(rng, 1e-3, 2)
        mean = log_uniform(rng, 1e-3, 1e3)
        lift = rng.gauss(0, 2) * relative_error
        arms = [arm_of_kind(rng, kind, "control", n, mean, mean * relative_error)]
        for variant in ("b", "c")[: rng.choice((1, 1, 1, 2))]:
            error = mean * relative_error * log_uniform(rng, 0.05, 5)
            size = max(2, round(n * rng.uniform(0.4, 2)))
            arms.append(arm_of_kind(rng, kind, variant, size, mean * (1 + lift), error))
        deviation = relative_error * rng.choice((1e-3, 0.1, 0.5, 1, 3, 30, 1e3, 1e6, 1e9))
        options: dict[str, Any] = {
            "min_identities": 2,
            "prior": {"mean": rng.choice((0, rng.uniform(-0.5, 0.5), lift + rng.gauss(0, 5))), "stddev": deviation},
            "interval": rng.choice(INTERVALS[:2]),
            "confidence": rng.choice((0.8, 0.95, 0.95, 0.999)),
            "non_inferiority_margin": rng.choice((None, None, 0, relative_error, 1.5)),
            "verdict": rng.choice(("fixed", "fixed", "anytime")),
        }
        name = f"prior of {deviation / relative_error:g} errors, {kind} known to {relative_error:.2g}"
        return Case(name, arms, aggregation_of(kind), rng.random() < 0.5, options)

    yield from draws(240, make)
    arms = [arm_from_shape("control", 400, 1.0, 30.0), arm_from_shape("test", 500, -5.0, 1.0)]
    for interval, deviation in product(INTERVALS[:2], (0.1, 3, 1e6)):
        options = {"interval": interval, "prior": {"mean": 0.0, "stddev": deviation}}
        yield checked(Case("prior where the lift of 0 is beyond the fall of T", arms, "sum", False, options))
    fixed = [constant("control", 80, 2), arm_from_shape("test", 90, 2.3, 0.5)]
    spread = [arm_from_shape("control", 90, 2.3, 0.5), constant("test", 80, 2)]
    for interval, (name, arms) in product(INTERVALS[:2], (("control", fixed), ("treatment", spread))):
        options = {"interval": interval, "prior": {"mean": 0.05, "stddev": 0.02}, "non_inferiority_margin": 1.2}
        yield checked(Case(f"prior with a constant {name}", arms, "sum", False, options))


# Zeros


def zero_cases() -> Iterator[Case]:
    """Treatments without a single event."""
    control = arm("control", 400, 90, 260)
    zeros = [constant("zeros", 300, 0), constant("fewer zeros", 60, 0), arm("some", 350, 70, 190)]
    weak = [arm("control", 400, 9, 900), *zeros]
    values = [index % 7 for index in range(140)]
    covered = from_values("control", values, [2 * value + index % 3 for index, value in enumerate(values)], COVARIATE_MOMENTS)
    bare = from_values("zeros", [0] * 140, [5] * 140, COVARIATE_MOMENTS)
    ratios = [
        from_values("control", values, [1 + value % 3 for value in values], DENOMINATOR_MOMENTS),
        from_values("zeros", [0] * 90, [1 + index % 2 for index in range(90)], DENOMINATOR_MOMENTS),
    ]
    sets = (
        ("zeros", [control, *zeros], "sum"),
        ("zeros against a mean within its error", weak, "sum"),
        ("zeros with a constant covariate", [covered, bare], "sum"),
        ("ratios of zero", ratios, "ratio"),
    )
    priors = (None, {"mean": 0, "stddev": 0.3}, {"mean": -0.9, "stddev": 1e6})
    for (name, arms, aggregation), interval, prior in product(sets, INTERVALS, priors):
        for index, margin in enumerate((None, 0.1, 1, 1.5)):
            options = {"interval": interval, "prior": prior, "non_inferiority_margin": margin}
            if index % 2:
                options["verdict"] = "anytime"
            yield checked(Case(name, arms, aggregation, index > 1, options))


def lift_cases(rng: random.Random) -> Iterator[Case]:
    yield from degree_cases(rng)
    yield from end_cases(rng)
    yield from sign_cases(rng)
    yield from prior_cases(rng)
    yield from zero_cases()
