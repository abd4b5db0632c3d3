"""How the always-valid set was chosen: the tables, the sentences below them, and what the sentences claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anytime import CHOSEN, RULES, RulesRow
from claims import CHANCE, Claim
from markdown import mark, percent, sizes_cell, table
from studies import standard_error

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

Everything here needs only moments and n. That leaves out the sequences that follow each value as it comes, by
betting or empirical Bernstein bounds (Waudby-Smith & Ramdas 2024), and need bounds of the values besides.
What is left is the normal mixture of Robbins in the asymptotic form of Waudby-Smith, Arbour, Sinha, Kennedy &
Ramdas over a statistic, its variance and a time to start. The table has false positives at any of 100 looks
in %, winning and losing together, promised 5; 2,000 to 20,000 experiments a row. The error is that of the
means at the end, by the larger coefficient of variation and the smaller n, and "from 10 %" begins when it is
below that. Platforms have the column "delta"; there is no `min_conversions` here.

{table(header, lines)}

- The delta method divides by control's mean, and fails with a noisy one ({percent(worst["delta"])} at worst).
  The **difference** m₁ − (1 + δ)m₀ does not, which is enough with arms of equal size. With uneven ones it
  fails as well ({percent(worst["difference"])}): in the smaller arm heavy tails show late, and until then its
  variance is too small and its mean too low. Both hold if they begin at 10 %; at 20 % the difference is at
  the edge ({percent(worst["difference, from 20 %"])} at worst, more in the last rows). But most experiments
  with conversions of 1 % never get as far as 10 %.
- With no arm's **variance below the pooled one** (scaled by (1 + δ)² to the other mean) there is nothing to
  wait for ({percent(worst["pooled variance"])} at most), as the larger arm knows what the smaller has not
  seen. It costs power while variances are not settled. So the **chosen** set takes pooled variances until the
  error is 10 %, and each arm's own from there on ({percent(worst[CHOSEN])} at most).
- The last two rows have no effect on the mean, but other populations: the *smaller* arm's tail is by far the
  heavier one in truth, which the larger arm cannot tell. There the chosen set calls
  {" and ".join(percent(row.shares[CHOSEN]) for row in unlike)}, and only saying nothing before 10 % holds
  ({" and ".join(percent(row.shares["difference, from 10 %"]) for row in unlike)}). `caution` says
  `means_not_settled` all the while.

Power, the other side: an effect up or down by so much, found at any of the 100 looks, in %, on average of
both. "delta" begins where it holds: with 30 conversions, or 10,000 identities per arm of revenue.

{table(power_header, power_lines)}

- Against delta where that holds, {lost_text(lost)}. Of falls alone it is up to {percent(lost_of_falls)} %,
  for delta's misses are nearly all falls that are none, and of rises it gains."""


def lost_text(lost: float) -> str:
    if lost <= 0:
        return "the chosen set loses no power"
    return f"the chosen set loses {percent(lost)} % of the power at most"


def rules_cells(row: RulesRow, names: list[str]) -> list[str]:
    error = standard_error(0.05, row.replications)
    cells = [mark(percent(row.shares[name]), row.shares[name] > 0.05 + CHANCE * error) for name in names]
    return [row.name, sizes_cell(row.sizes), percent(row.standard_error), *cells]


def power_cells(one: Power) -> list[str]:
    shares = [percent(one.of(rule)) for rule in POWER_RULES]
    return [one.name, f"± {100 * one.effect:.0f}", sizes_cell(one.up.sizes), *shares]


def rules_claims(rows: list[RulesRow], unlike: list[RulesRow], power: list[Power]) -> Iterator[Claim]:
    for row in rows:
        most = 0.05 + CHANCE * standard_error(0.05, row.replications)
        for name in (CHOSEN, "pooled variance", "difference, from 10 %"):
            share = row.shares[name]
            yield share <= most, f"{row.name}, {sizes_cell(row.sizes)}: {name} calls {share:.4f}, at most 5 %"
    worst = max(row.shares["difference, from 20 %"] for row in rows)
    yield worst > 0.05, f"from 20 % on the difference calls {worst:.4f}, not 5 % everywhere"
    for row in unlike:
        share = row.shares[CHOSEN]
        yield share <= 0.1, f"{row.name}: {CHOSEN} calls {share:.4f}, at most twice its promise"
    for one in power:
        kept = one.of(CHOSEN) / one.of("delta")
        yield kept >= 1 - POWER_LOSS, f"{one.name}, {one.effect}: {kept:.3f} of delta's power is kept"
