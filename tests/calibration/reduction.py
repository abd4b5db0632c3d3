"""From the events of many experiments to moments: what the compiled views do, in NumPy.

Windows, values of identities, caps at percentiles and quantiles are those of the definitions; engine_check.py
holds every metric that is simulated against the compiled SQL. Of what definitions can say, only what the
studies use is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wire import Floats, Moments

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

DAY = 86_400_000
# Every experiment begins at 0, and is read when it is over.
END_DAYS = 14
END = END_DAYS * DAY

# The width of the interval whose order statistics tell the error of a quantile.
Z = 1.959963984540054


@dataclass(frozen=True)
class Metric:
    """A metric of a definitions file, with what its experiment says of incomplete windows."""

    # occurrence, count, sum or quantile
    type: str
    # of the window and the covariate, in days
    length: int | None = None
    lookback: int | None = None
    upper_percentile: float | None = None
    # of a quantile: its level, and whether of all rows or of the identities' sums
    level: float | None = None
    unit: str | None = None
    include: bool = False

    def definition(self, name: str) -> dict[str, Any]:
        """As an entry of `metrics`."""
        given: dict[str, Any] = {"name": name, "type": self.type, "event": "done"}
        if self.length is not None:
            given["window"] = {"length": f"{self.length}d"}
        if self.lookback is not None:
            given["covariate"] = {"lookback": f"{self.lookback}d"}
        if self.upper_percentile is not None:
            given["cap"] = {"upper_percentile": self.upper_percentile}
        if self.level is not None:
            given |= {"quantile": self.level, "unit": self.unit}
            if self.unit == "identity":
                given["aggregation"] = "sum"
        return given


@dataclass(frozen=True)
class Events:
    """One arm of many experiments of `n` identities each. Times are milliseconds from the beginning on.

    Identities are listed experiment by experiment, rows identity by identity. Who is not listed was exposed
    at 0 and has no row.
    """

    experiments: int
    n: int
    # of each listed identity
    experiment: Integers
    exposed_at: Integers
    # of each row: the place of its identity in the list, when, and how much
    identity: Integers
    at: Integers
    value: Floats

    def per_identity(self, inside: Booleans, weights: Floats | None = None) -> Floats:
        """How many of these rows each listed identity has, or the sum of their weights."""
        chosen = None if weights is None else weights[inside]
        return np.bincount(self.identity[inside], chosen, len(self.experiment)).astype(float)

    def per_experiment(self, weights: Floats) -> Floats:
        """The sum over the listed identities."""
        return np.bincount(self.experiment, weights, self.experiments)


@dataclass(frozen=True)
class Reduced:
    """The moments of both arms, and the cap that they share."""

    control: Moments
    treatment: Moments
    cap: Floats | None = None


def reduced(metric: Metric, control: Events, treatment: Events) -> Reduced:
    arms = (control, treatment)
    counted = [counts(metric, arm) for arm in arms]
    rows = [in_window(metric, arm) & of_them[arm.identity] for arm, of_them in zip(arms, counted)]
    n = [arm.n - arm.per_experiment(~of_them) for arm, of_them in zip(arms, counted)]
    if metric.unit == "event":
        return Reduced(*(quantile_of_rows(metric, *each) for each in zip(arms, rows, n)))
    values = [value(metric, *each) for each in zip(arms, rows)]
    if metric.unit == "identity":
        return Reduced(*(quantile_of_identities(metric, *each) for each in zip(arms, counted, values, n)))
    cap = None
    if metric.upper_percentile is not None:
        nonzero = [(arm.experiment[own != 0], own[own != 0]) for arm, own in zip(arms, values)]
        cap = percentile(*in_order(nonzero, control.experiments), metric.upper_percentile)
        values = [np.minimum(own, cap[arm.experiment]) for arm, own in zip(arms, values)]
    return Reduced(*(sums(metric, *each) for each in zip(arms, counted, values, n)), cap)


# Who counts, which rows, and what they are worth


def counts(metric: Metric, arm: Events) -> Booleans:
    """The listed identities whose window is over."""
    if metric.length is None or metric.include:
        return np.ones(len(arm.experiment), dtype=bool)
    return arm.exposed_at + metric.length * DAY <= END


def in_window(metric: Metric, arm: Events) -> Booleans:
    since = arm.at - arm.exposed_at[arm.identity]
    inside = (since >= 0) & (arm.at < END)
    return inside if metric.length is None else inside & (since < metric.length * DAY)


def in_lookback(metric: Metric, arm: Events, counted: Booleans) -> Booleans:
    since = arm.at - arm.exposed_at[arm.identity]
    return (since < 0) & (since >= -metric.lookback * DAY) & counted[arm.identity]


def value(metric: Metric, arm: Events, rows: Booleans) -> Floats:
    """Of each listed identity."""
    if metric.type in ("sum", "quantile"):
        return arm.per_identity(rows, arm.value)
    count = arm.per_identity(rows)
    return count if metric.type == "count" else np.minimum(count, 1)


def sums(metric: Metric, arm: Events, counted: Booleans, values: Floats, n: Floats) -> Moments:
    """Who does not count has no row that does, so values of 0."""
    both = arm.per_experiment(values), arm.per_experiment(values**2)
    if metric.lookback is None:
        return Moments(n, *both)
    before = value(metric, arm, in_lookback(metric, arm, counted))
    return Moments(
        n,
        *both,
        covariate_sum=arm.per_experiment(before),
        covariate_sum_squares=arm.per_experiment(before**2),
        covariate_product=arm.per_experiment(values * before),
    )


# Order statistics


def in_order(parts: Sequence[tuple[Integers, Floats]], experiments: int) -> tuple[Floats, Integers]:
    """The values of each experiment sorted, a row each that ends in infinities, and how many they are.

    A part is the experiments of values, ascending, and the values.
    """
    sizes = [np.bincount(experiment, minlength=experiments) for experiment, _ in parts]
    total = np.sum(sizes, axis=0)
    table = np.full((experiments, max(int(total.max()), 1)), np.inf)
    taken = np.zeros(experiments, dtype=np.int64)
    for size, (experiment, values) in zip(sizes, parts):
        first = np.cumsum(size) - size
        table[experiment, np.arange(len(values)) + (taken - first)[experiment]] = values
        taken += size
    table.sort(axis=1)
    return table, total


def percentile(table: Floats, sizes: Integers, level: float) -> Floats:
    """By linear interpolation between order statistics; NaN of no values."""
    place = np.maximum(sizes - 1, 0) * level
    below = np.floor(place).astype(np.int64)
    low = ranked(table, below + 1)
    high = ranked(table, np.minimum(below + 2, np.maximum(sizes, 1)))
    with np.errstate(invalid="ignore"):
        return np.where(sizes == 0, np.nan, low + (place - below) * (high - low))


def ranked(table: Floats, rank: Integers) -> Floats:
    """The value of this rank in each row, from 1 on."""
    return np.take_along_axis(table, rank[:, None] - 1, axis=1)[:, 0]


def quantile_of_rows(metric: Metric, arm: Events, rows: Booleans, n: Floats) -> Moments:
    """Of all values of the arm, its identities being clusters."""
    experiment, values = arm.experiment[arm.identity[rows]], arm.value[rows]
    table, sizes = in_order([(experiment, values)], arm.experiments)
    quantile = percentile(table, sizes, metric.level)
    owned = arm.per_identity(rows)
    up_to = np.zeros(len(rows), dtype=bool)
    up_to[rows] = values <= quantile[experiment]
    lower = arm.per_identity(up_to)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = arm.per_experiment(lower) / sizes
        deviations = arm.per_experiment((lower - share[arm.experiment] * owned) ** 2)
        clustered = np.sqrt(deviations * n / (n - 1)) / sizes
        factor = clustered / np.sqrt(metric.level * (1 - metric.level) / sizes)
    return quantile_moments(metric, table, sizes, n, quantile, factor)


def quantile_of_identities(
    metric: Metric, arm: Events, counted: Booleans, values: Floats, n: Floats
) -> Moments:
    """Of their values, where every identity is listed."""
    table, sizes = in_order([(arm.experiment[counted], values[counted])], arm.experiments)
    return quantile_moments(metric, table, sizes, n, percentile(table, sizes, metric.level), 1.0)


def quantile_moments(
    metric: Metric, table: Floats, sizes: Integers, n: Floats, quantile: Floats, factor: Floats | float
) -> Moments:
    """The quantile with its error, which is NULL where the sample does not have the ranks of the interval."""
    level = metric.level
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = Z * np.sqrt(level * (1 - level) / sizes)
        enough = (sizes >= Z * Z * max(level / (1 - level), (1 - level) / level)) & (n > 1)
        high = np.where(enough, np.ceil(sizes * (level + reach)), 1).astype(np.int64)
        low = np.where(enough, np.floor(sizes * (level - reach)), 1).astype(np.int64)
        width = ranked(table, high) - ranked(table, np.maximum(low, 1))
        error = np.where(enough, width / (2 * Z) * factor, np.nan)
    none = np.zeros_like(n)
    return Moments(n, none, none, quantile=quantile, quantile_standard_error=error)
