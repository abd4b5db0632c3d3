"""Rows against rows: cell by cell, and what to say where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

# Of the sum of the absolute terms: what compensated sums promise.
TOLERANCE = 1e-12

SCORECARD_KEY = ("experiment", "metric", "dimension", "segment", "variant")
TRAFFIC_KEY = ("experiment", "dimension", "segment", "variant")
EXPOSURES_KEY = ("experiment", "identifier")


def rows(
    view: str, key: Sequence[str], expected: Sequence[Row], actual: Sequence[Row], skip: Sequence[str] = ()
) -> list[str]:
    """Differences in the columns of `expected`: whole numbers and texts exactly, sums by their scale."""
    found = []
    remaining: dict[tuple[Any, ...], Row] = {}
    for row in actual:
        name = tuple(row[column] for column in key)
        if name in remaining:
            found.append(f"{view} {named(key, name)}: there twice")
        remaining[name] = row
    for row in expected:
        name = tuple(row[column] for column in key)
        other = remaining.pop(name, None)
        if other is None:
            found.append(f"{view} {named(key, name)}: missing; n should be {row.get('n', row.get('identities'))}")
            continue
        scales = row.get("scales", {})
        for column, value in row.items():
            if column in (*skip, "scales") or is_same(value, other[column], scales.get(column)):
                continue
            found.append(f"{view} {named(key, name)}: {column} should be {value!r}, is {other[column]!r}")
    found += [f"{view} {named(key, name)}: should not be there" for name in remaining]
    return found


def named(key: Sequence[str], values: Sequence[Any]) -> str:
    return ", ".join(f"{column}={value!r}" for column, value in zip(key, values))


def is_same(expected: Any, actual: Any, scale: float | None) -> bool:
    if scale is None or expected is None or not isinstance(actual, (int, float)):
        return expected == actual
    return abs(expected - actual) <= TOLERANCE * scale
