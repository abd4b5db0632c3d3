"""Metrics from events: the tables, the sentences below them, and what the sentences claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from claims import SIDE, TOLERANCE, Claim, is_safe, is_sound, is_too_often
from event_studies import CapRow, CovariateRow, QuantileRow, WindowRow, WindowSide
from markdown import both, percent, points, sides_cell, sizes_cell, table
from studies import Coverage

LEVELS = {0.5: "median", 0.9: "p90", 0.99: "p99"}
GAP = "cache, 90 % hits"
# The sample has fewer than so many values beyond the 99th percentile, and its error is too large.
FEW_BEYOND = 20
# What a variance reduction is said to be, on average, and the squared correlation are no further apart.
REDUCTION_TOLERANCE = 0.01


@dataclass(frozen=True)
class EventResults:
    quantiles: list[QuantileRow]
    covariates: list[CovariateRow]
    caps: list[CapRow]
    windows: list[WindowRow]

    def text(self) -> str:
        parts = [
            INTRODUCTION,
            quantiles_text(self.quantiles),
            covariates_text(self.covariates),
            caps_text(self.caps),
            windows_text(self.windows),
        ]
        return "\n\n".join(parts)

    def claims(self) -> Iterator[Claim]:
        yield from quantiles_claims(self.quantiles)
        yield from covariates_claims(self.covariates)
        yield from caps_claims(self.caps)
        yield from windows_claims(self.windows)


INTRODUCTION = """\
## Metrics from events

So far moments were drawn. Here events are, one by one, and reduced to moments as compiled
[definitions](definitions.md) do it: windows, caps at percentiles, quantiles with their errors, and values
before the exposure. One small experiment of each world goes through the compiled SQL in ClickHouse as well,
and its moments, caps, intervals and p-values are those of the simulation to 1e-9, or nothing is simulated.
Intervals and verdicts are the default ones, with one look at the end: given is how often the truth is
below / above the interval, and how often an experiment without an effect is called `winning` / `losing`;
promised are 2.5 / 2.5."""


def missed_cell(coverage: Coverage | None, draws: int) -> str:
    return "" if coverage is None else sides_cell(coverage.sides, draws)


# Quantiles


def quantiles_text(rows: list[QuantileRow]) -> str:
    header = ["latencies", "identities", "values"]
    for title in LEVELS.values():
        header += [f"{title}: lift", "difference"]
    lines = [quantile_cells(row) for row in rows]
    draws = rows[0].replications
    found = {(row.name, row.n): row for row in rows}
    few, some = found["log-normal", 300], found["log-normal", 1_000]
    gap, later_gap = (found[GAP, n] for n in (1_000, 10_000))
    fine, wider, coarse = (row for row in rows if row.step is not None)
    extreme = [
        max(each.sides) for row in rows if few_beyond(row) for each in row.coverage.get(0.99, {}).values()
    ]
    return f"""\
### Quantiles

{draws:,} experiments a row; the treatment's latencies are a tenth longer. One Monte-Carlo standard error is
{points(SIDE, draws)} points at 2.5 %. Log-normal: a median of 100 ms, σ = 0.5. Cache: hits take 20 ms
(σ = 0.3), misses 200 ms (σ = 0.4). Pareto: P(latency > x) falls as x^(−1.5), so of no finite variance.
"Several" are {rows_each(found):.1f} of an identity on average, 1 and a Poisson number more, which share a
log-normal factor of the identity (σ = 0.5) and are the fewer the slower they are: `unit: event`. The others
have one: `unit: identity`. In steps: cut to a grid that begins anywhere, and the truth with it.

{table(header, lines)}

- Where values are dense, the intervals of the median and the 90th percentile err no more than half a point
  too often on a side, with one value of an identity or several that are alike, and with tails of no variance.
  Those of the **99th percentile are too long** where fewer than {FEW_BEYOND} values of the arm are beyond it:
  they err in {percent(max(extreme))} % at most on a side, because they go by the outermost ranks. With more
  values that comes up to 2.5 %.
- At {few.n} values the 99th percentile is withheld: it needs 381 in each arm, and the reason is
  `too_few_for_quantile`.
- A **quantile in a gap** errs too often: with 90 % hits the 90th percentile lies between hits and misses,
  where hardly any value is, and jumps ({both(gap.coverage[0.9]["welch"].sides)} of the difference at
  {gap.n:,} identities, where {percent(1 - gap.answered[0.9], 0)} % of the lifts' intervals have no ends, and
  {both(later_gap.coverage[0.9]["welch"].sides)} at {later_gap.n:,}). Take the share of misses as the metric,
  or a quantile on one side.
- **Coarse values** err too often. The median's standard error is {some.errors[0.5]:.1f} ms at {some.n:,}:
  with steps as wide as it, the sides are {both(fine.coverage[0.5]["fieller"].sides)}, with steps twice as
  wide {both(wider.coverage[0.5]["fieller"].sides)}, and four times
  {both(coarse.coverage[0.5]["fieller"].sides)}, where {percent(1 - coarse.answered[0.5])} % are withheld
  besides, as all ranks of the interval have one value (`precision_lost`). The 90th percentile, whose error is
  {some.errors[0.9]:.1f} ms, bears wider steps. Send values as finely as they are measured."""


def rows_each(found: dict[tuple[str, int], QuantileRow]) -> float:
    several = found["log-normal, several", 1_000]
    return several.rows / several.n


def quantile_cells(row: QuantileRow) -> list[str]:
    cells = [row.name, f"{row.n:,}", f"{row.rows:,.0f}"]
    for level in LEVELS:
        coverage = row.coverage.get(level, {})
        cells += [missed_cell(coverage.get(name), row.replications) for name in ("fieller", "welch")]
    return cells


def few_beyond(row: QuantileRow) -> bool:
    """Whether too few values are beyond the 99th percentile for its error."""
    return 0.01 * row.rows < FEW_BEYOND


def quantiles_claims(rows: list[QuantileRow]) -> Iterator[Claim]:
    for row in rows:
        for level, coverage in row.coverage.items():
            for name, interval in coverage.items():
                says = f"{row.name}, {row.n}, {level}: {name} errs {both(interval.sides)}"
                in_gap = row.name == GAP and level == 0.9
                if in_gap:
                    yield min(interval.sides) > 2 * SIDE, f"{says}, too often on both sides"
                elif row.step is None:
                    yield is_safe(interval.sides, row.replications), f"{says}, no more than promised"
                if level == 0.99 and few_beyond(row) and row.step is None:
                    yield max(interval.sides) < SIDE - 2 * TOLERANCE, f"{says}, too seldom"
                elif level == 0.99 and row.step is None:
                    yield min(interval.sides) > SIDE - 3 * TOLERANCE, f"{says}, at least in 1 %"
        if row.step is None:
            withheld = row.n == 300
            answered = row.answered[0.99]
            yield (answered == 0) == withheld, f"{row.name}, {row.n}: p99 answers {answered:.4f}"
    smooth = next(row for row in rows if (row.name, row.n) == ("log-normal", 1_000))
    for row, times in zip((row for row in rows if row.step is not None), (1, 2, 4), strict=True):
        ratio = row.step / smooth.errors[0.5]
        yield abs(ratio / times - 1) < 0.05, f"{row.name}: {ratio:.2f} times the median's error, not {times}"
        sides = row.coverage[0.5]["fieller"].sides
        too_often = all(is_too_often(side, row.replications) for side in sides)
        yield too_often, f"{row.name}: the median errs {both(sides)}, not too often"
        finer = row.coverage[0.9]["fieller"].sides
        yield max(finer) < min(sides), f"{row.name}: p90 errs {both(finer)}, no less than the median"


# Covariates


def covariates_text(rows: list[CovariateRow]) -> str:
    header = [
        "metric",
        "lift",
        "difference",
        "verdict, no effect",
        "the same without the covariate",
        "`variance_reduction`: said",
        "in truth",
        "width",
    ]
    lines = [covariate_cells(row) for row in rows]
    first, some, draws = rows[0], rows[1], rows[0].replications
    return f"""\
### Values before the exposure

{draws:,} experiments a row with {first.n:,} identities per arm, and as many without an effect:
`window: {{length: 7d}}`, `covariate: {{lookback: 14d}}`, exposures on the first five days. Rates of visits
vary between identities (gamma, with a standard deviation as large as the mean), and the time before tells of
them, but of new identities it tells nothing: their value before is 0. Spend: each visit is worth a taste of
the identity times an amount, both log-normal (σ = 0.7 and 0.8). One Monte-Carlo standard error is
{points(SIDE, draws)} points. In truth, the reduction is the squared correlation of the values in and before
the experiment; width is that of the lift's interval, over that without the covariate in the same experiments.

{table(header, lines)}

- Intervals and verdicts err as often as they promise on either side, and `variance_reduction` says what the
  covariate is worth, within a point on average. It is {percent(some.true_reduction, 0)} % rather than
  {percent(first.true_reduction, 0)} % where {percent(1 - some.known, 0)} % of the identities are new, and
  nothing to speak of where nearly all are: then nothing is lost either."""


def covariate_cells(row: CovariateRow) -> list[str]:
    return [
        row.name,
        *(missed_cell(row.coverage[name], row.replications) for name in ("fieller", "welch")),
        sides_cell(row.false_verdicts.sides, row.replications),
        sides_cell(row.unadjusted_false_verdicts.sides, row.replications),
        percent(row.reduction),
        percent(row.true_reduction),
        f"{row.width:.2f}",
    ]


def covariates_claims(rows: list[CovariateRow]) -> Iterator[Claim]:
    for row in rows:
        label = row.name
        for name, interval in row.coverage.items():
            sound = is_sound(interval.sides, row.replications)
            yield sound, f"{label}: {name} errs {both(interval.sides)}, not as promised"
        sides = row.false_verdicts.sides
        yield is_sound(sides, row.replications), f"{label}: calls {both(sides)}, not as promised"
        off = row.reduction - row.true_reduction
        yield abs(off) <= REDUCTION_TOLERANCE, f"{label}: the reduction said is off by {off:.4f}"
        yield row.width < 1.005, f"{label}: {row.width:.3f} times as wide, no wider than without"


# Caps at percentiles


def caps_text(rows: list[CapRow]) -> str:
    header = [
        "metric",
        "identities",
        "cap",
        "error",
        "true lift",
        "lift",
        "difference",
        "lift, `delta`",
        "lift without a cap",
    ]
    lines = [cap_cells(row) for row in rows]
    found = {(row.name, row.n, row.split, row.level): row for row in rows}
    draws = rows[0].replications
    few, few_uncapped = (found["revenue", 1_000, 1, level].coverage["delta"] for level in (0.99, None))
    uneven, uneven_uncapped = (
        found["revenue", 10_000, 9, level].coverage["fieller"] for level in (0.99, None)
    )
    large, tail = found["revenue", 100_000, 1, 0.99], found["a longer tail", 100_000, 1, 0.99]
    return f"""\
### Caps at percentiles

{draws:,} experiments a row of the revenue above, with `cap: {{upper_percentile: …}}` of the buyers' amounts
in both arms together, so that the cap comes from the data too. The truth is the lift of the mean capped at
that percentile of the population of both arms. The last column judges the default interval by the lift of the
mean without a cap. In the treatment, amounts are a tenth larger, or a tenth more buy, or the amounts of
buyers have a longer tail (σ = 1.6 instead of 1.5). One Monte-Carlo standard error is {points(SIDE, draws)}
points at 2.5 %.

{table(header, lines)}

- That the cap is estimated costs nothing: with arms of equal size the default intervals of lift and
  difference err no more than half a point too often on a side. In uneven arms the 99th percentile takes away
  most of what heavy tails do ({both(uneven.sides)} rather than {both(uneven_uncapped.sides)}), the 99.9th
  little.
- `delta` gets better with a cap, but where there are few buyers not well ({both(few.sides)} rather than
  {both(few_uncapped.sides)} at 1,000).
- **It is the lift of a capped mean.** Where all amounts grow by a tenth, it is {percent(large.lift)} % with
  the cap at the 99th percentile, for what grows beyond the cap does not count; where a tenth more buy, it is
  10 % with and without. Of the lift without a cap the interval says the less the more identities there are:
  where the treatment lengthens the tail, that lift is above the interval in
  {percent(tail.of_uncapped.truth_above)} % ({percent(tail.lift)} % with the cap,
  {percent(tail.uncapped_lift)} % without)."""


def cap_cells(row: CapRow) -> list[str]:
    level = "none" if row.level is None else f"{100 * row.level:g} %"
    intervals = [missed_cell(row.coverage[name], row.replications) for name in ("fieller", "welch", "delta")]
    without = missed_cell(row.of_uncapped, row.replications)
    sizes = sizes_cell((row.split * row.n, row.n))
    return [row.name, sizes, level, percent(row.standard_error), percent(row.lift), *intervals, without]


def caps_claims(rows: list[CapRow]) -> Iterator[Claim]:
    found = {(row.name, row.n, row.split, row.level): row for row in rows}
    for row in rows:
        label = f"{row.name}, {row.split * row.n} : {row.n}, {row.level}"
        without = found[row.name, row.n, row.split, None]
        for name, interval in row.coverage.items():
            says = f"{label}: {name} errs {both(interval.sides)}"
            if row.split == 1 and row.level is not None and name != "delta":
                yield is_safe(interval.sides, row.replications), f"{says}, more than promised"
            better = max(interval.sides) <= max(without.coverage[name].sides) + TOLERANCE
            yield better or (name != "delta" and row.split == 1), f"{says}, more than without a cap"
        if row.name == "more buyers":
            yield abs(row.lift - row.uncapped_lift) < 1e-9, f"{label}: a cap changes the lift"
    few = found["revenue", 1_000, 1, 0.99]
    yield (
        is_too_often(few.coverage["delta"].truth_above, few.replications),
        "delta is right at 1,000 with a cap",
    )
    uneven = [found["revenue", 10_000, 9, level].coverage["fieller"].truth_above for level in (0.99, None)]
    yield uneven[0] - SIDE < (uneven[1] - SIDE) / 2, f"uneven: the cap takes away less than half: {uneven}"
    worse = [("revenue", 10_000, 1, 0.99), ("revenue", 100_000, 1, 0.99), ("a longer tail", 100_000, 1, 0.99)]
    above = [found[each].of_uncapped.truth_above for each in worse]
    yield above == sorted(above), f"of the uncapped lift the interval misses more and more: {above}"


# Windows


def windows_text(rows: list[WindowRow]) -> str:
    header = ["treatment", "true lift"]
    for way in ("exclude", "include"):
        header += [f"`{way}`: lift", "interval", "verdict"]
    lines = [window_cells(row) for row in rows]
    first, draws = rows[0], rows[0].replications
    found = {row.name: row for row in rows}
    late, novelty = found["more, from day 3 on"], found["novelty: more on day 1"]
    sooner, later = found["sooner, but no more"], found["later, but no fewer"]
    return f"""\
### Windows that are still open

A metric with `window: {{length: 7d}}` in an experiment of 14 days, to which {first.include.n:,.0f} identities
per arm come evenly: {draws:,} experiments a row, read at the end. `incomplete_windows: exclude`, the default,
counts the half whose seven days are over; `include` counts all, with what they have so far. The truth is the
lift of the value of seven days. In control about a tenth convert, six of ten of them on the first two days;
of the last row the metric is a count. Lift is the mean of what is said; verdicts are `winning` / `losing`, of
effects that are there too. One Monte-Carlo standard error is {points(SIDE, draws)} points at 2.5 %, and
{points(0.5, draws)} at 50 %.

{table(header, lines)}

- `exclude` is right in each: no bias, and it errs as often as promised on either side.
- `include` is right where the treatment changes how many respond, but not when: then it pulls both arms down
  alike, and finds more ({percent(first.include.called.winning, 0)} rather than
  {percent(first.exclude.called.winning, 0)} %).
- Where the treatment changes **when** they respond, `include` answers another question, for those who came
  last have been seen for a short time only. Of an effect that comes late it says
  {percent(late.include.lift)} % instead of {percent(late.lift)}, of a novelty
  {percent(novelty.include.lift)} % instead of {percent(novelty.lift)}. A treatment that only makes them
  respond sooner is `winning` in {percent(sooner.include.called.winning, 0)} of 100 experiments, one that
  makes them respond later `losing` in {percent(later.include.called.losing, 0)}, though nothing changes
  within seven days. More identities make that worse: it is a bias."""


def nulls(rows: list[WindowRow]) -> list[WindowRow]:
    return [row for row in rows if abs(row.lift) < 1e-12]


def window_cells(row: WindowRow) -> list[str]:
    cells = [row.name, signed(row.lift)]
    for side in (row.exclude, row.include):
        cells += [signed(side.lift), missed_cell(side.coverage, row.replications), called_cell(row, side)]
    return cells


def called_cell(row: WindowRow, side: WindowSide) -> str:
    sides = side.called.sides
    return sides_cell(sides, row.replications) if row in nulls([row]) else both(sides)


def signed(lift: float) -> str:
    return percent(lift).replace("-", "−")


def windows_claims(rows: list[WindowRow]) -> Iterator[Claim]:
    for row in rows:
        sides = row.exclude.coverage.sides
        yield is_sound(sides, row.replications), f"{row.name}: exclude errs {both(sides)}, not as promised"
        bias = row.exclude.lift - row.lift
        yield abs(bias) < 0.003, f"{row.name}: exclude is biased by {bias:.4f}"
        sides = row.include.coverage.sides
        same_times = row.name == "more, at any time"
        yield same_times == is_safe(sides, row.replications), f"{row.name}: include errs {both(sides)}"
        if same_times:
            bias = row.include.lift - row.lift
            yield abs(bias) < 0.003, f"{row.name}: include is biased by {bias:.4f}"
            found, excluded = row.include.called.winning, row.exclude.called.winning
            yield found > excluded, f"{row.name}: include finds no more"
    for row in nulls(rows):
        sides = row.exclude.called.sides
        yield is_sound(sides, row.replications), f"{row.name}: exclude calls {both(sides)}, not as promised"
        share = row.include.called.total
        yield share > 0.2, f"{row.name}: include calls {share:.4f}, far too many"
