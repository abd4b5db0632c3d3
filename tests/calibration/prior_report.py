"""Truths drawn from a prior: the table, the sentences below it, and what the sentences claim."""

from __future__ import annotations

from collections.abc import Iterator

from claims import Claim, is_safe, is_sound
from markdown import both, mark, percent, points, sides_cell, table
from studies import CHANCE_BINS, ChanceBin, PriorRow, standard_error

# Chances to win hold within a point: the normal approximation and chance together.
CHANCE_TOLERANCE = 0.01
WINNING = f"{CHANCE_BINS[-2]:g}"

COLUMNS = {
    "flat": "flat prior",
    "prior": "`prior`",
    "beta_binomial": "`beta_binomial`",
}


def prior_text(rows: list[PriorRow]) -> str:
    found = {row.name: row for row in rows}
    header = ["chance_to_win"]
    for title in COLUMNS.values():
        header += [f"{title}: said", "better"]
    lines = []
    for index, one in enumerate(found["flat"].bins):
        bins = [found[name].bins[index] for name in COLUMNS]
        cells = [cell for each in bins for cell in chance_cells(each)]
        lines.append([f"{one.low:g} to {one.high:g}", *cells])
    rows_of_cells = (
        ("the interval misses", [(found[name].coverage, found[name].draws) for name in COLUMNS]),
        (
            f"the same, chance_to_win ≥ {WINNING}",
            [(found[name].winners, found[name].winning_draws) for name in COLUMNS],
        ),
    )
    for title, intervals in rows_of_cells:
        cells = [sides_cell(each.sides, draws) for each, draws in intervals]
        lines.append([title, *(part for cell in cells for part in ("2.5 / 2.5", cell))])
    flat = found["flat"]
    error = max(standard_error(one.better, one.answers) for row in rows for one in row.bins)
    return f"""\
## Chance to win when the truth is drawn from a prior

{flat.draws:,} experiments a column. "Said" is the mean chance_to_win of the answers in that range, "better"
how many of these treatments are better in truth; in the last rows it is how often the true lift is below the
interval, and above. Flat prior and `prior`: a rate of 30 %, 10,000 identities per arm, lifts from
{{"mean": 0, "stddev": 0.02}}, judged without and with that as the option. `beta_binomial`: 100 identities per
arm, both rates from Beta(2, 38), the option `beta_prior`. One Monte-Carlo standard error is at most
{percent(error, 2)} points in the ranges, {points(0.025, flat.draws)} for a side of the interval over all
experiments and {percent(winners_error(rows), 2)} over the winners.

{table(header, lines)}

- With the prior that the truths come from, a chance to win is what it says within a point. The credible
  interval misses as often as it promises on either side, among all experiments and among the winners.
- The flat prior takes every observed lift at its word. Where most true lifts are small, it says too much: of
  the arms that it calls `winning` ({percent(flat.bins[-1].said)} % on average),
  {percent(flat.bins[-1].better)} % are better, and {percent(flat.winners.truth_below)} % of their intervals
  are above the truth. If you know how large lifts usually are, say so in `prior`."""


def chance_cells(one: ChanceBin) -> list[str]:
    return [percent(one.said), mark(percent(one.better), abs(one.said - one.better) > CHANCE_TOLERANCE)]


def winners_error(rows: list[PriorRow]) -> float:
    return max(standard_error(share, row.winning_draws) for row in rows for share in row.winners.sides)


def prior_claims(rows: list[PriorRow]) -> Iterator[Claim]:
    for row in rows:
        last = row.bins[-1]
        says = f"{row.name}: misses {both(row.coverage.sides)}, of the winners {both(row.winners.sides)}"
        if row.name == "flat":
            yield is_sound(row.coverage.sides, row.draws), f"{says}; as promised over all"
            yield last.better < last.said - CHANCE_TOLERANCE, f"flat prior: {last}, says too much"
            yield row.winners.truth_below > row.winners.truth_above, f"{says}; the winners' are too high"
            yield not is_safe(row.winners.sides, row.winning_draws), f"{says}; too few of the winners"
            continue
        for one in row.bins:
            yield abs(one.said - one.better) <= CHANCE_TOLERANCE, f"{row.name}: {one}, true within a point"
        for sides, draws in ((row.coverage.sides, row.draws), (row.winners.sides, row.winning_draws)):
            yield is_sound(sides, draws), f"{says}; as promised within half a point"
