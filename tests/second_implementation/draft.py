"""A world in the making: its names, its choices so far, and the SQL texts that it used."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from sql_texts import Pairs

if TYPE_CHECKING:
    from generate_rows import MadeSource

T = TypeVar("T")

LEVELS = {
    "11": frozenset(),
    "12": frozenset(
        (
            "aggregations",
            "at_least",
            "caps",
            "covariates",
            "dimensions",
            "funnel",
            "quantile",
            "ratio",
            "windows",
        )
    ),
}


@dataclass
class Draft:
    rng: random.Random
    features: frozenset[str]  # what is used beyond the basics; LEVELS names sets of them
    environments: Sequence[str]
    flags: Sequence[str]
    variants: Sequence[str]
    events: Sequence[str]
    identifiers: Sequence[str]
    rounded: bool  # values whose sums depend on the order of additions
    sources: list[MadeSource] = field(default_factory=list)
    expressions: Pairs = field(default_factory=dict)

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def use(self, feature: str, chance: float) -> bool:
        return self.maybe(chance) and feature in self.features

    def choice(self, choices: Sequence[T]) -> T:
        return self.rng.choice(choices)

    def pick(self, pairs: Pairs) -> str:
        """One of the SQL texts, known to the second implementation from then on."""
        sql = self.choice(list(pairs))
        self.expressions[sql] = pairs[sql]
        return sql
