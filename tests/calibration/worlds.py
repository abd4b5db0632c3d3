"""Populations whose truth is known, and the moments of samples from them.

What takes few values is drawn as the number of identities with each (a multinomial), so that 100,000
identities cost no more than 1,000. Revenue is drawn buyer by buyer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from wire import Floats, Moments

Shape = tuple[int, ...]

# Identities in control and in the treatment.
Sizes = tuple[int, int]

# So many draws of a revenue are held at once.
DRAWS_AT_ONCE = 20_000_000

# Discrete values are cut off where less than this is left.
NEGLIGIBLE = 1e-15


class Population(Protocol):
    """What an arm's identities are drawn from."""

    @property
    def mean(self) -> float:
        """The mean, or the ratio of the means, that the arm estimates."""

    def sample(self, rng: np.random.Generator, n: int, shape: Shape) -> Moments:
        """The moments of `n` identities, `shape` times over."""


@dataclass(frozen=True)
class World:
    """An experiment with a known truth."""

    name: str
    aggregation: str
    control: Population
    treatment: Population

    def sample(self, rng: np.random.Generator, sizes: Sizes, shape: Shape) -> tuple[Moments, Moments]:
        """The moments of both arms."""
        return self.control.sample(rng, sizes[0], shape), self.treatment.sample(rng, sizes[1], shape)

    @property
    def lift(self) -> float:
        return self.treatment.mean / self.control.mean - 1

    @property
    def difference(self) -> float:
        return self.treatment.mean - self.control.mean


@dataclass(frozen=True)
class Discrete:
    """Finitely many (value, denominator or covariate) with their probabilities."""

    probability: Floats
    value: Floats
    denominator: Floats | None = None
    covariate: Floats | None = None

    @property
    def mean(self) -> float:
        mean = float(self.probability @ self.value)
        return mean if self.denominator is None else mean / float(self.probability @ self.denominator)

    def sample(self, rng: np.random.Generator, n: int, shape: Shape) -> Moments:
        counts = rng.multinomial(n, self.probability, size=shape).astype(float)
        paired = {}
        for name, other in (("denominator", self.denominator), ("covariate", self.covariate)):
            if other is not None:
                paired[f"{name}_sum"] = counts @ other
                paired[f"{name}_sum_squares"] = counts @ other**2
                paired[f"{name}_product"] = counts @ (self.value * other)
        return Moments(np.full(shape, float(n)), counts @ self.value, counts @ self.value**2, **paired)


@dataclass(frozen=True)
class Revenue:
    """0, but for a share of buyers who spend `scale` times a log-normal, `cap` at most."""

    buyers: float = 0.05
    sigma: float = 1.5
    scale: float = 1.0
    cap: float = math.inf

    @property
    def mean(self) -> float:
        log_cap = math.log(self.cap / self.scale)
        below = math.exp(self.sigma**2 / 2) * stats.norm.cdf(log_cap / self.sigma - self.sigma)
        at_cap = self.cap * stats.norm.sf(log_cap / self.sigma) if math.isfinite(self.cap) else 0.0
        return float(self.buyers * (self.scale * below + at_cap))

    def sample(self, rng: np.random.Generator, n: int, shape: Shape) -> Moments:
        buyers = rng.binomial(n, self.buyers, size=math.prod(shape))
        parts = max(1, math.ceil(buyers.sum() / DRAWS_AT_ONCE))
        totals = [self._totals(rng, part) for part in np.array_split(buyers, parts)]
        both = np.concatenate(totals, axis=1)
        return Moments(np.full(shape, float(n)), both[0].reshape(shape), both[1].reshape(shape))

    def amounts(self, rng: np.random.Generator, count: int) -> Floats:
        """What so many buyers spend."""
        return np.minimum(np.exp(self.sigma * rng.standard_normal(count)) * self.scale, self.cap)

    def _totals(self, rng: np.random.Generator, buyers: NDArray[np.int64]) -> Floats:
        """The sum and the sum of squares of each group of buyers."""
        values = self.amounts(rng, int(buyers.sum()))
        ends = np.cumsum(buyers)
        some = buyers > 0
        totals = np.zeros((2, buyers.size))
        for row, terms in enumerate((values, values * values)):
            totals[row, some] = np.add.reduceat(terms, (ends - buyers)[some])
        return totals


@dataclass(frozen=True)
class ParetoRevenue(Revenue):
    """The same with amounts of Pareto's distribution from `scale` on: P(amount > x·scale) = x^(−shape).

    Of a finite variance for a shape above 2, of a finite skewness above 3 only.
    """

    shape: float = 2.5

    @property
    def mean(self) -> float:
        return self.buyers * self.scale * self.shape / (self.shape - 1)

    def amounts(self, rng: np.random.Generator, count: int) -> Floats:
        return self.scale * (1 - rng.random(count)) ** (-1 / self.shape)


@dataclass(frozen=True)
class Conversions(Revenue):
    """The same where every buyer spends 1: a Bernoulli variable, buyer by buyer."""

    @property
    def mean(self) -> float:
        return self.buyers

    def amounts(self, rng: np.random.Generator, count: int) -> Floats:
        return np.ones(count)


@dataclass(frozen=True)
class Normal:
    """Values of both signs, say of what is left when something expected is taken off."""

    mean: float
    stddev: float

    def sample(self, rng: np.random.Generator, n: int, shape: Shape) -> Moments:
        total = n * rng.normal(self.mean, self.stddev / math.sqrt(n), shape)
        around = self.stddev**2 * rng.chisquare(n - 1, shape)
        return Moments(np.full(shape, float(n)), total, around + total**2 / n)


def bernoulli(rate: float) -> Discrete:
    return Discrete(np.array([1 - rate, rate]), np.array([0.0, 1.0]))


def poisson_probabilities(mean: float) -> Floats:
    values = np.arange(1 + int(stats.poisson.isf(NEGLIGIBLE, mean)))
    probability = stats.poisson.pmf(values, mean)
    return probability / probability.sum()


def poisson(mean: float) -> Discrete:
    probability = poisson_probabilities(mean)
    return Discrete(probability, np.arange(probability.size, dtype=float))


def clicks_per_view(factor: float) -> Discrete:
    """Some identities view little and click often, the others the reverse; 1 to 15 views."""
    cells: dict[tuple[int, int], float] = {}
    for weight, going_on, rate in ((0.6, 0.5, 0.3 * factor), (0.4, 0.8, 0.1 * factor)):
        views = np.arange(1, 16)
        share = going_on ** (views - 1.0)
        for view, part in zip(views, weight * share / share.sum()):
            for clicks in range(view + 1):
                chance = part * float(stats.binom.pmf(clicks, view, rate))
                cells[clicks, view] = cells.get((clicks, view), 0.0) + chance
    probability = np.array(list(cells.values()))
    value, denominator = np.array(list(cells), dtype=float).T
    return Discrete(probability / probability.sum(), value, denominator=denominator)


def visits(mean: float, shared: float = 1.4) -> Discrete:
    """Poisson visits in the experiment, sharing a Poisson part with 2 on average before it."""
    parts = (shared, 2.0 - shared, mean - shared)
    common, before, during = (poisson_probabilities(part) for part in parts)
    cells: dict[tuple[int, int], float] = {}
    for both, chance in enumerate(common):
        for early, early_chance in enumerate(before):
            for late, late_chance in enumerate(during):
                cell = both + late, both + early
                cells[cell] = cells.get(cell, 0.0) + chance * early_chance * late_chance
    likely = {cell: chance for cell, chance in cells.items() if chance > NEGLIGIBLE}
    probability = np.array(list(likely.values()))
    value, covariate = np.array(list(likely), dtype=float).T
    return Discrete(probability / probability.sum(), value, covariate=covariate)
