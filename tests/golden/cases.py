"""Cases of experimentInference: the arguments of a call, builders of arms, and drawing at random."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from reference import DEFAULT_OPTIONS, Row, Scorecard, infer, scorecard_of
from reference_anytime import (
    SETTLED_ERROR,
    identities,
    is_settled,
    level,
    sequential_quantile,
    squared_relative_error,
    unboundedness,
)
from reference_caution import LOW_VARIANCE, WELL_KNOWN, variance_of_smaller_arm
from reference_moments import (
    Arm,
    adjusted_deviations,
    adjusted_noise,
    has_exact_moments,
    has_exact_ratio,
    has_exact_sums,
    moments_reason,
    ratio_deviations,
    ratio_noise,
    rounding_noise,
    squared_deviations,
    theta_of,
)
from reference_numbers import two_sided_quantile
from reference_posterior import Pair, fieller_g

# A case whose verdict hangs on the last bits tests nothing but rounding luck: it is drawn again.
KNIFE_EDGE = 1e-9
# Below this a double is near or in the subnormals, whose last bit is coarse.
SMALLEST_TAIL = 1e-304
# Moments of ratios and covariates meet many roundings on their way: keep well off the noise.
WIDE_OF_NOISE = 1000


@dataclass(frozen=True)
class Case:
    """The arguments of one call."""

    name: str
    arms: list[Arm]
    aggregation: str = "sum"
    lower_is_better: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def expected(self) -> list[Row]:
        return infer(self.arms, self.aggregation, self.lower_is_better, self.options)

    @property
    def scorecard(self) -> Scorecard:
        return scorecard_of(self.arms, self.aggregation, self.lower_is_better, self.options)

    def option(self, name: str) -> Any:
        return self.options.get(name, DEFAULT_OPTIONS[name])


# Arms


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


def constant(variant: str, n: int, value: int) -> Arm:
    return arm(variant, n, n * value, n * value * value)


# Random numbers


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
    threshold = case.option("win_threshold")
    for row in case.expected:
        chance = row["chance_to_win"]
        if chance is None or row["ci_low"] == row["ci_high"]:
            continue
        if 0 < chance < SMALLEST_TAIL:
            return True
        if row["chance_to_be_non_inferior"] is not None:
            chance = row["chance_to_be_non_inferior"]
        if is_near(chance, threshold) or is_near(1 - chance, threshold):
            return True
    return any(is_near_noise(arm, case.aggregation) for arm in case.arms) or is_near_reason(case)


def is_within(value: Fraction, noise: Fraction, factor: int) -> bool:
    return noise / factor < abs(value) < noise * factor


def is_near_noise(candidate: Arm, aggregation: str) -> bool:
    """Is the variance close to the rounding noise, on either side of it?"""
    # A quantile is a number as it is: there is no noise of sums.
    if aggregation == "quantile" or candidate.n == 0 or not math.isfinite(candidate.sum) or not math.isfinite(candidate.sum_squares):
        return False
    if aggregation == "ratio":
        if moments_reason(candidate, "ratio") not in ("", "precision_lost") or has_exact_ratio(candidate):
            return False
        return is_within(ratio_deviations(candidate), ratio_noise(candidate), WIDE_OF_NOISE)
    if has_exact_sums(candidate):
        return False
    return is_within(squared_deviations(candidate), rounding_noise(candidate), 2)


def is_near_reason(case: Case) -> bool:
    """Is a pair close to where Fieller's interval ends, or its adjusted variance to the noise?"""
    scorecard = case.scorecard
    for treatment in case.arms:
        if treatment is scorecard.control:
            continue
        reason = scorecard.first_reason(treatment)
        if reason not in ("", "precision_lost", "control_mean_indistinct_from_zero"):
            continue
        arms = (scorecard.control, treatment)
        if any(moments_reason(arm, case.aggregation) for arm in arms):
            continue
        if scorecard.is_adjusted(treatment) and not all(map(has_exact_moments, arms)):
            theta = theta_of(arms)
            if any(
                is_within(adjusted_deviations(arm, theta), adjusted_noise(arm, theta), WIDE_OF_NOISE)
                for arm in arms
            ):
                return True
        if reason != "precision_lost" and is_near_anytime_edge(case, scorecard.pair(treatment)):
            return True
        if case.option("interval") == "fieller" and reason != "precision_lost":
            if is_near(float(fieller_g(scorecard.pair(treatment), case.option("confidence"))), 1):
                return True
    return False


def is_near_anytime_edge(case: Case, pair: Pair) -> bool:
    """Is the always-valid set about to lose its ends, or what is held against a threshold close to it?"""
    confidence, tuning = case.option("confidence"), case.option("sequential_tuning")
    quantile = sequential_quantile(identities(pair), level(confidence), tuning)
    if case.option("anytime") == "difference":
        if is_near(float(unboundedness(pair, quantile, not is_settled(pair))), 1):
            return True
    if case.option("interval") == "pooled":
        if is_near(float(unboundedness(pair, two_sided_quantile(confidence), True)), 1):
            return True
    squared, ratio = squared_relative_error(pair), variance_of_smaller_arm(pair)
    errors = (SETTLED_ERROR, WELL_KNOWN)
    if squared is not None and any(is_near(math.sqrt(squared), float(error)) for error in errors):
        return True
    prior = case.option("prior")
    if prior and is_near(prior["stddev"] / math.sqrt(pair.lift_variance or 1), 1):
        return True
    return ratio is not None and is_near(float(ratio), float(LOW_VARIANCE))


def draw(make: Callable[[], Case]) -> Case:
    """The first draw without a knife edge."""
    return next(case for case in iter(make, None) if not has_knife_edge(case))


def draws(count: int, make: Callable[[], Case]) -> Iterator[Case]:
    return (draw(make) for _ in range(count))


def checked(case: Case) -> Case:
    """A case written by hand, which must have no knife edge either."""
    assert not has_knife_edge(case), case
    return case
