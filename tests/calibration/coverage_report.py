"""Intervals at one look: the tables, the sentences below them, and what the sentences claim."""

from __future__ import annotations

from collections.abc import Iterator

from claims import SIDE, TOLERANCE, Claim, is_safe, is_sound, is_too_often
from markdown import both, percent, points, sides_cell, sizes_cell, table
from skewness import LIKELIHOODS, SkewnessRow
from skewness import TITLES as SKEWNESS_TITLES
from studies import Coverage, CoverageRow

# A mean known to 5 % is known well, one known to 10 % only is not.
WELL_KNOWN, POORLY_KNOWN = 0.05, 0.1

TITLES = {
    "fieller": "lift",
    "welch": "difference",
    "pooled": "lift, `pooled`",
    "delta": "lift, `delta`",
    "beta_binomial": "lift, `beta_binomial`",
    "anytime": "lift, anytime",
}

# Without a caution, an interval errs on a side as often as it promises but for this.
CAUTION_TOLERANCE = 0.01
# Fewer experiments say nothing of their coverage.
FEWEST_UNWARNED = 1_000
UNWARNED = ("fieller", "welch", "pooled", "delta")
# The intervals of one look that do not divide by a mean are held to their promise.
DEFAULTS = ("fieller", "welch")
HALF_ABOVE = "Bernoulli 30 %, half above"


def is_even(row: CoverageRow | SkewnessRow) -> bool:
    return row.sizes[0] == row.sizes[1]


def where(row: CoverageRow | SkewnessRow) -> str:
    return f"{row.name}, {sizes_cell(row.sizes)}"


# Coverage


def coverage_text(rows: list[CoverageRow]) -> str:
    header = ["metric", "control : treatment", "error", *TITLES.values()]
    lines = [
        [
            row.name,
            sizes_cell(row.sizes),
            percent(row.standard_error),
            *(coverage_cell(row, name) for name in TITLES),
        ]
        for row in rows
    ]
    found = {(row.name, row.sizes): row.intervals for row in rows}
    few, buyers = found["Bernoulli 1 %", (1_000, 1_000)], found["revenue", (1_000, 1_000)]
    smaller_treatment, smaller_control = found["revenue", (9_000, 1_000)], found["revenue", (10_000, 90_000)]
    capped, uncapped = found["revenue, capped", (90_000, 10_000)], found["revenue", (90_000, 10_000)]
    pooled = max(max(row.intervals["pooled"].sides) for row in rows)
    anytime = max(max(row.intervals["anytime"].sides) for row in rows)
    draws = rows[0].replications
    return f"""\
## Coverage of the intervals

95 % intervals, with one look at a fixed n: {draws:,} experiments a row, the treatment's mean a tenth above
the control's. Given is how often the truth is below the interval / above it. Promised are 2.5 / 2.5, so that
95 % cover. One Monte-Carlo standard error is {points(SIDE, draws)} points at 2.5 % and {points(0.1, draws)}
at 10 %. "lift" and "difference" are the default intervals, the others come by an option. The error is the
standard error of an arm's mean over that mean, the larger of both arms. Revenue: 5 % buy, for a log-normal
amount (σ = 1.5); capped: at 20 times the median amount. Ratio: clicks per view; who views more clicks less
often. CUPED: Poisson visits, correlated by 0.7 with those of the time before; "half above": by 0.95, and the
treatment's mean half above the control's.

{table(header, lines)}

- With **arms of equal size** the default intervals of lift and difference never err more than half a point
  too often on a side, also where few convert or few buy. Where the means are known to 5 %, they err as often
  as promised on either side within half a point.
- With **heavy tails and arms of unequal size they err on one side**. The smaller arm has not seen yet how
  much its values vary, and as a rule its mean is still too low: the truth is above the interval if that is
  the treatment ({both(smaller_treatment["fieller"].sides)} at 9,000 : 1,000), and below if it is control
  ({both(smaller_control["fieller"].sides)} at 10,000 : 90,000). `"interval": "pooled"` takes the variance
  from the larger arm and errs no more than {percent(pooled)} % on a side in any row, at the price of width
  ([compared](#intervals-that-allow-for-skewness)). Or cap the amounts ({both(capped["fieller"].sides)} rather
  than {both(uncapped["fieller"].sides)} at 90,000 : 10,000), split evenly, or wait for more identities.
- `"interval": "delta"` divides by control's mean, as many platforms do. While means are not well known it
  errs upwards: the truth is above it in {percent(few["delta"].truth_above)} % with few conversions, in
  {percent(buyers["delta"].truth_above)} % with few buyers, and next to never below. Where the means are known
  to 5 % and the arms are of equal size, it is right within a point.
- For conversions, `beta_binomial` is right within half a point on either side at any n.
- The anytime interval pays for looking at any time: at one look it errs in {percent(anytime)} % at most on a
  side, and while little is known it often has no ends (in {percent(1 - buyers["anytime"].answered, 0)} % of
  revenue at 1,000 per arm).
- Of Bernoulli 1 % at 1,000 per arm, `min_conversions` withholds {percent(1 - few["fieller"].answered)} % of
  the intervals, and of revenue at 1,000 {percent(1 - buyers["fieller"].answered)} % have no ends
  (`control_mean_indistinct_from_zero`): difference, p_value and chance_to_win are still there. What is
  withheld is not counted. `beta_binomial` answers all."""


def coverage_cell(row: CoverageRow, name: str) -> str:
    interval = row.intervals.get(name)
    return "" if interval is None else sides_cell(interval.sides, row.replications)


def coverage_claims(rows: list[CoverageRow]) -> Iterator[Claim]:
    for row in rows:
        for name, interval in row.intervals.items():
            says = f"{where(row)}: {name} errs {both(interval.sides)}"
            for holds, claim in interval_claims(row, name, interval):
                yield holds, f"{says}, not {claim}"
            if name in ("pooled", "anytime") and min(row.sizes) < 100_000:
                continue
            least = 0.95 if min(row.sizes) == 1_000 and name != "beta_binomial" else 0.999
            yield interval.answered >= least, f"{where(row)}: {name} answers {interval.answered:.4f}"


def interval_claims(row: CoverageRow, name: str, interval: Coverage) -> Iterator[Claim]:
    """Whether what is said of an interval holds, and what is said of it."""
    sides, draws = interval.sides, row.replications
    well_known = row.standard_error < WELL_KNOWN
    if name in ("pooled", "anytime"):
        yield is_safe(sides, draws), "as often as promised at most"
    elif name == "beta_binomial":
        yield is_sound(sides, draws), "as promised within half a point"
    elif is_even(row):
        if name in DEFAULTS:
            yield is_safe(sides, draws), "as often as promised at most"
            if well_known:
                yield is_sound(sides, draws), "as promised within half a point"
        elif well_known:
            yield is_sound(sides, draws, CAUTION_TOLERANCE), "as promised within a point"
        elif row.standard_error > POORLY_KNOWN:
            yield is_too_often(sides[1], draws) and sides[0] < SIDE - TOLERANCE, "upwards"
    elif name in DEFAULTS:
        side, other = sides[::-1] if row.sizes[1] < row.sizes[0] else sides
        yield (
            is_too_often(side, draws) and other < SIDE,
            "on the side that the smaller arm's mean is too low for",
        )


# Cautions


def caution_text(rows: list[CoverageRow], partly: list[CoverageRow], heavier: list[CoverageRow]) -> str:
    header = ["metric", "control : treatment", "without caution", *(TITLES[name] for name in UNWARNED)]
    judged = list(filter(is_judged, rows))
    lines = [caution_cells(row) for row in [*judged, *partly, *heavier]]
    warned = [row for row in rows if not is_judged(row)]
    half_above = next(row for row in partly if row.name == HALF_ABOVE)
    capped = next(row for row in rows if row.name == f"{heavier[0].name}, capped")
    delta = max(max(row.unwarned["delta"].sides) for row in at_the_edge(partly))
    fewest, most = min(row.replications for row in judged), max(row.replications for row in judged)
    return f"""\
## What a caution is worth

The same experiments, and some with heavier tails and more uneven splits, counting only those whose answer has
no `caution`: how many they are, and how often the truth is below / above the interval. **Bold** is more than
a point too often. The {len(warned)} worlds above that are not here have a caution in nearly every experiment.
Pareto: P(amount > x) = x^(−2.5), so of no finite skewness. There are {fewest:,} to {most:,} experiments a
row. Then come {len(partly)} worlds at the edge, where about half of the experiments have a caution, with
{partly[0].replications:,} each, and two where no caution helps.

{table(header, lines)}

- Without a caution the default intervals of lift and difference err on neither side more than a point too
  often, and nor does `pooled`, but for the last three rows. `delta` does so at the edge ({percent(delta)} %).
- `means_not_settled` is raised where the smaller arm's mean, judged by how much the values of both arms vary,
  is not known to 5 %: with fewer than some 400 conversions, or for this revenue below about 76,000
  identities. It judges both arms together because an arm by itself would be chosen by its luck: a control
  mean that is too high looks well known, and makes the lift too low. A little of that is left where the arms
  differ much: with a true lift of a half, at the edge, the truth is above the interval in
  {percent(half_above.unwarned["fieller"].truth_above)} % of what gets through.
- `variances_disagree` tells, of uneven arms of revenue, those apart where the smaller arm has been spared:
  they are the ones that would have missed the truth.
- **What no caution tells** is that the treatment's amounts have by nature the heavier tail (in the last rows
  σ = 1.5, and 1 in control): neither arm has shown it yet, and the truth is above the interval in
  {percent(heavier[0].unwarned["fieller"].truth_above)} and
  {percent(heavier[1].unwarned["fieller"].truth_above)} %. With a cap on the amounts it is
  {both(capped.unwarned["fieller"].sides)}."""


def at_the_edge(partly: list[CoverageRow]) -> list[CoverageRow]:
    return [row for row in partly if row.name != HALF_ABOVE]


def caution_cells(row: CoverageRow) -> list[str]:
    draws = row.unwarned_replications
    cells = [sides_cell(row.unwarned[name].sides, draws, CAUTION_TOLERANCE) for name in UNWARNED]
    return [row.name, sizes_cell(row.sizes), percent(row.share_unwarned), *cells]


def is_judged(row: CoverageRow) -> bool:
    return row.unwarned_replications >= FEWEST_UNWARNED


def caution_claims(
    rows: list[CoverageRow], partly: list[CoverageRow], heavier: list[CoverageRow]
) -> Iterator[Claim]:
    for row in rows:
        says = f"{where(row)}: without caution are {row.share_unwarned:.3f}"
        yield is_judged(row) or row.share_unwarned < 0.01, f"{says}, neither many nor next to none"
    for row in [*filter(is_judged, rows), *at_the_edge(partly)]:
        for name in ("fieller", "welch", "pooled"):
            says = f"{where(row)}: without caution {name} errs {both(row.unwarned[name].sides)}"
            yield is_calm(row, name), f"{says}, not within a point"
    for row in partly:
        yield (
            0.35 < row.share_unwarned < 0.65,
            f"{where(row)}: {row.share_unwarned:.3f} have no caution, not half",
        )
    yield not all(is_calm(row, "delta") for row in at_the_edge(partly)), "delta is within a point at the edge"
    for row in heavier:
        yield row.share_unwarned > 0.8, f"{where(row)}: {row.share_unwarned:.3f} have no caution, not most"
        yield not is_calm(row, "fieller"), f"{where(row)}: within a point"


def is_calm(row: CoverageRow, name: str) -> bool:
    """Without a caution no side errs more than a point too often."""
    return is_safe(row.unwarned[name].sides, row.unwarned_replications, CAUTION_TOLERANCE)


# Intervals that allow for skewness


def skewness_text(rows: list[SkewnessRow]) -> str:
    widths = ("pooled", "log")
    header = [
        "metric",
        "control : treatment",
        *SKEWNESS_TITLES.values(),
        *(f"width, {name}" for name in widths),
    ]
    lines = [
        [
            row.name,
            sizes_cell(row.sizes),
            *(skewness_cell(row, name) for name in SKEWNESS_TITLES),
            *(f"{row.widths[name]:.2f}" for name in widths),
        ]
        for row in rows
    ]
    found = {(row.name, row.sizes): row.coverage for row in rows}
    unlike = found["half the buyers", (90_000, 10_000)]
    few, capped = found["Bernoulli 1 %", (9_000, 1_000)], found["revenue, capped", (90_000, 10_000)]
    even, uneven = found["revenue", (1_000, 1_000)], found["revenue", (90_000, 10_000)]
    return f"""\
## Intervals that allow for skewness

What else could be done at one look: how often the truth is below / above 95 % intervals of the lift,
{rows[0].experiments:,} experiments a row ({LIKELIHOODS} for empirical likelihood, where there are few
identities), the treatment's mean a tenth above. "log" is the delta method for ln(m₁/m₀), so (1 +
lift)·exp(±z·se/(1 + lift)) − 1. Johnson's t (1978) takes a third moment (Hall's monotone form of it, of 1992,
errs alike), empirical likelihood (Owen 2001) all values; "one variance" is Fieller's interval with the pooled
variance in both arms. Widths are those over the default's.

{table(header, lines)}

- **The logarithm** is no option. In uneven arms of moderate tails it does better than the default at about
  the same width ({both(few["log"].sides)} rather than {both(few["fieller"].sides)} with few conversions,
  {both(capped["log"].sides)} rather than {both(capped["fieller"].sides)} with capped amounts): there a
  caution is raised anyway, and without one the two are alike. With heavy tails it does not help
  ({both(uneven["log"].sides)}), with equal arms it errs more often ({both(even["log"].sides)} rather than
  {both(even["fieller"].sides)}), it needs both means to be above 0, and `p_value` would contradict it.
- **Corrections for skewness** do not help where tails are heavy: the third moment is known even less than the
  variance, and with few whales it is much too small. Nor does empirical likelihood, which has no more to go
  by. With equal arms they take away what the default has by symmetry.
- What helps is **a better variance for the smaller arm**. One variance for both is right where the arms
  differ in nothing but their means, and wrong where they do ({both(unlike["one variance"].sides)} with half
  the buyers in the treatment, who spend twice as much). `pooled` only ever makes a variance larger, and errs
  as often as it promises at most, but where the smaller arm's tail is the heavier one in truth
  ({both(unlike["pooled"].sides)} in that row), which no other arm can tell. It is wider, up to
  {max(row.widths["pooled"] for row in rows):.1f} times at few identities and not at all with well-known
  means, and stays an option: with equal arms the default is right and shorter, and so it is where there is no
  `caution`."""


def skewness_cell(row: SkewnessRow, name: str) -> str:
    coverage = row.coverage.get(name)
    return "" if coverage is None else sides_cell(coverage.sides, judged_experiments(row, name))


def judged_experiments(row: SkewnessRow, name: str) -> int:
    return LIKELIHOODS if name == "likelihood" else row.experiments


def skewness_claims(rows: list[SkewnessRow]) -> Iterator[Claim]:
    for row in rows:

        def says(name: str) -> str:
            return f"{where(row)}: {name} errs {both(row.coverage[name].sides)}"

        def safe(name: str) -> bool:
            return is_safe(row.coverage[name].sides, judged_experiments(row, name))

        smaller_is_heavier = row.name == "half the buyers" and row.sizes[1] < row.sizes[0]
        yield safe("pooled") != smaller_is_heavier, f"{says('pooled')}, more than promised only there"
        heavy = "revenue" in row.name and "capped" not in row.name
        if is_even(row):
            yield safe("fieller"), f"{says('fieller')}, not as promised at most"
        if heavy:
            yield not safe("johnson"), f"{says('johnson')}, as promised"
            yield is_even(row) or not safe("log"), f"{says('log')}, as promised"
        if heavy and is_even(row):
            fieller, log = row.coverage["fieller"], row.coverage["log"]
            yield log.share < fieller.share, f"{says('log')}, no more often than fieller"
        johnson, hall = row.coverage["johnson"].sides, row.coverage["hall"].sides
        alike = all(abs(one - other) < 0.01 for one, other in zip(johnson, hall))
        yield alike, f"{says('hall')}, unlike johnson's {both(johnson)}"
    found = {(row.name, row.sizes): row.coverage for row in rows}
    for key in (("Bernoulli 1 %", (9_000, 1_000)), ("revenue, capped", (90_000, 10_000))):
        log, fieller = found[key]["log"], found[key]["fieller"]
        yield (
            max(log.sides) < max(fieller.sides),
            f"{key}: log errs {both(log.sides)}, no better than fieller",
        )
