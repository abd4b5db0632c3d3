"""Cases of experimentInference on quantiles, which come with their standard errors."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from cases import Case, by_both_intervals, checked, draws, log_uniform
from cases_withheld import INFINITY, NAN
from reference_moments import Arm
from reference_tests import CORRECTIONS

# What a quantile metric does not read: no data has these sums.
UNREAD = (NAN, -1.0)


def quantile_arm(variant: str, n: int, quantile: float | None, error: float | None) -> Arm:
    return Arm(variant, n, *UNREAD, quantile=quantile, quantile_standard_error=error)


def lifted_arms(
    rng: random.Random, n: int, quantile: float, relative_error: float, lifts: Sequence[float]
) -> list[Arm]:
    """Control and treatments, each of about this size and error."""
    arms = [quantile_arm("control", n, quantile, quantile * relative_error)]
    for variant, lift in zip(("b", "c", "d"), lifts):
        size, error = round(n * rng.uniform(0.3, 2)) + 2, relative_error * rng.uniform(0.5, 2)
        arms.append(quantile_arm(variant, size, quantile * (1 + lift), quantile * error))
    return arms


def wide_cases(rng: random.Random) -> Iterator[Case]:
    """Any size, any unit, lifts of up to eight standard errors."""

    def make() -> Case:
        n, quantile = round(log_uniform(rng, 50, 1e12)), log_uniform(rng, 1e-6, 1e9)
        relative_error = log_uniform(rng, 1e-7, 0.3)
        lifts = [max(-0.9, rng.uniform(-8, 8) * relative_error) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        arms = lifted_arms(rng, n, quantile, relative_error, lifts)
        rng.shuffle(arms)
        return Case(f"quantile of {quantile:.3g} n={n}", arms, "quantile", rng.random() < 0.5)

    yield from draws(150, make)


def few_cases(rng: random.Random) -> Iterator[Case]:
    """From two identities on, where the degrees of freedom matter."""

    def make() -> Case:
        relative_error = log_uniform(rng, 0.01, 0.2)
        lifts = [rng.uniform(-3, 3) * relative_error]
        arms = lifted_arms(rng, rng.randint(2, 49), log_uniform(rng, 0.1, 1e4), relative_error, lifts)
        return Case("quantile of few", arms, "quantile", rng.random() < 0.5, {"min_identities": 2})

    yield from draws(30, make)


def option_cases(rng: random.Random) -> Iterator[Case]:
    margins = ({"non_inferiority_margin": 0.02}, {"non_inferiority_margin": 0})
    priors = ({"prior": {"mean": mean, "stddev": 0.05}} for mean in (0, 0.02, -0.1))
    tests = ({"confidence": 0.8, "power": 0.95}, {"sequential_tuning": 20, "confidence": 0.999})
    # A quantile is normal, whatever model conversions have.
    models = ({"interval": "delta"}, {"interval": "pooled"}, {"model": "beta_binomial"}, {"control": "b"})
    corrections = ({"correction": correction} for correction in CORRECTIONS)
    for options in (*margins, *priors, *tests, *models, *corrections):

        def make() -> Case:
            relative_error = log_uniform(rng, 1e-3, 0.1)
            lifts = [max(-0.9, rng.uniform(-4, 4) * relative_error) for _ in range(3)]
            arms = lifted_arms(rng, round(log_uniform(rng, 50, 1e7)), 120.5, relative_error, lifts)
            return Case(f"quantile with {options}", arms, "quantile", rng.random() < 0.5, options)

        yield from draws(4, make)


def odd_cases() -> Iterator[Case]:
    control = quantile_arm("control", 1000, 250.0, 4.0)
    yield checked(Case("the same quantile twice", [control, replace(control, variant="b")], "quantile"))
    negative = quantile_arm("b", 1000, -250.0, 4.0)
    yield checked(Case("negative quantile of the treatment", [control, negative], "quantile"))
    nothing = quantile_arm("b", 1000, 0.0, 4.0)
    yield checked(Case("a quantile of zero of the treatment", [control, nothing], "quantile"))
    further = {"denominator_sum": -7.0, "covariate_sum": 5.0}
    arms = [replace(control, **further), replace(quantile_arm("b", 900, 260.0, 3.0), **further)]
    yield checked(Case("a quantile does not read denominators and covariates", arms, "quantile"))
    # And the other way round.
    values = {"sum": 5123.4, "sum_squares": 31234.5, "quantile_standard_error": -INFINITY}
    arms = [replace(each, **values) for each in arms]
    plain = [replace(each, covariate_sum=None) for each in arms]
    yield checked(Case("a sum does not read quantiles", plain, "sum"))
    wide = quantile_arm("control", 1000, 250.0, 200.0)
    arms = [wide, quantile_arm("b", 900, 260.0, 3.0)]
    yield checked(Case("control's quantile within its error", arms, "quantile"))


QUANTILE_KINDS: dict[str, tuple[int, float | None, float | None]] = {
    "sound": (1000, 250.0, 4.0),
    "few": (49, 250.0, 4.0),
    "one identity": (1, 250.0, 4.0),
    "empty": (0, None, None),
    "empty with a quantile": (0, 250.0, 4.0),
    "no standard error": (60, 250.0, None),
    "standard error of nan": (60, 250.0, NAN),
    "few without standard error": (12, 250.0, None),
    "one identity without standard error": (1, 250.0, None),
    "no quantile": (1000, None, None),
    "quantile of nan": (1000, NAN, 4.0),
    "standard error alone": (1000, None, 4.0),
    "infinite": (1000, INFINITY, 4.0),
    "infinite without standard error": (1000, -INFINITY, None),
    "infinite standard error": (1000, 250.0, INFINITY),
    "negative standard error": (1000, 250.0, -4.0),
    "standard error whose square overflows": (1000, 250.0, 1e160),
    "standard error of zero": (1000, 250.0, 0.0),
    "standard error whose square underflows": (1000, 250.0, 1e-170),
    "zero": (1000, 0.0, 4.0),
    "zero without standard error": (1000, 0.0, None),
    "negative": (1000, -250.0, 4.0),
    "n beyond 2^53": (2**53 + 1, 250.0, 4.0),
    "n beyond 2^53 without standard error": (2**53 + 1, 250.0, None),
}


def withheld_cases() -> Iterator[Case]:
    for (control, low), (test, high) in product(QUANTILE_KINDS.items(), repeat=2):
        arms = [quantile_arm("control", *low), quantile_arm("test", *high)]
        yield Case(f"quantile: {control} | {test}", arms, "quantile")
    for kind, moments in QUANTILE_KINDS.items():
        arms = [quantile_arm("a", *moments), quantile_arm("b", *QUANTILE_KINDS["sound"])]
        yield Case(f"quantile: no control, {kind}", arms, "quantile")
    arms = [quantile_arm("control", *QUANTILE_KINDS["sound"])]
    arms += [quantile_arm(kind, *moments) for kind, moments in QUANTILE_KINDS.items()]
    yield checked(Case("every kind of quantile beside a sound control", arms, "quantile"))


# From data


def order_statistics_arm(rng: random.Random, variant: str, identities: int, level: float, scale: float) -> Arm:
    """A quantile of drawn values, some to each identity, with the error that an interval of their order
    statistics has, scaled by what the identities do to the share of values below it."""
    owned = []
    for _ in range(identities):
        typical = scale * math.exp(rng.gauss(0, 0.5))
        owned.append([typical * math.exp(rng.gauss(0, 0.5)) for _ in range(rng.randint(1, 9))])
    values = sorted(value for own in owned for value in own)
    count, reach = len(values), 1.959963984540054 * math.sqrt(level * (1 - level) / sum(map(len, owned)))
    low, high = math.floor(count * (level - reach)), math.ceil(count * (level + reach))
    if low < 1 or high > count:
        return quantile_arm(variant, identities, values[math.ceil(count * level) - 1], None)
    quantile = values[math.ceil(count * level) - 1]
    # The deviations of a ratio: values up to the quantile, over values.
    share = sum(value <= quantile for value in values) / count
    deviations = [sum(value <= quantile for value in own) - share * len(own) for own in owned]
    share_error = math.sqrt(sum(each * each for each in deviations) * identities / (identities - 1)) / count
    scaling = share_error / math.sqrt(level * (1 - level) / count)
    error = (values[high - 1] - values[low - 1]) / (2 * 1.959963984540054) * scaling
    return quantile_arm(variant, identities, quantile, error)


def drawn_cases(rng: random.Random) -> Iterator[Case]:
    for level in (0.5, 0.9, 0.99):

        def make() -> Case:
            arms = [
                order_statistics_arm(rng, variant, rng.randint(50, 400), level, scale)
                for variant, scale in (("control", 100), ("test", 100 * rng.uniform(0.8, 1.25)))
            ]
            return Case(f"{level}-quantile of drawn values", arms, "quantile", True)

        yield from draws(6, make)


def quantile_cases(rng: random.Random) -> Iterator[Case]:
    yield from by_both_intervals(wide_cases(rng))
    yield from few_cases(rng)
    yield from option_cases(rng)
    yield from odd_cases()
    yield from withheld_cases()
    yield from drawn_cases(rng)
