"""Random definitions over random rows, from a seed: few identities, few instants, every edge, hostile names.

`world(seed, features)` gives the definitions, the statements that fill the tables, and the same rows for the
second. What a definition may use beyond sources, filters, values, the four basic aggregations, `deduplicate`,
exposures, overrides and options is named by `features`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from draft import Draft
from generate_metrics import OPTIONS, metric_definition, metric_use
from generate_rows import FAR, NUMBERS, events_insert, make_rows
from generate_sources import MadeSource, made_source, source_insert
from model import DAY, instant
from names import distinct
from shared import time_text
from rows import Tables
from sql_texts import EVENT_FILTERS, EVENT_SEGMENTS, EVENT_VARIANTS, Function, Row

EXPERIMENTS, METRICS = 4, 5
BASE = instant("2024-03-01")

STARTS = (
    "2024-03-01",
    "2024-03-01T00:00:00Z",
    "2024-03-01T06:30:00.250+05:30",
    "2024-03-02T12:00:00Z",
)
FAR_END = "2250-01-01"


@dataclass(frozen=True)
class World:
    seed: int
    document: Mapping[str, Any]
    events: Sequence[Row]
    sources: Mapping[str, tuple[MadeSource, Sequence[Row]]]  # by name, with all rows of the table below
    expressions: Mapping[str, Function]

    @property
    def last_day(self) -> int:
        """Days since 1970: on later ones nothing happens but what no reading may see."""
        instants = [row["timestamp"] // 1000 for row in self.events]
        for source, rows in self.sources.values():
            instants += [row[source.columns["time"]] // 1000 for row in rows if row[source.columns["time"]]]
        return max((each for each in instants if each < FAR), default=BASE) // DAY + 2

    def tables(self) -> Tables:
        rows = {
            source.rows_from: [row for row in made if source.keeps(row)] for source, made in self.sources.values()
        }
        return Tables({"events": self.events, **rows}, self.expressions)

    def setup(self) -> list[str]:
        """Statements that fill `events`, which comes with the product, and make and fill what sources read."""
        statements = [events_insert(self.events)] if self.events else []
        for source, rows in self.sources.values():
            statements.append(source.create())
            statements += [source_insert(source, rows)] if rows else []
        return statements

    def files(self) -> list[str]:
        """The definitions in several files, in any order."""
        rng = random.Random(self.seed)
        metrics = self.document["metrics"]
        cut = rng.randint(0, len(metrics))
        parts: list[dict[str, Any]] = [
            {"sources": self.document["sources"], "metrics": metrics[:cut]},
            {"metrics": metrics[cut:]},
            *({"experiments": [each]} for each in self.document["experiments"]),
        ]
        parts = [{key: value for key, value in part.items() if value} for part in parts]
        rng.shuffle(parts)
        return [yaml({"version": 1, **part}) for part in parts if part]


def yaml(part: Mapping[str, Any]) -> str:
    """JSON is YAML once what YAML does not print is escaped, and nothing is a pair of surrogates."""
    text = json.dumps(part, ensure_ascii=False, indent=1)
    return "".join(each if each == "\n" or each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def world(seed: int, features: frozenset[str]) -> World:
    rng = random.Random(seed)
    named = distinct(rng, rng.randint(5, rng.choice((12, 25, 55))))
    draft = Draft(
        rng=rng,
        features=features,
        environments=distinct(rng, rng.randint(1, 2)),
        flags=distinct(rng, 2),
        variants=distinct(rng, rng.randint(2, 4)),
        events=distinct(rng, 3, taken=("$flag_exposure",)),
        identifiers=sorted({*NUMBERS[: rng.randint(0, 4)], "", *named}),
        rounded=rng.random() < 0.3,
    )
    tables = distinct(rng, rng.choice((0, 1, 1, 2)))
    for name, table in zip(distinct(rng, len(tables), taken=("events",)), tables):
        draft.sources.append(made_source(draft, name, "rows of " + table.replace(".", "").replace("`", "")))
    metrics = [metric_definition(draft, name) for name in distinct(rng, rng.randint(1, METRICS))]
    experiments = [experiment(draft, name, metrics) for name in distinct(rng, rng.randint(1, EXPERIMENTS))]
    made = make_rows(draft, metrics, experiments)
    document = {
        "version": 1,
        "sources": [source.definition for source in draft.sources],
        "metrics": metrics,
        "experiments": experiments,
    }
    return World(
        seed=seed,
        document=document,
        events=made.events,
        sources={source.name: (source, made.sources[source.name]) for source in draft.sources},
        expressions=draft.expressions,
    )


def experiment(draft: Draft, name: str, metrics: Sequence[dict[str, Any]]) -> dict[str, Any]:
    rng = draft.rng
    control = draft.choice(draft.variants[:2])
    shares = {each: draft.choice((0.5, 1, 0.25)) for each in draft.variants[: rng.randint(2, 3)]}
    found: dict[str, Any] = {
        "name": name,
        "environment": draft.choice(draft.environments),
        "feature": draft.choice(draft.flags),
        "control": control,
        "shares": shares,
        "start": draft.choice(STARTS),
    }
    status = draft.choice((None, None, "running", "running", "completed", "draft"))
    if status is not None:
        found["status"] = status
    if draft.maybe(0.8) or status == "completed":
        end = BASE + draft.choice((2 * DAY, 3 * DAY, 5 * DAY, 5 * DAY + 1, 6 * DAY - 250))
        found["end"] = time_text(end).replace(" ", "T") + "Z"
    elif draft.maybe(0.3):
        found["end"] = FAR_END
    if draft.maybe(0.5):
        found["exposure"] = exposure(draft)
        if "source" in found["exposure"] or ("event" in found["exposure"] and draft.maybe(0.3)):
            del found["feature"]
    if draft.maybe(0.6):
        found["options"] = draft.choice(OPTIONS)
    if draft.use("windows", 0.3):
        found["incomplete_windows"] = draft.choice(("include", "include", "exclude"))
    if draft.use("windows", 0.4):
        found["after_end"] = draft.choice(("collect", "collect", "drop"))
    if draft.use("dimensions", 0.4):
        names = distinct(rng, rng.randint(1, 2))
        found["dimensions"] = [{"name": each, "value": segment(draft, found)} for each in names]
    found["metrics"] = uses(draft, metrics)
    if draft.maybe(0.2):
        shares[draft.choice(tuple(shares))] = 0
    return found


def exposure(draft: Draft) -> dict[str, Any]:
    if draft.sources and draft.maybe(0.4):
        source = draft.choice(draft.sources)
        found = {"source": source.name, "variant": draft.pick(source.texts.variants)}
        filters = source.texts.filters
    else:
        found = {"event": draft.choice(draft.events)} if draft.maybe(0.4) else {}
        filters = EVENT_FILTERS
        if draft.maybe(0.4):
            found["variant"] = draft.pick(EVENT_VARIANTS)
    if draft.maybe(0.3) or not found:
        found["filter"] = draft.pick(filters)
    return found


def segment(draft: Draft, experiment: Mapping[str, Any]) -> str:
    name = experiment.get("exposure", {}).get("source")
    for source in draft.sources:
        if source.name == name:
            return draft.pick(source.texts.segments)
    return draft.pick(EVENT_SEGMENTS)


def uses(draft: Draft, metrics: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Up to METRICS uses of metrics, each under a name of its own."""
    count = draft.rng.randint(0, METRICS)
    names = distinct(draft.rng, count, taken=tuple(metric["name"] for metric in metrics))
    taken: set[str] = set()
    found: dict[str, list[Any]] = {}
    for name in names:
        metric = draft.choice(metrics)
        use = metric_use(draft, metric, taken, name)
        taken.add(use if isinstance(use, str) else use.get("as", metric["name"]))
        found.setdefault(draft.choice(("goals", "secondary", "guardrails")), []).append(use)
    return found
