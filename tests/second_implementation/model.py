"""A definitions document as plain data: defaults filled in, overrides applied, durations and dates as milliseconds.

The document is what a YAML parser gives for all files together; it is taken to be free of mistakes. A metric
is read as it is used in one experiment: the same metric with another window is another `Use`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from shared import since_1970

EXPOSURE_EVENT = "$flag_exposure"
EVENTS = "events"
ROLES = {"goals": "goal", "secondary": "secondary", "guardrails": "guardrail"}
OVERRIDES = ("window", "cap", "covariate", "filter")

SECOND = 1000
DURATION = re.compile(r"([0-9]+)([smhdw])")
UNITS = {"s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND, "d": 86_400 * SECOND, "w": 7 * 86_400 * SECOND}
DAY = UNITS["d"]

# What the engine takes a type for; everything else is a sum.
ENGINE_TYPES = {
    "occurrence": "occurrence",
    "funnel": "occurrence",
    "count": "count",
    "ratio": "ratio",
    "quantile": "quantile",
}


@dataclass(frozen=True)
class Source:
    """A declared source. The rows are those of `table`, or what stands for the result of `query`."""

    rows_from: str
    identifier: str
    timestamp: str
    value: str | None


@dataclass(frozen=True)
class Cap:
    lower: float | None = None
    upper: float | None = None
    lower_percentile: float | None = None
    upper_percentile: float | None = None
    population: str = "nonzero"


@dataclass(frozen=True)
class Fact:
    """Rows, and what they are for an identity."""

    event: str | None
    source: str | None
    filter: str | None
    value: str | None
    deduplicate: bool
    aggregation: str  # '' where the rows are no number of their own: steps, events of a quantile
    cap: Cap


@dataclass(frozen=True)
class Use:
    """A metric as one experiment uses it."""

    name: str
    role: str
    type: str
    engine_type: str
    lower_is_better: bool
    facts: tuple[Fact, ...]  # one; numerator and denominator; the steps of a funnel
    start: int
    length: int | None
    lookback: int | None
    at_least: float | None
    quantile: float | None
    unit: str
    ignore_zeros: bool
    within: int | None
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Exposure:
    event: str
    source: str | None
    variant: str
    filter: str | None


@dataclass(frozen=True)
class Experiment:
    name: str
    environment: str
    feature: str | None  # None where the exposures are of any feature, or come from a source
    control: str
    shares: Mapping[str, float]
    start: int
    end: int | None
    status: str
    exposure: Exposure
    uses: tuple[Use, ...]
    dimensions: tuple[tuple[str, str], ...]  # name and expression
    include_incomplete: bool
    collect: bool


@dataclass(frozen=True)
class Definitions:
    sources: Mapping[str, Source]
    experiments: Mapping[str, Experiment]


def duration(text: str) -> int:
    number, unit = DURATION.fullmatch(text).groups()
    return int(number) * UNITS[unit]


def optional_duration(text: str | None) -> int | None:
    return None if text is None else duration(text)


def instant(text: str) -> int:
    """A date alone is midnight UTC; an offset is converted."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return since_1970(moment.astimezone(timezone.utc))


def definitions(document: Mapping[str, Any]) -> Definitions:
    metrics = {metric["name"]: metric for metric in document.get("metrics", [])}
    sources = {each["name"]: source(each) for each in document.get("sources", [])}
    return Definitions(
        sources,
        {each["name"]: experiment(each, metrics) for each in document.get("experiments", [])},
    )


def source(each: Mapping[str, Any]) -> Source:
    rows_from = each.get("table") or each["query"]
    return Source(rows_from, each["identifier"], each["timestamp"], each.get("value"))


def experiment(each: Mapping[str, Any], metrics: Mapping[str, Any]) -> Experiment:
    exposure = each.get("exposure", {})
    end = each.get("end")
    options = each.get("options", {})
    return Experiment(
        name=each["name"],
        environment=each["environment"],
        feature=each.get("feature"),
        control=each["control"],
        shares=each["shares"],
        start=instant(each["start"]),
        end=None if end is None else instant(end),
        status=each.get("status", "running"),
        exposure=Exposure(
            exposure.get("event", EXPOSURE_EVENT),
            exposure.get("source"),
            exposure.get("variant", "value"),
            exposure.get("filter"),
        ),
        uses=tuple(
            use(entry, role, metrics, options)
            for key, role in ROLES.items()
            for entry in each.get("metrics", {}).get(key, [])
        ),
        dimensions=tuple((each["name"], each["value"]) for each in each.get("dimensions", [])),
        include_incomplete=each.get("incomplete_windows", "exclude") == "include",
        collect=each.get("after_end", "drop") == "collect",
    )


def use(
    entry: str | Mapping[str, Any], role: str, metrics: Mapping[str, Any], options: Mapping[str, Any]
) -> Use:
    """Overrides replace a key as a whole, null takes it away; options are merged key by key."""
    overrides = {"metric": entry} if isinstance(entry, str) else entry
    metric = dict(metrics[overrides["metric"]])
    metric.update({key: overrides[key] for key in OVERRIDES if key in overrides})
    window = metric.get("window") or {}
    covariate = metric.get("covariate") or {}
    at_least = metric.get("at_least")
    engine_type = "occurrence" if at_least is not None else ENGINE_TYPES.get(metric["type"], "sum")
    return Use(
        name=overrides.get("as", metric["name"]),
        role=role,
        type=metric["type"],
        engine_type=engine_type,
        lower_is_better=metric.get("lower_is_better", False),
        facts=facts(metric),
        start=duration(window.get("start", "0s")),
        length=optional_duration(window.get("length")),
        lookback=optional_duration(covariate.get("lookback")),
        at_least=at_least,
        quantile=metric.get("quantile"),
        unit=metric.get("unit", "identity"),
        ignore_zeros=metric.get("ignore_zeros", False),
        within=optional_duration(metric.get("within")),
        options={**options, **metric.get("options", {}), **overrides.get("options", {})},
    )


def facts(metric: Mapping[str, Any]) -> tuple[Fact, ...]:
    if metric["type"] == "ratio":
        parts = (metric["numerator"], metric["denominator"])
        return tuple(fact(part, part["aggregation"]) for part in parts)
    if metric["type"] == "funnel":
        return tuple(fact(step, "") for step in metric["steps"])
    if metric["type"] == "quantile":
        return (fact(metric, metric.get("aggregation", "")),)
    return (fact(metric, metric["type"]),)


def fact(part: Mapping[str, Any], aggregation: str) -> Fact:
    return Fact(
        event=part.get("event"),
        source=part.get("source"),
        filter=part.get("filter"),
        value=part.get("value"),
        deduplicate=part.get("deduplicate", False),
        aggregation=aggregation,
        cap=Cap(**(part.get("cap") or {})),
    )
