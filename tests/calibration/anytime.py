"""How the always-valid set was chosen: rules that need no more than moments and n, where there is no effect.

The rules are written down here once more, in NumPy, for most of them are no part of the program; that the
chosen one is the program's own is asserted on the way. A rule is z²(δ) = (m₁ − (1 + δ)m₀)²/V(δ) against the
squared critical value of the normal mixture, with a V of its own and from a first look of its own on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies import LOOKS, cumulated, estimates, stream
from wire import Floats, Moments, Program
from worlds import Sizes, World

ALPHA, TUNING = 0.05, 5000.0
MIN_IDENTITIES = 50

# Replications of all looks at once, and of the largest world.
BATCH = 100
# Of those in which the program is asked too.
CHECKED = 20


@dataclass(frozen=True)
class Looked:
    """What moments and n say at each look: means, variances and sizes of control (0) and treatment (1)."""

    n0: Floats
    n1: Floats
    m0: Floats
    m1: Floats
    v0: Floats
    v1: Floats

    @property
    def relative_error(self) -> Floats:
        """The larger coefficient of variation over the root of the smaller n; infinite for a mean of 0."""
        variation = np.maximum(self.v0 / self.m0**2, self.v1 / self.m1**2)
        error = np.sqrt(variation / np.minimum(self.n0, self.n1))
        return np.where(np.isfinite(error) & (self.m0 > 0) & (self.m1 > 0), error, np.inf)


# The squared errors V at no effect, of which the delta method's is that of m₁ − m₀ too: in units of m₀².


def by_delta(at: Looked) -> Floats:
    return at.v1 / at.n1 + (at.m1 / at.m0) ** 2 * at.v0 / at.n0


def by_difference(at: Looked) -> Floats:
    return at.v1 / at.n1 + at.v0 / at.n0


def by_pooled(at: Looked) -> Floats:
    pooled = (at.n0 * at.v0 + at.n1 * at.v1) / (at.n0 + at.n1)
    return np.maximum(at.v1, pooled) / at.n1 + np.maximum(at.v0, pooled) / at.n0


def by_largest(at: Looked) -> Floats:
    return np.maximum(at.v0, at.v1) * (1 / at.n0 + 1 / at.n1)


def chosen(at: Looked) -> Floats:
    return np.where(at.relative_error <= 0.1, by_difference(at), by_pooled(at))


@dataclass(frozen=True)
class Rule:
    name: str
    squared_error: Callable[[Looked], Floats]
    # Nothing is called before both means are known to this.
    start: float = math.inf


CHOSEN = "chosen"
RULES = (
    Rule("delta", by_delta),
    Rule("delta, from 10 %", by_delta, 0.1),
    Rule("difference", by_difference),
    Rule("difference, from 20 %", by_difference, 0.2),
    Rule("difference, from 10 %", by_difference, 0.1),
    Rule("largest variance", by_largest),
    Rule("pooled variance", by_pooled),
    Rule(CHOSEN, chosen),
)


def squared_critical_value(n: Floats) -> Floats:
    log = -2 * math.log(ALPHA)
    information = n * (log + math.log1p(log)) / TUNING
    return 2 * (1 + 1 / information) * (0.5 * np.log1p(information) - math.log(ALPHA))


def alarms(at: Looked, rule: Rule, min_identities: int = MIN_IDENTITIES) -> NDArray[np.bool_]:
    distance = (at.m1 - at.m0) ** 2
    called = distance > squared_critical_value(at.n0 + at.n1) * rule.squared_error(at)
    ready = np.minimum(at.n0, at.n1) >= min_identities
    return called & ready & (at.relative_error <= rule.start)


@dataclass(frozen=True)
class RulesRow:
    """The share of experiments that a rule calls at any of the looks, by the rule's name."""

    name: str
    sizes: Sizes
    # of the means at the last look, the median
    standard_error: float
    shares: dict[str, float]
    replications: int


def rules(
    program: Program, world: World, sizes: Sizes, replications: int, delta_starts_at: int = 0
) -> list[RulesRow]:
    """An experiment of these sizes (control, treatment), looked at after every hundredth.

    `delta_starts_at` identities per arm, the delta rule begins: it is wrong before.
    """
    rng = stream(f"rules {world.name} {sizes}")
    called: dict[str, int] = {}
    errors: list[float] = []
    for start in range(0, replications, BATCH):
        shape = (min(BATCH, replications - start), LOOKS)
        control = cumulated(world.control.sample(rng, sizes[0] // LOOKS, shape))
        treatment = cumulated(world.treatment.sample(rng, sizes[1] // LOOKS, shape))
        (n0, m0, v0), (n1, m1, v1) = estimates(control), estimates(treatment)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = Looked(n0, n1, m0, m1, v0, v1)
            errors.append(float(np.median(at.relative_error[:, -1])))
            for rule in RULES:
                least = max(MIN_IDENTITIES, delta_starts_at * (rule.name == "delta"))
                found = alarms(at, rule, least)
                called[rule.name] = called.get(rule.name, 0) + int(found.any(axis=1).sum())
                if start == 0 and rule.name == CHOSEN:
                    assert_the_program_says_so(program, world, control, treatment, found)
    shares = {name: count / replications for name, count in called.items()}
    return [RulesRow(world.name, sizes, float(np.median(errors)), shares, replications)]


def assert_the_program_says_so(
    program: Program, world: World, control: Moments, treatment: Moments, found: NDArray[np.bool_]
) -> None:
    first = [
        Moments(*(None if values is None else values[:CHECKED] for _, values in arm.columns()))
        for arm in (control, treatment)
    ]
    options = {"min_identities": MIN_IDENTITIES, "min_conversions": 0}
    answer = program.infer(*first, world.aggregation, ["anytime_p_value"], **options)["anytime_p_value"]
    says = (answer < ALPHA).reshape(found[:CHECKED].shape)
    assert np.array_equal(says, found[:CHECKED]), f"{world.name}: the program has another rule"
