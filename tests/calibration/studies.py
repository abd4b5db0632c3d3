"""What is simulated: coverage, verdicts at one look or many, sample ratios, and truths drawn from a prior.

Each study draws from a stream of its own, made from its name, so that none depends on another.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wire import Floats, Moments, Program, Texts
from worlds import Sizes, World

Integers = NDArray[np.int64]

SEED = 20240229
LEVEL = 0.95

# The numbers that an interval of the answer is read from, and what it is an interval of.
INTERVALS = {
    "fieller": ("ci_low", "ci_high", "lift"),
    "welch": ("difference_ci_low", "difference_ci_high", "difference"),
    "pooled": ("ci_low", "ci_high", "lift"),
    "delta": ("ci_low", "ci_high", "lift"),
    "beta_binomial": ("ci_low", "ci_high", "lift"),
    "anytime": ("anytime_ci_low", "anytime_ci_high", "lift"),
}

LOOKS = 100
# So many replications of all looks are held at once.
LOOKED_AT_ONCE = 500


def stream(name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([SEED, zlib.crc32(name.encode())])))


def standard_error(share: float, draws: float) -> float:
    """The Monte-Carlo standard error of a share; that of one in all draws where it is 0 or 1."""
    return math.sqrt(max(share * (1 - share), 1 / draws) / draws)


# Coverage


@dataclass(frozen=True)
class Coverage:
    """How often an interval missed the truth on each side, where there was one."""

    truth_below: float
    truth_above: float
    answered: float

    @property
    def sides(self) -> tuple[float, float]:
        return self.truth_below, self.truth_above

    @property
    def share(self) -> float:
        """How often it held the truth."""
        return 1 - sum(self.sides)


def covered(low: Floats, high: Floats, truth: float | Floats) -> Coverage:
    answered = ~np.isnan(low)
    below = float(np.mean((truth < low)[answered]))
    above = float(np.mean((truth > high)[answered]))
    return Coverage(below, above, float(np.mean(answered)))


@dataclass(frozen=True)
class CoverageRow:
    name: str
    sizes: Sizes
    # of the arms' means, relative to them, the larger
    standard_error: float
    intervals: dict[str, Coverage]
    # the same among the experiments without a caution, and how many these are
    unwarned: dict[str, Coverage]
    share_unwarned: float
    replications: int

    @property
    def unwarned_replications(self) -> float:
        return self.share_unwarned * self.replications


def coverage(program: Program, world: World, sizes: Sizes, replications: int) -> list[CoverageRow]:
    rng = stream(f"coverage {world.name} {sizes}")
    control, treatment = world.sample(rng, sizes, (replications,))
    fields = sorted({field for low, high, _ in INTERVALS.values() for field in (low, high)})
    default = program.infer(control, treatment, world.aggregation, [*fields, "caution"])
    answers = {"fieller": default, "welch": default, "anytime": default}
    for interval in ("pooled", "delta"):
        answers[interval] = program.infer(control, treatment, world.aggregation, fields, interval=interval)
    if world.aggregation == "occurrence":
        answers["beta_binomial"] = beta_binomial(program, control, treatment, fields)
    # What is withheld has no caution either.
    unwarned = (default["caution"] == "") & ~np.isnan(default["ci_low"])
    found, calm = {}, {}
    for name, (low, high, truth) in INTERVALS.items():
        if name in answers:
            ends = answers[name][low], answers[name][high]
            found[name] = covered(*ends, getattr(world, truth))
            if unwarned.any():
                calm[name] = covered(*(end[unwarned] for end in ends), getattr(world, truth))
    error, share = max(relative_error(control), relative_error(treatment)), float(np.mean(unwarned))
    return [CoverageRow(world.name, sizes, error, found, calm, share, replications)]


def relative_error(arm: Moments) -> float:
    """The standard error of the arm's mean over that mean, from all replications."""
    means = arm.sum / (arm.n if arm.denominator_sum is None else arm.denominator_sum)
    return float(np.std(means) / np.mean(means))


def beta_binomial(
    program: Program, control: Moments, treatment: Moments, fields: list[str], **options: Any
) -> dict[str, Floats]:
    """As `infer`, asking once for each pair of counts: this model takes milliseconds."""
    counts = np.stack([control.sum, treatment.sum], axis=1)
    pairs, back = np.unique(counts, axis=0, return_inverse=True)
    arms = [
        Moments(np.full(len(pairs), arm.n.flat[0]), pairs[:, index], pairs[:, index])
        for index, arm in enumerate((control, treatment))
    ]
    options = {"model": "beta_binomial", **options}
    answers = program.infer(arms[0], arms[1], "occurrence", fields, **options)
    return {name: values[back.reshape(-1)] for name, values in answers.items()}


# Verdicts where there is no effect

CALLS = {"winning": 1, "losing": -1}


@dataclass(frozen=True)
class Called:
    """Shares of experiments without effect that are called, either way."""

    winning: float
    losing: float

    @property
    def sides(self) -> tuple[float, float]:
        return self.winning, self.losing

    @property
    def total(self) -> float:
        return sum(self.sides)


def calls(verdicts: Texts) -> Integers:
    """1 where the verdict is `winning`, −1 where it is `losing`, else 0."""
    return sum(sign * (verdicts == word) for word, sign in CALLS.items())


def called(signs: Integers) -> Called:
    return Called(*(float(np.mean(signs == sign)) for sign in CALLS.values()))


@dataclass(frozen=True)
class DistributionRow:
    """False verdicts at one look, by the statistic and its distribution."""

    name: str
    sizes: Sizes
    called: dict[str, Called]
    replications: int


def distributions(program: Program, world: World, sizes: Sizes, replications: int) -> list[DistributionRow]:
    rng = stream(f"distributions {world.name} {sizes}")
    arms = world.sample(rng, sizes, (replications,))
    (n0, m0, v0), (n1, m1, v1) = map(estimates, arms)
    verdicts = {
        interval: program.infer(*arms, world.aggregation, ["verdict"], interval=interval)["verdict"]
        for interval in ("delta", "fieller")
    }
    score = (m1 - m0) / np.sqrt(v0 / n0 + v1 / n1)
    beyond = np.abs(score) > -NormalDist().inv_cdf((1 - LEVEL) / 2)
    # Where the program says nothing, nothing is called by this either.
    normal = np.sign(score) * (beyond & (verdicts["fieller"] != "collecting_data"))
    found = {"normal": normal, "t": calls(verdicts["fieller"])}
    if world.control.mean > 0:
        found["delta"] = calls(verdicts["delta"])
    shares = {name: called(signs) for name, signs in found.items()}
    return [DistributionRow(world.name, sizes, shares, replications)]


def estimates(moments: Moments) -> tuple[Floats, Floats, Floats]:
    """n, the mean (or the ratio) and the variance per identity."""
    n, total, squares = moments.n, moments.sum, moments.sum_squares
    if moments.denominator_sum is None:
        return n, total / n, np.maximum(0, squares - total**2 / n) / (n - 1)
    denominator = moments.denominator_sum
    ratio = total / denominator
    deviations = squares - 2 * ratio * moments.denominator_product
    deviations += ratio**2 * moments.denominator_sum_squares
    return n, ratio, deviations / (n - 1) / (denominator / n) ** 2


# Looking again and again


@dataclass(frozen=True)
class VerdictRow:
    """False verdicts of one kind: at one look at the end, and the first at any look."""

    name: str
    sizes: Sizes
    rule: str
    once: Called
    ever: Called
    replications: int


def looks(program: Program, world: World, sizes: Sizes, replications: int) -> list[VerdictRow]:
    """An experiment without effect, looked at after every hundredth of its identities."""
    rng = stream(f"looks {world.name}")
    each = sizes[0] // LOOKS, sizes[1] // LOOKS
    signs: dict[str, list[Integers]] = {}
    for size in batches(replications):
        arms = [cumulated(arm) for arm in world.sample(rng, each, (size, LOOKS))]
        found = {
            rule: verdicts(program, arms, world.aggregation, p_value, **options).reshape(size, LOOKS)
            for rule, p_value, options in (
                ("fixed", "p_value", {}),
                ("anytime", "anytime_p_value", {"verdict": "anytime"}),
                ("delta", "anytime_p_value", {"verdict": "anytime", "anytime": "delta"}),
            )
        }
        # By the always-valid set as long as the experiment runs, and by the fixed one at its end.
        found["hybrid"] = np.hstack([found["anytime"][:, :-1], found["fixed"][:, -1:]])
        for rule, each_sign in found.items():
            signs.setdefault(rule, []).append(each_sign)
    return [verdict_row(world.name, sizes, rule, np.concatenate(parts)) for rule, parts in signs.items()]


def verdicts(
    program: Program, arms: list[Moments], aggregation: str, p_value: str, **options: Any
) -> Integers:
    """Which way each experiment is called; the p-value that belongs to the verdict has to agree."""
    answers = program.infer(*arms, aggregation, ["verdict", p_value], **options)
    signs = calls(answers["verdict"])
    assert np.array_equal(signs != 0, answers[p_value] < 1 - LEVEL), f"{p_value} contradicts the verdict"
    return signs


def verdict_row(name: str, sizes: Sizes, rule: str, signs: Integers) -> VerdictRow:
    first = np.argmax(signs != 0, axis=1)
    ever = np.take_along_axis(signs, first[:, None], axis=1)
    return VerdictRow(name, sizes, rule, called(signs[:, -1]), called(ever), len(signs))


def batches(replications: int) -> Iterator[int]:
    for start in range(0, replications, LOOKED_AT_ONCE):
        yield min(LOOKED_AT_ONCE, replications - start)


def cumulated(moments: Moments) -> Moments:
    """The moments at each look, from those of the identities since the last."""
    given = {name: values for name, values in moments.columns() if values is not None}
    return replace(moments, **{name: np.cumsum(values, axis=1) for name, values in given.items()})


# Sample ratios


@dataclass(frozen=True)
class SampleRatioRow:
    """Shares of sound experiments with a p-value below the level: at one look at the end, and at any look."""

    name: str
    rule: str
    level: float
    once: float
    ever: float
    replications: int


def sample_ratio_looks(
    program: Program, shares: list[float], n: int, replications: int
) -> list[SampleRatioRow]:
    """A split that follows its design, looked at after every hundredth of its n identities."""
    name = " : ".join(f"{100 * share:.0f}" for share in shares)
    rng = stream(f"sample ratio {name}")
    alarms: dict[tuple[str, float], list[NDArray[np.bool_]]] = {}
    for size in batches(replications):
        counts = np.cumsum(rng.multinomial(n // LOOKS, shares, size=(size, LOOKS)), axis=1)
        answers = program.sample_ratio(counts.reshape(-1, len(shares)), shares)
        for rule, values in answers.items():
            for level in (0.05, 0.001):
                alarms.setdefault((rule, level), []).append((values < level).reshape(size, LOOKS))
    return [
        sample_ratio_row(name, rule, level, np.concatenate(parts)) for (rule, level), parts in alarms.items()
    ]


def sample_ratio_row(name: str, rule: str, level: float, alarms: NDArray[np.bool_]) -> SampleRatioRow:
    once, ever = float(np.mean(alarms[:, -1])), float(np.mean(alarms.any(axis=1)))
    return SampleRatioRow(name, rule, level, once, ever, len(alarms))


# Truths drawn from the prior

CHANCE_BINS = (0.0, 0.025, 0.25, 0.5, 0.75, 0.975, 1.0)


@dataclass(frozen=True)
class ChanceBin:
    """Answers with a chance to win from `low` to `high`: what they said, and how many arms were better."""

    low: float
    high: float
    answers: int
    said: float
    better: float


@dataclass(frozen=True)
class PriorRow:
    name: str
    bins: list[ChanceBin]
    # of the credible interval, over all draws and over those whose chance to win is in the last bin
    coverage: Coverage
    winners: Coverage
    draws: int
    winning_draws: int


PRIOR_FIELDS = ["ci_low", "ci_high", "chance_to_win"]


def prior_row(name: str, answers: dict[str, Floats], lift: Floats) -> PriorRow:
    chance = answers["chance_to_win"]
    bins = []
    for low, high in zip(CHANCE_BINS, CHANCE_BINS[1:]):
        inside = (chance >= low) & ((chance < high) | (high == 1))
        said, better = float(np.mean(chance[inside])), float(np.mean(lift[inside] > 0))
        bins.append(ChanceBin(low, high, int(np.sum(inside)), said, better))
    low, high, won = answers["ci_low"], answers["ci_high"], chance >= CHANCE_BINS[-2]
    return PriorRow(
        name,
        bins,
        covered(low, high, lift),
        covered(low[won], high[won], lift[won]),
        chance.size,
        int(np.sum(won)),
    )


def normal_prior(program: Program, rate: float, stddev: float, n: int, draws: int) -> list[PriorRow]:
    """Lifts from the prior, judged with it and with the flat prior."""
    rng = stream("normal prior")
    lift = rng.normal(0.0, stddev, size=draws)
    arms = [sampled_rates(rng, n, rates) for rates in (np.full(draws, rate), rate * (1 + lift))]
    prior = {"mean": 0.0, "stddev": stddev}
    return [
        prior_row(name, program.infer(*arms, "occurrence", PRIOR_FIELDS, **options), lift)
        for name, options in (("prior", {"prior": prior}), ("flat", {}))
    ]


def beta_prior(program: Program, alpha: float, beta: float, n: int, draws: int) -> list[PriorRow]:
    """Rates of both arms from the prior of the beta_binomial model."""
    rng = stream("beta prior")
    rates = rng.beta(alpha, beta, size=(2, draws))
    arms = [sampled_rates(rng, n, each) for each in rates]
    prior = {"alpha": alpha, "beta": beta}
    answers = beta_binomial(program, *arms, PRIOR_FIELDS, beta_prior=prior)
    return [prior_row("beta_binomial", answers, rates[1] / rates[0] - 1)]


def sampled_rates(rng: np.random.Generator, n: int, rates: Floats) -> Moments:
    counts = rng.binomial(n, rates).astype(float)
    return Moments(np.full(rates.shape, float(n)), counts, counts)
