"""The value of an identity: what its rows are for a fact, and how caps bend it. Exact, in fractions.

Beside each value stands its size, the sum of the absolute terms it was made of: sums in doubles are compared
relative to that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from model import DAY, Cap
from rows import Read, number, text


@dataclass(frozen=True)
class Value:
    exact: Fraction
    size: Fraction

    @staticmethod
    def of(exact: Fraction | int) -> Value:
        return Value(Fraction(exact), abs(Fraction(exact)))


ZERO = Value.of(0)


def finite_values(rows: Sequence[Read]) -> list[Fraction]:
    numbers = (number(row.value) for row in rows)
    return [Fraction(each) for each in numbers if each is not None]


def total(rows: Sequence[Read]) -> Value:
    finite = finite_values(rows)
    return Value(sum(finite, Fraction(0)), sum(map(abs, finite), Fraction(0)))


def mean(rows: Sequence[Read]) -> Value:
    """Of the finite values: a row without a number is passed over."""
    count = len(finite_values(rows))
    if not count:
        return ZERO
    whole = total(rows)
    return Value(whole.exact / count, whole.size / count)


def least(rows: Sequence[Read]) -> Value:
    return Value.of(min(finite_values(rows), default=0))


def greatest(rows: Sequence[Read]) -> Value:
    return Value.of(max(finite_values(rows), default=0))


def at_the_edge(rows: Sequence[Read], edge: Callable[..., int]) -> Value:
    """The smallest of the finite values at the first or last instant that has one."""
    finite = [row for row in rows if number(row.value) is not None]
    if not finite:
        return ZERO
    instant = edge(row.at for row in finite)
    return least([row for row in finite if row.at == instant])


def distinct_texts(rows: Sequence[Read]) -> Value:
    return Value.of(len({text(row.value) for row in rows} - {None}))


AGGREGATIONS: dict[str, Callable[[Sequence[Read]], Value]] = {
    "occurrence": lambda rows: Value.of(1 if rows else 0),
    "count": lambda rows: Value.of(len(rows)),
    "sum": total,
    "mean": mean,
    "min": least,
    "max": greatest,
    "first": lambda rows: at_the_edge(rows, min),
    "last": lambda rows: at_the_edge(rows, max),
    "count_distinct": distinct_texts,
    "active_days": lambda rows: Value.of(len({row.at // DAY for row in rows})),
}

NUMERIC = ("sum", "mean", "min", "max", "first", "last")


def invalid(rows: Sequence[Read]) -> int:
    return sum(number(row.value) is None for row in rows)


def reached(steps: Sequence[Sequence[Read]], within: int | None) -> int:
    """How many steps of a funnel: the most over all starts. Taking each next step at once is never worse."""
    best = 0
    for start in {row.at for row in steps[0]}:
        last, count = start, 1
        for rows in steps[1:]:
            later = [row.at for row in rows if row.at > last]
            if not later or (within is not None and min(later) - start > within):
                break
            last, count = min(later), count + 1
        best = max(best, count)
    return best


def percentile(values: Sequence[Fraction], level: float) -> Fraction | None:
    """By linear interpolation between order statistics; of no values there is none."""
    if not values:
        return None
    ordered = sorted(values)
    place = Fraction(level) * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@dataclass(frozen=True)
class Bounds:
    """A cap once its percentiles are known."""

    lower: Fraction | None = None
    upper: Fraction | None = None
    size: Fraction = Fraction(0)

    def apply(self, value: Value) -> Value:
        exact = value.exact
        if self.lower is not None:
            exact = max(exact, self.lower)
        if self.upper is not None:
            exact = min(exact, self.upper)
        return Value(exact, max(value.size, self.size, abs(exact)))


def bounds(cap: Cap, values: Sequence[Value]) -> Bounds:
    """`values` are those of all counted identities of all arms, uncapped."""
    population = [value for value in values if cap.population == "all" or value.exact != 0]
    exact = [value.exact for value in population]

    def side(fixed: float | None, level: float | None) -> Fraction | None:
        if level is not None:
            return percentile(exact, level)
        return None if fixed is None else Fraction(fixed)

    lower, upper = side(cap.lower, cap.lower_percentile), side(cap.upper, cap.upper_percentile)
    if cap.lower_percentile is None and cap.upper_percentile is None:
        return Bounds(lower, upper)
    return Bounds(lower, upper, max((value.size for value in population), default=Fraction(0)))
