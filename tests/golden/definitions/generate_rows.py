"""Random rows: of the events table, and of declared sources with columns of many types and names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from draft import Draft
from model import DAY, EXPOSURE_EVENT, UNITS, instant, optional_duration
from names import EXACT_VALUES, INVALID_VALUES, NEGATIVE_VALUES, ROUNDED_VALUES, distinct
from shared import time_text
from sql_texts import SourceTexts, quoted

HOUR = UNITS["h"]
BASE = instant("2024-03-01T00:00:00Z")
FAR = instant("2100-01-01T00:00:00Z")  # later than any moment of reading, and a DateTime

NUMBERS = ("0", "7", "12", "18446744073709551615")

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
STATUSES = ("paid", "open", "it's", "", "test", "🙂")


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
    roles = ("identifier", "time", "amount", "status", "arm")
    pool = list(COLUMN_NAMES) if draft.maybe(0.6) else distinct(draft.rng, len(roles))
    draft.rng.shuffle(pool)
    columns = dict(zip(roles, pool))
    kinds = (IDENTIFIER_TYPES, TIME_TYPES, AMOUNT_TYPES, TEXT_TYPES, TEXT_TYPES)
    types = {role: draft.choice(each) for role, each in zip(roles, kinds)}
    texts = SourceTexts(columns, amount_is_text="String" in types["amount"], time_is_number="Int64" in types["time"])
    definition: dict[str, Any] = {"name": name}
    if draft.maybe(0.7):
        definition["table"] = table
    else:
        definition["query"] = f"SELECT * FROM {quoted(table)} WHERE {quoted(columns['status'])} != 'test' -- no tests"
    definition["identifier"] = draft.pick(texts.identifiers)
    definition["timestamp"] = draft.pick(texts.timestamps)
    if draft.maybe(0.6):
        definition["value"] = draft.pick(texts.numbers)
    return MadeSource(name, table, columns, types, texts, definition)


# Instants


@dataclass(frozen=True)
class Instants:
    """Where things happen, in milliseconds. Few, so that they coincide, and at every edge."""

    exposures: Sequence[int]
    rows: Sequence[int]


def instants(draft: Draft, metrics: Iterable[Mapping[str, Any]], experiments: Sequence[Mapping[str, Any]]) -> Instants:
    uses = [
        use
        for experiment in experiments
        for role in experiment["metrics"].values()
        for use in role
        if isinstance(use, Mapping)
    ]
    spans = sorted(set(durations([*metrics, *uses]))) or [HOUR]
    bounds = [instant(each[key]) for each in experiments for key in ("start", "end") if each.get(key)]
    bounds = [each for each in bounds if each < FAR]
    inside = [draft.choice(bounds) + draft.rng.randint(-12, 90) * HOUR for _ in range(5)]
    exposures = [*bounds, *bounds, *inside, *inside]
    exposures += [draft.choice(bounds) - draft.choice(spans) - draft.choice((0, *spans)) for _ in range(6)]
    exposures = [jittered(draft, each) for each in exposures] + exposures
    rows = [draft.choice(exposures) + draft.choice((0, *spans)) + draft.choice((0, 0, *spans)) for _ in range(40)]
    rows += [draft.choice(exposures) - draft.choice(spans) for _ in range(10)]
    rows = [jittered(draft, each) for each in [*rows, *bounds]] + exposures
    return Instants(exposures, rows)


def durations(definitions: Iterable[Mapping[str, Any]]) -> Iterable[int]:
    for each in definitions:
        window, covariate = each.get("window") or {}, each.get("covariate") or {}
        texts = (window.get("start"), window.get("length"), covariate.get("lookback"), each.get("within"))
        for found in map(optional_duration, texts):
            if found is not None and 0 < found < 30 * DAY:
                yield found


def jittered(draft: Draft, at: int) -> int:
    return at + draft.choice((0, 0, 0, 0, -1, -1, 1, -1000, 1000))


# Rows


def value_text(draft: Draft) -> str:
    kind = draft.rng.random()
    if kind < 0.12:
        return draft.choice(INVALID_VALUES)
    if draft.rounded:
        return draft.choice(ROUNDED_VALUES + EXACT_VALUES)
    return draft.choice(NEGATIVE_VALUES) if kind < 0.2 else draft.choice(EXACT_VALUES)


def make_events(draft: Draft, experiments: Sequence[Mapping[str, Any]], when: Instants) -> list[dict[str, Any]]:
    rows = []
    usual = {each: draft.choice(draft.variants) for each in draft.identifiers}
    for identifier in draft.identifiers:
        for _ in range(draft.choice((0, 1, 1, 1, 2, 2, 4))):
            experiment = draft.choice(experiments)
            variant = usual[identifier] if draft.maybe(0.88) else draft.choice((*draft.variants, ""))
            rows.append(
                event_row(
                    draft,
                    environment=experiment["environment"] if draft.maybe(0.9) else draft.choice(draft.environments),
                    event=experiment.get("exposure", {}).get("event", EXPOSURE_EVENT),
                    feature=experiment["feature"] if draft.maybe(0.9) else draft.choice(draft.flags),
                    at=draft.choice(when.exposures),
                    identifier=identifier,
                    value=variant,
                )
            )
    for _ in range(draft.rng.randint(0, 250)):
        row = event_row(
            draft,
            environment=draft.choice(draft.environments),
            event=draft.choice(draft.events),
            feature=draft.choice(("", *draft.flags)),
            at=FAR if draft.maybe(0.02) else draft.choice(when.rows),
            identifier=draft.choice(draft.identifiers),
            value=value_text(draft),
        )
        rows += [row] * draft.choice((1, 1, 1, 1, 1, 2, 3))
    draft.rng.shuffle(rows)
    return rows


def event_row(draft: Draft, *, environment: str, event: str, feature: str, at: int, identifier: str, value: str) -> dict[str, Any]:
    currency = draft.choice(("EUR", "USD", None))
    metadata = {} if currency is None else {"currency": currency, "n": draft.choice((1, 2.5, 3))}
    country = draft.choice(("de", "fr", "it's", "", "🙂\n", None))
    return {
        "environment_key": environment,
        "event": event,
        "feature_name": feature,
        "timestamp": at * 1000,
        "identifier": identifier,
        "value": value,
        "traits": json.dumps({} if country is None else {"country": country}),
        "metadata": json.dumps(metadata),
    }


def events_insert(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [{**row, "timestamp": time_text(row["timestamp"] // 1000)} for row in rows]
    return "INSERT INTO events FORMAT JSONEachRow\n" + json_lines(lines)


def json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(json.dumps(row, default=str) for row in rows)


def make_rows(draft: Draft, source: MadeSource, when: Instants) -> list[dict[str, Any]]:
    """The rows of a source's table, as the reference sees them: times in microseconds."""
    identifiers = [each for each in draft.identifiers if each in NUMBERS] or ["7"]
    identifiers = identifiers if "UInt64" in source.types["identifier"] else list(draft.identifiers)
    is_exposure = draft.maybe(0.5)
    rows = []
    for _ in range(draft.rng.randint(0, 120)):
        at = FAR if draft.maybe(0.02) else draft.choice(when.exposures if draft.maybe(0.5) else when.rows)
        identifier: Any = draft.choice(identifiers)
        made = {
            "identifier": int(identifier) if "UInt64" in source.types["identifier"] else identifier,
            "time": stored_time(draft, source.types["time"], at),
            "amount": amount(draft, source.types["amount"]),
            "status": draft.choice(STATUSES),
            "arm": draft.choice(("", *draft.variants)) if is_exposure else draft.choice(draft.variants[:1]),
        }
        for role in made:
            if "Nullable" in source.types[role] and draft.maybe(0.07):
                made[role] = None
        row = {source.columns[role]: value for role, value in made.items()}
        rows += [row] * draft.choice((1, 1, 1, 1, 2))
    return rows


def stored_time(draft: Draft, kind: str, at: int) -> int:
    """What the column keeps, in microseconds."""
    if "DateTime64(6" in kind:
        return at * 1000 + draft.choice((0, 1, 499, 999))
    if "DateTime64(3" in kind or "Int64" in kind:
        return at * 1000
    return at // 1000 * 1_000_000


def amount(draft: Draft, kind: str) -> Any:
    if "String" in kind:
        return value_text(draft)
    if "Int" in kind:
        return draft.rng.randint(0 if draft.rounded or kind == "UInt8" else -3, 12)
    if "Decimal" in kind:
        low = 0 if draft.rounded else -300
        return Decimal(draft.rng.randint(low, 1200) if draft.rounded else draft.rng.randint(low // 25, 48) * 25) / 100
    if draft.rounded:
        return draft.choice((0.1, 7.512, 1e-3, 33.3, 0.0, 2.5))
    return draft.choice((-1.5, 0.0, 0.5, 1.0, 2.25, 3.0, 10.0, 1000.0))


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
