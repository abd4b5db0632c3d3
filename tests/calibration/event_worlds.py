"""What is simulated from events on. It is described in words by event_report.py.

As in the other studies, the treatment's values are a tenth above the control's, unless a world says otherwise.
"""

from __future__ import annotations

from dataclasses import replace

from event_studies import EventWorld
from processes import Buyers, Clusters, Habit, Latencies, Latency, LogNormals, Pareto, Responses
from reduction import Metric
from worlds import Revenue

FACTOR = 1.1

# Quantiles

LEVELS = (0.5, 0.9, 0.99)
REPLICATIONS = 10_000

SMOOTH = LogNormals(((1.0, 100.0, 0.5),))
# Of a cache: hits and misses.
CACHE = LogNormals(((0.8, 20.0, 0.3), (0.2, 200.0, 0.4)))
GAP = LogNormals(((0.9, 20.0, 0.3), (0.1, 200.0, 0.4)))
TAIL = Pareto(10.0, 1.5)


def latencies(
    name: str, latency: Latency, n: int, clusters: Clusters | None = None, step: float | None = None
) -> EventWorld:
    unit = "identity" if clusters is None else "event"
    return EventWorld(
        name,
        Latencies(latency, clusters),
        Latencies(latency, clusters, FACTOR),
        n,
        tuple(Metric("quantile", level=level, unit=unit) for level in LEVELS),
        step=step,
    )


QUANTILES = [
    latencies("log-normal", SMOOTH, 300),
    latencies("log-normal", SMOOTH, 1_000),
    latencies("log-normal", SMOOTH, 10_000),
    latencies("log-normal, several", SMOOTH, 100, Clusters()),
    latencies("log-normal, several", SMOOTH, 1_000, Clusters()),
    latencies("cache, 80 % hits", CACHE, 1_000),
    latencies("cache, 80 % hits, several", CACHE, 1_000, Clusters()),
    latencies("cache, 90 % hits", GAP, 1_000),
    latencies("cache, 90 % hits", GAP, 10_000),
    latencies("Pareto", TAIL, 1_000),
    latencies("Pareto, several", TAIL, 1_000, Clusters()),
    *(latencies(f"log-normal in steps of {step} ms", SMOOTH, 1_000, step=step) for step in (2, 4, 8)),
]

# Covariates


def habits(name: str, metric_type: str, known: float, **habit: float) -> EventWorld:
    """Without an effect."""
    metric, both = Metric(metric_type, length=7, lookback=14), Habit(known, **habit)
    return EventWorld(f"{name}, {100 * known:.0f} % known", both, both, 1_000, (metric,))


COVARIATES = [
    *(habits("visits", "count", known) for known in (1.0, 0.6, 0.1)),
    *(habits("spend", "sum", known, taste=0.7, amount=0.8) for known in (1.0, 0.6)),
]

# Caps at percentiles

CAPS = (None, 0.999, 0.99)


def buyers(name: str, n: int, split: int, control: Revenue, treatment: Revenue) -> EventWorld:
    metrics = tuple(Metric("sum", upper_percentile=level) for level in CAPS)
    return EventWorld(name, Buyers(control), Buyers(treatment), n, metrics, split)


EQUAL, DEARER = Revenue(), Revenue(scale=FACTOR)
CAPPED = [
    *(buyers("revenue", n, 1, EQUAL, DEARER) for n in (1_000, 10_000, 100_000)),
    buyers("revenue", 10_000, 9, EQUAL, DEARER),
    buyers("more buyers", 10_000, 1, EQUAL, Revenue(buyers=0.05 * FACTOR)),
    buyers("a longer tail", 100_000, 1, EQUAL, Revenue(sigma=1.6)),
]

# Windows

RESPONDING = 20_000
WINDOW_REPLICATIONS = 10_000
SOON, LATE = (0.06, 0.0, 2.0), (0.04, 2.0, 7.0)
STEADY = Responses((SOON, LATE))


def responses(name: str, metric_type: str, control: Responses, treatment: Responses) -> EventWorld:
    metric = Metric(metric_type, length=7)
    return EventWorld(name, control, treatment, RESPONDING, (metric, replace(metric, include=True)))


VISITS = Responses(((0.7, 0.0, 9.0),))
WINDOWS = [
    responses("more, at any time", "occurrence", STEADY, Responses(((0.066, 0.0, 2.0), (0.044, 2.0, 7.0)))),
    responses("more, from day 3 on", "occurrence", STEADY, Responses((SOON, LATE, (0.02, 3.0, 7.0)))),
    responses("sooner, but no more", "occurrence", STEADY, Responses(((0.08, 0.0, 2.0), (0.02, 2.0, 7.0)))),
    responses("later, but no fewer", "occurrence", STEADY, Responses(((0.04, 0.0, 2.0), (0.06, 2.0, 7.0)))),
    responses("novelty: more on day 1", "count", VISITS, Responses(((0.7, 0.0, 9.0), (0.03, 0.0, 1.0)))),
]
