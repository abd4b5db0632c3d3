"""The relative lift of two proportions with independent Beta posteriors.

p₀ ~ Beta(a₀, b₀), p₁ ~ Beta(a₁, b₁), lift = p₁/p₀ - 1. Every answer is one integral over p₀ of its
density times a partial integral over p₁, which grows along with it from node to node. The variable is
u = logit(p₀), where both densities are smooth; the partial integral ends at p₁ = r·p₀ with r ≤ 1 (for
r > 1 the arms change places), so that neither leaves (0, 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from mpmath import mp, mpf
from scipy.optimize import brentq
from scipy.special import betainc

from reference_numbers import to_mpf
from reference_quadrature import QUADRATURE_DIGITS, panels, rule_on

OUTER_NODES = 16
INNER_NODES = 8
# The range ends where the density is e^-72 of its peak.
LEVELS = tuple(step**2 / 2 for step in (2, 4, 6, 8, 10, 12))
# No wide panels about a peak, nor where the logistic function has its poles, at ±iπ from its centre.
NEAR_CENTRE = (-9, -6.5, -4.5, -3, -2, -1, 0, 1, 2, 3, 4.5, 6.5, 9)
LARGEST_LOG_RATIO = 2000.0
# Newton's method doubles the digits, so the step after such a one is below 1e-18.
SMALL_STEP = mpf(10) ** -9


@dataclass(frozen=True)
class Beta:
    a: mpf
    b: mpf

    @cached_property
    def log_constant(self) -> mpf:
        """-ln B(a, b)."""
        with mp.extradps(15):
            return mp.loggamma(self.a + self.b) - mp.loggamma(self.a) - mp.loggamma(self.b)

    @property
    def mean(self) -> mpf:
        return self.a / (self.a + self.b)


class Point(NamedTuple):
    """p and q = 1 - p, with their logarithms."""

    p: mpf
    q: mpf
    log_p: mpf
    log_q: mpf

    @classmethod
    def at(cls, u: mpf) -> Point:
        """Where logit(p) = u."""
        odds = mp.exp(-abs(u))
        log_large = -mp.log(1 + odds)
        large, small, log_small = 1 / (1 + odds), odds / (1 + odds), log_large - abs(u)
        if u < 0:
            return cls(small, large, log_small, log_large)
        return cls(large, small, log_large, log_small)


@dataclass(frozen=True)
class Node:
    """A node of the outer integral, its weight times p₀'s density, and what p₁ has there.

    `slope` is p₁ times its density at p₁ = r·p₀; the rest are the integrals of p₁'s density and of p₁
    times it, up to there and from there on.
    """

    weight: mpf
    p0: mpf
    slope: mpf
    below: mpf
    above: mpf
    mean_below: mpf
    mean_above: mpf


def drop_from_peak(u: float, a: float, b: float) -> float:
    """How far ln of p^a·(1 - p)^b at u = logit(p) is below its peak, at logit(p) = ln(a/b)."""

    def value(at: float) -> float:
        softplus = math.log1p(math.exp(-abs(at)))
        return a * (min(at, 0.0) - softplus) - b * (max(at, 0.0) + softplus)

    return value(math.log(a / b)) - value(u)


def level_points(a: float, b: float) -> list[float]:
    """Logits of the peak and of the places below it by each of the levels."""
    peak = math.log(a / b)
    points = [peak]
    for level in LEVELS:
        for side in (-1, 1):
            far = 1.0
            while drop_from_peak(peak + side * far, a, b) < level:
                far *= 2
            step = brentq(lambda step: drop_from_peak(peak + side * step, a, b) - level, 0, far)
            points.append(peak + side * step)
    return points


def breaks(first: Beta, second: Beta, ratio: mpf, tilt: int) -> list[mpf]:
    """Ends of the panels in u = logit(p₀); `tilt` is the power of a further 1/p₀ in the integrand."""
    own = level_points(float(first.a), float(first.b))
    other = level_points(float(second.a), float(second.b))
    centres = [0.0, own[0]]
    if ratio < 1:
        # Where p₀ = p₁/r, as long as that is below 1; the logistic function's poles move along.
        p1 = [1 / (1 + mp.exp(-mpf(point))) for point in other]
        other = [float(mp.log(p) - mp.log(ratio - p)) for p in p1 if p < ratio]
        centres.append(-float(mp.log(1 - ratio)))
    if tilt:
        own += level_points(float(first.a - tilt), float(first.b))
    points = own + other
    near = [centre + step for centre in centres + other[:1] for step in NEAR_CENTRE]
    return [mpf(point) for point in points + [u for u in near if min(points) < u < max(points)]]


def sweep(first: Beta, second: Beta, ratio: mpf, tilt: int = 0) -> list[Node]:
    """The nodes in order of p₀ ~ first, with p₁ ~ second, for r = ratio ≤ 1."""
    log_scale = second.a * mp.log(ratio) + second.log_constant

    def slope_at(point: Point) -> mpf:
        """p₁ times its density at p₁ = r·p₀."""
        log_q1 = point.log_q if ratio == 1 else mp.log(point.q + (1 - ratio) * point.p)
        return mp.exp(second.a * point.log_p + (second.b - 1) * log_q1 + log_scale)

    def gather(low: mpf, high: mpf) -> tuple[mpf, mpf]:
        """The integrals of p₁'s density and of p₁ times it between two logits of p₀."""
        mass = mean = mpf(0)
        for u, weight in rule_on(low, high, INNER_NODES):
            point = Point.at(u)
            part = weight * slope_at(point) * point.q
            mass += part
            mean += part * ratio * point.p
        return mass, mean

    ends = breaks(first, second, ratio, tilt)
    places = [place for panel in panels(ends) for place in rule_on(*panel, OUTER_NODES)]
    edges = [min(ends), *(u for u, _ in places), max(ends)]
    gathered = [gather(*edge) for edge in zip(edges, edges[1:])]
    below = list(accumulate(mass for mass, _ in gathered))
    mean_below = list(accumulate(mean for _, mean in gathered))
    above = list(accumulate(mass for mass, _ in reversed(gathered)))[::-1]
    mean_above = list(accumulate(mean for _, mean in reversed(gathered)))[::-1]
    nodes = []
    for index, (u, weight) in enumerate(places):
        point = Point.at(u)
        density = mp.exp(first.a * point.log_p + first.b * point.log_q + first.log_constant)
        nodes.append(
            Node(
                weight * density,
                point.p,
                slope_at(point),
                below[index],
                above[index + 1],
                mean_below[index],
                mean_above[index + 1],
            )
        )
    return nodes


def integral(nodes: list[Node], integrand: Callable[[Node], mpf]) -> mpf:
    return mp.fsum(node.weight * integrand(node) for node in nodes)


@dataclass(frozen=True)
class BetaLift:
    """The posterior of the lift p₁/p₀ - 1."""

    control: Beta
    treatment: Beta

    def below(self, ratio: mpf) -> tuple[mpf, mpf]:
        """P(p₁/p₀ < r), and its slope by ln r."""
        if ratio > 1:
            nodes = sweep(self.treatment, self.control, 1 / ratio)
            chance = 1 - integral(nodes, lambda node: node.below)
        else:
            nodes = sweep(self.control, self.treatment, ratio)
            chance = integral(nodes, lambda node: node.below)
        return chance, integral(nodes, lambda node: node.slope)

    def quantile(self, probability: mpf) -> mpf:
        """Of the lift: a start in doubles, refined by Newton's method in ln r."""
        with mp.workdps(QUADRATURE_DIGITS):
            log_ratio = mpf(self.rough_log_quantile(float(probability)))
            for _ in range(10):
                chance, slope = self.below(mp.exp(log_ratio))
                step = (probability - chance) / slope
                log_ratio += step
                if abs(step) < SMALL_STEP:
                    return mp.expm1(log_ratio)
        raise ArithmeticError(f"no convergence for {probability} of {self}")

    def rough_log_quantile(self, probability: float) -> float:
        """By scipy's incomplete beta function, good for some ten digits."""
        points = [float(u) for u in breaks(self.control, self.treatment, mpf(1), 0)]
        a0, b0 = float(self.control.a), float(self.control.b)
        a1, b1 = float(self.treatment.a), float(self.treatment.b)
        rules = [rule_on(low, high, OUTER_NODES) for low, high in panels([mpf(p) for p in points])]
        u, weight = (np.array([float(each[i]) for rule in rules for each in rule]) for i in (0, 1))
        log_p0 = -np.logaddexp(0, -u)
        drop = a0 * log_p0 - b0 * np.logaddexp(0, u)
        weight = weight * np.exp(drop - drop.max())

        def excess(log_ratio: float) -> float:
            p1 = np.exp(np.minimum(log_p0 + log_ratio, 0))
            return float((weight * betainc(a1, b1, p1)).sum() / weight.sum()) - probability

        return brentq(excess, -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO, xtol=1e-13)

    @lru_cache(maxsize=None)
    def interval(self, confidence: float) -> tuple[mpf, mpf]:
        """Equal tails."""
        tail = to_mpf(1 - Fraction(confidence)) / 2
        return self.quantile(tail), self.quantile(1 - tail)

    @lru_cache(maxsize=None)
    def at_equality(self) -> list[Node]:
        with mp.workdps(QUADRATURE_DIGITS):
            return sweep(self.control, self.treatment, mpf(1), tilt=1 if self.control.a > 1 else 0)

    def chances(self, edge: Fraction = Fraction(0)) -> tuple[mpf, mpf]:
        """(chance of a lift above the edge, chance of one below)."""
        with mp.workdps(QUADRATURE_DIGITS):
            if edge == 0:
                above = integral(self.at_equality(), lambda node: node.above)
                return above, integral(self.at_equality(), lambda node: node.below)
            if edge <= -1:
                return mpf(1), mpf(0)
            below, _ = self.below(1 + to_mpf(edge))
            return 1 - below, below

    def expected_loss(self, lower_is_better: bool) -> mpf | None:
        """E[max(0, -δ)], or E[max(0, δ)] if a fall is a win; None if that is infinite."""
        with mp.workdps(QUADRATURE_DIGITS):
            if not lower_is_better:
                return integral(self.at_equality(), lambda node: node.below - node.mean_below / node.p0)
            if self.control.a <= 1:
                return None
            return integral(self.at_equality(), lambda node: node.mean_above / node.p0 - node.above)

    def standard_deviation(self) -> mpf | None:
        """√(E[p₁²]·E[p₀⁻²] - (E[p₁]·E[p₀⁻¹])²); None if that is infinite."""
        a0, b0, a1, b1 = self.control.a, self.control.b, self.treatment.a, self.treatment.b
        if a0 <= 2:
            return None
        mean = self.treatment.mean * (a0 + b0 - 1) / (a0 - 1)
        square = self.treatment.mean * (a1 + 1) / (a1 + b1 + 1)
        square *= (a0 + b0 - 1) * (a0 + b0 - 2) / ((a0 - 1) * (a0 - 2))
        return mp.sqrt(square - mean**2)


def beta_posterior(n: int, conversions: float, prior: dict[str, float]) -> Beta:
    return Beta(
        to_mpf(Fraction(prior["alpha"]) + Fraction(conversions)),
        to_mpf(Fraction(prior["beta"]) + n - Fraction(conversions)),
    )
