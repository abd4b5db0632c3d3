"""From the rows of tables to what a metric may count: (identifier, milliseconds, value), filtered, copies dropped.

SQL expressions are looked up by their text in a table of Python functions over a row. A row maps column
names to None, bool, int, float, Decimal or str; a timestamp expression gives microseconds since 1970.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from model import EVENTS, Experiment, Fact, Source
from shared import finite_number

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Tables:
    """The data: the rows of each table or query, and what each SQL text gives for a row."""

    rows: Mapping[str, Sequence[Row]]
    expressions: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)

    def evaluate(self, sql: str, row: Row) -> Any:
        expression = self.expressions.get(sql)
        return row[sql] if expression is None else expression(row)


@dataclass(frozen=True)
class Read:
    """One row that belongs to somebody, at some time."""

    identifier: str
    at: int  # milliseconds
    value: Any
    row: Row


def text(value: Any) -> str | None:
    """What toString makes of it; two numbers have one text when they are one number."""
    return None if value is None else str(value)


def number(value: Any) -> float | None:
    """A finite number, or None: an invalid value."""
    if isinstance(value, str):
        return finite_number(value)
    if isinstance(value, (bool, int, float, Decimal)) and math.isfinite(value):
        return float(value)
    return None


def read(
    tables: Tables, source: Source, rows: Sequence[Row], filter_sql: str | None, value_sql: str | None
) -> list[Read]:
    """The rows with an identifier and a timestamp that pass the filter; NULL does not."""
    found = []
    for row in rows:
        identifier = text(tables.evaluate(source.identifier, row))
        timestamp = tables.evaluate(source.timestamp, row)
        if identifier is None or timestamp is None:
            continue
        if filter_sql is not None and not tables.evaluate(filter_sql, row):
            continue
        value = None if value_sql is None else tables.evaluate(value_sql, row)
        found.append(Read(identifier, timestamp // 1000, value, row))
    return found


def without_copies(rows: Sequence[Read]) -> list[Read]:
    """One of each (identifier, timestamp, value); NULL is a value like any other here."""
    return list({(row.identifier, row.at, text(row.value)): row for row in rows}.values())


def events_source() -> Source:
    return Source(EVENTS, "identifier", "timestamp", "value")


def of_environment(tables: Tables, environment: str) -> list[Row]:
    return [row for row in tables.rows[EVENTS] if row["environment_key"] == environment]


def located(
    tables: Tables, sources: Mapping[str, Source], experiment: Experiment, event: str | None, name: str | None
) -> tuple[Source, list[Row]]:
    """Where `event: …` or `source: …` of a definition reads, and the rows there."""
    if name is not None and name in sources:
        return sources[name], list(tables.rows[sources[name].rows_from])
    rows = of_environment(tables, experiment.environment)
    return events_source(), [row for row in rows if event is None or row["event"] == event]


def fact_rows(
    tables: Tables, sources: Mapping[str, Source], experiment: Experiment, fact: Fact
) -> dict[str, list[Read]]:
    """By identifier, whatever the time."""
    source, rows = located(tables, sources, experiment, fact.event, fact.source)
    found = read(tables, source, rows, fact.filter, fact.value or source.value)
    if fact.deduplicate:
        found = without_copies(found)
    by_identifier: dict[str, list[Read]] = defaultdict(list)
    for row in found:
        by_identifier[row.identifier].append(row)
    return by_identifier
