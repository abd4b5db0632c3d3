"""Writes events/NAME.tsv and events/NAME.json: adversarial event sets with their scorecards.

Usage: python event_sets.py [DIRECTORY]

NAME.tsv is an `events` table, NAME.json its purpose, the parameters of the views and the rows expected
from events.py. Everything is deterministic; the rows of a table are shuffled, as their order means
nothing.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from events import (
    EXPOSURE_EVENT,
    Metric,
    Query,
    exposures,
    read_events,
    scorecard,
)
from reading import milliseconds, time_text

OUTPUT = Path(__file__).with_name("events")

COLUMNS = (
    "environment_key",
    "event",
    "feature_name",
    "timestamp",
    "collected_at",
    "identifier",
    "value",
    "traits",
    "metadata",
    "sdk_language",
    "sdk_version",
)
ENVIRONMENT, FEATURE = "production", "checkout"
START, END = "2024-02-28 12:00:00.000", "2024-03-02 12:00:00.000"
OPENS, CLOSES = milliseconds(START), milliseconds(END)
HOUR, DAY = 3_600_000, 86_400_000

ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f"}

AGGREGATIONS = ("occurrence", "count", "sum", "mean")
SMALL_FLOORS = {"min_identities": 2, "min_conversions": 1}

# Forms of `value` that every tested engine reads alike: the finite ones, and those that are no finite
# number. README.md lists what the engines do with the forms left out.
FINITE_VALUES = ("1", "+1", "-1.5", ".5", "5.", "-.25", "1e3", "1E-3", "00012", "1.5e+3", "-0", "0")
INVALID_VALUES = (
    "",
    "1 ",
    "nan",
    "NaN",
    "-nan",
    "inf",
    "-inf",
    "Infinity",
    "1e400",
    "-1e400",
    "0x10",
    "1_000",
    "1,5",
    "abc",
    "true",
    "1e",
    "--1",
    "+-1",
    "1.2.3",
    "1 2",
    "1f",
    "٣",
    "1\u00a0",
    "1\n",
    "-",
    "null",
    "\\N",
    '"1"',
)


@dataclass
class Table:
    """The rows of an events table."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(
        self,
        event: str,
        identifier: str,
        at: int,
        value: str = "",
        feature: str = "",
        environment: str = ENVIRONMENT,
    ) -> None:
        collected = time_text(at + 1500)
        self.rows.append(
            (environment, event, feature, time_text(at), collected, identifier, value, "{}", "{}", "", "")
        )

    def expose(
        self,
        identifier: str,
        variant: str,
        at: int = OPENS + HOUR,
        feature: str = FEATURE,
        environment: str = ENVIRONMENT,
    ) -> None:
        self.add(EXPOSURE_EVENT, identifier, at, variant, feature, environment)

    def write(self, path: Path, rng: random.Random) -> None:
        shuffled = rng.sample(self.rows, len(self.rows))
        lines = ["\t".join(map(escape, row)) for row in [COLUMNS, *shuffled]]
        path.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))


@dataclass(frozen=True)
class EventSet:
    purpose: str
    table: Table
    query: Query


def escape(text: str) -> str:
    return "".join(ESCAPED.get(character, character) for character in text)


def query(metrics: Sequence[Metric], **parameters: Any) -> Query:
    defaults = {"expected_shares": {"control": 0.5, "test": 0.5}, "options": SMALL_FLOORS}
    return Query(ENVIRONMENT, FEATURE, START, END, metrics, **(defaults | parameters))


def every_aggregation(event: str, first_id: int = 1) -> list[Metric]:
    return [
        Metric(first_id + index, event, aggregation, index % 2 == 1)
        for index, aggregation in enumerate(AGGREGATIONS)
    ]


def filled(table: Table, size: int, event: str, rng: random.Random) -> None:
    """A plain population of both arms, so that a set's few odd identities have company."""
    for index, variant in product(range(size), ("control", "test")):
        identifier = f"{variant}_{index}"
        at = OPENS + HOUR + index * 60_000
        table.expose(identifier, variant, at)
        for _ in range(rng.randrange(3)):
            table.add(event, identifier, at + rng.randrange(DAY), str(rng.randint(1, 9)))


def window_edges(rng: random.Random) -> EventSet:
    table = Table()
    filled(table, 8, "buy", rng)
    moments = {
        "before": OPENS - 1,
        "opens": OPENS,
        "after": OPENS + 1,
        "last": CLOSES - 1,
        "closes": CLOSES,
        "late": CLOSES + DAY,
    }
    for (name, exposed), (other, bought) in product(moments.items(), repeat=2):
        for variant in ("control", "test"):
            identifier = f"{variant} exposed {name} bought {other}"
            table.expose(identifier, variant, exposed)
            table.add("buy", identifier, bought, "4")
    for shift in (-1, 0, 1):
        table.expose(f"metric {shift:+d} ms", "test", OPENS + 5000)
        table.add("buy", f"metric {shift:+d} ms", OPENS + 5000 + shift, "16")
    table.expose("exposed before and inside", "control", OPENS - 1)
    table.expose("exposed before and inside", "control", OPENS + DAY)
    table.add("buy", "exposed before and inside", OPENS + DAY - 1, "64")
    purpose = (
        "Edges to the millisecond: the window is [start, end) for exposures and metric events, the "
        "first exposure in the window opens an identity's account, and its own instant counts."
    )
    return EventSet(purpose, table, query(every_aggregation("buy")))


def exposure_rules(rng: random.Random) -> EventSet:
    table = Table()
    filled(table, 55, "buy", rng)
    at = OPENS + 2 * HOUR
    seen: dict[str, list[tuple[str, int]]] = {
        "exposed thrice": [("test", at + 2), ("test", at), ("test", at + 1)],
        "two variants": [("control", at), ("test", at + HOUR)],
        "two variants at one instant": [("control", at), ("test", at)],
        "three variants": [("control", at), ("test", at), ("other", at + 1)],
        "second variant after the window": [("control", at), ("test", CLOSES)],
        "second variant before the window": [("control", OPENS - 1), ("test", at)],
        "empty variant only": [("", at)],
        "empty variant first": [("", at - HOUR), ("test", at)],
        "empty variant later": [("control", at), ("", at + HOUR)],
        "variants differ in case": [("test", at), ("Test", at)],
        "variants differ in a blank": [("test", at), ("test ", at)],
    }
    for identifier, pairs in seen.items():
        for variant, instant in pairs:
            table.expose(identifier, variant, instant)
        for shift in (-1, 0, HOUR, 3 * HOUR):
            table.add("buy", identifier, at + shift, "10")
    table.expose("other feature only", "test", at, feature="search")
    table.expose("other environment only", "test", at, environment="staging")
    table.expose("other feature too", "test", at)
    table.expose("other feature too", "control", at - HOUR, feature="search")
    table.expose("other environment too", "test", at)
    table.expose("other environment too", "control", at - HOUR, environment="staging")
    for scope in ("other feature only", "other environment only", "other feature too", "other environment too"):
        table.add("buy", scope, at, "10")
        table.add("buy", scope, at - 1, "1000")
        table.add("buy", scope, at + HOUR, "1000", environment="staging")
    table.add("buy", "never exposed", at, "1000")
    purpose = (
        "Re-exposure in any row order, quarantine (also at one instant, and not by a variant outside "
        "the window), empty variants ignored, other features and environments kept apart."
    )
    shares = {"control": 1.0, "test": 1.0}
    return EventSet(purpose, table, query(every_aggregation("buy"), expected_shares=shares, options={}))


def metric_rules(rng: random.Random) -> EventSet:
    table = Table()
    filled(table, 60, "buy", rng)
    for index in range(60):
        table.expose(f"idle_{index}", "idle", OPENS + index)
    for index in range(6):
        for _ in range(3):
            table.add("buy", f"control_{index}", OPENS + DAY, "7")
        table.add("buy", f"test_{index}", OPENS + DAY, "3", feature="search")
        table.add("view", f"test_{index}", OPENS + DAY, "not a number")
        table.add("view", f"control_{index}", OPENS, "5")
        table.add("Buy", f"control_{index}", OPENS + DAY, "1000")
    metrics = [
        *every_aggregation("buy"),
        Metric(7, "view", "count", True),
        Metric(7, "view", "sum", True),
        Metric(7, "view", "sum", False),
        Metric(8, "never sent", "occurrence", False),
        Metric(9, "never sent", "mean", False),
        Metric(0, EXPOSURE_EVENT, "count", False),
        Metric(2**64 - 1, EXPOSURE_EVENT, "occurrence", True),
    ]
    shares = {"control": 1 / 3, "test": 1 / 3, "idle": 1 / 3}
    purpose = (
        "One event in several metrics, one metric id with two aggregations and two directions, "
        "duplicate events, an arm with no metric event, events before the exposure only, metrics that "
        "nobody sent, exposures as a metric, event names that differ in case."
    )
    return EventSet(purpose, table, query(metrics, expected_shares=shares, options={}))


def values(rng: random.Random) -> EventSet:
    table = Table()
    for index, variant in product(range(70), ("control", "test")):
        identifier = f"{variant}_{index}"
        table.expose(identifier, variant, OPENS + index)
        at = OPENS + HOUR
        table.add("form", identifier, at, (FINITE_VALUES + INVALID_VALUES)[index % 40])
        table.add("form", identifier, at + 1, str(rng.randint(2, 6)))
        table.add("huge", identifier, at, f"{rng.randint(1, 9)}e{rng.randint(148, 150)}")
        table.add("tiny", identifier, at, f"{rng.randint(1, 9)}e-{rng.randint(148, 150)}")
        table.add("vanishing", identifier, at, rng.choice(("1e-300", "3e-300", "1", "2")))
        table.add("far apart", identifier, at, rng.choice(("1e12", "1e-12", "2.5e11", "-7e-5")))
    for value in INVALID_VALUES:
        table.add("form", "control_0", OPENS + DAY, value)
        table.add("form", "test_1", OPENS - HOUR, value)
        table.add("form", "never exposed", OPENS + DAY, value)
    events = ("form", "huge", "tiny", "vanishing", "far apart")
    metrics = [
        metric
        for index, event in enumerate(events)
        for metric in every_aggregation(event, 10 * index + 1)
    ]
    purpose = (
        "Values that are no finite number count as 0 and are reported, where the aggregation reads "
        "them; magnitudes from 1e-300 to 1e150, whose squares leave the range of doubles below."
    )
    return EventSet(purpose, table, query(metrics, options={}))


def names(rng: random.Random) -> EventSet:
    table = Table()
    variants = ("контроль", "tab\there", "new\nline", "back\\slash", "quote'\"`", "blank ", "blank", "BLANK", "\\N")
    stems = (
        "",
        " ",
        "a",
        "A",
        "a ",
        " a",
        "é",
        "e\u0301",
        "tab\t",
        "line\n",
        "return\r",
        "nul\0",
        "\\",
        "\\t",
        "'",
        '"',
        "%s",
        "{id}",
        "🙂",
        "\\N",
        "NULL",
        "0",
        "00",
        "x" * 300,
    )
    for index, identifier in enumerate(stems):
        variant = variants[index % 3]
        table.expose(identifier, variant, OPENS + index)
        for _ in range(index % 4):
            table.add("покупка\t'x'", identifier, OPENS + HOUR, str(index % 7 + 1))
    for index, variant in product(range(7), variants):
        identifier = f"{variant}/{index}"
        table.expose(identifier, variant, OPENS + index)
        for _ in range(rng.randrange(3)):
            table.add("покупка\t'x'", identifier, OPENS + HOUR, str(rng.randint(1, 5)))
    table.expose("both blanks", "blank", OPENS)
    table.expose("both blanks", "blank ", OPENS)
    shares = {variant: 1.0 for variant in variants}
    options = SMALL_FLOORS | {"control": "контроль"}
    purpose = (
        "Unicode, quotes, tabs, newlines, backslashes and NUL in names; identities that differ only in "
        "case, blanks or normalisation; the empty identifier; a control of another name."
    )
    metrics = every_aggregation("покупка\t'x'")
    return EventSet(purpose, table, query(metrics, expected_shares=shares, options=options))


def forty_variants(rng: random.Random) -> EventSet:
    table = Table()
    variants = ["control", *(f"v{index}" for index in range(1, 40))]
    for index, variant in product(range(16), variants):
        identifier = f"{variant}_{index}"
        table.expose(identifier, variant, OPENS + rng.randrange(DAY))
        for _ in range(rng.choice((1, 1, 2, 3))):
            table.add("buy", identifier, OPENS + DAY + rng.randrange(DAY), f"{rng.uniform(1, 9):.2f}")
    shares = {variant: 1.0 for variant in variants}
    options = {"min_identities": 10, "min_conversions": 0, "confidence": 0.8, "win_threshold": 0.9}
    purpose = "Forty arms, unnormalised shares, other confidence and thresholds."
    return EventSet(purpose, table, query(every_aggregation("buy"), expected_shares=shares, options=options))


def cancellation(rng: random.Random) -> EventSet:
    table = Table()
    for index, variant in product(range(80), ("control", "test", "falling")):
        identifier = f"{variant}_{index}"
        table.expose(identifier, variant, OPENS + index)
        sign = -1 if variant == "falling" else 1
        table.add("spend", identifier, OPENS + HOUR, f"{sign * rng.uniform(500, 1500):.3f}")
        table.add("refund", identifier, OPENS + HOUR, f"{rng.uniform(-90, 100):.2f}")
        table.add("refund", identifier, OPENS + HOUR, f"{rng.uniform(-100, 90):.2f}")
        table.add("debt", identifier, OPENS + HOUR, f"{-rng.uniform(1, 9):.2f}")
        if index == 0:
            for value in ("1e16", "1", "-1e16"):
                table.add("spend", identifier, OPENS + DAY + rng.randrange(HOUR), value)
    metrics = [
        *every_aggregation("spend", 1),
        Metric(11, "refund", "sum", False),
        Metric(12, "refund", "mean", True),
        Metric(13, "debt", "sum", False),
    ]
    purpose = (
        "Negative values, a control mean below zero, and sums whose terms cancel (1e16, 1, -1e16): the "
        "order of additions shows, and the tolerances say by how much."
    )
    shares = {"control": 0.25, "test": 0.25, "falling": 0.5}
    return EventSet(purpose, table, query(metrics, expected_shares=shares))


def withheld(rng: random.Random) -> EventSet:
    """Constant halves, for their sums are exact in any order while their variance counts as lost."""
    table = Table()
    sizes = {"control": 60, "test": 70, "small": 49}
    for variant, size in sizes.items():
        for index in range(size):
            identifier = f"{variant}_{index}"
            table.expose(identifier, variant, OPENS + index)
            table.add("integer", identifier, OPENS + HOUR, "3" if variant == "control" else "4")
            table.add("half", identifier, OPENS + HOUR, "0.5")
            table.add("mixed", identifier, OPENS + HOUR, "0.5" if variant == "test" else str(index % 5))
            table.add("loss", identifier, OPENS + HOUR, str(-1 - index % 3))
            table.add("always", identifier, OPENS + HOUR)
            if index < 4:
                table.add("seldom", identifier, OPENS + HOUR)
    metrics = [
        Metric(1, "integer", "sum", False),
        Metric(2, "integer", "mean", True),
        Metric(3, "half", "sum", False),
        Metric(4, "mixed", "sum", False),
        Metric(5, "loss", "sum", False),
        Metric(6, "seldom", "occurrence", False),
        Metric(7, "never", "sum", False),
        Metric(8, "always", "occurrence", False),
    ]
    shares = {"control": 0.4, "test": 0.4, "small": 0.2}
    purpose = (
        "Every reason that events can lead to: exact zero variance, lost precision, too few identities "
        "or conversions, a control mean not above zero."
    )
    return EventSet(purpose, table, query(metrics, expected_shares=shares, options={}))


def no_control(rng: random.Random) -> EventSet:
    table = Table()
    filled(table, 60, "buy", rng)
    purpose = "A control that nobody was exposed to."
    metrics = every_aggregation("buy")
    return EventSet(purpose, table, query(metrics, options={"control": "baseline"}))


def nobody_exposed(rng: random.Random) -> EventSet:
    table = Table()
    for index in range(200):
        table.expose(f"id_{index}", "test", OPENS - 1 - index)
        table.add("buy", f"id_{index}", OPENS + index, "1")
    purpose = "Metric events but no exposure in the window: no row at all."
    return EventSet(purpose, table, query(every_aggregation("buy")))


def traffic_only(rng: random.Random) -> EventSet:
    table = Table()
    for index in range(400):
        variant = "control" if index % 20 < 9 else "test"
        table.expose(f"id_{index}", variant, OPENS + rng.randrange(3 * DAY))
        if index % 13 == 0:
            table.expose(f"id_{index}", "test", OPENS + rng.randrange(3 * DAY))
    for index in range(3):
        table.expose(f"stray_{index}", "stray", OPENS + index)
    purpose = "No metric: traffic alone, with an unexpected variant and quarantine."
    return EventSet(purpose, table, query([], expected_shares={"control": 2.0, "test": 2.0}))


def fuzz(rng: random.Random) -> EventSet:
    """Everything at once, at instants so few that they often coincide."""
    table = Table()
    instants = [OPENS - 1, OPENS, OPENS + 1, CLOSES - 1, CLOSES, *range(OPENS, CLOSES, 2 * HOUR)]
    variants = ("control", "test", "третий", "")
    identifiers = [f"id {index}" for index in range(420)]
    for identifier in identifiers:
        usual = rng.choices(variants, weights=(30, 30, 30, 4))[0]
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
            variant = usual if rng.random() < 0.9 else rng.choice(variants)
            table.expose(
                identifier,
                variant,
                rng.choice(instants),
                feature=FEATURE if rng.random() < 0.9 else "search",
                environment=ENVIRONMENT if rng.random() < 0.95 else "staging",
            )
    for _ in range(2300):
        kind = rng.random()
        integer = str(rng.randint(-3, 30))
        value = integer if kind < 0.8 else rng.choice(FINITE_VALUES if kind < 0.95 else INVALID_VALUES)
        table.add(
            rng.choice(("buy", "view", "Buy")),
            rng.choice(identifiers),
            rng.choice(instants),
            value,
            feature=rng.choice(("", FEATURE, "search")),
            environment=ENVIRONMENT if rng.random() < 0.95 else "staging",
        )
    metrics = [*every_aggregation("buy"), *every_aggregation("view", 3)]
    shares = {"control": 1 / 3, "test": 1 / 3, "третий": 1 / 3}
    purpose = "Seeded mixture of everything above, with many coinciding instants."
    return EventSet(purpose, table, query(metrics, expected_shares=shares, options={"min_identities": 20}))


SETS: tuple[Callable[[random.Random], EventSet], ...] = (
    window_edges,
    exposure_rules,
    metric_rules,
    values,
    names,
    forty_variants,
    cancellation,
    withheld,
    no_control,
    nobody_exposed,
    traffic_only,
    fuzz,
)


def one_a_line(value: Any) -> str:
    """JSON with one element of a list a line, for a readable diff."""
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(compact(element) for element in value) + "\n]"
    return compact(value)


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def fields(record: dict[str, Any]) -> str:
    return "{\n" + ",\n".join(f"{compact(key)}: {one_a_line(value)}" for key, value in record.items()) + "\n}"


def write_set(directory: Path, make: Callable[[random.Random], EventSet]) -> None:
    name = make.__name__
    rng = random.Random(name)
    made = make(rng)
    table_path = directory / f"{name}.tsv"
    made.table.write(table_path, rng)
    events = read_events(table_path)
    expected = scorecard(events, made.query)
    text = "{\n" + ",\n".join(
        (
            f'"purpose": {compact(made.purpose)}',
            f'"parameters": {fields(asdict(made.query))}',
            f'"expected": {fields(expected)}',
        )
    ) + "\n}\n"
    (directory / f"{name}.json").write_text(text, encoding="utf-8")
    print(
        f"{name}: {len(events)} events, {len(exposures(events, made.query))} exposed identities, "
        f"{len(expected['results'])} results"
    )


def main() -> None:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    directory.mkdir(exist_ok=True)
    for make in SETS:
        write_set(directory, make)


if __name__ == "__main__":
    main()
