"""What the compiled definitions must answer, from the contract of definitions alone, in plain Python.

A `Scorecards` holds a definitions document, the rows of the tables that it reads and the moment of reading. Its
methods answer as the views of the same names do, up to inference: lists of rows, one dictionary per row.

    scorecard(experiment)   one row per metric, dimension, segment and variant
    by_day(experiment)      the same rows as of the end of each day, with `day`
    traffic(experiment)     identities per variant, by segment too
    exposures(experiment)   one row per exposed identity
    options(experiment)     the options that each metric is inferred with, by its name

Sums are exact and rounded once. In a row of a scorecard, `scales` gives for each number that is a sum of doubles
the sum of the absolute terms: no order of additions moves it by more than a few 2⁻⁵³ of that. What a type does
not have is None. `steps` are the identities that reached each step of a funnel, `quantile` is the estimate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from fractions import Fraction
from functools import cached_property
from typing import Any

import exposed as exposed_module
from exposed import Exposed, exposed_identities, exposure_rows, segment_sizes, until
from model import DAY, Cap, Experiment, Use, definitions
from rows import Read, Tables, fact_rows
from values import (
    AGGREGATIONS,
    NUMERIC,
    ZERO,
    Bounds,
    Value,
    bounds,
    finite_values,
    invalid,
    percentile,
    reached,
)

RowsByIdentifier = Mapping[str, Sequence[Read]]
Segment = tuple[str, str]


@dataclass(frozen=True)
class Measured:
    """A counted identity: what one metric says about it."""

    exposed: Exposed
    values: tuple[Value, ...]  # of each part, uncapped; none for a funnel and for events of a quantile
    covariate: Value
    invalid_values: int
    expected_values: int  # rows whose value should be a number
    reached: int  # steps of a funnel
    finite: tuple[Fraction, ...]  # every finite value of the rows


@dataclass(frozen=True)
class Prepared:
    """Rows that do not depend on the moment of reading."""

    exposures: Sequence[Read]
    facts: Mapping[str, tuple[RowsByIdentifier, ...]]  # by the name of the metric


class Scorecards:
    def __init__(self, document: Mapping[str, Any], tables: Tables, now: int) -> None:
        self._definitions = definitions(document)
        self._tables = tables
        self._now = now
        self._prepared: dict[str, Prepared] = {}

    @cached_property
    def readable(self) -> list[str]:
        """Names of the experiments that have a scorecard of their own."""
        return [each.name for each in self._definitions.experiments.values() if each.status != "draft"]

    @cached_property
    def running(self) -> list[str]:
        return [each.name for each in self._definitions.experiments.values() if each.status == "running"]

    def experiment(self, name: str) -> Experiment:
        return self._definitions.experiments[name]

    def window(self, name: str) -> tuple[int, int]:
        experiment = self.experiment(name)
        return experiment.start, until(experiment, self._now)

    def scorecard(self, name: str) -> list[dict[str, Any]]:
        return list(self._scorecard(self.experiment(name), self._now))

    def by_day(self, name: str, last_day: int | None = None) -> list[dict[str, Any]]:
        """Up to and with `last_day` (days since 1970) where that is earlier than the last day there is."""
        experiment = self.experiment(name)
        end = (settled(experiment, self._now) - 1) // DAY
        last = end if last_day is None else min(end, last_day)
        found = []
        for day in range(experiment.start // DAY, last + 1):
            as_of = min((day + 1) * DAY, self._now)
            day_text = datetime.fromtimestamp(day * 86_400, timezone.utc).strftime("%Y-%m-%d")
            found += [{"day": day_text, **row} for row in self._scorecard(experiment, as_of)]
        return found

    def traffic(self, name: str) -> list[dict[str, Any]]:
        return exposed_module.traffic(self._tables, self._definitions, name, self._now)

    def exposures(self, name: str) -> list[dict[str, Any]]:
        return exposed_module.exposures(self._tables, self._definitions, name, self._now)

    def options(self, name: str) -> dict[str, dict[str, Any]]:
        """As the function gets them now: a hybrid verdict is one of one look once a completed experiment is over."""
        experiment = self.experiment(name)
        is_final = experiment.status == "completed" and experiment.end is not None and self._now >= experiment.end
        hybrid = "fixed" if is_final else "anytime"
        found = {}
        for use in experiment.uses:
            verdict = use.options.get("verdict", "hybrid")
            found[use.name] = {**use.options, "verdict": hybrid if verdict == "hybrid" else verdict}
        return found

    def _prepare(self, experiment: Experiment) -> Prepared:
        if experiment.name not in self._prepared:
            sources = self._definitions.sources
            self._prepared[experiment.name] = Prepared(
                exposure_rows(self._tables, sources, experiment),
                {
                    use.name: tuple(
                        fact_rows(self._tables, sources, experiment, fact) for fact in use.facts
                    )
                    for use in experiment.uses
                },
            )
        return self._prepared[experiment.name]

    def _scorecard(self, experiment: Experiment, now: int) -> Iterator[dict[str, Any]]:
        prepared = self._prepare(experiment)
        exposed = exposed_identities(self._tables, experiment, prepared.exposures, now)
        sizes = segment_sizes(exposed)
        for use in experiment.uses:
            facts = prepared.facts[use.name]
            measured = [
                measure(use, experiment, identity, [rows.get(identifier, ()) for rows in facts], now)
                for identifier, identity in exposed.items()
                if is_counted(use, experiment, identity, now)
            ]
            capped = Capped.of(use, measured)
            for (dimension, segment), variants in sizes.items():
                for variant in variants:
                    yield {
                        "experiment": experiment.name,
                        "metric": use.name,
                        "role": use.role,
                        "dimension": dimension,
                        "segment": segment,
                        "type": use.type,
                        "lower_is_better": use.lower_is_better,
                        "variant": variant,
                        **capped.arm(use, (dimension, segment), variant),
                    }


def settled(experiment: Experiment, now: int) -> int:
    """Until when rows are read: past the end for windows that are collected whole."""
    if experiment.end is None:
        return now
    lengths = [use.start + use.length for use in experiment.uses if experiment.collect and use.length is not None]
    return min(now, experiment.end + max(lengths, default=0))


def is_counted(use: Use, experiment: Experiment, identity: Exposed, now: int) -> bool:
    """Unquarantined, and with a window that is over; an open one must only have begun."""
    if identity.quarantined:
        return False
    if experiment.include_incomplete:
        return True
    opens = identity.first_exposure + use.start
    if use.length is None:
        return use.start == 0 or opens < until(experiment, now)
    return opens + use.length <= (now if experiment.collect else until(experiment, now))


def measure(
    use: Use, experiment: Experiment, identity: Exposed, rows: Sequence[Sequence[Read]], now: int
) -> Measured:
    x = identity.first_exposure
    counted = [in_window(use, experiment, x, each, now) for each in rows]
    aggregations = [fact.aggregation for fact in use.facts]
    reads_numbers = [
        each in NUMERIC or (use.type == "quantile" and use.unit == "event") for each in aggregations
    ]
    before: Sequence[Read] = ()
    if use.lookback is not None:
        before = [row for row in rows[0] if x - use.lookback <= row.at < x]
    return Measured(
        exposed=identity,
        values=tuple(
            value_of(use, aggregation, each)
            for aggregation, each in zip(aggregations, counted)
            if aggregation != ""
        ),
        covariate=ZERO if use.lookback is None else value_of(use, aggregations[0], before),
        invalid_values=sum(invalid(each) for each, reads in zip(counted, reads_numbers) if reads),
        expected_values=sum(len(each) for each, reads in zip(counted, reads_numbers) if reads),
        reached=reached(counted, use.within) if use.type == "funnel" else 0,
        finite=tuple(finite_values(counted[0])) if use.type == "quantile" else (),
    )


def in_window(use: Use, experiment: Experiment, x: int, rows: Sequence[Read], now: int) -> list[Read]:
    opens = x + use.start
    limit = now if experiment.collect and use.length is not None else until(experiment, now)
    closes = limit if use.length is None else min(limit, opens + use.length)
    return [row for row in rows if opens <= row.at < closes]


def value_of(use: Use, aggregation: str, rows: Sequence[Read]) -> Value:
    value = AGGREGATIONS[aggregation](rows)
    if use.at_least is None:
        return value
    return Value.of(1 if value.exact >= Fraction(use.at_least) else 0)


@dataclass(frozen=True)
class Capped:
    """All counted identities of a metric, and the caps that they make."""

    measured: Sequence[Measured]
    parts: tuple[Bounds, ...]
    covariate: Bounds

    @staticmethod
    def of(use: Use, measured: Sequence[Measured]) -> Capped:
        parts = tuple(
            bounds(fact.cap, [each.values[index] for each in measured] if fact.aggregation else [])
            for index, fact in enumerate(use.facts)
        )
        cap = use.facts[0].cap if use.lookback is not None else Cap()
        return Capped(measured, parts, bounds(cap, [each.covariate for each in measured]))

    def arm(self, use: Use, segment: Segment, variant: str) -> dict[str, Any]:
        arm = [
            each
            for each in self.measured
            if each.exposed.variant == variant and segment in each.exposed.segments
        ]
        moments = Moments()
        steps = quantile = None
        if use.type == "quantile":
            quantile = quantile_of(use, arm)
        elif use.type == "funnel":
            moments.add("sum", "sum_squares", [Value.of(each.reached == len(use.facts)) for each in arm])
            steps = [sum(each.reached > index for each in arm) for index in range(len(use.facts))]
        else:
            own = [self.parts[0].apply(each.values[0]) for each in arm]
            moments.add("sum", "sum_squares", own)
            if use.type == "ratio":
                moments.add_pair("denominator", own, [self.parts[1].apply(each.values[1]) for each in arm])
            elif use.lookback is not None:
                moments.add_pair("covariate", own, [self.covariate.apply(each.covariate) for each in arm])
        moments.add_cap("cap", self.parts[0])
        moments.add_cap("denominator_cap", self.parts[1] if use.type == "ratio" else Bounds())
        moments.add_cap("covariate_cap", self.covariate)
        return {
            "n": len(arm),
            **moments.numbers,
            "invalid_values": sum(each.invalid_values for each in arm),
            "expected_values": sum(each.expected_values for each in arm),
            "quantile": None if quantile is None else float(quantile),
            "steps": steps,
            "scales": moments.scales,
        }


MOMENTS = (
    "sum",
    "sum_squares",
    "denominator_sum",
    "denominator_sum_squares",
    "denominator_product",
    "covariate_sum",
    "covariate_sum_squares",
    "covariate_product",
)


class Moments:
    """The floating numbers of a row by name, None until they are added, and their scales."""

    def __init__(self) -> None:
        self.numbers: dict[str, float | None] = dict.fromkeys(MOMENTS)
        self.scales: dict[str, float] = {}

    def add(self, sum_name: str, squares_name: str, values: Sequence[Value]) -> None:
        self._put_sum(sum_name, [(value.exact, value.size) for value in values])
        self._put_sum(squares_name, [(value.exact**2, value.size**2) for value in values])

    def add_pair(self, name: str, own: Sequence[Value], others: Sequence[Value]) -> None:
        self.add(f"{name}_sum", f"{name}_sum_squares", others)
        products = [(y.exact * d.exact, y.size * d.size) for y, d in zip(own, others)]
        self._put_sum(f"{name}_product", products)

    def _put_sum(self, name: str, terms: Sequence[tuple[Fraction, Fraction]]) -> None:
        self.numbers[name] = float(sum((exact for exact, _ in terms), Fraction(0)))
        self.scales[name] = float(sum((size for _, size in terms), Fraction(0)))

    def add_cap(self, name: str, cap: Bounds) -> None:
        for side, bound in (("lower", cap.lower), ("upper", cap.upper)):
            self.numbers[f"{name}_{side}"] = None if bound is None else float(bound)
            self.scales[f"{name}_{side}"] = float(cap.size)


def quantile_of(use: Use, arm: Sequence[Measured]) -> Fraction | None:
    if use.unit == "event":
        values = [value for each in arm for value in each.finite]
    else:
        values = [each.values[0].exact for each in arm]
        if use.ignore_zeros:
            values = [value for value in values if value != 0]
    return percentile(values, use.quantile)
