"""Random rows: exposures at every edge of an experiment, and what the exposed do at every edge of a metric."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from draft import Draft
from generate_sources import MadeSource, json_lines, stored_time
from model import DAY, EXPOSURE_EVENT, SECOND, UNITS, instant, optional_duration
from names import EXACT_VALUES, INVALID_VALUES, NEGATIVE_VALUES, ROUNDED_VALUES
from shared import time_text

Row = dict[str, Any]

HOUR = UNITS["h"]
FAR = instant("2100-01-01T00:00:00Z")  # later than any moment of reading, and a DateTime
RUNS = 4 * DAY  # for how long rows are made of an experiment that has no end

NUMBERS = ("0", "7", "12", "18446744073709551615")
STATUSES = ("paid", "paid", "open", "it's", "", "test", "🙂")


@dataclass
class Made:
    """The rows so far, and who was exposed where and when: (identifier, environment, milliseconds)."""

    spans: Sequence[int]  # the lengths that metrics have
    usual: Mapping[str, str]  # the variant of each identity, nearly always
    events: list[Row] = field(default_factory=list)
    sources: dict[str, list[Row]] = field(default_factory=dict)
    exposed: list[tuple[str, str, int]] = field(default_factory=list)


def make_rows(draft: Draft, metrics: Sequence[Row], experiments: Sequence[Row]) -> Made:
    uses = [
        use
        for experiment in experiments
        for role in experiment["metrics"].values()
        for use in role
        if isinstance(use, Mapping)
    ]
    made = Made(
        spans=sorted(set(durations([*metrics, *uses]))) or [HOUR],
        usual={each: draft.choice(draft.variants) for each in draft.identifiers},
        sources={source.name: [] for source in draft.sources},
    )
    for experiment in experiments:
        for identifier in draft.identifiers:
            if draft.maybe(0.7):
                expose(draft, made, experiment, identifier)
    made.exposed = made.exposed or [(draft.identifiers[0], draft.environments[0], instant("2024-03-01"))]
    for _ in range(draft.rng.randint(0, draft.choice((10, 120, 120)))):
        act(draft, made)
    draft.rng.shuffle(made.events)
    return made


def durations(definitions: Iterable[Mapping[str, Any]]) -> Iterable[int]:
    for each in definitions:
        window, covariate = each.get("window") or {}, each.get("covariate") or {}
        texts = (window.get("start"), window.get("length"), covariate.get("lookback"), each.get("within"))
        for found in map(optional_duration, texts):
            if found is not None and 0 < found < 30 * DAY:
                yield found


def jittered(draft: Draft, at: int) -> int:
    return at + draft.choice((0, 0, 0, 0, -1, -1, 1, -SECOND, SECOND))


# Exposures


def expose(draft: Draft, made: Made, experiment: Row, identifier: str) -> None:
    """To its usual variant, once or several times, and seldom to another."""
    exposure = experiment.get("exposure", {})
    source = next((each for each in draft.sources if each.name == exposure.get("source")), None)
    if source is not None and "UInt64" in source.types["identifier"]:
        identifier = draft.choice(NUMBERS)
    for _ in range(draft.choice((1, 1, 1, 2, 3))):
        at = exposure_instant(draft, made, experiment)
        variant = made.usual.get(identifier, draft.variants[0])
        if draft.maybe(0.04):
            variant = draft.choice((*draft.variants, ""))
        if source is not None:
            made.sources[source.name].append(source_row(draft, source, identifier, at, variant))
        else:
            made.events.append(
                event_row(
                    draft,
                    environment=usually(draft, experiment["environment"], draft.environments),
                    event=exposure.get("event", EXPOSURE_EVENT),
                    feature=usually(draft, experiment.get("feature", ""), draft.flags),
                    at=at,
                    identifier=identifier,
                    value=variant,
                )
            )
        made.exposed.append((identifier, experiment["environment"], at))


def usually(draft: Draft, text: str, others: Sequence[str]) -> str:
    return draft.choice(others) if draft.maybe(0.04) else text


def exposure_instant(draft: Draft, made: Made, experiment: Row) -> int:
    """Few instants inside, so that they coincide; the edges; where a window just ends in time, or just not."""
    start = instant(experiment["start"])
    end = min(instant(experiment.get("end") or "2200-01-01"), start + RUNS)
    kind = draft.rng.random()
    if kind < 0.6:
        return start + draft.rng.randint(0, 12) * (end - start) // 24 // SECOND * SECOND
    if kind < 0.8:
        return end - draft.choice(made.spans) - draft.choice((0, *made.spans)) + draft.choice((-1, 0, 0, 1))
    return jittered(draft, draft.choice((start, start, end, end - HOUR)))


# What the exposed do


def act(draft: Draft, made: Made) -> None:
    """Rows in a row, sometimes with copies: mostly of somebody exposed, at an edge of a window or soon after it."""
    identifier, environment, x = draft.choice(made.exposed)
    identifier = usually(draft, identifier, draft.identifiers)
    environment = usually(draft, environment, draft.environments)
    at = FAR if draft.maybe(0.01) else action_instant(draft, made, x)
    for _ in range(draft.choice((1, 2, 3, 5))):
        add_row(draft, made, identifier, environment, at)
        at += draft.choice((0, 1, SECOND, SECOND, 60 * SECOND, HOUR // 2))


def add_row(draft: Draft, made: Made, identifier: str, environment: str, at: int) -> None:
    copies = draft.choice((1, 1, 1, 1, 1, 2, 3))
    if draft.sources and draft.maybe(0.4):
        source = draft.choice(draft.sources)
        if "UInt64" in source.types["identifier"] and identifier not in NUMBERS:
            identifier = draft.choice(NUMBERS)
        variant = made.usual.get(identifier, draft.variants[0])
        made.sources[source.name] += [source_row(draft, source, identifier, at, variant)] * copies
        return
    row = event_row(
        draft,
        environment=environment,
        event=draft.choice(draft.events),
        feature=draft.choice(("", *draft.flags)),
        at=at,
        identifier=identifier,
        value=value_text(draft),
    )
    made.events += [row] * copies


def action_instant(draft: Draft, made: Made, x: int) -> int:
    spans = made.spans
    kind = draft.rng.random()
    if kind < 0.4:
        return x + draft.rng.randint(0, 8) * draft.choice((SECOND, 5 * 60 * SECOND, HOUR))
    if kind < 0.8:
        return jittered(draft, x + draft.choice((0, *spans)) + draft.choice((0, 0, *spans)))
    return jittered(draft, x - draft.choice((0, *spans)))


def value_text(draft: Draft) -> str:
    kind = draft.rng.random()
    if kind < 0.12:
        return draft.choice(INVALID_VALUES)
    if draft.rounded:
        return draft.choice(ROUNDED_VALUES + EXACT_VALUES)
    return draft.choice(NEGATIVE_VALUES) if kind < 0.2 else draft.choice(EXACT_VALUES)


def event_row(
    draft: Draft, *, environment: str, event: str, feature: str, at: int, identifier: str, value: str
) -> Row:
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


def source_row(draft: Draft, source: MadeSource, identifier: str, at: int, variant: str) -> Row:
    """As the second implementation sees it: times in microseconds."""
    types = source.types
    made = {
        "identifier": int(identifier) if "UInt64" in types["identifier"] else identifier,
        "time": stored_time(draft, types["time"], at),
        "amount": amount(draft, types["amount"]),
        "status": draft.choice(STATUSES),
        "arm": variant,
    }
    for role in made:
        if "Nullable" in types[role] and draft.maybe(0.05):
            made[role] = None
    return {source.columns[role]: value for role, value in made.items()}


def amount(draft: Draft, kind: str) -> Any:
    if "String" in kind:
        return value_text(draft)
    if "Int" in kind:
        return draft.rng.randint(0 if draft.rounded or kind == "UInt8" else -3, 12)
    if "Decimal" in kind:
        hundredths = draft.rng.randint(0, 1200) if draft.rounded else 25 * draft.rng.randint(-12, 48)
        return Decimal(hundredths) / 100
    if draft.rounded:
        return draft.choice((0.1, 7.512, 1e-3, 33.3, 0.0, 2.5))
    return draft.choice((-1.5, 0.0, 0.5, 1.0, 2.25, 3.0, 10.0, 1000.0))


def events_insert(rows: Sequence[Row]) -> str:
    lines = [{**row, "timestamp": time_text(row["timestamp"] // 1000)} for row in rows]
    return "INSERT INTO events FORMAT JSONEachRow\n" + json_lines(lines)
