"""Whether the moments that are simulated from events are the product's own.

A small experiment of each world is written out as rows of `events`, with a definitions file. The program
compiles it, ClickHouse runs the script, and what the scorecard of the experiment says is compared with the
reduction: moments and caps, and the intervals and p-values that the program gives for them.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np

from event_studies import EventWorld
from reduction import END_DAYS, Events, Metric, Reduced, reduced
from studies import stream
from wire import VARIANTS, Moments, Program

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests" / "engine"))

from engine import statements  # noqa: E402  (needs the path)

# Sums are added up in another order, and quantiles' squares are rounded once more.
TOLERANCE = 1e-9
# In the treatment, at most: enough for every quantile. A world of fewer stays as it is, with what it withholds.
IDENTITIES = 1_000

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
ANSWERS = ["lift", "ci_low", "ci_high", "difference_ci_low", "difference_ci_high", "p_value"]

Row = dict[str, Any]


class EngineFailed(Exception):
    """The engine does not start, or refuses a statement."""


class Engine:
    """ClickHouse as tests/engine/engine.py serves it, in a Python that has it."""

    def __init__(self, python: Path, prefix: Path) -> None:
        command = [python, ROOT / "tests" / "engine" / "engine.py", "--prefix", prefix]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(command, text=True, encoding="utf-8", **pipes)
        self._sql = prefix / "sql"
        self._answer()
        self.run_file("10_functions.sql")

    def run_file(self, name: str) -> None:
        for statement in statements((self._sql / name).read_text(encoding="utf-8")):
            self.query(statement)

    def query(self, sql: str) -> str:
        self._process.stdin.write(json.dumps({"sql": sql, "format": "JSONEachRow"}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def rows(self, sql: str) -> list[Row]:
        return [json.loads(line) for line in self.query(sql).splitlines()]

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> str:
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the engine has ended"}
        if "error" in answer:
            raise EngineFailed(answer["error"])
        return answer["ok"]


def differences(program: Program, python: Path, prefix: Path, worlds: Sequence[EventWorld]) -> list[str]:
    """Everything in which the compiled views and the reduction disagree."""
    engine, found = Engine(python, prefix), []
    try:
        small = dict.fromkeys(replace(world, n=min(world.n, IDENTITIES)) for world in worlds)
        for place, world in enumerate(small):
            found += [f"{world.name}: {each}" for each in of_world(program, engine, world, f"world_{place}")]
    finally:
        engine.close()
    return found


def of_world(program: Program, engine: Engine, world: EventWorld, database: str) -> Iterator[str]:
    control, treatment, _ = world.draw(stream(f"engine {world.name} {world.n}"), 1)
    for statement in (f"CREATE DATABASE {database}", f"USE {database}"):
        engine.query(statement)
    engine.run_file("00_events.sql")
    rows = [*rows_of(control, VARIANTS[0]), *rows_of(treatment, VARIANTS[1])]
    engine.query("INSERT INTO events FORMAT JSONEachRow\n" + "\n".join(map(json.dumps, rows)))
    engine.query(compiled(program, definitions(world.metrics)))
    for place, metric in enumerate(world.metrics):
        expected = expectation(program, metric, reduced(metric, control, treatment))
        view = f"experiment_scorecard_{experiment_name(metric)}"
        actual = {row["variant"]: row for row in engine.rows(f"SELECT * FROM {view} WHERE metric = 'm{place}'")}
        for variant, columns in expected.items():
            for column, value in columns.items():
                said = actual[variant][column]
                if not is_same(value, said):
                    yield f"{metric}, {variant}: {column} is {said!r} in the view, {value!r} in the reduction"
    engine.query(f"DROP DATABASE {database}")


def rows_of(arm: Events, variant: str) -> Iterator[Row]:
    """An exposure of every identity, listed or not, and the rows of those that are."""
    exposed_at = np.zeros(arm.n, dtype=np.int64)
    exposed_at[: len(arm.exposed_at)] = arm.exposed_at
    for place, at in enumerate(exposed_at.tolist()):
        yield row(f"{variant}{place}", at, event="$flag_exposure", feature_name="f", value=variant)
    for place, at, value in zip(arm.identity.tolist(), arm.at.tolist(), arm.value.tolist()):
        yield row(f"{variant}{place}", at, event="done", value=repr(value))


def row(identifier: str, at: int, **more: str) -> Row:
    moment = (START + timedelta(milliseconds=at)).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return {"environment_key": "e", "identifier": identifier, "timestamp": moment, **more}


def experiment_name(metric: Metric) -> str:
    return "include" if metric.include else "exclude"


def definitions(metrics: Sequence[Metric]) -> dict[str, Any]:
    """All metrics, each in the experiment that treats incomplete windows its way."""
    goals: dict[str, list[str]] = {}
    for place, metric in enumerate(metrics):
        goals.setdefault(experiment_name(metric), []).append(f"m{place}")
    common = {
        "environment": "e",
        "feature": "f",
        "control": VARIANTS[0],
        "shares": dict.fromkeys(VARIANTS, 0.5),
        "start": START.isoformat(),
        "end": (START + timedelta(days=END_DAYS)).isoformat(),
        "status": "completed",
    }
    return {
        "version": 1,
        "metrics": [metric.definition(f"m{place}") for place, metric in enumerate(metrics)],
        "experiments": [
            {"name": name, **common, "incomplete_windows": name, "metrics": {"goals": names}}
            for name, names in goals.items()
        ],
    }


def compiled(program: Program, document: dict[str, Any]) -> str:
    command = [program.path, "compile", "-"]
    return subprocess.run(
        command, input=json.dumps(document), stdout=subprocess.PIPE, check=True, text=True
    ).stdout


def expectation(program: Program, metric: Metric, made: Reduced) -> dict[str, Row]:
    """What the scorecard has to say of each arm, by column; the answers of the treatment only."""
    arms = {VARIANTS[0]: made.control, VARIANTS[1]: made.treatment}
    expected = {variant: columns(metric, moments) for variant, moments in arms.items()}
    for told in expected.values():
        told["cap_upper"] = None if made.cap is None else float(made.cap[0])
    if all(map(is_whole, arms.values())):
        answers = program.infer(made.control, made.treatment, metric.type, ANSWERS)
        expected[VARIANTS[1]] |= {name: values.item() for name, values in answers.items()}
    return expected


def is_whole(moments: Moments) -> bool:
    return not any(np.isnan(values).any() for _, values in moments.columns() if values is not None)


def columns(metric: Metric, moments: Moments) -> Row:
    given = {name: values.item() for name, values in moments.columns() if values is not None}
    if metric.type == "quantile":
        given["sum"] = given["sum_squares"] = None
    return given


def is_same(expected: float | None, actual: float | None) -> bool:
    if expected is None or math.isnan(expected):
        return actual is None
    return actual is not None and math.isclose(expected, float(actual), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
