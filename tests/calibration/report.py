"""The page: the text of each study, and all that it claims."""

from __future__ import annotations

from dataclasses import dataclass

from anytime import RulesRow
from coverage_report import (
    caution_claims,
    caution_text,
    coverage_claims,
    coverage_text,
    skewness_claims,
    skewness_text,
)
from event_report import EventResults
from markdown import filled
from prior_report import prior_claims, prior_text
from rules_report import Power, rules_claims, rules_text
from skewness import SkewnessRow
from studies import CoverageRow, DistributionRow, PriorRow, SampleRatioRow, VerdictRow
from verdict_report import (
    distributions_claims,
    distributions_text,
    looks_claims,
    looks_text,
    sample_ratio_claims,
    sample_ratio_text,
)

INTRODUCTION = """\
Shares are in %, and given for each side: an interval may miss the truth below it or above it, and a verdict
may be wrong as `winning` or as `losing`. **Bold** is worse than promised by more than half a point and more
than chance explains."""


@dataclass(frozen=True)
class Results:
    coverage: list[CoverageRow]
    # in heavier tails and more uneven splits
    heavy: list[CoverageRow]
    # where some of the experiments have a caution
    partly: list[CoverageRow]
    # of populations that differ in more than their means
    heavier: list[CoverageRow]
    distributions: list[DistributionRow]
    looks: list[VerdictRow]
    rules: list[RulesRow]
    unlike: list[RulesRow]
    power: list[Power]
    skewness: list[SkewnessRow]
    sample_ratio: list[SampleRatioRow]
    prior: list[PriorRow]
    events: EventResults

    def text(self) -> str:
        parts = [
            INTRODUCTION,
            coverage_text(self.coverage),
            caution_text(self.coverage + self.heavy, self.partly, self.heavier),
            distributions_text(self.distributions),
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
            *caution_claims(self.coverage + self.heavy, self.partly, self.heavier),
            *distributions_claims(self.distributions),
            *looks_claims(self.looks),
            *rules_claims(self.rules, self.unlike, self.power),
            *skewness_claims(self.skewness),
            *sample_ratio_claims(self.sample_ratio),
            *prior_claims(self.prior),
            *self.events.claims(),
        ]
        return [claim for holds, claim in claims if not holds]
