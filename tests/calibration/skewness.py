"""Intervals of the lift that allow for skewness, compared at one look: from moments, or from all values.

All of them are sets {δ : the statistic of m₁ − (1 + δ)m₀ is within its bounds}, so that coverage is whether
the true lift is in the set. S = (m₁ − (1 + δ)m₀)/√V with V = s₁²/n₁ + (1 + δ)²s₀²/n₀ is Fieller's; with the
third moments, its skewness is γ = (κ₁/n₁² − (1 + δ)³κ₀/n₀²)/V^(3/2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies import stream
from wire import Floats
from worlds import Revenue, World

CRITICAL_VALUE = 1.959963984540054

# So many values are held at once.
VALUES_AT_ONCE = 10_000_000
# Empirical likelihood takes its time: the first so many experiments, of so many identities at most.
LIKELIHOODS, LIKELIHOOD_IDENTITIES = 500, 20_000


@dataclass(frozen=True)
class Arm:
    """Mean, variance and third central moment of n identities per experiment; of some all values but zeros."""

    n: int
    mean: Floats
    variance: Floats
    third: Floats
    values: list[Floats]


def draw(population: Revenue, rng: np.random.Generator, n: int, experiments: int) -> Arm:
    parts = math.ceil(experiments * n * population.buyers / VALUES_AT_ONCE)
    sums, values = [], []
    for size in np.diff(np.linspace(0, experiments, parts + 1).astype(int)):
        buyers = rng.binomial(n, population.buyers, size=size)
        amounts = population.amounts(rng, int(buyers.sum()))
        ends = np.cumsum(buyers)
        # A zero at the end, for experiments without a buyer begin there at last.
        padded = np.append(amounts, 0.0)
        some = buyers > 0
        totals = np.zeros((3, size))
        for row, power in enumerate((padded, padded**2, padded**3)):
            totals[row, some] = np.add.reduceat(power, (ends - buyers)[some])
        sums.append(totals)
        if n <= LIKELIHOOD_IDENTITIES and not values:
            values = [amounts[end - count : end] for end, count in zip(ends, buyers)][:LIKELIHOODS]
    total, squares, cubes = np.concatenate(sums, axis=1)
    mean = total / n
    variance = (squares - total * mean) / (n - 1)
    return Arm(n, mean, variance, (cubes - 3 * mean * squares + 2 * n * mean**3) / n, values)


# Owen's empirical likelihood of two means in a fixed ratio ("Empirical Likelihood", 2001, chapter 2)


def likelihood_ratio(values: Floats, n: int, mean: float) -> float:
    """−2 ln of the likelihood ratio of a mean, over `values` and n − len(values) zeros."""
    distance = np.append(values - mean, -mean)
    weight = np.append(np.ones(len(values)), n - len(values))
    if distance.max() <= 0:
        return math.inf
    low, high, multiplier = (1 / n - 1) / distance.max(), (1 / n - 1) / distance.min(), 0.0
    for _ in range(40):
        share = distance / (1 + multiplier * distance)
        slope, curvature = float(weight @ share), float(weight @ share**2)
        low, high = (multiplier, high) if slope > 0 else (low, multiplier)
        step = slope / curvature
        inside = low < multiplier + step < high
        multiplier = multiplier + step if inside else (low + high) / 2
        if inside and abs(step) < 1e-10 * (1 + abs(multiplier)):
            break
    return 2 * float(weight @ np.log1p(multiplier * distance))


def joint_likelihood_ratio(control: Arm, treatment: Arm, index: int, ratio: float) -> float:
    """−2 ln of the likelihood ratio of treatment mean = ratio·control mean, at the best control mean."""
    low, high = sorted((float(control.mean[index]), float(treatment.mean[index]) / ratio))
    if low <= 0:
        return math.inf
    golden = (math.sqrt(5) - 1) / 2

    def both(mean: float) -> float:
        of_control = likelihood_ratio(control.values[index], control.n, mean)
        return of_control + likelihood_ratio(treatment.values[index], treatment.n, mean * ratio)

    for _ in range(20):
        inner, outer = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, outer) if both(inner) < both(outer) else (inner, high)
    return both((low + high) / 2)


# The study

TITLES = {
    "delta": "`delta`",
    "fieller": "`fieller`",
    "pooled": "`pooled`",
    "one variance": "one variance",
    "johnson": "Johnson",
    "hall": "Hall",
    "likelihood": "empirical likelihood",
}


@dataclass(frozen=True)
class SkewnessRow:
    name: str
    sizes: tuple[int, int]
    # of each interval, by its key in TITLES
    coverage: dict[str, float]
    # of the set of `pooled` over that of `fieller`, the median
    width: float
    experiments: int


def skewness(world: World, sizes: tuple[int, int], experiments: int) -> list[SkewnessRow]:
    rng = stream(f"skewness {world.name} {sizes}")
    control = draw(world.control, rng, sizes[0], experiments)
    treatment = draw(world.treatment, rng, sizes[1], experiments)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside, width = insides(control, treatment, 1 + world.lift)
    coverage = {name: float(np.mean(held)) for name, held in inside.items()}
    if control.values and treatment.values:
        bound = CRITICAL_VALUE**2
        ratio, all_of_them = 1 + world.lift, range(LIKELIHOODS)
        held = [joint_likelihood_ratio(control, treatment, index, ratio) <= bound for index in all_of_them]
        coverage["likelihood"] = float(np.mean(held))
    return [SkewnessRow(world.name, sizes, coverage, width, experiments)]


def insides(control: Arm, treatment: Arm, ratio: float) -> tuple[dict[str, NDArray[np.bool_]], float]:
    """Whether the true ratio of the means is in each set, and how much wider `pooled` is than `fieller`."""
    n0, n1 = control.n, treatment.n
    own0, own1 = ratio**2 * control.variance, treatment.variance
    distance = treatment.mean - ratio * control.mean
    observed = treatment.mean / control.mean
    by_delta = own1 / n1 + (observed / ratio) ** 2 * own0 / n0
    by_fieller = own1 / n1 + own0 / n0
    mean_variance = (n0 * own0 + n1 * own1) / (n0 + n1)
    by_pooled = np.maximum(own1, mean_variance) / n1 + np.maximum(own0, mean_variance) / n0
    by_one = mean_variance * (1 / n0 + 1 / n1)
    score = distance / np.sqrt(by_fieller)
    gamma = (treatment.third / n1**2 - ratio**3 * control.third / n0**2) / by_fieller**1.5
    statistics = {
        "delta": distance / np.sqrt(by_delta),
        "fieller": score,
        "pooled": distance / np.sqrt(by_pooled),
        "one variance": distance / np.sqrt(by_one),
        # N. J. Johnson, J. Amer. Statist. Assoc. 73, 1978, eq. 2.2
        "johnson": score + gamma / 6 + gamma / 3 * score**2,
        # P. Hall, J. R. Statist. Soc. B 54, 1992, eq. 2.4: the same, monotone
        "hall": score + gamma / 6 + gamma / 3 * score**2 + gamma**2 / 27 * score**3,
    }
    inside = {name: np.abs(statistic) <= CRITICAL_VALUE for name, statistic in statistics.items()}
    return inside, float(np.median(np.sqrt(by_pooled / by_fieller)))
