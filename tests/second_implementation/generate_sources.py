"""Declared sources: tables with columns of many types and names, and how rows get into them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from draft import Draft
from names import distinct
from sql_texts import SourceTexts, quoted

ROLES = ("identifier", "time", "amount", "status", "arm")

IDENTIFIER_TYPES = (
    "String",
    "Nullable(String)",
    "LowCardinality(String)",
    "LowCardinality(Nullable(String))",
    "UInt64",
    "Nullable(UInt64)",
)
TIME_TYPES = (
    "DateTime",
    "DateTime('America/New_York')",
    "Nullable(DateTime)",
    "DateTime64(3)",
    "DateTime64(3, 'Asia/Kathmandu')",
    "Nullable(DateTime64(3, 'UTC'))",
    "DateTime64(6)",
    "DateTime64(6, 'Pacific/Auckland')",
    "Nullable(DateTime64(6))",
    "Int64",
    "Nullable(Int64)",
)
AMOUNT_TYPES = (
    "Float64",
    "Nullable(Float64)",
    "Int32",
    "Nullable(Int32)",
    "Decimal(18, 2)",
    "UInt8",
    "String",
    "Nullable(String)",
    "LowCardinality(String)",
)
TEXT_TYPES = ("String", "Nullable(String)", "LowCardinality(String)", "LowCardinality(Nullable(String))")
COLUMN_NAMES = (
    "user_id",
    "created_at",
    "amount",
    "status",
    "variant",
    "identity",
    "n",
    "first_exposure",
    "timestamp",
    "value",
    "identifier",
    "sum",
    "x",
    "t",
    "experiment",
    "metric",
    "segment",
    "at",
    "row",
)


@dataclass(frozen=True)
class MadeSource:
    name: str
    table: str
    columns: Mapping[str, str]  # identifier, time, amount, status and arm: the name of each
    types: Mapping[str, str]
    texts: SourceTexts
    definition: Mapping[str, Any]

    @property
    def rows_from(self) -> str:
        return self.definition.get("table") or self.definition["query"]

    def keeps(self, row: Mapping[str, Any]) -> bool:
        """Does the source have this row of the table?"""
        return "table" in self.definition or row[self.columns["status"]] not in ("test", None)

    def create(self) -> str:
        columns = ", ".join(f"{quoted(name)} {self.types[role]}" for role, name in self.columns.items())
        return f"CREATE TABLE {quoted(self.table)} ({columns}) ENGINE = MergeTree ORDER BY tuple()"


def made_source(draft: Draft, name: str, table: str) -> MadeSource:
    pool = list(COLUMN_NAMES) if draft.maybe(0.6) else distinct(draft.rng, len(ROLES))
    draft.rng.shuffle(pool)
    columns = dict(zip(ROLES, pool))
    kinds = (IDENTIFIER_TYPES, TIME_TYPES, AMOUNT_TYPES, TEXT_TYPES, TEXT_TYPES)
    types = {role: draft.choice(each) for role, each in zip(ROLES, kinds)}
    texts = SourceTexts(
        columns,
        amount_is_text="String" in types["amount"],
        time_is_number="Int64" in types["time"],
    )
    definition: dict[str, Any] = {"name": name}
    if draft.maybe(0.7):
        definition["table"] = table
    else:
        status = quoted(columns["status"])
        definition["query"] = f"SELECT * FROM {quoted(table)} WHERE {status} != 'test' -- no tests"
    definition["identifier"] = draft.pick(texts.identifiers)
    definition["timestamp"] = draft.pick(texts.timestamps)
    if draft.maybe(0.6):
        definition["value"] = draft.pick(texts.numbers)
    return MadeSource(name, table, columns, types, texts, definition)


def stored_time(draft: Draft, kind: str, at: int) -> int:
    """What the column keeps, in microseconds."""
    if "DateTime64(6" in kind:
        return at * 1000 + draft.choice((0, 1, 499, 999))
    if "DateTime64(3" in kind or "Int64" in kind:
        return at * 1000
    return at // 1000 * 1_000_000


def json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(json.dumps(row, default=str) for row in rows)


def source_insert(source: MadeSource, rows: Sequence[Mapping[str, Any]]) -> str:
    time = source.columns["time"]
    lines = [{**row, time: time_literal(source.types["time"], row[time])} for row in rows]
    return f"INSERT INTO {quoted(source.table)} FORMAT JSONEachRow\n" + json_lines(lines)


def time_literal(kind: str, at: int | None) -> Any:
    if at is None:
        return None
    if "Int64" in kind:
        return at // 1000
    if "DateTime64" in kind:
        return f"{at // 1_000_000}.{at % 1_000_000:06d}"
    return at // 1_000_000
