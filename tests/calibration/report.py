"""The tables, the sentences below them, and what the sentences claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anytime import CHOSEN, RULES, RulesRow
from claims import CHANCE, TOLERANCE, Claim
from event_report import EventResults
from markdown import filled, mark, percent, points, table
from skewness import LIKELIHOODS, SkewnessRow
from skewness import TITLES as SKEWNESS_TITLES
from studies import LEVEL, ChanceBin, Coverage, CoverageRow, LooksRow, PriorRow, standard_error

# A mean known to 5 % is known well, one known to 10 % only is not.
WELL_KNOWN, POORLY_KNOWN = 0.05, 0.1

# Chances to win hold within a point: the normal approximation and chance together.
CHANCE_TOLERANCE = 0.01

TITLES = {
    "delta": "lift, `delta`",
    "fieller": "lift, `fieller`",
    "pooled": "lift, `pooled`",
    "beta_binomial": "lift, `beta_binomial`",
    "welch": "difference",
    "anytime": "lift, anytime",
}
LOOKS_RULES = {
    "p_value": "`p_value` < 0.05",
    "verdict": "verdict, `fixed`",
    "anytime_p_value": "verdict, `anytime`, or `anytime_p_value` < 0.05",
    "delta": "the same with `\"anytime\": \"delta\"`",
}
SAMPLE_RATIO_RULES = ("p_value", "sequential_p_value")
# In these the normal approximation holds from the first look on.
LIGHT_TAILED = ("Bernoulli 30 %", "Poisson, mean 2", "ratio")

# Without a caution, an interval covers what it promises but for this.
CAUTION_TOLERANCE = 0.01
# Fewer experiments say nothing of their coverage.
FEWEST_UNWARNED = 300
# The intervals of one look, which are held to both sides of their promise.
ONE_LOOK = ("delta", "fieller", "welch")

POWER_RULES = ("delta", "difference", "pooled variance", CHOSEN)
# The power that the always-valid set may lose against delta where that holds, of the power.
POWER_LOSS = 0.1


@dataclass(frozen=True)
class Power:
    """What is found of an effect of this size, upwards and downwards."""

    name: str
    effect: float
    up: RulesRow
    down: RulesRow

    def of(self, rule: str) -> float:
        return (self.up.shares[rule] + self.down.shares[rule]) / 2


@dataclass(frozen=True)
class Results:
    coverage: list[CoverageRow]
    # in heavier tails and more uneven splits
    heavy: list[CoverageRow]
    looks: list[LooksRow]
    rules: list[RulesRow]
    # of populations that differ in more than their means
    unlike: list[RulesRow]
    power: list[Power]
    skewness: list[SkewnessRow]
    sample_ratio: list[LooksRow]
    prior: list[PriorRow]
    events: EventResults

    def text(self) -> str:
        parts = [
            INTRODUCTION,
            coverage_text(self.coverage),
            caution_text(self.coverage + self.heavy),
            looks_text(self.looks),
            rules_text(self.rules, self.unlike, self.power),
            skewness_text(self.skewness),
            sample_ratio_text(self.sample_ratio),
            prior_text(self.prior),
            self.events.text(),
        ]
        return "\n\n".join(filled(block) for part in parts for block in part.split("\n\n")) + "\n"

    def broken_claims(self) -> list[str]:
        claims = [
            *coverage_claims(self.coverage),
            *caution_claims(self.coverage + self.heavy),
            *looks_claims(self.looks),
            *rules_claims(self.rules, self.unlike, self.power),
            *skewness_claims(self.skewness),
            *sample_ratio_claims(self.sample_ratio),
            *prior_claims(self.prior),
            *self.events.claims(),
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
    anytime = [row.intervals["anytime"].share for row in rows]
    draws = rows[0].replications
    return f"""\
## Coverage of the intervals

95 % intervals, with one look at a fixed n: {draws:,} experiments a row, the treatment's
mean a tenth above the control's. One Monte-Carlo standard error is {points(LEVEL, draws)} points at 95 %,
{points(revenue["delta"].share, draws)} at {percent(revenue["delta"].share)} %. Identities are those of each
arm, or of control and treatment. The error is the standard error of an arm's mean over that mean, the larger
of both arms. Revenue: 5 % buy, for a log-normal amount (σ = 1.5); capped: at 20 times the median amount.
Ratio: clicks per view; who views more clicks less often. CUPED: Poisson visits, correlated by 0.7 with those
of the time before; "half above": by 0.95, and the treatment's mean half above the control's.

{table(header, lines)}

- The default interval, `delta`, is right within half a point where both arms' means are known to 5 % (but for
  heavy tails in uneven arms, see below). Where they are not, with few conversions or few buyers of very
  different amounts, it **under-covers** ({percent(revenue["delta"].share)} % for revenue at 1,000), nearly
  always because the true lift is above it. With arms of equal size, `"interval": "fieller"` cures that, and
  so does the interval of the difference: neither falls below 94.5 %. So do more identities. For conversions,
  `beta_binomial` is right at either n.
- With heavy tails and arms of unequal size **these intervals under-cover**
  ({percent(uneven["fieller"].share)} % by `fieller`, {percent(uneven["welch"].share)} % for the difference,
  at 9,000 : 1,000): the smaller arm has not seen yet how much its values vary. `"interval": "pooled"` takes
  that
  from the larger arm and covers at least what it says in every row, at the price of width
  ([compared](#intervals-that-allow-for-skewness)). Or cap the amounts
  ({percent(uneven_capped["delta"].share)} %
  by `delta` at 90,000 : 10,000), split evenly, or wait for more identities. At 1,000 per arm a cap helps too,
  but not enough for `delta` ({percent(capped["delta"].share)} %).
- The anytime interval pays for looking at any time, so at one look it covers more than it has to
  ({percent(min(anytime))} % and more).
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
            may_have_no_ends = row.n == 1_000 and name in ("delta", "fieller", "welch")
            least = 0.95 if may_have_no_ends else 0.999
            if name in ("anytime", "pooled") and row.n < 100_000:
                continue
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
        elif name in ("fieller", "welch", "pooled"):
            yield name, interval.share >= LEVEL - TOLERANCE, "at least 94.5 %"
        elif name == "anytime":
            yield name, interval.share >= 0.995, "at least 0.995"


def uneven_claims(row: CoverageRow) -> Iterator[tuple[str, bool, str]]:
    """The same with arms of unequal size and heavy tails."""
    for name in ("delta", "fieller", "welch"):
        share = row.intervals[name].share
        if "capped" in row.name:
            yield name, abs(share - LEVEL) <= 2 * TOLERANCE, "95 % within a point"
        else:
            yield name, share < LEVEL - TOLERANCE, "too little"
    for name in ("pooled", "anytime"):
        share = row.intervals[name].share
        yield name, share >= LEVEL - TOLERANCE, "at least 94.5 %"


def upward(interval: Coverage) -> bool:
    """Of the misses, four in five at least have the truth above the interval."""
    return interval.truth_above >= 4 * interval.truth_below


# Cautions


def caution_text(rows: list[CoverageRow]) -> str:
    names = [name for name in TITLES if name not in ("beta_binomial", "pooled")]
    header = ["metric", "identities", "without caution", *(TITLES[name] for name in names)]
    lines = [
        [row.name, sizes(row), percent(row.share_unwarned), *(caution_cell(row, name) for name in names)]
        for row in rows
    ]
    return f"""\
## What a caution is worth

The same experiments, and some with heavier tails and more uneven splits, counting only those whose answer
has no
`caution`: coverage in %, and how many they are. At 99 : 1 and with σ = 2 or Pareto's tail (P(amount > x) =
x^(−2.5), so of no finite skewness) there are 1,000 to 4,000 experiments a row. Rows with fewer than
{FEWEST_UNWARNED} of them say nothing.

{table(header, lines)}

- Without a caution no interval covers less than a point below what it promises, in any of these worlds, and
  but for
  two kinds of rows none more than a point above: where the error is about 5 % itself, so that only part of
  the
  experiments get through (Bernoulli 30 % at 1,000), and in the heaviest tails. What gets through has seen its
  whales, and its interval may be longer than it has to be.
- `means_not_settled` is raised where a mean is not known to 5 %, so with fewer than some 400 conversions, or
  for this revenue below about 76,000 identities. `variances_disagree` tells, of uneven arms of revenue, those
  apart where the smaller arm has been spared: they are the ones that would have missed the truth."""


def caution_cell(row: CoverageRow, name: str) -> str:
    if not is_judged(row):
        return ""
    share = row.unwarned[name].share
    return mark(percent(share), share < LEVEL - CAUTION_TOLERANCE)


def is_judged(row: CoverageRow) -> bool:
    return row.share_unwarned * row.replications >= FEWEST_UNWARNED


def caution_claims(rows: list[CoverageRow]) -> Iterator[Claim]:
    for row in filter(is_judged, rows):
        chance = 2 * standard_error(LEVEL, row.share_unwarned * row.replications)
        for name in ONE_LOOK:
            share = row.unwarned[name].share
            says = f"{row.name}, {sizes(row)}: without caution {name} covers {share:.4f}"
            yield share >= LEVEL - CAUTION_TOLERANCE - chance, f"{says}, at least 94 %"
            if "σ" not in row.name and row.standard_error < 0.9 * WELL_KNOWN and row.split < 99:
                yield share <= LEVEL + CAUTION_TOLERANCE + chance, f"{says}, at most 96 %"


# Looking again and again


def looks_text(rows: list[LooksRow]) -> str:
    header = ["metric"]
    for rule in LOOKS_RULES.values():
        header += [f"{rule}: at the end", "ever"]
    found = {(row.name, row.rule): row for row in rows}
    names = list(dict.fromkeys(row.name for row in rows))
    lines = [
        [name, *(cell for rule in LOOKS_RULES for cell in looks_cells(found[name, rule], 1))] for name in
        names
    ]
    p_value, verdict = (found["Bernoulli 30 %", rule] for rule in ("p_value", "verdict"))
    tailed, uneven = found["revenue", "verdict"], found["revenue, 9 : 1", "p_value"]
    worst = {rule: max(row.ever for row in rows if row.rule == rule) for rule in LOOKS_RULES}
    return f"""\
## False positives when looking again and again

A look after every 1 % of the data: {p_value.replications:,} experiments a row
without any effect, 10,000 identities in the treatment at the end, and as many in control, or 9 or 99 times as
many; 100 looks. "At the end" looks once; "ever" stops at the first of the 100 looks that calls an effect.
Called
is a `p_value` or an `anytime_p_value` below 0.05, or the verdict `winning` or `losing`: of
`"verdict": "fixed"`, which promises 10 (`win_threshold` 0.95 on either side), and of `"verdict":
"anytime"`. All
others promise 5. One Monte-Carlo standard error is {points(0.05, p_value.replications)} points at 5,
{points(0.5, p_value.replications)} at 50.

{table(header, lines)}

- Looked at once, `p_value` and the verdict keep their promise, but for heavy tails: of revenue, with 500
  buyers in the treatment, the verdict calls {percent(tailed.once)}, and with uneven arms `p_value` calls
  {percent(uneven.once)}. Looked at again and again, they call an effect that is not there in
  {percent(p_value.ever, 0)} and {percent(verdict.ever, 0)} of 100 experiments, and in up to
  {percent(worst["p_value"], 0)} and {percent(worst["verdict"], 0)} with heavy tails: neither is made for
  stopping early. Settle n beforehand (`experimentSampleSize`), or let `"verdict": "anytime"` decide.
- `"verdict": "anytime"` and `anytime_p_value` may be looked at as often as one likes, from the first look on:
  {percent(worst["anytime_p_value"])} at most, with a handful of buyers, heavy tails and splits of 99 : 1 too.
- The formula of the delta method, `"anytime": "delta"`, does not hold while means are not well known
  ({percent(worst["delta"])}): it is there to compare with platforms that use it."""


def looks_claims(rows: list[LooksRow]) -> Iterator[Claim]:
    for row in rows:
        says = f"{row.name}, {row.rule}: {row.once:.4f} at the end, {row.ever:.4f} ever"
        tailed = row.rule == "verdict" and "revenue" in row.name
        uneven = row.rule == "p_value" and "revenue, 9" in row.name
        if not (tailed or uneven or "σ" in row.name or "Pareto" in row.name or " : 1" in row.name):
            yield not exceeds(row.once, row), f"{says}; one look keeps {row.level:.2f}"
        if row.rule in ("p_value", "verdict"):
            yield row.ever > 2 * row.level, f"{says}; looking again and again at least doubles it"
        elif row.rule == "anytime_p_value":
            yield not exceeds(row.ever, row), f"{says}; any number of looks keeps {row.level:.2f}"
        elif row.name in LIGHT_TAILED:
            yield not exceeds(row.ever, row), f"{says}; any number of looks keeps {row.level:.2f}"
        elif "revenue" in row.name:
            yield exceeds(row.ever, row), f"{says}; does not hold"


def exceeds(share: float, row: LooksRow) -> bool:
    """Whether a share of the row is above its level by more than chance explains."""
    return share > row.level + CHANCE * standard_error(row.level, row.replications)


def looks_cells(row: LooksRow, digits: int) -> list[str]:
    return [mark(percent(share, digits), exceeds(share, row)) for share in (row.once, row.ever)]


# How the always-valid set was chosen


def rules_text(rows: list[RulesRow], unlike: list[RulesRow], power: list[Power]) -> str:
    names = [rule.name for rule in RULES]
    titles = [f"**{name}**" if name == CHOSEN else name for name in names]
    header = ["no effect", "control : treatment", "error", *titles]
    lines = [rules_cells(row, names) for row in [*rows, *unlike]]
    worst = {name: max(row.shares[name] for row in rows) for name in names}
    power_header = ["effect", "size, %", "control : treatment", *POWER_RULES]
    power_lines = [power_cells(one) for one in power]
    lost = max(1 - one.of(CHOSEN) / one.of("delta") for one in power)
    lost_of_falls = max(1 - one.down.shares[CHOSEN] / one.down.shares["delta"] for one in power)
    return f"""\
## How the always-valid set was chosen

Everything here needs only moments and n, which leaves out the sequences that follow each value as it comes,
by
betting or empirical Bernstein bounds (Waudby-Smith & Ramdas 2024), and need bounds of the values besides.
What is
left is the normal mixture of Robbins in the asymptotic form of Waudby-Smith, Arbour, Sinha, Kennedy &
Ramdas over a
statistic, its variance and a time to start: false positives at any of 100 looks in %, promised 5; 2,000 to
20,000
experiments a row. The error is that of the means at the end, by the larger coefficient of variation and the
smaller
n, and "from 10 %" begins when it is below that. Platforms have the column "delta"; there is no
`min_conversions` here.

{table(header, lines)}

- The delta method divides by control's mean, and fails with a noisy one ({percent(worst["delta"])} at
  worst). The
  **difference** m₁ − (1 + δ)m₀ does not, which is enough with arms of equal size. With uneven ones it fails
  as well
  ({percent(worst["difference"])}): in the smaller arm heavy tails show late, and until then its variance is
  too
  small and its mean too low. Both hold if they begin at 10 %; at 20 % the difference is at the edge
  ({percent(worst["difference, from 20 %"])} at worst, more in the last rows). But most experiments with
  conversions of 1 % never get as far as 10 %.
- With no arm's **variance below the pooled one** (scaled by (1 + δ)² to the other mean) there is nothing to
  wait for
  ({percent(worst["pooled variance"])} at most), as the larger arm knows what the smaller has not seen. It
  costs power
  while variances are not settled. So the **chosen** set takes pooled variances until the error is 10 %, and
  each
  arm's own from there on ({percent(worst[CHOSEN])} at most).
- The last two rows have no effect on the mean, but other populations: the *smaller* arm's tail is by far the
  heavier one in truth, which the larger arm cannot tell. There the chosen set calls
  {" and ".join(percent(row.shares[CHOSEN]) for row in unlike)}, and only saying nothing before 10 % holds
  ({" and ".join(percent(row.shares["difference, from 10 %"]) for row in unlike)}). `caution` says
  `means_not_settled` all the while.

Power, the other side: an effect up or down by so much, found at any of the 100 looks, in %, on average of
both.
"delta" begins where it holds: with 30 conversions, or 10,000 identities per arm of revenue.

{table(power_header, power_lines)}

- Against delta where that holds, {lost_text(lost)}. Of falls alone it is up to {percent(lost_of_falls)} %, for
  delta's misses are nearly all falls that are none, and of rises it gains."""


def lost_text(lost: float) -> str:
    if lost <= 0:
        return "the chosen set loses no power"
    return f"the chosen set loses {percent(lost)} % of the power at most"


def rules_cells(row: RulesRow, names: list[str]) -> list[str]:
    error = standard_error(0.05, row.replications)
    cells = [mark(percent(row.shares[name]), row.shares[name] > 0.05 + CHANCE * error) for name in names]
    return [row.name, sizes_of(row.sizes), percent(row.standard_error), *cells]


def power_cells(one: Power) -> list[str]:
    shares = [percent(one.of(rule)) for rule in POWER_RULES]
    return [one.name, f"± {100 * one.effect:.0f}", sizes_of(one.up.sizes), *shares]


def sizes_of(sizes: tuple[int, int]) -> str:
    return f"{sizes[0]:,} : {sizes[1]:,}"


def rules_claims(rows: list[RulesRow], unlike: list[RulesRow], power: list[Power]) -> Iterator[Claim]:
    for row in rows:
        most = 0.05 + CHANCE * standard_error(0.05, row.replications)
        for name in (CHOSEN, "pooled variance", "difference, from 10 %"):
            share = row.shares[name]
            yield share <= most, f"{row.name}, {sizes_of(row.sizes)}: {name} calls {share:.4f}, at most 5 %"
    worst = max(row.shares["difference, from 20 %"] for row in rows)
    yield worst > 0.05, f"from 20 % on the difference calls {worst:.4f}, not 5 % everywhere"
    for row in unlike:
        share = row.shares[CHOSEN]
        yield share <= 0.1, f"{row.name}: {CHOSEN} calls {share:.4f}, at most twice its promise"
    for one in power:
        kept = one.of(CHOSEN) / one.of("delta")
        yield kept >= 1 - POWER_LOSS, f"{one.name}, {one.effect}: {kept:.3f} of delta's power is kept"


# Intervals that allow for skewness


def skewness_text(rows: list[SkewnessRow]) -> str:
    header = ["metric", "control : treatment", *SKEWNESS_TITLES.values(), "width"]
    lines = [skewness_cells(row) for row in rows]
    return f"""\
## Intervals that allow for skewness

What else could be done at one look: coverage of 95 % intervals of the lift, {rows[0].experiments:,}
experiments a row
({LIKELIHOODS} for empirical likelihood, where there are few identities), the treatment's mean a tenth above.
Johnson's t (1978) and Hall's monotone form of it (1992) take a third moment, empirical likelihood (Owen
2001) all
values; "one variance" is Fieller's interval with the pooled variance in both arms. Width is that of
`pooled` over
that of `fieller`.

{table(header, lines)}

- Corrections for skewness do not help: the third moment of a heavy tail is known even less than its
  variance, and
  with few whales it is much too small. Nor does empirical likelihood, which has no more to go by. With
  equal arms
  they take away what `fieller` has by symmetry.
- What helps is a better variance for the smaller arm. One variance for both is right where the arms differ
  in nothing
  but their means, and wrong where they do ({percent(min(row.coverage["one variance"] for row in rows))} %
  with half the
  buyers in the treatment, who spend twice as much); `pooled`, which only ever makes a variance larger,
  covers {percent(min(row.coverage["pooled"] for row in rows))}
  % at least. So that is offered. It is wider, up to {max(row.width for row in rows):.1f} times at few
  identities and
  not at all with well-known means, and stays an option: with equal arms `fieller` is right and shorter, and
  where
  there is no `caution` the default is right."""


def skewness_cells(row: SkewnessRow) -> list[str]:
    found = {name: row.coverage.get(name) for name in SKEWNESS_TITLES}
    cells = [
        "" if share is None else mark(percent(share), share < LEVEL - TOLERANCE) for share in found.values()
    ]
    return [row.name, sizes_of(row.sizes), *cells, f"{row.width:.2f}"]


def skewness_claims(rows: list[SkewnessRow]) -> Iterator[Claim]:
    for row in rows:
        says = f"{row.name}, {sizes_of(row.sizes)}"
        share = row.coverage["pooled"]
        yield share >= LEVEL - TOLERANCE, f"{says}: pooled covers {share:.4f}, at least 94.5 %"
        if row.sizes[0] == row.sizes[1]:
            share = row.coverage["fieller"]
            yield share >= LEVEL - TOLERANCE, f"{says}: fieller covers {share:.4f}, at least 94.5 %"
        for name in ("johnson", "hall", "likelihood"):
            share = row.coverage.get(name, 0.0)
            yield share < LEVEL - TOLERANCE, f"{says}: {name} covers {share:.4f}, too little"


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
