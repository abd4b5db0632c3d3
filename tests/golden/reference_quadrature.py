"""Gauss-Legendre rules for integrals over panels on which the integrand is smooth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from mpmath import mp, mpf
from numpy.polynomial.legendre import leggauss

# Digits that the quadratures work with; their answers are good for 15 and more.
QUADRATURE_DIGITS = 30


@lru_cache(maxsize=None)
def gauss_legendre(size: int) -> tuple[tuple[mpf, mpf], ...]:
    """(node, weight) on [-1, 1]: numpy's, refined by Newton's method."""
    nodes = []
    with mp.workdps(QUADRATURE_DIGITS + 20):
        for start in leggauss(size)[0]:
            node = mpf(float(start))
            for _ in range(3):
                below, value = mpf(1), node
                for degree in range(2, size + 1):
                    below, value = value, ((2 * degree - 1) * node * value - (degree - 1) * below) / degree
                slope = size * (node * value - below) / (node * node - 1)
                node -= value / slope
            nodes.append((node, 2 / ((1 - node * node) * slope**2)))
    return tuple(nodes)


def rule_on(low: mpf, high: mpf, size: int) -> list[tuple[mpf, mpf]]:
    """(node, weight) on [low, high]."""
    middle, half = (low + high) / 2, (high - low) / 2
    return [(middle + half * node, half * weight) for node, weight in gauss_legendre(size)]


def panels(points: Sequence[mpf]) -> list[tuple[mpf, mpf]]:
    """The intervals between the points, in order."""
    ordered = sorted(set(points))
    return list(zip(ordered, ordered[1:]))
