"""The chance of each of several independent normal means to be the best.

P(arm i is the largest) = ∫ φ(z)·∏ Φ(dᵢⱼ + rᵢⱼ·z) dz over the other arms j, with dᵢⱼ = (mᵢ - mⱼ)/eⱼ and
rᵢⱼ = eᵢ/eⱼ for means m and errors e. An arm without variance is a point; arms that tie share their
chance equally. The integrals are sums of doubles, good to 1e-13; everything else is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from mpmath import mp, mpf
from numpy.polynomial.legendre import leggauss
from scipy.special import ndtr

from reference_moments import Estimate
from reference_numbers import to_mpf

TOLERANCE = 1e-12
# Φ(-13) is 6e-39.
REACH = 13.0
# Ends of panels, in errors of each arm: no factor of the integrand is wider than a panel by much.
BREAKS = np.arange(-REACH, REACH + 1)
NODES, WEIGHTS = leggauss(24)


def standardised(distance: Fraction, error: mpf) -> float:
    """distance/error as a double, within what a sum with other doubles of interest can bear."""
    return float(max(mpf(-1e300), min(mpf(1e300), to_mpf(distance) / error)))


def chance_of_largest(index: int, means: Sequence[Fraction], errors: Sequence[mpf], floor: float) -> float:
    """∫ from z = floor, for an arm among others with a variance."""
    others = [other for other in range(len(means)) if other != index]
    shifts = np.array([standardised(means[index] - means[other], errors[other]) for other in others])
    slopes = np.array([float(errors[index] / errors[other]) for other in others])
    breaks = ((BREAKS[:, None] - shifts) / slopes).ravel() if others else np.array([])
    low, high = max(floor, -REACH), REACH
    if low >= high:
        return 0.0
    inside = breaks[(breaks > low) & (breaks < high)]
    ends = np.unique(np.concatenate([[low, high], BREAKS[(BREAKS > low) & (BREAKS < high)], inside]))
    halves = np.diff(ends) / 2
    z = (ends[:-1] + halves)[:, None] + halves[:, None] * NODES
    integrand = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    for shift, slope in zip(shifts, slopes):
        integrand = integrand * ndtr(shift + slope * z)
    return float((integrand @ WEIGHTS) @ halves)


def chances_of_largest(means: Sequence[Fraction], errors: Sequence[mpf]) -> list[mpf]:
    points = [mean for mean, error in zip(means, errors) if error == 0]
    spread = [index for index, error in enumerate(errors) if error > 0]
    spread_means, spread_errors = [means[index] for index in spread], [errors[index] for index in spread]
    chances = [mpf(0)] * len(means)
    for place, index in enumerate(spread):
        floor = standardised(max(points) - means[index], errors[index]) if points else -REACH
        chances[index] = mpf(chance_of_largest(place, spread_means, spread_errors, floor))
    if points:
        top = max(points)
        above_all = mp.fprod(
            mp.ncdf(to_mpf(top - mean) / error) for mean, error in zip(spread_means, spread_errors)
        )
        for index, error in enumerate(errors):
            if error == 0 and means[index] == top:
                chances[index] = above_all / points.count(top)
    return chances


def chances_to_be_best(estimates: Sequence[Estimate], lower_is_better: bool) -> list[mpf]:
    """For each arm, in the order given."""
    means = [-each.mean if lower_is_better else each.mean for each in estimates]
    errors = [mp.sqrt(to_mpf(each.squared_error)) for each in estimates]
    if len(estimates) == 2 and any(errors):
        z = to_mpf(means[0] - means[1]) / mp.sqrt(errors[0] ** 2 + errors[1] ** 2)
        return [mp.ncdf(z), mp.ncdf(-z)]
    chances = chances_of_largest(means, errors)
    assert abs(mp.fsum(chances) - 1) < TOLERANCE, (chances, estimates)
    return chances
