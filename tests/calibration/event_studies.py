"""What is simulated from events on: quantiles, covariates, caps at percentiles, and windows.

Events are drawn, reduced to moments as compiled definitions do it, and the moments go through the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from processes import Buyers, Habit, Latencies, Process, Responses, cut, population_cap, steps
from reduction import Booleans, Events, Metric, Reduced, reduced
from studies import INTERVALS, Called, Coverage, called, calls, covered, relative_error, stream
from wire import Floats, Moments, Program

# So many identities that are listed, of both arms, are held at once.
HELD_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class EventWorld:
    """An experiment of `n` identities in the treatment and `split` times as many in control."""

    name: str
    control: Process
    treatment: Process
    n: int
    metrics: tuple[Metric, ...]
    split: int = 1
    # of the grid that values are cut to, as a server that tells them in steps does
    step: float | None = None

    def draw(self, rng: np.random.Generator, experiments: int) -> tuple[Events, Events, Floats]:
        """The events of both arms, and where the grid of each experiment begins."""
        control = self.control.draw(rng, self.split * self.n, experiments)
        treatment = self.treatment.draw(rng, self.n, experiments)
        offset = np.zeros(experiments)
        if self.step is not None:
            offset = rng.random(experiments) * self.step
            control, treatment = (cut(arm, self.step, offset) for arm in (control, treatment))
        return control, treatment, offset


@dataclass(frozen=True)
class Simulated:
    """Experiments of a world as one metric sees them, and where their grids begin."""

    control: Moments
    treatment: Moments
    offset: Floats

    def having(self, chosen: Booleans) -> Simulated:
        return Simulated(only(self.control, chosen), only(self.treatment, chosen), self.offset[chosen])


def only(moments: Moments, chosen: Booleans) -> Moments:
    given = {name: values[chosen] for name, values in moments.columns() if values is not None}
    return replace(moments, **given)


def simulated(world: EventWorld, study: str, replications: int, listed: float) -> list[Simulated]:
    """Of each of the world's metrics. `listed` is the share of identities that the events list."""
    rng = stream(f"{study} {world.name} {world.n} {world.split}")
    found: list[list[Reduced]] = [[] for _ in world.metrics]
    offsets = []
    for size in batches(replications, (1 + world.split) * world.n * listed):
        control, treatment, offset = world.draw(rng, size)
        offsets.append(offset)
        for parts, metric in zip(found, world.metrics):
            parts.append(reduced(metric, control, treatment))
    return [
        Simulated(
            joined([part.control for part in parts]),
            joined([part.treatment for part in parts]),
            np.concatenate(offsets),
        )
        for parts in found
    ]


def batches(replications: int, identities: float) -> Iterator[int]:
    size = max(1, int(HELD_AT_ONCE / identities))
    for start in range(0, replications, size):
        yield min(size, replications - start)


def joined(parts: list[Moments]) -> Moments:
    given = [name for name, values in parts[0].columns() if values is not None]
    return Moments(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in given})


def intervals(
    program: Program, drawn: Simulated, aggregation: str, truths: dict[str, float | Floats], **options: Any
) -> tuple[dict[str, Coverage], dict[str, Any]]:
    """The coverage of the default interval of the lift and of that of the difference, and the answers."""
    fields = ["ci_low", "ci_high", "difference_ci_low", "difference_ci_high", "lift", "verdict"]
    answers = program.infer(drawn.control, drawn.treatment, aggregation, fields, **options)
    found = {}
    for name in ("fieller", "welch"):
        low, high, what = INTERVALS[name]
        found[name] = covered(answers[low], answers[high], truths[what])
    return found, answers


def truths_of(control: float | Floats, treatment: float | Floats) -> dict[str, float | Floats]:
    return {"lift": treatment / control - 1, "difference": treatment - control}


# Quantiles


@dataclass(frozen=True)
class QuantileRow:
    """Coverage at each level, by the interval; `answered` is the share that is not withheld."""

    name: str
    n: int
    # latencies of an arm on average
    rows: float
    step: float | None
    # standard error of control's quantile, the mean of what is said of it
    errors: dict[float, float]
    coverage: dict[float, dict[str, Coverage]]
    answered: dict[float, float]
    replications: int


def quantiles(program: Program, world: EventWorld, replications: int) -> list[QuantileRow]:
    arms: tuple[Latencies, Latencies] = (world.control, world.treatment)
    errors, coverage, answered = {}, {}, {}
    for metric, drawn in zip(world.metrics, simulated(world, "quantiles", replications, 1)):
        enough = ~np.isnan(drawn.control.quantile_standard_error + drawn.treatment.quantile_standard_error)
        if not enough.any():
            answered[metric.level] = 0.0
            continue
        given = drawn.having(enough)
        truth = [np.full(given.offset.shape, arm.quantile(metric.level)) for arm in arms]
        if world.step is not None:
            truth = [steps(each, world.step, given.offset) for each in truth]
        found, answers = intervals(program, given, "quantile", truths_of(*truth))
        errors[metric.level] = float(np.mean(given.control.quantile_standard_error))
        coverage[metric.level] = found
        answered[metric.level] = float(np.sum(~np.isnan(answers["ci_low"])) / replications)
    clusters = world.control.clusters
    each = 1.0 if clusters is None else 1 + clusters.extra * np.exp(clusters.tilt**2 / 2)
    row = QuantileRow(
        world.name, world.n, world.n * each, world.step, errors, coverage, answered, replications
    )
    return [row]


# Covariates


@dataclass(frozen=True)
class CovariateRow:
    name: str
    known: float
    n: int
    coverage: dict[str, Coverage]
    # without an effect
    false_verdicts: Called
    # without the covariate, in the same experiments
    unadjusted_false_verdicts: Called
    # what is said of it on average, and the squared correlation
    reduction: float
    true_reduction: float
    # of the mean width of the lift's interval with the covariate and without
    width: float
    replications: int


def covariates(program: Program, world: EventWorld, factor: float, replications: int) -> list[CovariateRow]:
    """The world is without an effect; coverage is that with the treatment's rows so many times as many."""
    (metric,), control, same = world.metrics, world.control, world.treatment
    treatment: Habit = replace(same, factor=factor)
    with_effect = replace(world, treatment=treatment, name=f"{world.name}, {factor}")
    (drawn,) = simulated(with_effect, "covariates", replications, 1)
    truths = truths_of(control.mean(metric.length), treatment.mean(metric.length))
    coverage, answers = intervals(program, drawn, metric.type, truths)
    alone = replace(drawn, control=unadjusted(drawn.control), treatment=unadjusted(drawn.treatment))
    _, answers_alone = intervals(program, alone, metric.type, truths)
    (null,) = simulated(world, "covariates", replications, 1)
    said = program.infer(null.control, null.treatment, metric.type, ["verdict", "variance_reduction"])
    said_alone = program.infer(unadjusted(null.control), unadjusted(null.treatment), metric.type, ["verdict"])
    row = CovariateRow(
        world.name,
        control.known,
        world.n,
        coverage,
        called(calls(said["verdict"])),
        called(calls(said_alone["verdict"])),
        float(np.nanmean(said["variance_reduction"])),
        control.variance_reduction(metric.length, metric.lookback),
        width(answers) / width(answers_alone),
        replications,
    )
    return [row]


def unadjusted(moments: Moments) -> Moments:
    return Moments(moments.n, moments.sum, moments.sum_squares)


def width(answers: dict[str, Floats]) -> float:
    return float(np.nanmean(answers["ci_high"] - answers["ci_low"]))


# Caps at percentiles


@dataclass(frozen=True)
class CapRow:
    """Of the lift of the capped mean, and by the same interval of the lift of the mean without a cap."""

    name: str
    level: float | None
    n: int
    split: int
    standard_error: float
    lift: float
    uncapped_lift: float
    # by `fieller`, `welch` and `delta`
    coverage: dict[str, Coverage]
    of_uncapped: Coverage
    replications: int


def caps(program: Program, world: EventWorld, replications: int) -> list[CapRow]:
    arms: tuple[Buyers, Buyers] = (world.control, world.treatment)
    uncapped = truths_of(*(arm.mean() for arm in arms))
    listed = arms[0].revenue.buyers
    found = []
    for metric, drawn in zip(world.metrics, simulated(world, "caps", replications, listed)):
        truths, level = uncapped, metric.upper_percentile
        if level is not None:
            cap = population_cap(level, ((arms[0], world.split * world.n), (arms[1], world.n)))
            truths = truths_of(*(arm.mean(cap) for arm in arms))
        coverage, answers = intervals(program, drawn, metric.type, truths)
        by_delta, _ = intervals(program, drawn, metric.type, truths, interval="delta")
        coverage["delta"] = by_delta["fieller"]
        error = max(relative_error(drawn.control), relative_error(drawn.treatment))
        of_uncapped = covered(answers["ci_low"], answers["ci_high"], uncapped["lift"])
        found.append(
            CapRow(
                world.name,
                level,
                world.n,
                world.split,
                error,
                truths["lift"],
                uncapped["lift"],
                coverage,
                of_uncapped,
                replications,
            )
        )
    return found


# Windows


@dataclass(frozen=True)
class WindowSide:
    """What is said of a windowed metric where those with an open window do not count, or do."""

    # identities that count, per arm
    n: float
    lift: float
    coverage: Coverage
    called: Called


@dataclass(frozen=True)
class WindowRow:
    name: str
    type: str
    lift: float
    exclude: WindowSide
    include: WindowSide
    replications: int


def windows(program: Program, world: EventWorld, replications: int) -> list[WindowRow]:
    arms: tuple[Responses, Responses] = (world.control, world.treatment)
    sides = {}
    for metric, drawn in zip(world.metrics, simulated(world, "windows", replications, 1)):
        truths = truths_of(*(arm.mean(metric.type, metric.length) for arm in arms))
        coverage, answers = intervals(program, drawn, metric.type, truths)
        mean_n = float(np.mean([drawn.control.n, drawn.treatment.n]))
        lift = float(np.nanmean(answers["lift"]))
        verdicts = called(calls(answers["verdict"]))
        sides[metric.include] = WindowSide(mean_n, lift, coverage["fieller"], verdicts)
    kind = world.metrics[0].type
    return [WindowRow(world.name, kind, truths["lift"], sides[False], sides[True], replications)]
