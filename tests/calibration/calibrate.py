"""Simulates experiments whose truth is known, and writes how often the answers were right.

    python tests/calibration/calibrate.py --binary target/release/scorecard --page docs/calibration.md

The moments of simulated experiments go through the real program. The tables take the place of what
stands between `<!-- calibration -->` and `<!-- /calibration -->`. What the text says of a method is
checked against the numbers first: if something is not true (any more), the tables are
printed, nothing is written, and the exit status is 1. The seeds are fixed, so the same program gives the
same tables.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import studies
from report import Results
from wire import Program
from worlds import Revenue, World, bernoulli, clicks_per_view, poisson, visits

REPLICATIONS = 20_000
SAMPLE_RATIO_REPLICATIONS = 40_000
PRIOR_DRAWS = 200_000

# What follows is described in words by report.py.

# The true effect: the treatment's mean is a tenth above the control's.
FACTOR = 1.1
SMALL, MEDIUM, LARGE = 1_000, 10_000, 100_000
CAP = 20.0
COVERAGE: list[tuple[World, tuple[int, ...]]] = [
    (World("Bernoulli 1 %", "occurrence", bernoulli(0.01), bernoulli(0.01 * FACTOR)), (SMALL, LARGE)),
    (World("Bernoulli 30 %", "occurrence", bernoulli(0.3), bernoulli(0.3 * FACTOR)), (SMALL, LARGE)),
    (World("Poisson, mean 2", "count", poisson(2.0), poisson(2.0 * FACTOR)), (SMALL, LARGE)),
    (World("ratio", "ratio", clicks_per_view(1.0), clicks_per_view(FACTOR)), (SMALL, LARGE)),
    (World("CUPED", "count", visits(2.0), visits(2.0 * FACTOR)), (SMALL, LARGE)),
    (World("revenue", "sum", Revenue(), Revenue(scale=FACTOR)), (SMALL, MEDIUM, LARGE)),
    (World("revenue, capped", "sum", Revenue(cap=CAP), Revenue(scale=FACTOR, cap=CAP)), (SMALL, MEDIUM, LARGE)),
    (World("revenue", "sum", Revenue(), Revenue(scale=FACTOR), split=9), (SMALL, MEDIUM, LARGE)),
    (World("revenue, capped", "sum", Revenue(cap=CAP), Revenue(scale=FACTOR, cap=CAP), split=9), (MEDIUM,)),
]

NO_EFFECT: list[tuple[World, dict[str, Any]]] = [
    (World("Bernoulli 30 %", "occurrence", bernoulli(0.3), bernoulli(0.3)), {}),
    (World("Poisson, mean 2", "count", poisson(2.0), poisson(2.0)), {}),
    (World("Bernoulli 1 %", "occurrence", bernoulli(0.01), bernoulli(0.01)), {}),
    (World("Bernoulli 1 %", "occurrence", bernoulli(0.01), bernoulli(0.01)), {"min_conversions": 30}),
    (World("revenue", "sum", Revenue(), Revenue()), {}),
    (World("revenue", "sum", Revenue(), Revenue()), {"min_identities": 5_000}),
    (World("revenue, 9 : 1", "sum", Revenue(), Revenue(), split=9), {}),
    (World("revenue, 9 : 1", "sum", Revenue(), Revenue(), split=9), {"min_identities": 5_000}),
]
IDENTITIES_LOOKED_AT = 10_000

SPLITS = ([0.5, 0.5], [0.8, 0.1, 0.1])
IDENTITIES_SPLIT = 20_000

RATE, LIFT_STDDEV, IDENTITIES_OF_RATE = 0.3, 0.02, 10_000
BETA_PRIOR, IDENTITIES_OF_BETA = (2.0, 38.0), 100


def tasks(program: Program) -> dict[tuple[str, str], Callable[[], Any]]:
    """All that is to be simulated: (study, which one)."""
    found: dict[tuple[str, str], Callable[[], Any]] = {}
    for world, sizes in COVERAGE:
        for n in sizes:
            study = partial(studies.coverage, program, world, n, REPLICATIONS)
            found["coverage", f"{world.name}, {world.split * n} : {n}"] = study
    for world, options in NO_EFFECT:
        study = partial(studies.looks, program, world, IDENTITIES_LOOKED_AT, REPLICATIONS, options)
        found["looks", f"{world.name} {options}"] = study
    for shares in SPLITS:
        found["sample ratio", f"{shares}"] = partial(
            studies.sample_ratio_looks, program, shares, IDENTITIES_SPLIT, SAMPLE_RATIO_REPLICATIONS
        )
    found["prior", "normal"] = partial(
        studies.normal_prior, program, RATE, LIFT_STDDEV, IDENTITIES_OF_RATE, PRIOR_DRAWS
    )
    found["prior", "beta"] = partial(studies.beta_prior, program, *BETA_PRIOR, IDENTITIES_OF_BETA, PRIOR_DRAWS)
    return found


def simulate(program: Program) -> Results:
    """Runs the studies on all processors."""
    found: dict[str, list[Any]] = {}
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        futures = {key: pool.submit(timed, task) for key, task in tasks(program).items()}
        for (study, which), future in futures.items():
            seconds, rows = future.result()
            print(f"{study}, {which}: {seconds:.0f} s", file=sys.stderr, flush=True)
            found.setdefault(study, []).extend(rows)
    return Results(found["coverage"], found["looks"], found["sample ratio"], found["prior"])


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
    arguments = parser.parse_args()
    replaced(arguments.page.read_text(), "")  # before the long part
    results = simulate(Program(arguments.binary.resolve()))
    text = results.text()
    if broken := results.broken_claims():
        print(text)
        sys.exit("not written, for this is not true:\n" + "\n".join(f"- {claim}" for claim in broken))
    arguments.page.write_text(replaced(arguments.page.read_text(), text))


if __name__ == "__main__":
    main()
