"""False verdicts and sample ratios: the tables, the sentences below them, and what the sentences claim."""

from __future__ import annotations

from collections.abc import Iterator

from claims import CHANCE, SIDE, TOLERANCE, Claim, is_safe, is_sound, is_too_often
from markdown import both, mark, percent, points, sides_cell, sizes_cell, table
from studies import DistributionRow, SampleRatioRow, VerdictRow, standard_error

DISTRIBUTIONS = {
    "delta": "lift, normal",
    "normal": "difference, normal",
    "t": "difference, Student's t",
}
SAMPLE_RATIO_RULES = ("p_value", "sequential_p_value")
# In these the normal approximation holds from the first look on.
LIGHT_TAILED = ("Bernoulli 30 %", "Poisson, mean 2", "ratio")


def where(row: DistributionRow | VerdictRow) -> str:
    return f"{row.name}, {sizes_cell(row.sizes)}"


# Which distribution


def distributions_text(rows: list[DistributionRow]) -> str:
    header = ["metric", "control : treatment", *DISTRIBUTIONS.values()]
    lines = [
        [row.name, sizes_cell(row.sizes), *(distribution_cell(row, name) for name in DISTRIBUTIONS)]
        for row in rows
    ]
    found = {(row.name, row.sizes): row.called for row in rows}
    few = found["Bernoulli 1 %", (10_000, 10_000)]
    small = found["normal, −10 ± 20", (60, 600)]
    heavy, rare = found["revenue", (90_000, 10_000)], found["Bernoulli 1 %", (990_000, 10_000)]
    draws = rows[0].replications
    return f"""\
## Which distribution

Chances, intervals and verdicts rest on one statistic and its distribution. Here three are compared: {draws:,}
experiments a row without any effect, with one look. Given is how often they are called `winning` / `losing`;
promised are 2.5 / 2.5. One Monte-Carlo standard error is {points(SIDE, draws)} points. "lift" is the lift
over the error that the delta method gives it, which `"interval": "delta"` uses; "difference" is the
difference of the means over its error. The last column is the default. Normal values: mean ± standard
deviation (in the fourth row ± 2 in the treatment).

{table(header, lines)}

- **The lift over its error** calls too many falls and too few rises: where control's mean is too low by
  chance, the lift is too high, but so is its error ({both(few["delta"].sides)} with 100 conversions in each
  arm). It is right where the means are well known. There is no lift where control's mean is not above 0.
- **The difference over its error** has no such side, at means of any sign. **Student's t**, with the degrees
  of freedom of Welch and Satterthwaite, is right from 60 identities on ({both(small["t"].sides)} rather than
  {both(small["normal"].sides)} by the normal distribution at 60 : 600); from about a thousand on, the two are
  the same. It is what p_value, chance_to_win, the intervals and the verdict have in common.
- No distribution helps against heavy tails in uneven arms ({both(heavy["t"].sides)}): `caution` warns of
  them. Few conversions in the smaller of uneven arms do a little of the same ({both(rare["t"].sides)} with
  100)."""


def distribution_cell(row: DistributionRow, name: str) -> str:
    verdicts = row.called.get(name)
    return "" if verdicts is None else sides_cell(verdicts.sides, row.replications)


def distributions_claims(rows: list[DistributionRow]) -> Iterator[Claim]:
    for row in rows:
        for name in ("normal", "t"):
            sides = row.called[name].sides
            says = f"{where(row)}: by {name} are called {both(sides)}"
            heavy = row.name.startswith("revenue")
            if row.sizes[0] == row.sizes[1]:
                yield is_safe(sides, row.replications), f"{says}, not as promised at most"
            if not (heavy or row.name.startswith("Bernoulli 1 %")):
                yield is_sound(sides, row.replications), f"{says}, not as promised within half a point"
            if heavy and row.sizes[0] != row.sizes[1]:
                yield is_too_often(sides[1], row.replications), f"{says}, not too many falls"
        if min(row.sizes) >= 1_000:
            apart = max(abs(a - b) for a, b in zip(row.called["t"].sides, row.called["normal"].sides))
            yield apart < 0.001, f"{where(row)}: t and normal are {apart:.4f} apart"
        elif row.name.startswith("normal"):
            off = [max(abs(side - SIDE) for side in row.called[name].sides) for name in ("t", "normal")]
            yield off[0] < TOLERANCE / 2, f"{where(row)}: t is off by {off[0]:.4f}"
        if "delta" in row.called:
            rises, falls = row.called["delta"].sides
            yield rises < falls, f"{where(row)}: by delta are called {both((rises, falls))}, not more falls"


# Looking again and again

LOOKS_COLUMNS = (
    ("fixed", "once", "`fixed`, at the end"),
    ("fixed", "ever", "`fixed`, ever"),
    ("anytime", "ever", "`anytime`, ever"),
    ("delta", "ever", "`anytime` by `delta`, ever"),
    ("hybrid", "ever", "`hybrid`, ever"),
)


def looks_text(rows: list[VerdictRow]) -> str:
    header = ["metric", "control : treatment", *(title for _, _, title in LOOKS_COLUMNS), "`hybrid`, both"]
    found = {(row.name, row.sizes, row.rule): row for row in rows}
    worlds = dict.fromkeys((row.name, row.sizes) for row in rows)
    lines = [
        [
            name,
            sizes_cell(sizes),
            *(looks_cell(found[name, sizes, rule], when) for rule, when, _ in LOOKS_COLUMNS),
            percent(found[name, sizes, "hybrid"].ever.total),
        ]
        for name, sizes in worlds
    ]
    light = [found[name, (10_000, 10_000), "fixed"].ever.total for name in LIGHT_TAILED]
    worst = {rule: max(row.ever.total for row in rows if row.rule == rule) for rule, _, _ in LOOKS_COLUMNS}
    even = max(row.ever.total for row in rows if row.rule == "hybrid" and row.sizes[0] == row.sizes[1])
    uneven = found["revenue", (90_000, 10_000), "fixed"].once
    draws = rows[0].replications
    return f"""\
## False positives when looking again and again

A look after every 1 % of the data: {draws:,} experiments a row without any effect; 100 looks. Given is how
often an experiment is called `winning` / `losing`. "At the end" looks once; "ever" counts the first of the
looks that calls it. `fixed` is the same as `p_value` below 0.05, and `anytime` as `anytime_p_value` below
0.05. `hybrid` goes by `anytime` at every look but the last, and by `fixed` at the last, when the experiment
is completed; the last column is both sides together. `fixed` promises 2.5 / 2.5 at one look, `anytime` the
same at any number of looks, and `hybrid` no more than both together, 5 / 5. One Monte-Carlo standard error is
{points(SIDE, draws)} points at 2.5, {points(0.25, draws)} at 25.

{table(header, lines)}

- **`fixed`** keeps its promise at one look, but for heavy tails in uneven arms ({both(uneven.sides)}), which
  have a `caution`. Looked at again and again, it calls an effect that is not there in
  {percent(max(light), 0)} of 100 experiments with light tails, and in up to {percent(worst["fixed"], 0)} with
  heavy ones. It is not made for stopping early. Settle n beforehand
  (`experimentSampleSize`).
- **`anytime`** may be looked at as often as one likes, from the first look on: it errs in
  {percent(worst["anytime"])} of 100 experiments at most, with a handful of buyers, heavy tails and splits of
  99 : 1 too.
- **`hybrid`** is safe while the experiment runs, and at its end as sharp as `fixed`. What `anytime` errs
  before comes on top: that makes {percent(even)} of 100 in all at most with arms of equal size. With heavy
  tails in uneven arms it errs as `fixed` does at the end, in {percent(worst["hybrid"])} at worst.
- The formula of the delta method, `"anytime": "delta"`, does not hold while means are not well known
  ({percent(worst["delta"])}): it is there to compare with platforms that use it."""


def looks_cell(row: VerdictRow, when: str) -> str:
    # A hybrid verdict may err twice.
    tolerance = SIDE if row.rule == "hybrid" else TOLERANCE
    return sides_cell(getattr(row, when).sides, row.replications, tolerance)


def looks_claims(rows: list[VerdictRow]) -> Iterator[Claim]:
    found = {(row.name, row.sizes, row.rule): row for row in rows}
    for row in rows:
        says = f"{where(row)}, {row.rule}: {both(row.once.sides)} at the end, {both(row.ever.sides)} ever"
        draws = row.replications
        even, light = row.sizes[0] == row.sizes[1], row.name in LIGHT_TAILED
        if row.rule == "fixed":
            yield row.ever.total > 4 * 2 * SIDE, f"{says}; looking again and again multiplies it by four"
            if even:
                yield is_safe(row.once.sides, draws), f"{says}; one look keeps its promise"
        elif row.rule == "anytime":
            most = 2 * SIDE + CHANCE * standard_error(2 * SIDE, draws)
            yield row.ever.total <= most, f"{says}; any number of looks keeps 0.05"
        elif row.rule == "hybrid":
            fixed, anytime = (found[row.name, row.sizes, rule] for rule in ("fixed", "anytime"))
            most = fixed.once.total + anytime.ever.total
            yield fixed.once.total <= row.ever.total <= most, f"{says}; at most what both err together"
            yield row.ever.total < 0.07 or not even, f"{says}; less than 7 in all"
        elif light:
            yield is_safe(row.ever.sides, draws), f"{says}; any number of looks keeps 0.05"
        elif row.name.startswith(("revenue", "Pareto")):
            yield row.ever.total > 4 * SIDE, f"{says}; does not hold"


# Sample ratios


def sample_ratio_text(rows: list[SampleRatioRow]) -> str:
    header = ["design", "level", "`p_value`: at the end", "ever", "`sequential_p_value`: at the end", "ever"]
    found = {(row.name, row.level, row.rule): row for row in rows}
    keys = dict.fromkeys((row.name, row.level) for row in rows)
    lines = [
        [name, f"{100 * level:g}"]
        + [cell for rule in SAMPLE_RATIO_RULES for cell in sample_ratio_cells(found[name, level, rule])]
        for name, level in keys
    ]
    worst = max(row.ever for row in rows if row.rule == "p_value" and row.level == 0.001)
    draws = rows[0].replications
    return f"""\
## Sample ratio mismatch when looking again and again

In the same way: {draws:,} experiments a row that are split by design, 20,000 identities in all at the end,
100 looks. One Monte-Carlo standard error is {points(0.05, draws)} points at 5, {points(0.001, draws)} at 0.1.

{table(header, lines)}

- `p_value` below 0.001, the verdict `mismatch`, is right for one look and comes up in {percent(worst)} of 100
  sound experiments that are watched all the time. `sequential_p_value` keeps its level at any number of
  looks: take it for an alarm that is always on."""


def exceeds(share: float, row: SampleRatioRow) -> bool:
    """Whether a share of the row is above its level by more than chance explains."""
    return share > row.level + CHANCE * standard_error(row.level, row.replications)


def sample_ratio_cells(row: SampleRatioRow) -> list[str]:
    return [mark(percent(share, 2), exceeds(share, row)) for share in (row.once, row.ever)]


def sample_ratio_claims(rows: list[SampleRatioRow]) -> Iterator[Claim]:
    for row in rows:
        says = f"{row.name}, {row.rule} < {row.level}: {row.once:.5f} at the end, {row.ever:.5f} ever"
        yield not exceeds(row.once, row), f"{says}; one look keeps the level"
        if row.rule == "p_value":
            yield row.ever > 2 * row.level, f"{says}; looking again and again at least doubles it"
        else:
            yield not exceeds(row.ever, row), f"{says}; any number of looks keeps the level"
