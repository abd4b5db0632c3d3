"""What is simulated: coverage, looking again and again, sample ratios, and truths drawn from a prior.

Each study draws from a stream of its own, made from its name, so that none depends on another.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wire import Floats, Moments, Program
from worlds import World

SEED = 20240229
LEVEL = 0.95

# The numbers that an interval of the answer is read from, and what it is an interval of.
INTERVALS = {
    "delta": ("ci_low", "ci_high", "lift"),
    "fieller": ("ci_low", "ci_high", "lift"),
    "pooled": ("ci_low", "ci_high", "lift"),
    "beta_binomial": ("ci_low", "ci_high", "lift"),
    "welch": ("difference_ci_low", "difference_ci_high", "difference"),
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
    """How often an interval held the truth, and on which side it missed it."""

    share: float
    truth_below: float
    truth_above: float
    answered: float


def covered(low: Floats, high: Floats, truth: float | Floats) -> Coverage:
    answered = ~np.isnan(low)
    below = float(np.mean((truth < low)[answered]))
    above = float(np.mean((truth > high)[answered]))
    return Coverage(1 - below - above, below, above, float(np.mean(answered)))


@dataclass(frozen=True)
class CoverageRow:
    name: str
    # of the treatment
    n: int
    # how many times as many control has
    split: int
    # of the arms' means, relative to them, the larger
    standard_error: float
    intervals: dict[str, Coverage]
    # the same among the experiments without a caution, and how many these are
    unwarned: dict[str, Coverage]
    share_unwarned: float
    replications: int


def coverage(program: Program, world: World, n: int, replications: int) -> list[CoverageRow]:
    rng = stream(f"coverage {world.name} {world.split} {n}")
    control, treatment = world.sample(rng, n, (replications,))
    fields = sorted({field for low, high, _ in INTERVALS.values() for field in (low, high)})
    delta = program.infer(control, treatment, world.aggregation, [*fields, "caution"])
    answers = {"delta": delta, "welch": delta, "anytime": delta}
    for interval in ("fieller", "pooled"):
        answers[interval] = program.infer(control, treatment, world.aggregation, fields, interval=interval)
    if world.aggregation == "occurrence":
        answers["beta_binomial"] = beta_binomial(program, control, treatment, fields)
    # What is withheld has no caution either.
    unwarned = (delta["caution"] == 0) & ~np.isnan(delta["ci_low"])
    found, calm = {}, {}
    for name, (low, high, truth) in INTERVALS.items():
        if name in answers:
            ends = answers[name][low], answers[name][high]
            found[name] = covered(*ends, getattr(world, truth))
            if unwarned.any():
                calm[name] = covered(*(end[unwarned] for end in ends), getattr(world, truth))
    error, share = max(relative_error(control), relative_error(treatment)), float(np.mean(unwarned))
    return [CoverageRow(world.name, n, world.split, error, found, calm, share, replications)]


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


# Looking again and again


@dataclass(frozen=True)
class LooksRow:
    """Shares of replications with a false positive: at one look at the end, and at any look."""

    name: str
    rule: str
    level: float
    once: float
    ever: float
    replications: int


def looks(program: Program, world: World, n: int, replications: int) -> list[LooksRow]:
    """An experiment without effect, looked at after every hundredth of its identities, n in the treatment."""
    rng = stream(f"looks {world.name} {n}")
    wanted = ["chance_to_win", "p_value", "anytime_p_value"]
    alarms: dict[str, list[NDArray[np.bool_]]] = {}
    for size in batches(replications):
        control, treatment = map(cumulated, world.sample(rng, n // LOOKS, (size, LOOKS)))
        answers = program.infer(control, treatment, world.aggregation, wanted)
        delta = program.infer(control, treatment, world.aggregation, ["anytime_p_value"], anytime="delta")
        chance = answers["chance_to_win"]
        for rule, alarm in (
            ("p_value", answers["p_value"] < 0.05),
            ("verdict", (chance >= LEVEL) | (chance <= 1 - LEVEL)),
            ("anytime_p_value", answers["anytime_p_value"] < 0.05),
            ("delta", delta["anytime_p_value"] < 0.05),
        ):
            alarms.setdefault(rule, []).append(alarm.reshape(size, LOOKS))
    levels = {"p_value": 0.05, "verdict": 2 * (1 - LEVEL), "anytime_p_value": 0.05, "delta": 0.05}
    return [looks_row(world.name, rule, levels[rule], np.concatenate(parts)) for rule, parts in alarms.items()]


def looks_row(name: str, rule: str, level: float, alarms: NDArray[np.bool_]) -> LooksRow:
    once, ever = float(np.mean(alarms[:, -1])), float(np.mean(alarms.any(axis=1)))
    return LooksRow(name, rule, level, once, ever, len(alarms))


def batches(replications: int) -> Iterator[int]:
    for start in range(0, replications, LOOKED_AT_ONCE):
        yield min(LOOKED_AT_ONCE, replications - start)


def cumulated(moments: Moments) -> Moments:
    """The moments at each look, from those of the identities since the last."""
    given = {name: values for name, values in moments.columns() if values is not None}
    return replace(moments, **{name: np.cumsum(values, axis=1) for name, values in given.items()})


def sample_ratio_looks(program: Program, shares: list[float], n: int, replications: int) -> list[LooksRow]:
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
    return [looks_row(name, rule, level, np.concatenate(parts)) for (rule, level), parts in alarms.items()]


# Truths drawn from the prior

CHANCE_BINS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


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
    # of the credible interval, over all draws and over those whose chance to win is 0.95 at least
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
    low, high, won = answers["ci_low"], answers["ci_high"], chance >= LEVEL
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
