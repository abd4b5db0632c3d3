"""Populations that are drawn event by event, and their truths: what worlds.py is for moments.

Each draws the events of one arm of many experiments, and knows what its metrics are in truth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import optimize, stats

from reduction import DAY, END, Events, Integers
from wire import Floats
from worlds import Revenue


class Process(Protocol):
    """What the events of an arm are drawn from."""

    def draw(self, rng: np.random.Generator, n: int, experiments: int) -> Events:
        """The events of `n` identities, so many experiments over."""


def owners(count: int, experiments: int) -> Integers:
    """The experiment of each identity, where each has as many."""
    return np.repeat(np.arange(experiments), count)


def clusters(rows: Integers) -> Integers:
    """The identity of each row, where each has so many."""
    return np.repeat(np.arange(len(rows)), rows)


def at_once(experiment: Integers, identity: Integers, value: Floats, n: int, experiments: int) -> Events:
    """Exposures and events of no duration, at the beginning."""
    return Events(
        experiments, n, experiment, np.zeros_like(experiment), identity, np.zeros_like(identity), value
    )


# Latencies, for quantiles


class Latency(Protocol):
    """The distribution of one latency."""

    def values(self, rng: np.random.Generator, count: int) -> Floats: ...

    def up_to(self, value: float, spread: float) -> float:
        """P(V·exp(spread·g) ≤ value), V being the latency and g standard normal."""


@dataclass(frozen=True)
class LogNormals:
    """A mixture: of each part its weight, median and σ."""

    parts: tuple[tuple[float, float, float], ...]

    def values(self, rng: np.random.Generator, count: int) -> Floats:
        edges = np.cumsum([weight for weight, _, _ in self.parts])[:-1]
        part = np.searchsorted(edges, rng.random(count)) if edges.size else np.zeros(count, dtype=np.int64)
        log_median = np.log([median for _, median, _ in self.parts])
        sigma = np.array([sigma for _, _, sigma in self.parts])
        return np.exp(log_median[part] + sigma[part] * rng.standard_normal(count))

    def up_to(self, value: float, spread: float) -> float:
        return sum(
            weight * float(stats.norm.cdf(math.log(value / median) / math.hypot(sigma, spread)))
            for weight, median, sigma in self.parts
        )


@dataclass(frozen=True)
class Pareto:
    """P(V > v) = (v/least)^(−shape)."""

    least: float
    shape: float

    def values(self, rng: np.random.Generator, count: int) -> Floats:
        return self.least * (1 - rng.random(count)) ** (-1 / self.shape)

    def up_to(self, value: float, spread: float) -> float:
        distance, tail = math.log(value / self.least), self.shape
        if spread == 0:
            return max(0.0, -math.expm1(-tail * distance))
        above = float(stats.norm.sf(distance / spread))
        scaled = math.exp(-tail * distance + (tail * spread) ** 2 / 2)
        return 1 - above - scaled * float(stats.norm.cdf(distance / spread - tail * spread))


@dataclass(frozen=True)
class Clusters:
    """1 + Poisson(extra·exp(tilt·g)) latencies of an identity, times exp(spread·g), g being standard normal."""

    extra: float = 3.0
    spread: float = 0.5
    # the slower, the fewer
    tilt: float = -0.5


@dataclass(frozen=True)
class Latencies:
    """One latency of each identity, or some that are alike."""

    latency: Latency
    clusters: Clusters | None = None
    scale: float = 1.0

    def draw(self, rng: np.random.Generator, n: int, experiments: int) -> Events:
        experiment = owners(n, experiments)
        if self.clusters is None:
            identity, effect = np.arange(experiment.size), 1.0
        else:
            common = rng.standard_normal(experiment.size)
            rows = 1 + rng.poisson(self.clusters.extra * np.exp(self.clusters.tilt * common))
            identity = clusters(rows)
            effect = np.exp(self.clusters.spread * common)[identity]
        values = self.latency.values(rng, identity.size) * effect * self.scale
        return at_once(experiment, identity, values, n, experiments)

    def share(self, value: float) -> float:
        """Of all latencies, those up to this value."""
        own = value / self.scale
        if self.clusters is None:
            return self.latency.up_to(own, 0.0)
        spread, tilt = self.clusters.spread, self.clusters.tilt
        # Of those beyond each identity's first, g is normal about the tilt.
        more = self.clusters.extra * math.exp(tilt**2 / 2)
        first = self.latency.up_to(own, spread)
        others = self.latency.up_to(own * math.exp(-spread * tilt), spread)
        return (first + more * others) / (1 + more)

    def quantile(self, level: float) -> float:
        return root(lambda value: self.share(value) - level)


def root(function: Callable[[float], float]) -> float:
    """Where an increasing function of a positive number is 0."""
    return math.exp(optimize.brentq(lambda log: function(math.exp(log)), -20.0, 20.0, xtol=1e-13))


def cut(events: Events, step: float, offset: Floats) -> Events:
    """The values in steps, those of each experiment from an offset of its own on."""
    return replace(events, value=steps(events.value, step, offset[events.experiment[events.identity]]))


def steps(value: float | Floats, step: float, offset: Floats) -> Floats:
    return offset + step * np.floor((value - offset) / step)


# Habits, for covariates

# Rows are drawn from so many days before the exposure to so many after it: more than any metric looks at.
BEFORE_DAYS, AFTER_DAYS = 16, 8
EXPOSED_DAYS = 5


@dataclass(frozen=True)
class Habit:
    """Identities of different habits, some of whom are new and have nothing before their exposure.

    Rows come at an identity's rate, which is gamma distributed; each is worth its taste times an amount, both
    log-normal with the mean 1, or 1 with a σ of 0.
    """

    # the share with a history
    known: float
    # rows per day, and how they vary: the variance of the rate over its squared mean
    rate: float = 0.3
    variation: float = 1.0
    taste: float = 0.0
    amount: float = 0.0
    # of the rows after the exposure
    factor: float = 1.0

    def draw(self, rng: np.random.Generator, n: int, experiments: int) -> Events:
        experiment = owners(n, experiments)
        size = experiment.size
        exposed_at = rng.integers(EXPOSED_DAYS * DAY, size=size)
        rates = rng.gamma(1 / self.variation, self.rate * self.variation, size=size)
        known = rng.random(size) < self.known
        before = rng.poisson(rates * BEFORE_DAYS * known)
        after = rng.poisson(rates * AFTER_DAYS * self.factor)
        identity = clusters(before + after)
        nth = np.arange(identity.size) - (np.cumsum(before + after) - before - after)[identity]
        when = np.where(nth < before[identity], rng.random(identity.size) * -BEFORE_DAYS, 0.0)
        late = nth >= before[identity]
        when[late] = rng.random(int(late.sum())) * AFTER_DAYS
        at = exposed_at[identity] + np.floor(when * DAY).astype(np.int64)
        value = np.ones(identity.size)
        if self.taste:
            value *= log_normal(rng, self.taste, size)[identity]
        if self.amount:
            value *= log_normal(rng, self.amount, identity.size)
        return Events(experiments, n, experiment, exposed_at, identity, at, value)

    def mean(self, days: int) -> float:
        """Of an identity in so many days from its exposure on."""
        return self.rate * self.factor * days

    def variance_reduction(self, days: int, lookback: int) -> float:
        """The squared correlation of these days with those before."""
        tastes, amounts = math.exp(self.taste**2), math.exp(self.amount**2)
        mean, square = self.rate, self.rate**2 * (1 + self.variation) * tastes
        before = lookback * mean * tastes * amounts + lookback**2 * square
        after = days * mean * tastes * amounts + days**2 * square
        covariance = self.known * days * lookback * (square - mean**2)
        variance_before = self.known * before - (self.known * lookback * mean) ** 2
        return covariance**2 / (variance_before * (after - (days * mean) ** 2))


def log_normal(rng: np.random.Generator, sigma: float, count: int) -> Floats:
    """With the mean 1."""
    return np.exp(sigma * rng.standard_normal(count) - sigma**2 / 2)


# Buyers, for caps


@dataclass(frozen=True)
class Buyers:
    """Those of a revenue who buy, once each; the others are not listed."""

    revenue: Revenue

    def draw(self, rng: np.random.Generator, n: int, experiments: int) -> Events:
        experiment = np.repeat(np.arange(experiments), rng.binomial(n, self.revenue.buyers, size=experiments))
        amounts = self.revenue.amounts(rng, experiment.size)
        return at_once(experiment, np.arange(experiment.size), amounts, n, experiments)

    def share(self, amount: float) -> float:
        """Of the amounts, those up to this one."""
        return float(stats.norm.cdf(math.log(amount / self.revenue.scale) / self.revenue.sigma))

    def mean(self, cap: float = math.inf) -> float:
        return replace(self.revenue, cap=cap).mean


def population_cap(level: float, arms: tuple[tuple[Buyers, int], ...]) -> float:
    """The percentile of the amounts of all arms together, which have so many identities."""
    buyers = [arm.revenue.buyers * n for arm, n in arms]

    def excess(amount: float) -> float:
        return sum(count * (arm.share(amount) - level) for count, (arm, _) in zip(buyers, arms))

    return root(excess)


# Rows that come late, for windows


@dataclass(frozen=True)
class Responses:
    """Identities exposed evenly over the experiment, whose rows come so long after it.

    A piece is a mean number of rows, evenly between so many days from the exposure on.
    """

    pieces: tuple[tuple[float, float, float], ...]

    def draw(self, rng: np.random.Generator, n: int, experiments: int) -> Events:
        experiment = owners(n, experiments)
        exposed_at = rng.integers(END, size=experiment.size)
        found = [self._piece(rng, experiment.size, *piece) for piece in self.pieces]
        identity = np.concatenate([who for who, _ in found])
        order = np.argsort(identity, kind="stable")
        identity, since = identity[order], np.concatenate([delay for _, delay in found])[order]
        at = exposed_at[identity] + since
        return Events(experiments, n, experiment, exposed_at, identity, at, np.ones(identity.size))

    def _piece(
        self, rng: np.random.Generator, identities: int, mean: float, begins: float, ends: float
    ) -> tuple[Integers, Integers]:
        count = rng.poisson(identities * mean)
        delay = rng.integers(round(begins * DAY), round(ends * DAY), size=count)
        return rng.integers(identities, size=count), delay

    def mean(self, metric_type: str, days: float) -> float:
        """Of an identity in so many days from its exposure on."""
        rows = sum(
            mean * max(0.0, min(ends, days) - begins) / (ends - begins) for mean, begins, ends in self.pieces
        )
        return -math.expm1(-rows) if metric_type == "occurrence" else rows
