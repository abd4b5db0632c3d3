"""Cases of experimentInference: the arguments of a call, builders of arms, and drawing at random."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from mpmath import mpf

from reference import DEFAULT_OPTIONS, Row, Scorecard, scorecard_of
from reference_anytime import (
    SETTLED_ERROR,
    identities,
    is_settled,
    level,
    sequential_quantile,
    squared_relative_error,
)
from reference_caution import (
    LOW_VARIANCE,
    OWN_WELL_KNOWN,
    REST_WELL_KNOWN,
    WELL_KNOWN,
    squared_error_beside_prior,
    squared_errors_of_means,
    variance_of_smaller_arm,
)
from reference_comparison import Comparison
from reference_moments import (
    COVARIATE_MOMENTS,
    DENOMINATOR_MOMENTS,
    Arm,
    adjusted_deviations,
    adjusted_noise,
    excess_correlation,
    excess_correlation_allowed,
    has_exact_moments,
    has_exact_ratio,
    has_exact_sums,
    moments_reason,
    present,
    ratio_deviations,
    ratio_noise,
    rounding_noise,
    squared_deviations,
    theta_of,
)
from reference_numbers import Number, to_mpf
from reference_statistic import unboundedness

# A case whose verdict hangs on the last bits tests nothing but rounding luck: it is drawn again.
KNIFE_EDGE = 1e-9
# Below this a double is near or in the subnormals, whose last bit is coarse.
SMALLEST_TAIL = 1e-304
# Moments of ratios and covariates meet many roundings on their way: keep well off the noise.
WIDE_OF_NOISE = 1000
WIDE_OF_IMPOSSIBLE = 10
# An expected loss is about 1/(ν − 1) of its error.
LEAST_FURTHER_DEGREES = 1e-6


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
        return self.scorecard.full_rows()

    @cached_property
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


def is_near_level(value: mpf | float, level: Fraction) -> bool:
    """Relatively, for levels may be small."""
    return abs(value - to_mpf(level)) <= KNIFE_EDGE * to_mpf(level)


def has_knife_edge(case: Case) -> bool:
    return has_coarse_tail(case) or hangs_on_rounding(case)


def has_coarse_tail(case: Case) -> bool:
    names = ("chance_to_win", "chance_to_be_non_inferior", "p_value")
    return any(row[name] is not None and 0 < row[name] < SMALLEST_TAIL for row in case.expected for name in names)


def hangs_on_rounding(case: Case) -> bool:
    """Does a verdict, a reason or a caution?"""
    if any(is_near_noise(arm, case.aggregation) for arm in case.arms) or is_near_level_of_verdict(case):
        return True
    # A power that is had without any effect, but for rounding.
    if is_near(case.option("power"), 1 - case.option("confidence")):
        return True
    return any(map(is_near_reason, case.scorecard.compared().values()))


def is_near_level_of_verdict(case: Case) -> bool:
    """Is a deciding chance or p-value, corrected or not, close to what it is held against?"""
    scorecard, deciding = case.scorecard, {}
    for index, comparison in scorecard.compared().items():
        chances = comparison.deciding_chances
        if chances is not None and any(is_near_level(chance, comparison.win_tail) for chance in chances):
            return True
        if comparison.deciding_p_value is not None:
            deciding[index] = comparison.deciding_p_value
    levels = {index: scorecard.comparisons[index].level for index in deciding}
    p_values = [*deciding.items(), *scorecard.corrected(deciding).items()]
    return any(is_near_level(p_value, levels[index]) for index, p_value in p_values)


def is_within(value: Fraction, noise: Fraction, factor: int) -> bool:
    return noise / factor < abs(value) < noise * factor


def is_near_noise(candidate: Arm, aggregation: str) -> bool:
    """Is the variance close to the rounding noise, on either side of it?"""
    # A quantile is a number as it is: there is no noise of sums.
    if aggregation == "quantile" or candidate.n == 0 or not math.isfinite(candidate.sum) or not math.isfinite(candidate.sum_squares):
        return False
    if aggregation == "ratio":
        if len(present(candidate, DENOMINATOR_MOMENTS)) == len(DENOMINATOR_MOMENTS) and is_near_impossible(
            candidate, present(candidate, DENOMINATOR_MOMENTS)
        ):
            return True
        if moments_reason(candidate, "ratio") not in ("", "precision_lost") or has_exact_ratio(candidate):
            return False
        return is_within(ratio_deviations(candidate), ratio_noise(candidate), WIDE_OF_NOISE)
    if has_exact_sums(candidate):
        return False
    return is_within(squared_deviations(candidate), rounding_noise(candidate), 2)


def is_near_impossible(candidate: Arm, other: Sequence[Number]) -> bool:
    """Is the correlation with a second number almost more than rounding can do to it?"""
    if not all(map(math.isfinite, other)):
        return False
    excess, allowed = excess_correlation(candidate, other), excess_correlation_allowed(candidate, other)
    return excess > 0 and is_within(excess, allowed, WIDE_OF_IMPOSSIBLE)


def is_near_reason(comparison: Comparison) -> bool:
    """Is a pair close to where its intervals lose their ends, its adjusted variance to the noise, or a caution to its
    threshold?"""
    if comparison.reason_of_all not in ("", "precision_lost"):
        return False
    arms = comparison.arms
    if any(moments_reason(arm, comparison.aggregation) for arm in arms):
        return False
    if comparison.is_adjusted:
        if any(is_near_impossible(arm, present(arm, COVARIATE_MOMENTS)) for arm in arms):
            return True
        theta = theta_of(arms)
        if not all(map(has_exact_moments, arms)) and any(
            is_within(adjusted_deviations(arm, theta), adjusted_noise(arm, theta), WIDE_OF_NOISE) for arm in arms
        ):
            return True
    if not comparison.is_compared:
        return False
    return is_near_end(comparison) or is_near_anytime_edge(comparison) or is_near_caution(comparison)


def is_near_end(comparison: Comparison) -> bool:
    """Is the interval about to lose its ends, or the expected loss about to be infinite?"""
    pair, lift = comparison.pair, comparison.lift
    if lift.degrees is not None and 0 < lift.degrees - 1 < LEAST_FURTHER_DEGREES:
        return True
    return pair.has_lift and is_near(float(lift.unboundedness(comparison.options["confidence"])), 1)


def is_near_anytime_edge(comparison: Comparison) -> bool:
    """Is the always-valid set about to lose its ends?"""
    pair, (confidence, tuning) = comparison.pair, comparison.sequence
    quantile = sequential_quantile(identities(pair), level(confidence), tuning)
    if comparison.options["anytime"] == "delta" or not pair.has_lift:
        return False
    return is_near(float(unboundedness(pair, quantile, not is_settled(pair))), 1)


def is_near_caution(comparison: Comparison) -> bool:
    pair, prior = comparison.pair, comparison.options["prior"]
    ratio, means = variance_of_smaller_arm(pair), (pair.raw_control_mean, pair.raw_treatment_mean)
    errors = [(squared_relative_error(pair), SETTLED_ERROR)]
    errors += zip(squared_errors_of_means(pair, means) or (), (WELL_KNOWN, OWN_WELL_KNOWN))
    rest = squared_errors_of_means(pair, (1 - means[0], 1 - means[1]))
    errors += [(rest and rest[1], REST_WELL_KNOWN)]
    if any(squared is not None and is_near(math.sqrt(squared), float(error)) for squared, error in errors):
        return True
    if prior and pair.has_lift:
        squared = squared_error_beside_prior(pair, comparison.options["interval"])
        if is_near(prior["stddev"] / math.sqrt(squared or 1), 1):
            return True
    return ratio is not None and is_near(float(ratio), float(LOW_VARIANCE))


def draw(make: Callable[[], Case]) -> Case:
    """The first draw without a knife edge."""
    return next(case for case in iter(make, None) if not has_knife_edge(case))


def draws(count: int, make: Callable[[], Case]) -> Iterator[Case]:
    return (draw(make) for _ in range(count))


def with_options(case: Case, **options: Any) -> Case:
    return replace(case, options=case.options | options)


def by_both_intervals(cases: Iterable[Case]) -> Iterator[Case]:
    """Two under the default, two under the delta method, and so on."""
    for index, case in enumerate(cases):
        by_delta = with_options(case, interval="delta")
        yield by_delta if index % 4 > 1 and not has_knife_edge(by_delta) else case


def checked(case: Case) -> Case:
    """A case written by hand, which must not hang on rounding either."""
    assert not hangs_on_rounding(case), case
    return case
