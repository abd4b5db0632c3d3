"""The tables, the sentences below them, and what the sentences claim."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from studies import LEVEL, ChanceBin, Coverage, CoverageRow, LooksRow, PriorRow, standard_error

# What a share may be off by chance, in Monte-Carlo standard errors.
CHANCE = 4

# A mean known to 5 % is known well, one known to 10 % only is not.
WELL_KNOWN, POORLY_KNOWN = 0.05, 0.1

# An interval is sound within half a point, and not too short down to there.
TOLERANCE = 0.005

# Chances to win hold within a point: the normal approximation and chance together.
CHANCE_TOLERANCE = 0.01

TITLES = {
    "delta": "lift, `delta`",
    "fieller": "lift, `fieller`",
    "beta_binomial": "lift, `beta_binomial`",
    "welch": "difference",
    "anytime": "lift, anytime",
}
RULES = {
    "p_value": "`p_value` < 0.05",
    "verdict": "verdict `winning` or `losing`",
    "anytime_p_value": "`anytime_p_value` < 0.05",
}
SAMPLE_RATIO_RULES = ("p_value", "sequential_p_value")
# In these the normal approximation holds from the first look on.
LIGHT_TAILED = ("Bernoulli 30 %", "Poisson, mean 2")

WIDTH = 110
NO_BREAK = "\u00a0"

Claim = tuple[bool, str]


@dataclass(frozen=True)
class Results:
    coverage: list[CoverageRow]
    looks: list[LooksRow]
    sample_ratio: list[LooksRow]
    prior: list[PriorRow]

    def text(self) -> str:
        parts = [
            INTRODUCTION,
            coverage_text(self.coverage),
            looks_text(self.looks),
            sample_ratio_text(self.sample_ratio),
            prior_text(self.prior),
        ]
        return "\n\n".join(filled(block) for part in parts for block in part.split("\n\n")) + "\n"

    def broken_claims(self) -> list[str]:
        claims = [
            *coverage_claims(self.coverage),
            *looks_claims(self.looks),
            *sample_ratio_claims(self.sample_ratio),
            *prior_claims(self.prior),
        ]
        return [claim for holds, claim in claims if not holds]


INTRODUCTION = "Shares are in %; **bold** is worse than promised by more than chance explains."


# Coverage


def coverage_text(rows: list[CoverageRow]) -> str:
    header = ["metric", "identities", "error", *TITLES.values()]
    lines = [
        [row.name, sizes(row), percent(row.standard_error), *(coverage_cell(row, name) for name in TITLES)]
        for row in rows
    ]
    found = {(row.name, row.split, row.n): row.intervals for row in rows}
    revenue, capped, uneven = (
        found["revenue", 1, 1_000],
        found["revenue, capped", 1, 1_000],
        found["revenue", 9, 1_000],
    )
    uneven_capped, few = found["revenue, capped", 9, 10_000], found["Bernoulli 1 %", 1, 1_000]
    anytime = [row.intervals["anytime"].share for row in rows if row.standard_error < WELL_KNOWN]
    draws = rows[0].replications
    return f"""\
## Coverage of the intervals

95 % intervals, with one look at a fixed n: {draws:,} experiments a row, the treatment's
mean a tenth above the control's. One Monte-Carlo standard error is {points(LEVEL, draws)} points at 95 %,
{points(revenue["delta"].share, draws)} at {percent(revenue["delta"].share)} %. Identities are those of each
arm, or of control and treatment. The error is the standard error of an arm's mean over that mean, the larger
of both arms. Revenue: 5 % buy, for a log-normal amount (σ = 1.5); capped: at 20 times the median amount.
Ratio: clicks per view; who views more clicks less often. CUPED: Poisson visits, correlated by 0.7 with those
of the time before.

{table(header, lines)}

- The default interval, `delta`, is right within half a point where both arms' means are known to 5 % (but for
  heavy tails in uneven arms, see below). Where they are not, with few conversions or few buyers of very
  different amounts, it **under-covers** ({percent(revenue["delta"].share)} % for revenue at 1,000), nearly
  always because the true lift is above it. With arms of equal size, `"interval": "fieller"` cures that, and
  so does the interval of the difference: neither falls below 94.5 %. So do more identities. For conversions,
  `beta_binomial` is right at either n.
- With heavy tails and arms of unequal size **every interval under-covers**
  ({percent(uneven["fieller"].share)} % by `fieller`, {percent(uneven["welch"].share)} % for the difference,
  at 9,000 : 1,000): the skewness of the two means no longer cancels. Cap the amounts
  ({percent(uneven_capped["delta"].share)} % by `delta` at 90,000 : 10,000), split evenly, or wait for more
  identities. At 1,000 per arm a cap helps too, but not enough for `delta` ({percent(capped["delta"].share)}
  %).
- The anytime interval pays for looking at any time, so at one look it covers more than it has to
  ({percent(min(anytime))} % and more where both means are known to 5 %). It rests on the same standard error
  as `delta`, so that heavy tails eat into the reserve.
- Of Bernoulli 1 % at 1,000, `min_conversions` withholds {percent(1 - few["delta"].answered)} %, and of
  revenue at 1,000, `fieller` withholds {percent(1 - revenue["fieller"].answered)} %
  (`control_mean_indistinct_from_zero`). What is withheld is not counted. `beta_binomial` answers all."""


def sizes(row: CoverageRow) -> str:
    return f"{row.n:,}" if row.split == 1 else f"{row.split * row.n:,} : {row.n:,}"


def coverage_cell(row: CoverageRow, name: str) -> str:
    if name not in row.intervals:
        return ""
    share = row.intervals[name].share
    return mark(percent(share), share < LEVEL - TOLERANCE)


def coverage_claims(rows: list[CoverageRow]) -> Iterator[Claim]:
    for row in rows:
        claims = even_claims(row) if row.split == 1 else uneven_claims(row)
        label = f"{row.name}, {sizes(row)}"
        for name, holds, claim in claims:
            yield holds, f"{label}: {name} covers {row.intervals[name].share:.4f}, not {claim}"
        for name, interval in row.intervals.items():
            least = 0.95 if row.n == 1_000 and name != "beta_binomial" else 0.999
            yield interval.answered >= least, f"{label}: {name} answers {interval.answered:.4f}"


def even_claims(row: CoverageRow) -> Iterator[tuple[str, bool, str]]:
    """(interval, whether it holds, what is said of it) with arms of equal size."""
    well_known = row.standard_error < WELL_KNOWN
    for name, interval in row.intervals.items():
        sound = abs(interval.share - LEVEL) <= TOLERANCE
        if name == "beta_binomial" or (name == "delta" and well_known):
            yield name, sound, "95 % within half a point"
        elif name == "delta" and row.standard_error > POORLY_KNOWN:
            yield name, not sound and upward(interval), "too little, the truth being above"
        elif name in ("fieller", "welch"):
            yield name, interval.share >= LEVEL - TOLERANCE, "at least 94.5 %"
        elif name == "anytime":
            least = 0.995 if well_known else LEVEL - TOLERANCE
            yield name, interval.share >= least, f"at least {least}"
    if (row.name, row.n) == ("revenue", 1_000):
        yield "anytime", row.intervals["anytime"].share < 0.98, "less than 98 % with heavy tails"


def uneven_claims(row: CoverageRow) -> Iterator[tuple[str, bool, str]]:
    """The same with arms of unequal size and heavy tails."""
    for name in ("delta", "fieller", "welch"):
        share = row.intervals[name].share
        if "capped" in row.name:
            yield name, abs(share - LEVEL) <= 2 * TOLERANCE, "95 % within a point"
        else:
            yield name, share < LEVEL - TOLERANCE, "too little"


def upward(interval: Coverage) -> bool:
    """Of the misses, four in five at least have the truth above the interval."""
    return interval.truth_above >= 4 * interval.truth_below


# Looking again and again


def looks_text(rows: list[LooksRow]) -> str:
    header = ["metric"]
    for rule in RULES.values():
        header += [f"{rule}: at the end", "ever"]
    found = {(row.name, row.rule): row for row in rows}
    names = list(dict.fromkeys(row.name for row in rows))
    lines = [[name, *(cell for rule in RULES for cell in looks_cells(found[name, rule], 1))] for name in names]
    p_value, verdict = (found["Bernoulli 30 %", rule] for rule in ("p_value", "verdict"))
    tailed, uneven = found["revenue", "verdict"], found["revenue, 9 : 1", "p_value"]
    return f"""\
## False positives when looking again and again

A look after every 1 % of the data: {p_value.replications:,} experiments a row
without any effect, 10,000 identities per arm at the end (9 : 1: 90,000 in control), 100 looks. "At the end"
looks once; "ever" stops at the first of the 100 looks that calls an effect. `p_value` and `anytime_p_value`
promise 5, the verdict 10 (`win_threshold` 0.95 on either side). One Monte-Carlo standard error is
{points(0.05, p_value.replications)} points at 5, {points(0.5, p_value.replications)} at 50.

{table(header, lines)}

- Looked at once, `p_value` and the verdict keep their promise, but for heavy tails: of revenue, with 500
  buyers in the treatment, the verdict calls {percent(tailed.once)}, and with uneven arms `p_value` calls
  {percent(uneven.once)}. Looked at again and again, they call an effect that is not there in
  {percent(p_value.ever, 0)} and {percent(verdict.ever, 0)} of 100 experiments: neither is made for stopping
  early. Settle n beforehand (`experimentSampleSize`) or decide by `anytime_p_value`.
{anytime_text([row for row in rows if row.rule == "anytime_p_value"])}"""


def anytime_text(rows: list[LooksRow]) -> str:
    most = max(row.ever for row in rows if row.name in LIGHT_TAILED)
    broken = [row for row in rows if exceeds(row.ever, row)]
    if not broken:
        most = max(row.ever for row in rows)
        return f"- `anytime_p_value` may be looked at as often as one likes: {percent(most)} at most."
    worst = max(broken, key=lambda row: row.ever)
    return f"""\
- `anytime_p_value` may be looked at as often as one likes ({percent(most)} in 100 looks), once the normal
  approximation holds. With a handful of conversions or of buyers at the first looks it does not
  ({percent(worst.ever)} for {worst.name}). Begin to look when both means are known to about 20 %: at 30
  conversions (`min_conversions`), or at the n where a standard error is a fifth of the mean
  (`min_identities`; for this revenue 5,000)."""


def exceeds(share: float, row: LooksRow) -> bool:
    """Whether a share of the row is above its level by more than chance explains."""
    return share > row.level + CHANCE * standard_error(row.level, row.replications)


def looks_cells(row: LooksRow, digits: int) -> list[str]:
    return [mark(percent(share, digits), exceeds(share, row)) for share in (row.once, row.ever)]


def looks_claims(rows: list[LooksRow]) -> Iterator[Claim]:
    for row in rows:
        says = f"{row.name}, {row.rule}: {row.once:.4f} at the end, {row.ever:.4f} ever"
        tailed = row.rule == "verdict" and row.name.startswith("revenue")
        uneven = row.rule == "p_value" and row.name.startswith("revenue, 9 : 1")
        kept = not (tailed or uneven)
        verb = "keeps" if kept else "exceeds"
        yield kept != exceeds(row.once, row), f"{says}; one look {verb} {row.level:.2f}"
        if row.rule != "anytime_p_value":
            yield row.ever > 2 * row.level, f"{says}; looking again and again at least doubles {row.level:.2f}"
        elif row.name in LIGHT_TAILED or "`" in row.name:
            yield not exceeds(row.ever, row), f"{says}; any number of looks keeps {row.level:.2f}"


# Sample ratios


def sample_ratio_text(rows: list[LooksRow]) -> str:
    header = ["design", "level", "`p_value`: at the end", "ever", "`sequential_p_value`: at the end", "ever"]
    found = {(row.name, row.level, row.rule): row for row in rows}
    keys = dict.fromkeys((row.name, row.level) for row in rows)
    lines = [
        [name, f"{100 * level:g}"]
        + [cell for rule in SAMPLE_RATIO_RULES for cell in looks_cells(found[name, level, rule], 2)]
        for name, level in keys
    ]
    worst = max(row.ever for row in rows if row.rule == "p_value" and row.level == 0.001)
    draws = rows[0].replications
    return f"""\
## Sample ratio mismatch when looking again and again

In the same way: {draws:,} experiments a row that are split by design, 20,000
identities in all at the end, 100 looks. One Monte-Carlo standard error is {points(0.05, draws)} points at 5,
{points(0.001, draws)} at 0.1.

{table(header, lines)}

- `p_value` below 0.001, the verdict `mismatch`, is right for one look and comes up in {percent(worst)} of 100
  sound experiments that are watched all the time. `sequential_p_value` keeps its level at any number of
  looks: take it for an alarm that is always on."""


def sample_ratio_claims(rows: list[LooksRow]) -> Iterator[Claim]:
    for row in rows:
        says = f"{row.name}, {row.rule} < {row.level}: {row.once:.5f} at the end, {row.ever:.5f} ever"
        yield not exceeds(row.once, row), f"{says}; one look keeps the level"
        if row.rule == "p_value":
            yield row.ever > 2 * row.level, f"{says}; looking again and again at least doubles it"
        else:
            yield not exceeds(row.ever, row), f"{says}; any number of looks keeps the level"


# Truths drawn from the prior

PRIOR_COLUMNS = {
    "flat": "flat prior",
    "prior": "`prior`",
    "beta_binomial": "`beta_binomial`",
}


def prior_text(rows: list[PriorRow]) -> str:
    found = {row.name: row for row in rows}
    header = ["chance_to_win"]
    for title in PRIOR_COLUMNS.values():
        header += [f"{title}: said", "better"]
    lines = []
    for index, one in enumerate(found["flat"].bins):
        bins = [found[name].bins[index] for name in PRIOR_COLUMNS]
        cells = [cell for each in bins for cell in chance_cells(each)]
        lines.append([f"{one.low:g} to {one.high:g}", *cells])
    rows_of_cells = (
        ("interval holds the lift", [found[name].coverage for name in PRIOR_COLUMNS]),
        ("the same, chance_to_win ≥ 0.95", [found[name].winners for name in PRIOR_COLUMNS]),
    )
    for title, intervals in rows_of_cells:
        cells = [mark(percent(each.share), each.share < LEVEL - TOLERANCE) for each in intervals]
        lines.append([title, *(part for cell in cells for part in ("95", cell))])
    flat = found["flat"]
    error = max(standard_error(one.better, one.answers) for row in rows for one in row.bins)
    return f"""\
## Chance to win when the truth is drawn from a prior

{flat.draws:,} experiments a column. "Said" is the
mean chance_to_win of the answers in that range, "better" how many of these treatments are better in truth.
Flat prior and `prior`: a rate of 30 %, 10,000 identities per arm, lifts from {{"mean": 0, "stddev": 0.02}},
judged without and with that as the option. `beta_binomial`: 100 identities per arm, both rates from Beta(2,
38), the option `beta_prior`. One Monte-Carlo standard error is at most {percent(error, 2)} points in the
ranges, {points(LEVEL, flat.draws)} for the interval over all experiments and
{percent(winners_error(rows), 2)} over the winners.

{table(header, lines)}

- With the prior that the truths come from, a chance to win is what it says within a point, and the credible
  interval holds the lift in 95 % of all experiments, and of the winners too.
- The flat prior takes every observed lift at its word. Where most true lifts are small, it says too much: of
  the arms it gives 95 % or more ({percent(flat.bins[-1].said)} % on average), {percent(flat.bins[-1].better)}
  % are better, and the intervals of these winners hold the lift in {percent(flat.winners.share)} % only,
  being too high. If you know how large lifts usually are, say so in `prior`."""


def chance_cells(one: ChanceBin) -> list[str]:
    return [percent(one.said), mark(percent(one.better), abs(one.said - one.better) > CHANCE_TOLERANCE)]


def winners_error(rows: list[PriorRow]) -> float:
    return max(standard_error(row.winners.share, row.winning_draws) for row in rows)


def prior_claims(rows: list[PriorRow]) -> Iterator[Claim]:
    for row in rows:
        last = row.bins[-1]
        says = f"{row.name}: {row.coverage.share:.4f} covered, of the winners {row.winners.share:.4f}"
        if row.name == "flat":
            yield last.better < last.said - CHANCE_TOLERANCE, f"flat prior: {last}, says too much"
            yield row.winners.truth_below > row.winners.truth_above, f"{says}; the winners' are too high"
            yield row.winners.share < LEVEL - TOLERANCE, f"{says}; too few of the winners"
            continue
        for one in row.bins:
            yield abs(one.said - one.better) <= CHANCE_TOLERANCE, f"{row.name}: {one}, true within a point"
        for share in (row.coverage.share, row.winners.share):
            yield abs(share - LEVEL) <= TOLERANCE, f"{says}; 95 % within half a point"


# Markdown


def table(header: list[str], lines: list[list[str]]) -> str:
    rows = [header, ["---"] + ["---:"] * (len(header) - 1), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def filled(block: str) -> str:
    """A paragraph, or the items of a list, in lines of their width; a table or a heading as it is."""
    if block.startswith(("|", "#")):
        return block
    items = re.split(r"\n(?=- )", block)
    return "\n".join(
        textwrap.fill(
            kept_together(" ".join(item.split())),
            WIDTH,
            subsequent_indent="  " if item.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        ).replace(NO_BREAK, " ")
        for item in items
    )


def kept_together(text: str) -> str:
    """With no break before a %, around = and :, and within code."""
    code = re.sub(r"`[^`]*`", lambda match: match[0].replace(" ", NO_BREAK), text)
    return re.sub(r" (?=%)| (?=[=:] )|(?<= [=:]) ", NO_BREAK, code)


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}"


def points(share: float, draws: int) -> str:
    """The Monte-Carlo standard error of a share, in percentage points."""
    return percent(standard_error(share, draws), 2)


def mark(text: str, bad: bool) -> str:
    return f"**{text}**" if bad else text
