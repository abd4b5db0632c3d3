r"""Simulates experiments whose truth is known, and writes how often the answers were right.

    python tests/calibration/calibrate.py --binary target/release/scorecard --page docs/calibration.md \
        --engine-python .venv/26.9/bin/python --prefix target/calibration

DIR (--prefix) is what `make install PREFIX=DIR` made. First a small experiment of each world that is drawn event
by event goes through compiled definitions in ClickHouse: if its moments are not those of the simulation, the
exit status is 1 and nothing is simulated. Then the moments of simulated experiments go through the real program.
The tables take the place of what stands between `<!-- calibration -->` and `<!-- /calibration -->`. What the text
says of a method is checked against the numbers first: if something is not true (any more), the tables are
printed, nothing is written, and the exit status is 1. The seeds are fixed, so the same program gives the
same tables.
"""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import anytime
import engine_check
import event_studies
import event_worlds
import skewness
import studies
from event_report import EventResults
from report import Results
from rules_report import Power
from wire import Program
from worlds import (
    Conversions,
    Normal,
    ParetoRevenue,
    Revenue,
    Sizes,
    World,
    bernoulli,
    clicks_per_view,
    poisson,
    visits,
)

REPLICATIONS = 20_000
PARTLY_REPLICATIONS = 40_000
HEAVIER_REPLICATIONS = 10_000
DISTRIBUTIONS_REPLICATIONS = 40_000
LOOKS_REPLICATIONS = 20_000
SAMPLE_RATIO_REPLICATIONS = 40_000
PRIOR_DRAWS = 200_000

# What follows is described in words by the reports.

# The true effect: the treatment's mean is a tenth above the control's.
FACTOR = 1.1
CAP = 20.0


def converting(rate: float, factor: float) -> World:
    return World(f"Bernoulli {100 * rate:g} %", "occurrence", bernoulli(rate), bernoulli(rate * factor))


def counted(factor: float) -> World:
    return World("Poisson, mean 2", "count", poisson(2.0), poisson(2.0 * factor))


def clicking(factor: float) -> World:
    return World("ratio", "ratio", clicks_per_view(1.0), clicks_per_view(factor))


def spending(name: str, factor: float, **shape: float) -> World:
    return World(name, "sum", Revenue(**shape), Revenue(scale=factor, **shape))


def spending_as_pareto(factor: float) -> World:
    return World("Pareto revenue", "sum", ParetoRevenue(), ParetoRevenue(scale=factor))


def even(*identities: int) -> list[Sizes]:
    return [(n, n) for n in identities]


WIDE, NARROW = 1.5, 1.0


def heavier_treatment(name: str, cap: float = math.inf) -> World:
    control = Revenue(sigma=NARROW, scale=math.exp((WIDE**2 - NARROW**2) / 2), cap=cap)
    return World(name, "sum", control, Revenue(sigma=WIDE, cap=cap))


HEAVIER_TREATMENT = heavier_treatment("σ = 1 in control")


COVERAGE: list[tuple[World, list[Sizes]]] = [
    (converting(0.01, FACTOR), even(1_000, 100_000)),
    (converting(0.3, FACTOR), even(1_000, 100_000)),
    (counted(FACTOR), even(1_000, 100_000)),
    (clicking(FACTOR), even(1_000, 100_000)),
    (World("CUPED", "count", visits(2.0), visits(2.0 * FACTOR)), even(1_000, 100_000)),
    (
        World("CUPED, half above", "count", visits(2.0, shared=1.9), visits(3.0, shared=1.9)),
        even(1_000, 100_000),
    ),
    (
        spending("revenue", FACTOR),
        [
            *even(1_000, 10_000, 100_000),
            (9_000, 1_000),
            (90_000, 10_000),
            (900_000, 100_000),
            (10_000, 90_000),
        ],
    ),
    (spending("revenue, capped", FACTOR, cap=CAP), [*even(1_000, 10_000, 100_000), (90_000, 10_000)]),
]

# More of them, to see what a caution is worth: (world, identities, replications).
HEAVY: list[tuple[World, Sizes, int]] = [
    (spending("revenue", FACTOR), (9_900_000, 100_000), 4_000),
    (spending("revenue", FACTOR), (100_000, 900_000), 10_000),
    (spending("revenue, capped", FACTOR, cap=CAP), (990_000, 40_000), 10_000),
    (spending("revenue, σ = 2", FACTOR, sigma=2.0), (400_000, 400_000), 6_000),
    (spending("revenue, σ = 2", FACTOR, sigma=2.0), (3_600_000, 400_000), 4_000),
    (spending_as_pareto(FACTOR), (900_000, 100_000), 10_000),
    (heavier_treatment("σ = 1 in control, capped", cap=CAP), (810_000, 90_000), 10_000),
]
# Where about half of the experiments have a caution: (world, identities).
PARTLY: list[tuple[World, Sizes]] = [
    (converting(0.3, FACTOR), (880, 880)),
    (converting(0.3, FACTOR), (80_400, 933)),
    (converting(0.3, FACTOR), (812, 80_400)),
    (counted(FACTOR), (191, 191)),
    (counted(FACTOR), (20_000, 200)),
    (counted(FACTOR), (182, 18_200)),
    (World("Bernoulli 30 %, half above", "occurrence", bernoulli(0.3), bernoulli(0.45)), (711, 711)),
]

# Of populations that differ in more than their means, where no caution helps: (world, identities).
HEAVIER: list[tuple[World, Sizes]] = [
    (HEAVIER_TREATMENT, (90_000, 90_000)),
    (HEAVIER_TREATMENT, (810_000, 90_000)),
]

# Without any effect, at one look: (world, identities).
DISTRIBUTIONS: list[tuple[World, Sizes]] = [
    (counted(1.0), (60, 60)),
    (World("normal, 10 ± 5", "mean", Normal(10.0, 5.0), Normal(10.0, 5.0)), (60, 60)),
    (World("normal, −10 ± 20", "mean", Normal(-10.0, 20.0), Normal(-10.0, 20.0)), (60, 600)),
    (World("normal, 0 ± 1", "mean", Normal(0.0, 1.0), Normal(0.0, 2.0)), (600, 60)),
    (clicking(1.0), (1_000, 1_000)),
    (converting(0.3, 1.0), (1_000, 1_000)),
    (converting(0.3, 1.0), (1_000, 99_000)),
    (converting(0.01, 1.0), (1_000, 1_000)),
    (converting(0.01, 1.0), (10_000, 10_000)),
    (converting(0.01, 1.0), (100_000, 100_000)),
    (converting(0.01, 1.0), (990_000, 10_000)),
    (spending("revenue", 1.0), (10_000, 10_000)),
    (spending("revenue", 1.0), (100_000, 100_000)),
    (spending("revenue", 1.0), (90_000, 10_000)),
    (spending("revenue, capped", 1.0, cap=CAP), (90_000, 10_000)),
]

# Without any effect, looked at again and again: (world, identities).
LOOKS: list[tuple[World, Sizes]] = [
    (converting(0.3, 1.0), (10_000, 10_000)),
    (counted(1.0), (10_000, 10_000)),
    (clicking(1.0), (10_000, 10_000)),
    (converting(0.01, 1.0), (10_000, 10_000)),
    (converting(0.01, 1.0), (90_000, 10_000)),
    (spending("revenue", 1.0), (10_000, 10_000)),
    (spending("revenue", 1.0), (90_000, 10_000)),
    (spending("revenue", 1.0), (990_000, 10_000)),
    (spending("revenue, σ = 2", 1.0, sigma=2.0), (90_000, 10_000)),
    (spending_as_pareto(1.0), (90_000, 10_000)),
]

# How the always-valid set was chosen, without any effect: (world, control : treatment, replications).
RULES: list[tuple[World, Sizes, int]] = [
    (converting(0.3, 1.0), (10_000, 10_000), 20_000),
    (counted(1.0), (990_000, 10_000), 20_000),
    *(
        (converting(0.01, 1.0), sizes, 20_000)
        for sizes in ((10_000, 10_000), (90_000, 10_000), (990_000, 10_000))
    ),
    *(
        (spending("revenue", 1.0), sizes, count)
        for sizes, count in (
            ((10_000, 10_000), 20_000),
            ((90_000, 10_000), 20_000),
            ((10_000, 90_000), 20_000),
            ((450_000, 50_000), 10_000),
            ((990_000, 10_000), 5_000),
        )
    ),
    *(
        (spending("revenue, σ = 2", 1.0, sigma=2.0), sizes, count)
        for sizes, count in (
            ((10_000, 10_000), 20_000),
            ((90_000, 10_000), 20_000),
            ((450_000, 50_000), 10_000),
            ((990_000, 10_000), 5_000),
            ((4_500_000, 500_000), 2_000),
        )
    ),
    *(
        (spending_as_pareto(1.0), sizes, count)
        for sizes, count in (
            ((10_000, 10_000), 20_000),
            ((90_000, 10_000), 20_000),
            ((450_000, 50_000), 10_000),
        )
    ),
]
# Equal means of other populations: a smaller arm whose tail is heavier in truth.
UNLIKE: list[tuple[World, Sizes, int]] = [
    (
        World("twice the buyers in control", "sum", Revenue(buyers=0.1, scale=0.5), Revenue()),
        (90_000, 10_000),
        20_000,
    ),
    (HEAVIER_TREATMENT, (90_000, 10_000), 20_000),
]


@dataclass(frozen=True)
class Effect:
    """What is found of an effect of this size that is there, up or down."""

    name: str
    # with the treatment's mean so many times control's
    world: Callable[[float], World]
    size: float
    sizes: Sizes
    replications: int = 10_000
    # identities per arm from which the delta rule holds
    delta_starts_at: int = 0


EVEN, UNEVEN = (10_000, 10_000), (90_000, 10_000)
POWER: list[Effect] = [
    Effect("Bernoulli 30 %", partial(converting, 0.3), 0.08, EVEN),
    Effect("Bernoulli 30 %", partial(converting, 0.3), 0.06, UNEVEN),
    Effect("Poisson, mean 2", counted, 0.04, EVEN),
    Effect("ratio", clicking, 0.08, EVEN, 2_000),
    Effect("Bernoulli 1 %", partial(converting, 0.01), 0.5, EVEN, delta_starts_at=3_000),
    Effect("revenue", partial(spending, "revenue"), 0.15, (200_000, 200_000), 2_000, 10_000),
    Effect("revenue", partial(spending, "revenue"), 0.15, (900_000, 100_000), 2_000, 10_000),
]

# Intervals for one look that allow for skewness: (world, control : treatment).
CONVERSIONS = World(
    "Bernoulli 1 %", "occurrence", Conversions(buyers=0.01), Conversions(buyers=0.01 * FACTOR)
)
HALF_THE_BUYERS = World("half the buyers", "sum", Revenue(), Revenue(buyers=0.025, scale=2 * FACTOR))
SKEWED: list[tuple[World, Sizes]] = [
    (CONVERSIONS, (1_000, 1_000)),
    (CONVERSIONS, (9_000, 1_000)),
    *(
        (spending("revenue", FACTOR), sizes)
        for sizes in ((1_000, 1_000), (9_000, 1_000), (1_000, 9_000), (10_000, 10_000), (90_000, 10_000))
    ),
    (spending("revenue, capped", FACTOR, cap=CAP), (90_000, 10_000)),
    (spending("revenue, σ = 2", FACTOR, sigma=2.0), (1_000, 1_000)),
    (spending("revenue, σ = 2", FACTOR, sigma=2.0), (9_000, 1_000)),
    (spending_as_pareto(FACTOR), (9_000, 1_000)),
    *((HALF_THE_BUYERS, sizes) for sizes in ((90_000, 10_000), (10_000, 90_000))),
]
SKEWED_EXPERIMENTS = 10_000

SPLITS = ([0.5, 0.5], [0.8, 0.1, 0.1])
IDENTITIES_SPLIT = 20_000

RATE, LIFT_STDDEV, IDENTITIES_OF_RATE = 0.3, 0.02, 10_000
BETA_PRIOR, IDENTITIES_OF_BETA = (2.0, 38.0), 100

# Each from events on: its name, what is done with a world, and the worlds.
EVENT_STUDIES: list[tuple[str, Callable[..., Any], list[event_studies.EventWorld]]] = [
    (
        "quantiles",
        partial(event_studies.quantiles, replications=event_worlds.REPLICATIONS),
        event_worlds.QUANTILES,
    ),
    (
        "covariates",
        partial(
            event_studies.covariates,
            factor=event_worlds.FACTOR,
            replications=event_worlds.REPLICATIONS,
        ),
        event_worlds.COVARIATES,
    ),
    ("caps", partial(event_studies.caps, replications=event_worlds.REPLICATIONS), event_worlds.CAPPED),
    (
        "windows",
        partial(event_studies.windows, replications=event_worlds.WINDOW_REPLICATIONS),
        event_worlds.WINDOWS,
    ),
]


def tasks(program: Program) -> dict[tuple[str, str], Callable[[], Any]]:
    """All that is to be simulated: (study, which one)."""
    found: dict[tuple[str, str], Callable[[], Any]] = {}
    for world, all_sizes in COVERAGE:
        for sizes in all_sizes:
            study = partial(studies.coverage, program, world, sizes, REPLICATIONS)
            found["coverage", label(world, sizes)] = study
    for world, sizes, replications in HEAVY:
        study = partial(studies.coverage, program, world, sizes, replications)
        found["heavy", label(world, sizes)] = study
    for world, sizes in PARTLY:
        study = partial(studies.coverage, program, world, sizes, PARTLY_REPLICATIONS)
        found["partly", label(world, sizes)] = study
    for world, sizes in HEAVIER:
        study = partial(studies.coverage, program, world, sizes, HEAVIER_REPLICATIONS)
        found["heavier", label(world, sizes)] = study
    for world, sizes in DISTRIBUTIONS:
        study = partial(studies.distributions, program, world, sizes, DISTRIBUTIONS_REPLICATIONS)
        found["distributions", label(world, sizes)] = study
    for world, sizes in LOOKS:
        study = partial(studies.looks, program, world, sizes, LOOKS_REPLICATIONS)
        found["looks", label(world, sizes)] = study
    for group, worlds in (("rules", RULES), ("unlike", UNLIKE)):
        for world, sizes, replications in worlds:
            study = partial(anytime.rules, program, world, sizes, replications)
            found[group, label(world, sizes)] = study
    for effect in POWER:
        for change in (effect.size, -effect.size):
            world = replace(effect.world(1 + change), name=f"{effect.name}, {change:+}")
            arguments = (effect.sizes, effect.replications, effect.delta_starts_at)
            study = partial(anytime.rules, program, world, *arguments)
            found["power", label(world, effect.sizes)] = study
    for world, sizes in SKEWED:
        study = partial(skewness.skewness, world, sizes, SKEWED_EXPERIMENTS)
        found["skewness", label(world, sizes)] = study
    for shares in SPLITS:
        found["sample ratio", f"{shares}"] = partial(
            studies.sample_ratio_looks, program, shares, IDENTITIES_SPLIT, SAMPLE_RATIO_REPLICATIONS
        )
    for study, per_world, worlds in EVENT_STUDIES:
        for world in worlds:
            which = f"{world.name}, {world.split * world.n} : {world.n}"
            found[study, which] = partial(per_world, program, world)
    found["prior", "normal"] = partial(
        studies.normal_prior, program, RATE, LIFT_STDDEV, IDENTITIES_OF_RATE, PRIOR_DRAWS
    )
    found["prior", "beta"] = partial(
        studies.beta_prior, program, *BETA_PRIOR, IDENTITIES_OF_BETA, PRIOR_DRAWS
    )
    return found


def label(world: World, sizes: Sizes) -> str:
    return f"{world.name}, {sizes[0]} : {sizes[1]}"


def simulate(program: Program, processes: int) -> Results:
    """Runs the studies, so many at once."""
    found: dict[str, list[Any]] = {}
    with ProcessPoolExecutor(max_workers=processes) as pool:
        futures = {key: pool.submit(timed, task) for key, task in tasks(program).items()}
        for (study, which), future in futures.items():
            seconds, rows = future.result()
            print(f"{study}, {which}: {seconds:.0f} s", file=sys.stderr, flush=True)
            found.setdefault(study, []).extend(rows)
    return results(found)


def results(found: dict[str, list[Any]]) -> Results:
    """From the rows of each study."""
    power = [
        Power(effect.name, effect.size, up, down)
        for effect, up, down in zip(POWER, found["power"][::2], found["power"][1::2])
    ]
    return Results(
        found["coverage"],
        found["heavy"],
        found["partly"],
        found["heavier"],
        found["distributions"],
        found["looks"],
        found["rules"],
        found["unlike"],
        power,
        found["skewness"],
        found["sample ratio"],
        found["prior"],
        EventResults(*(found[study] for study, _, _ in EVENT_STUDIES)),
    )


def timed(task: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    rows = task()
    return time.perf_counter() - start, rows


def replaced(page: str, text: str) -> str:
    pattern = re.compile(r"(<!-- calibration -->\n).*?(<!-- /calibration -->)", re.S)
    new, times = pattern.subn(lambda match: f"{match[1]}{text}{match[2]}", page)
    if times != 1:
        sys.exit("the page needs one pair of <!-- calibration --> and <!-- /calibration -->")
    return new


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, required=True, help="the program to ask")
    parser.add_argument("--page", type=Path, required=True, help="the file to write the tables into")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="studies at once")
    parser.add_argument("--engine-python", type=Path, required=True, help="a Python with ClickHouse in it")
    parser.add_argument(
        "--prefix", type=Path, required=True, help="where `make install PREFIX=DIR` installed"
    )
    arguments = parser.parse_args()
    program = Program(arguments.binary.resolve())
    replaced(arguments.page.read_text(), "")  # before the long part
    worlds = [world for _, _, worlds in EVENT_STUDIES for world in worlds]
    if found := engine_check.differences(program, arguments.engine_python, arguments.prefix, worlds):
        sys.exit("not simulated, for the reduction is not the product's:\n" + "\n".join(found))
    results = simulate(program, arguments.processes)
    text = results.text()
    if broken := results.broken_claims():
        print(text)
        sys.exit("not written, for this is not true:\n" + "\n".join(f"- {claim}" for claim in broken))
    arguments.page.write_text(replaced(arguments.page.read_text(), text))


if __name__ == "__main__":
    main()
