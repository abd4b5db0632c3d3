"""The reference for experimentInference, in exact and 80-digit arithmetic.

Moments are taken as the exact values of their doubles: everything rational is a Fraction, everything
else an mpmath number, and each result is rounded once, to the nearest double. The formulas and rules
are those of the contract; README.md beside this file lists the rules in full. Each subject has its own
module, reference_SUBJECT.py; this one puts them together into the rows of an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mpmath import mpf

from reference_best import chances_to_be_best
from reference_comparison import Comparison, Numbers, verdict_of_reason
from reference_moments import (
    Arm,
    Estimate,
    adjusted_estimate,
    estimate_of,
    mean_of,
    moments_reason,
    theta_of,
    variance_of,
)
from reference_numbers import to_double, to_mpf
from reference_tests import adjust_p_values

DEFAULT_OPTIONS: dict[str, Any] = {
    "control": "control",
    "confidence": 0.95,
    "min_identities": 50,
    "min_conversions": 5,
    "win_threshold": None,
    "correction": "holm",
    "sequential_tuning": 5000,
    "power": 0.8,
    "prior": None,
    "interval": "fieller",
    "anytime": "difference",
    "verdict": "fixed",
    "model": "normal",
    "beta_prior": {"alpha": 1, "beta": 1},
    "non_inferiority_margin": None,
}

PLAIN_FIELDS = ("lift", "ci_low", "ci_high", "chance_to_win")
NORMAL_FIELDS = (
    "difference",
    "difference_ci_low",
    "difference_ci_high",
    "p_value",
    "p_value_adjusted",
    "anytime_ci_low",
    "anytime_ci_high",
    "anytime_p_value",
    "chance_to_be_best",
    "minimum_detectable_effect",
)
ADJUSTMENT_FIELDS = ("mean_adjusted", "variance_adjusted", "variance_reduction")
# In the order of the function, after `reason`.
FURTHER_FIELDS = (
    "standard_error",
    "expected_loss",
    *NORMAL_FIELDS,
    *ADJUSTMENT_FIELDS,
    "chance_to_be_non_inferior",
    "caution",
    "anytime_reason",
)
# What stands in the words that say nothing.
WORDS = {"caution": "", "anytime_reason": ""}

DECISIONS = ("winning", "losing", "safe", "harmful")

Row = dict[str, Any]


@dataclass(frozen=True)
class Scorecard:
    """The arguments of one call, options complete."""

    arms: Sequence[Arm]
    aggregation: str
    lower_is_better: bool
    options: Mapping[str, Any]

    @cached_property
    def control(self) -> Arm | None:
        return next((arm for arm in self.arms if arm.variant == self.options["control"]), None)

    @cached_property
    def comparisons(self) -> list[Comparison | None]:
        """One per arm; of the control, and without one, none."""
        return [
            None
            if self.control is None or arm is self.control
            else Comparison(self.control, arm, self.aggregation, self.lower_is_better, self.options)
            for arm in self.arms
        ]

    def comparison(self, treatment: Arm) -> Comparison:
        return self.comparisons[next(index for index, arm in enumerate(self.arms) if arm is treatment)]

    # Rows

    def raw_row(self, arm: Arm) -> Row:
        return {
            "variant": arm.variant,
            "is_control": arm is self.control,
            "n": arm.n,
            "mean": to_double(mean_of(arm, self.aggregation)),
            "variance": to_double(variance_of(arm, self.aggregation)),
            **dict.fromkeys(PLAIN_FIELDS),
        }

    def control_row(self) -> Row:
        reason = moments_reason(self.control, self.aggregation)
        if not reason and self.control.n < 2:
            reason = "too_few_identities"
        return {**self.raw_row(self.control), "verdict": "control", "reason": reason}

    def plain_row(self, arm: Arm, comparison: Comparison | None) -> Row:
        """Without the fields that the first version lacked."""
        if arm is self.control:
            return self.control_row()
        if comparison is None:
            return {**self.raw_row(arm), "verdict": verdict_of_reason("no_control"), "reason": "no_control"}
        words = {"verdict": comparison.verdict, "reason": comparison.reason}
        return {**self.raw_row(arm), **words, **in_doubles(comparison.numbers_of_the_lift())}

    def plain_rows(self) -> list[Row]:
        return list(map(self.plain_row, self.arms, self.comparisons))

    def full_rows(self) -> list[Row]:
        rows = [dict.fromkeys(FURTHER_FIELDS) | WORDS | row for row in self.plain_rows()]
        numbers: dict[int, Numbers] = {index: {} for index in range(len(rows))}
        for index, comparison in self.compared().items():
            numbers[index] |= comparison.further_numbers_of_the_lift()
            numbers[index] |= comparison.numbers_of_the_difference()
            numbers[index] |= comparison.adjustment()
            rows[index]["anytime_reason"] = comparison.anytime_reason
        p_values = {index: each["p_value"] for index, each in numbers.items() if "p_value" in each}
        for index, p_value in self.corrected(p_values).items():
            numbers[index]["p_value_adjusted"] = p_value
        for index, chance in self.chances_to_be_best().items():
            numbers[index]["chance_to_be_best"] = chance
        for index, caution in self.cautions().items():
            rows[index]["caution"] = caution
        for index, values in numbers.items():
            rows[index] |= in_doubles(values)
        if any(row["mean_adjusted"] is not None for row in rows):
            control_row = next(row for row in rows if row["is_control"])
            control_row["mean_adjusted"] = control_row["mean"]
        return [in_order(row) for row in rows]

    # What needs all the treatments, by the index of the arm

    def compared(self) -> dict[int, Comparison]:
        return {index: each for index, each in enumerate(self.comparisons) if each is not None}

    def corrected(self, p_values: Mapping[int, mpf]) -> dict[int, mpf]:
        return dict(zip(p_values, adjust_p_values(list(p_values.values()), self.options["correction"])))

    def cautions(self) -> dict[int, str]:
        """`only_uncorrected` where nothing else is: a decision that does not outlast the correction."""
        compared = self.compared()
        deciding = {index: each.deciding_p_value for index, each in compared.items()}
        deciding = {index: each for index, each in deciding.items() if each is not None}
        corrected = self.corrected(deciding) if len(deciding) > 1 else {}
        cautions = {}
        for index, comparison in compared.items():
            is_decided = comparison.verdict in DECISIONS and index in corrected
            is_lost = is_decided and corrected[index] > to_mpf(comparison.level)
            cautions[index] = comparison.caution() or ("only_uncorrected" if is_lost else "")
        return cautions

    def chances_to_be_best(self) -> dict[int, mpf]:
        """Of control and one other the chance to win; of more, a race of normal means."""
        if self.control is None:
            return {}
        control = next(index for index, arm in enumerate(self.arms) if arm is self.control)
        compared = self.compared()
        scored = {index: each for index, each in compared.items() if each.chances_to_win is not None}
        if len(scored) == 1:
            ((index, comparison),) = scored.items()
            if comparison.is_beta_binomial or not comparison.is_delta:
                return dict(zip((index, control), comparison.chances_to_win))
        racing = sorted([control, *(index for index, each in compared.items() if each.is_compared)])
        if racing == [control]:
            return {}
        estimates = self.best_estimates([self.arms[index] for index in racing])
        return dict(zip(racing, chances_to_be_best(estimates, self.lower_is_better)))

    def best_estimates(self, arms: Sequence[Arm]) -> list[Estimate]:
        """The control among them; with covariates, one θ of them all."""
        if not any(each.is_compared and each.is_adjusted for each in self.compared().values()):
            return [estimate_of(arm, self.aggregation) for arm in arms]
        theta = theta_of(arms)
        return [adjusted_estimate(arm, self.control, theta) for arm in arms]


def in_doubles(numbers: Numbers) -> dict[str, float | None]:
    return {name: to_double(value) for name, value in numbers.items()}


def in_order(row: Row) -> Row:
    """`row` with its further fields last, in the order of the function."""
    plain = {name: value for name, value in row.items() if name not in FURTHER_FIELDS}
    return plain | {name: row[name] for name in FURTHER_FIELDS}


def scorecard_of(
    arms: Sequence[Arm], aggregation: str, lower_is_better: bool, options: Mapping[str, Any]
) -> Scorecard:
    return Scorecard(arms, aggregation, lower_is_better, DEFAULT_OPTIONS | dict(options))


def infer_plain(
    arms: Sequence[Arm], aggregation: str, lower_is_better: bool, options: Mapping[str, Any]
) -> list[Row]:
    """The answer without the fields that the first version lacked: one row per arm, in the order given."""
    return scorecard_of(arms, aggregation, lower_is_better, options).plain_rows()
