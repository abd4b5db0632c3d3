"""Random metrics, and random ways to use them in an experiment."""

from __future__ import annotations

from typing import Any

from draft import Draft
from sql_texts import EVENT_FILTERS, EVENT_NUMBERS, EVENT_TEXTS, Pairs
from values import NUMERIC

BASIC = ("occurrence", "count", "sum", "mean")
MORE = ("min", "max", "first", "last", "count_distinct", "active_days")
COMBINED = ("ratio", "quantile", "funnel")
UNCAPPED = ("occurrence", *COMBINED)

DURATIONS = ("0s", "1s", "90s", "30m", "1h", "12h", "1d", "2d")
ENDLESS = "5000w"
PERCENTILES = (0, 0.1, 0.5, 0.75, 0.9, 0.999, 1)
# Nothing that values given by their decimals add up to.
THRESHOLDS = {False: (0, 0.5, 1, 2, 2.5, 3, 10, 1000), True: (0.777777, 2.718281828, 31.4159265)}

OPTIONS: tuple[dict[str, Any], ...] = (
    {"confidence": 0.9},
    {"min_identities": 2},
    {"min_identities": 2, "min_conversions": 0},
    {"win_threshold": 0.8},
    {"correction": "none"},
    {"power": 0.7, "sequential_tuning": 100},
    {"prior": {"mean": 0, "stddev": 0.5}},
    {"prior": None},
    {"non_inferiority_margin": 0.05},
    {"min_identities": 2, "verdict": "fixed"},
    {"min_identities": 2, "verdict": "hybrid"},
    {"verdict": "anytime", "interval": "delta"},
    {},
)


def metric_definition(draft: Draft, name: str) -> dict[str, Any]:
    kind = metric_type(draft)
    metric: dict[str, Any] = {"name": name, "type": kind}
    if draft.maybe(0.3):
        metric["description"] = draft.choice(draft.events) + "\n*/ -- '"
    if draft.maybe(0.4):
        metric["lower_is_better"] = draft.maybe(0.7)
    if draft.maybe(0.5):
        metric["options"] = draft.choice(OPTIONS)
    if draft.use("windows", 0.6):
        metric["window"] = window(draft)
    if kind == "ratio":
        metric["numerator"], metric["denominator"] = ratio_part(draft), ratio_part(draft)
    elif kind == "funnel":
        steps = [fact(draft, "") for _ in range(draft.rng.randint(2, 4))]
        metric["steps"] = [{key: value for key, value in each.items() if key != "value"} for each in steps]
        if draft.maybe(0.5):
            metric["within"] = draft.choice(DURATIONS[1:])
    elif kind == "quantile":
        metric |= quantile(draft)
    else:
        metric |= fact(draft, kind)
        if kind != "occurrence" and draft.use("at_least", 0.25):
            metric["at_least"] = draft.choice(THRESHOLDS[draft.rounded])
        elif kind not in UNCAPPED and draft.use("caps", 0.4):
            metric["cap"] = cap(draft)
        if draft.use("covariates", 0.4):
            metric["covariate"] = covariate(draft)
    return metric


def metric_type(draft: Draft) -> str:
    kinds = [*BASIC]
    if "aggregations" in draft.features:
        kinds += MORE
    for kind in COMBINED:
        if kind in draft.features:
            kinds += [kind, kind]
    return draft.choice(kinds)


def window(draft: Draft) -> dict[str, str]:
    found = {}
    if draft.maybe(0.5):
        found["start"] = draft.choice(DURATIONS)
    if draft.maybe(0.8) or not found:
        found["length"] = ENDLESS if draft.maybe(0.05) else draft.choice(DURATIONS[1:])
    return found


def covariate(draft: Draft) -> dict[str, str]:
    return {"lookback": draft.choice(DURATIONS[1:])}


def cap(draft: Draft) -> dict[str, Any]:
    """Each side is a number or a percentile; fixed ones and percentiles of both sides are in order."""
    found: dict[str, Any] = {}
    low, high = sorted((draft.choice(PERCENTILES), draft.choice(PERCENTILES)))
    if draft.maybe(0.4):
        found |= {"lower": draft.choice((-1, 0, 0.5, 1))} if draft.maybe(0.5) else {"lower_percentile": low}
    if draft.maybe(0.7) or not found:
        found |= {"upper": draft.choice((1.5, 2, 3, 10))} if draft.maybe(0.4) else {"upper_percentile": high}
    if any(key.endswith("percentile") for key in found) and draft.maybe(0.5):
        found["population"] = draft.choice(("nonzero", "all"))
    return found


def aggregation(draft: Draft) -> str:
    return draft.choice([*BASIC, *(MORE if "aggregations" in draft.features else ())])


def ratio_part(draft: Draft) -> dict[str, Any]:
    kind = aggregation(draft)
    part = {"aggregation": kind, **fact(draft, kind)}
    if kind != "occurrence" and draft.use("caps", 0.3):
        part["cap"] = cap(draft)
    return part


def quantile(draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = {"quantile": draft.choice((0.05, 0.5, 0.75, 0.9, 0.99))}
    if draft.maybe(0.5):
        return {**found, "unit": "event", **fact(draft, "sum")}
    kind = aggregation(draft)
    found |= {"aggregation": kind, **fact(draft, kind)}
    if draft.maybe(0.5):
        found["unit"] = "identity"
    if draft.maybe(0.4):
        found["ignore_zeros"] = draft.maybe(0.8)
    return found


def fact(draft: Draft, kind: str) -> dict[str, Any]:
    """Where rows come from, and which; with a `value` where the aggregation needs one, and sometimes anyway."""
    source = draft.choice(draft.sources) if draft.sources and draft.maybe(0.45) else None
    if source is not None:
        found: dict[str, Any] = {"source": source.name}
        filters, numbers, texts = source.texts.filters, source.texts.numbers, source.texts.texts
        has_value = "value" in source.definition
    else:
        found = {"source": "events"} if draft.maybe(0.05) else {"event": draft.choice(draft.events)}
        filters, numbers, texts = EVENT_FILTERS, EVENT_NUMBERS, EVENT_TEXTS
        has_value = True
    if draft.maybe(0.3):
        found["filter"] = draft.pick(filters)
    if draft.maybe(0.25):
        found["deduplicate"] = draft.maybe(0.9)
    values: Pairs = numbers if kind in NUMERIC else numbers | texts
    reads_value = kind in (*NUMERIC, "count_distinct")
    if (reads_value and not has_value) or draft.maybe(0.35 if reads_value else 0.15):
        found["value"] = draft.pick(values)
    return found


def metric_use(draft: Draft, metric: dict[str, Any], taken: set[str], new_name: str) -> str | dict[str, Any]:
    """By its name, or with overrides; under another name where its own is taken already."""
    if metric["name"] not in taken and draft.maybe(0.5):
        return metric["name"]
    found: dict[str, Any] = {"metric": metric["name"]}
    if metric["name"] in taken or draft.maybe(0.5):
        found["as"] = new_name
    if draft.maybe(0.4):
        found["options"] = draft.choice(OPTIONS)
    if draft.use("windows", 0.4):
        found["window"] = None if draft.maybe(0.2) else window(draft)
    kind = metric["type"]
    if kind not in ("ratio", "funnel") and draft.maybe(0.3):
        found["filter"] = None if draft.maybe(0.2) else draft.pick(filters_of(draft, metric))
    if kind not in COMBINED and draft.use("covariates", 0.3):
        found["covariate"] = None if draft.maybe(0.3) else covariate(draft)
    if kind not in UNCAPPED and "at_least" not in metric and draft.use("caps", 0.3):
        found["cap"] = None if draft.maybe(0.3) else cap(draft)
    return found


def filters_of(draft: Draft, metric: dict[str, Any]) -> Pairs:
    for source in draft.sources:
        if metric.get("source") == source.name:
            return source.texts.filters
    return EVENT_FILTERS
