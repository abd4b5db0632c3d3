"""The plain reference over event rows: exposures, moments and the scorecard, without a database.

Usage: python events.py --check-thornton

Reads an `events` table from TSV (with a header and ClickHouse's escapes) and follows the contract's
"Semantics, exactly" line by line, in exact rational arithmetic rounded once at the end. The option
checks the reference against the published experiment in ../data.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

from reading import finite_number, milliseconds, time_text
from reference import PLAIN_FIELDS, Arm, infer_plain
from reference_numbers import Number, is_exact_integer
from reference_sample_ratio import pearson_test

EXPOSURE_EVENT = "$flag_exposure"
VALUE_AGGREGATIONS = ("sum", "mean")

ESCAPES = {"b": "\b", "f": "\f", "r": "\r", "n": "\n", "t": "\t", "0": "\0"}

HALF_ULP = Fraction(1, 2**53)

THORNTON = Path(__file__).parent.parent / "data"
THORNTON_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Event:
    environment_key: str
    event: str
    feature_name: str
    timestamp: int  # milliseconds since 1970, UTC
    identifier: str
    value: str


@dataclass(frozen=True)
class Metric:
    metric_id: int
    event: str
    aggregation: str
    lower_is_better: bool


@dataclass(frozen=True)
class Query:
    """The parameters of the views."""

    environment_key: str
    feature_name: str
    window_start: str
    window_end: str
    metrics: Sequence[Metric] = ()
    expected_shares: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def contains(self, timestamp: int) -> bool:
        return milliseconds(self.window_start) <= timestamp < milliseconds(self.window_end)


@dataclass(frozen=True)
class Exposure:
    variant: str  # '' when quarantined
    quarantined: bool
    first_exposure: int


@dataclass(frozen=True)
class Moments:
    """One metric × variant, exactly, and how far a sum of doubles in any order may be from it."""

    n: int
    sum: Fraction
    sum_squares: Fraction
    invalid_values: int
    sum_error: Fraction
    sum_squares_error: Fraction

    def as_arm(self, variant: str) -> Arm:
        return Arm(variant, self.n, float(self.sum), float(self.sum_squares))


# Reading


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), text, flags=re.DOTALL)


def read_events(path: Path) -> list[Event]:
    """Splits on raw newlines and tabs only: those inside a field are escaped."""
    header, *lines = path.read_bytes().decode("utf-8").rstrip("\n").split("\n")
    columns = {name: index for index, name in enumerate(header.split("\t"))}
    events = []
    for line in lines:
        fields = [unescape(text) for text in line.split("\t")]
        events.append(
            Event(
                environment_key=fields[columns["environment_key"]],
                event=fields[columns["event"]],
                feature_name=fields[columns["feature_name"]],
                timestamp=milliseconds(fields[columns["timestamp"]]),
                identifier=fields[columns["identifier"]],
                value=fields[columns["value"]],
            )
        )
    return events


# Semantics


def exposures(events: Iterable[Event], query: Query) -> dict[str, Exposure]:
    """Per identity: its only variant, or quarantine, and its first exposure in the window."""
    variants: dict[str, set[str]] = defaultdict(set)
    first: dict[str, int] = {}
    for event in events:
        is_exposure = (
            event.environment_key == query.environment_key
            and event.event == EXPOSURE_EVENT
            and event.feature_name == query.feature_name
            and query.contains(event.timestamp)
            and event.value != ""
        )
        if is_exposure:
            variants[event.identifier].add(event.value)
            earlier = first.get(event.identifier, event.timestamp)
            first[event.identifier] = min(earlier, event.timestamp)
    return {
        identifier: Exposure(
            variant="" if len(seen) > 1 else next(iter(seen)),
            quarantined=len(seen) > 1,
            first_exposure=first[identifier],
        )
        for identifier, seen in variants.items()
    }


def counted_values(
    events: Iterable[Event], query: Query, metric: Metric, exposed: Mapping[str, Exposure]
) -> dict[str, list[str]]:
    """The values of the metric's counted events, by identity."""
    values: dict[str, list[str]] = defaultdict(list)
    for event in events:
        exposure = exposed.get(event.identifier)
        is_counted = (
            exposure is not None
            and not exposure.quarantined
            and event.environment_key == query.environment_key
            and event.event == metric.event
            and query.contains(event.timestamp)
            and event.timestamp >= exposure.first_exposure
        )
        if is_counted:
            values[event.identifier].append(event.value)
    return values


def moments_of(aggregation: str, n: int, identities: Sequence[Sequence[str]]) -> Moments:
    """The moments of a variant of n identities from the values of those that have events."""
    if aggregation not in VALUE_AGGREGATIONS:
        counts = [1 if aggregation == "occurrence" else len(values) for values in identities]
        squares = Fraction(sum(count * count for count in counts))
        return Moments(n, Fraction(sum(counts)), squares, 0, Fraction(0), Fraction(0))
    numbers = [[finite_number(value) for value in values] for values in identities]
    invalid = sum(number is None for values in numbers for number in values)
    exact = [[Fraction(number or 0.0) for number in values] for values in numbers]
    scales = [len(values) if aggregation == "mean" else 1 for values in exact]
    totals = [sum(values, Fraction(0)) / scale for values, scale in zip(exact, scales)]
    sizes = [sum(map(abs, values), Fraction(0)) / scale for values, scale in zip(exact, scales)]
    squares = sum((total**2 for total in totals), Fraction(0))
    sum_error = squares_error = Fraction(0)
    if not adds_up_exactly(exact, totals, sizes, squares):
        sum_error, squares_error = rounding_errors(exact, totals, sizes)
    return Moments(n, sum(totals, Fraction(0)), squares, invalid, sum_error, squares_error)


def adds_up_exactly(
    exact: Sequence[Sequence[Fraction]],
    totals: Sequence[Fraction],
    sizes: Sequence[Fraction],
    squares: Fraction,
) -> bool:
    """Are all values and partial sums multiples of one power of two that 53 bits hold?"""
    unit = math.lcm(*(value.denominator for values in [*exact, totals] for value in values))
    is_power_of_two = unit & (unit - 1) == 0
    largest = max([sum(sizes, Fraction(0)), *(sum(map(abs, each), Fraction(0)) for each in exact)])
    return is_power_of_two and all(map(is_exact_integer, (largest * unit, squares * unit**2)))


def rounding_errors(
    exact: Sequence[Sequence[Fraction]], totals: Sequence[Fraction], sizes: Sequence[Fraction]
) -> tuple[Fraction, Fraction]:
    """Bounds, to first order, for sums of doubles in any order.

    An identity of k values and absolute sum S is off by at most (k + 3)·u·S, u = 2⁻⁵³: k - 1 additions,
    a division, and one ulp for each value as read (engines before 26.9 do not round a parsed decimal
    correctly unless told to). Over identities the errors add, and each addition rounds once more.
    """
    errors = [(len(values) + 3) * HALF_ULP * size for values, size in zip(exact, sizes)]
    additions = len(totals) + 1
    sum_error = squares_error = Fraction(0)
    for total, error in zip(totals, errors):
        sum_error += error + additions * HALF_ULP * (abs(total) + error)
        change = 2 * abs(total) * error + error**2
        squares_error += change + additions * HALF_ULP * (total**2 + change)
    return sum_error, squares_error


def variant_sizes(exposed: Mapping[str, Exposure]) -> dict[str, int]:
    sizes: dict[str, int] = defaultdict(int)
    for exposure in exposed.values():
        if not exposure.quarantined:
            sizes[exposure.variant] += 1
    return dict(sorted(sizes.items(), key=lambda item: item[0].encode()))


def metric_moments(
    events: Sequence[Event], query: Query, metric: Metric, exposed: Mapping[str, Exposure]
) -> dict[str, Moments]:
    """By variant, in byte order."""
    values = counted_values(events, query, metric, exposed)
    by_variant: dict[str, list[list[str]]] = defaultdict(list)
    for identifier, counted in values.items():
        by_variant[exposed[identifier].variant].append(counted)
    return {
        variant: moments_of(metric.aggregation, n, by_variant[variant])
        for variant, n in variant_sizes(exposed).items()
    }


# The scorecard


def shifted(moments: Moments, variant: str, sum_sign: int, squares_sign: int) -> Arm:
    """The arm as exact as a sum of doubles may have left it."""
    total: Number = moments.sum + sum_sign * moments.sum_error
    squares: Number = moments.sum_squares + squares_sign * moments.sum_squares_error
    return Arm(variant, moments.n, total, squares)


def inference_tolerances(
    row: dict[str, Any], own: Moments, control: Moments | None, metric: Metric, options: Mapping[str, Any]
) -> dict[str, float]:
    """How far each number moves when the moments do, at worst over the corners of their errors.

    A verdict or a reason that moved would make the set worthless, so that is an error.
    """
    fields = ("mean", "variance", *PLAIN_FIELDS)
    tolerances = dict.fromkeys(fields, 0.0)
    errors = [own.sum_error, own.sum_squares_error]
    if control is not None:
        errors += [control.sum_error, control.sum_squares_error]
    if not any(errors):
        return tolerances
    control_name = options.get("control", "control")
    for signs in product((-1, 1), repeat=len(errors)):
        arms = [shifted(own, row["variant"], *signs[:2])]
        if control is not None:
            arms.append(shifted(control, control_name, *signs[2:]))
        moved = infer_plain(arms, metric.aggregation, metric.lower_is_better, options)[0]
        assert (moved["verdict"], moved["reason"]) == (row["verdict"], row["reason"]), (row, moved)
        for name in fields:
            if row[name] is not None:
                tolerances[name] = max(tolerances[name], abs(moved[name] - row[name]))
    return tolerances


def metric_rows(query: Query, metric: Metric, moments: Mapping[str, Moments]) -> list[dict[str, Any]]:
    arms = [each.as_arm(variant) for variant, each in moments.items()]
    inferred = infer_plain(arms, metric.aggregation, metric.lower_is_better, query.options)
    control = moments.get(query.options.get("control", "control"))
    rows = []
    for arm, row in zip(arms, inferred):
        own = moments[arm.variant]
        other = None if row["is_control"] else control
        tolerances = inference_tolerances(row, own, other, metric, query.options)
        rows.append(
            {
                "metric_id": metric.metric_id,
                "event": metric.event,
                "aggregation": metric.aggregation,
                "lower_is_better": metric.lower_is_better,
                "variant": arm.variant,
                "n": own.n,
                "sum": arm.sum,
                "sum_squares": arm.sum_squares,
                "invalid_values": own.invalid_values,
                **{name: value for name, value in row.items() if name not in ("variant", "n")},
                "tolerance": {
                    "sum": float(own.sum_error),
                    "sum_squares": float(own.sum_squares_error),
                    **tolerances,
                },
            }
        )
    return rows


def exposure_rows(exposed: Mapping[str, Exposure]) -> list[dict[str, Any]]:
    ordered = sorted(exposed.items(), key=lambda item: item[0].encode())
    return [
        {
            "identifier": identifier,
            "variant": exposure.variant,
            "quarantined": exposure.quarantined,
            "first_exposure": time_text(exposure.first_exposure),
        }
        for identifier, exposure in ordered
    ]


def scorecard(events: Sequence[Event], query: Query) -> dict[str, Any]:
    """Everything the views say about one experiment."""
    exposed = exposures(events, query)
    identities = variant_sizes(exposed)
    results = []
    for metric in query.metrics:
        results += metric_rows(query, metric, metric_moments(events, query, metric, exposed))
    return {
        "exposures": exposure_rows(exposed),
        "identities": identities,
        "quarantined_identities": sum(exposure.quarantined for exposure in exposed.values()),
        "sample_ratio": pearson_test(identities, query.expected_shares),
        "results": results,
    }


# The published experiment


def check_thornton() -> None:
    expected = json.loads((THORNTON / "thornton_2008_expected.json").read_text(encoding="utf-8"))
    # Its numbers have the formulas of the delta method.
    query = Query(
        expected["environment_key"],
        expected["feature_name"],
        expected["window_start"],
        expected["window_end"],
        [Metric(**expected["metric"])],
        options={"interval": "delta"},
    )
    rows = scorecard(read_events(THORNTON / "thornton_2008_events.tsv"), query)["results"]
    assert [row["variant"] for row in rows] == sorted(expected["arms"])
    for row in rows:
        for name, value in expected["arms"][row["variant"]].items():
            assert math.isclose(row[name], value, rel_tol=THORNTON_TOLERANCE), (row["variant"], name)
    print(f"thornton_2008: {len(rows)} arms agree")


if __name__ == "__main__":
    if sys.argv[1:] != ["--check-thornton"]:
        sys.exit("usage: python events.py --check-thornton")
    check_thornton()
