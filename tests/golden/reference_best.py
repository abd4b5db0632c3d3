"""The chance of each of several independent normal means to be the best.

P(arm i is the largest) = ∫ φᵢ(x)·∏ Φⱼ(x) dx over the other arms j. An arm without variance is a point;
arms that tie share their chance equally.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpmath import mp, mpf

from reference_moments import Estimate
from reference_numbers import to_mpf
from reference_quadrature import QUADRATURE_DIGITS, panels, rule_on

NODES = 16
# Φ(-13) is 6e-39: beyond that an arm is out of the race, or sure to be passed.
REACH = 13
BREAKS = (-13, -11, -9, -7, -5, -3, -1, 1, 3, 5, 7, 9, 11, 13)


@dataclass(frozen=True)
class Mean:
    """N(centre, deviation²)."""

    centre: mpf
    deviation: mpf

    def below(self, x: mpf) -> mpf:
        """The chance of less than x."""
        z = (x - self.centre) / self.deviation
        return mpf(1) if z > REACH else mpf(0) if z < -REACH else mp.ncdf(z)

    def density(self, x: mpf) -> mpf:
        z = (x - self.centre) / self.deviation
        return mp.exp(-z * z / 2) / (self.deviation * mp.sqrt(2 * mp.pi))


def product_of_others(values: Sequence[mpf]) -> list[mpf]:
    """For each value, the product of all the others."""
    return [mp.fprod(values[:index] + values[index + 1 :]) for index in range(len(values))]


def integrals(means: Sequence[Mean], low: mpf, high: mpf) -> list[mpf]:
    """∫ φᵢ·∏ Φⱼ from low to high, for each i."""
    breaks = [mean.centre + step * mean.deviation for mean in means for step in BREAKS]
    inside = [point for point in breaks if low < point < high]
    totals = [mpf(0)] * len(means)
    for panel in panels([low, high, *inside]):
        for x, weight in rule_on(*panel, NODES):
            others = product_of_others([mean.below(x) for mean in means])
            for index, mean in enumerate(means):
                if others[index] > 0:
                    totals[index] += weight * mean.density(x) * others[index]
    return totals


def chances_of_largest(centres: Sequence[mpf], deviations: Sequence[mpf]) -> list[mpf]:
    points = [centre for centre, deviation in zip(centres, deviations) if deviation == 0]
    spread = [
        Mean(centre, deviation) for centre, deviation in zip(centres, deviations) if deviation > 0
    ]
    floor = max(points, default=mpf("-inf"))
    low = max([floor, *(mean.centre - REACH * mean.deviation for mean in spread)])
    high = max([low, *(mean.centre + REACH * mean.deviation for mean in spread)])
    rising = iter(integrals(spread, low, high) if low < high else [mpf(0)] * len(spread))
    at_floor = mp.fprod(mean.below(floor) for mean in spread)
    sharing = sum(point == floor for point in points)
    return [
        next(rising) if deviation > 0 else at_floor / sharing if centre == floor else mpf(0)
        for centre, deviation in zip(centres, deviations)
    ]


def chances_to_be_best(estimates: Sequence[Estimate], lower_is_better: bool) -> list[mpf]:
    """For each arm, in the order given."""
    sign = -1 if lower_is_better else 1
    best = max(sign * each.mean for each in estimates)
    with mp.workdps(QUADRATURE_DIGITS):
        centres = [to_mpf(sign * each.mean - best) for each in estimates]
        deviations = [mp.sqrt(to_mpf(each.squared_error)) for each in estimates]
        if len(estimates) == 2 and any(deviations):
            spread = mp.sqrt(sum(deviation**2 for deviation in deviations))
            z = (centres[0] - centres[1]) / spread
            return [mp.ncdf(z), mp.ncdf(-z)]
        chances = chances_of_largest(centres, deviations)
        assert abs(mp.fsum(chances) - 1) < mpf(10) ** -20, (chances, estimates)
    return chances
