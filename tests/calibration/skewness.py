"""Intervals of the lift that allow for skewness, compared at one look: from moments, or from all values.

All of them are sets {δ : a statistic that falls with δ is within its bounds}, so that the true lift is below
the interval where its statistic is above the upper bound, and above the interval where it is below the lower
one.
S = (m₁ − (1 + δ)m₀)/√V with V = s₁²/n₁ + (1 + δ)²s₀²/n₀ is Fieller's; with the third moments, its skewness is
γ = (κ₁/n₁² − (1 + δ)³κ₀/n₀²)/V^(3/2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from studies import LEVEL, Coverage, stream
from wire import Floats
from worlds import Revenue, Sizes, World

TAIL = (1 - LEVEL) / 2

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
    "fieller": "`fieller`",
    "pooled": "`pooled`",
    "one variance": "one variance",
    "log": "log",
    "johnson": "Johnson",
    "likelihood": "empirical likelihood",
}


@dataclass(frozen=True)
class SkewnessRow:
    name: str
    sizes: Sizes
    # of each interval, by its key in TITLES, and of "hall"
    coverage: dict[str, Coverage]
    # of these intervals over that of `fieller`, the median
    widths: dict[str, float]
    experiments: int


def skewness(world: World, sizes: Sizes, experiments: int) -> list[SkewnessRow]:
    rng = stream(f"skewness {world.name} {sizes}")
    control = draw(world.control, rng, sizes[0], experiments)
    treatment = draw(world.treatment, rng, sizes[1], experiments)
    ratio = 1 + world.lift
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage, widths = by_moments(control, treatment, ratio)
    if control.values and treatment.values:
        likelihoods = [joint_likelihood_ratio(control, treatment, each, ratio) for each in range(LIKELIHOODS)]
        sign = np.sign(treatment.mean - ratio * control.mean)[:LIKELIHOODS]
        coverage["likelihood"] = missed(sign * np.sqrt(likelihoods), stats.norm.isf(TAIL))
    return [SkewnessRow(world.name, sizes, coverage, widths, experiments)]


def missed(statistic: Floats, critical_value: float | Floats) -> Coverage:
    below, above = statistic > critical_value, statistic < -critical_value
    return Coverage(float(np.mean(below)), float(np.mean(above)), 1.0)


def by_moments(control: Arm, treatment: Arm, ratio: float) -> tuple[dict[str, Coverage], dict[str, float]]:
    """On which side each set misses the true ratio of the means, and how wide sets are."""
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
    # Of the lift over 1 + the lift, which is that of ln(m₁/m₀).
    log_error = np.sqrt(by_delta) / treatment.mean
    normal, student = stats.norm.isf(TAIL), stats.t.isf(TAIL, degrees_of_freedom(control, treatment))
    coverage = {
        "fieller": missed(score, student),
        "pooled": missed(distance / np.sqrt(by_pooled), student),
        "one variance": missed(distance / np.sqrt(by_one), student),
        "log": missed(np.log(observed / ratio) / log_error, normal),
        # N. J. Johnson, J. Amer. Statist. Assoc. 73, 1978, eq. 2.2
        "johnson": missed(score + gamma / 6 + gamma / 3 * score**2, student),
        # P. Hall, J. R. Statist. Soc. B 54, 1992, eq. 2.4: the same, monotone
        "hall": missed(score + gamma / 6 + gamma / 3 * score**2 + gamma**2 / 27 * score**3, student),
    }
    by_set = fieller_width(control, treatment, student)
    widths = {
        "pooled": float(np.median(np.sqrt(by_pooled / by_fieller))),
        "log": float(np.nanmedian(log_width(observed, normal * log_error) / by_set)),
    }
    return coverage, widths


def degrees_of_freedom(control: Arm, treatment: Arm) -> Floats:
    """Of Welch and Satterthwaite, for the test of no difference."""
    errors = [arm.variance / arm.n for arm in (control, treatment)]
    return sum(errors) ** 2 / sum(error**2 / (arm.n - 1) for error, arm in zip(errors, (control, treatment)))


def log_width(observed: Floats, reach: Floats) -> Floats:
    return 2 * observed * np.sinh(reach)


def fieller_width(control: Arm, treatment: Arm, critical_value: Floats) -> Floats:
    """Between the roots of S² = q² in 1 + δ; NaN where there are none."""
    square = control.mean**2 - critical_value**2 * control.variance / control.n
    product = control.mean * treatment.mean
    constant = treatment.mean**2 - critical_value**2 * treatment.variance / treatment.n
    return np.where(square > 0, 2 * np.sqrt(product**2 - square * constant) / square, np.nan)
