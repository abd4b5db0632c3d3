"""The reference for experimentInference, in exact and 80-digit arithmetic.

Moments are taken as the exact values of their doubles: everything rational is a Fraction, everything
else an mpmath number, and each result is rounded once, to the nearest double. The formulas and rules
are those of the contract; README.md beside this file lists the rules in full. Each subject has its own
module, reference_SUBJECT.py; this one puts them together into the rows of an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from mpmath import mpf

from reference_anytime import delta_test, difference_test_of_lift, lifts_within, side_of, unboundedness
from reference_best import chances_to_be_best
from reference_beta_binomial import BetaLift, beta_posterior
from reference_caution import beta_caution_of, caution_of
from reference_moments import (
    UNADJUSTED,
    Arm,
    Estimate,
    adjusted_estimate,
    adjusted_reason,
    joint_variances,
    estimate_of,
    has_covariate,
    lacks_covariates,
    mean_of,
    moments_reason,
    ratio_reason,
    theta_of,
    variance_of,
)
from reference_numbers import to_double, two_sided_quantile
from reference_posterior import (
    Pair,
    Posterior,
    better_first,
    fieller_g,
    fieller_interval,
    posterior_of,
    verdict_of,
)
from reference_tests import (
    adjust_p_values,
    difference_test,
    minimum_detectable_effect,
)

DEFAULT_OPTIONS: dict[str, Any] = {
    "control": "control",
    "confidence": 0.95,
    "min_identities": 50,
    "min_conversions": 5,
    "win_threshold": 0.95,
    "correction": "holm",
    "sequential_tuning": 5000,
    "power": 0.8,
    "prior": None,
    "interval": "delta",
    "anytime": "difference",
    "verdict": "fixed",
    "model": "normal",
    "beta_prior": {"alpha": 1, "beta": 1},
    "non_inferiority_margin": None,
}

COLLECTING_DATA = {"no_control", "too_few_identities", "too_few_conversions", "too_few_for_quantile"}
# A posterior of two proportions needs neither.
NO_OBSTACLE_TO_BETA = {"too_few_conversions", "control_mean_not_positive"}

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

Row = dict[str, Any]
Numbers = dict[str, Fraction | mpf | None]


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

    @property
    def is_beta_binomial(self) -> bool:
        return self.aggregation == "occurrence" and self.options["model"] == "beta_binomial"

    @property
    def identities_floor(self) -> int:
        return max(2, self.options["min_identities"])

    def is_below_conversions(self, arm: Arm) -> bool:
        return self.aggregation == "occurrence" and arm.sum < self.options["min_conversions"]  # not NaN

    # Reasons

    def first_reason(self, treatment: Arm) -> str:
        """The first reason for which the normal approximation says nothing of a treatment, or ''."""
        control = self.control
        if control is None:
            return "no_control"
        arms = (treatment, control)
        if any(arm.n < self.identities_floor for arm in arms):
            return "too_few_identities"
        if any(map(self.is_below_conversions, arms)):
            return "too_few_conversions"
        if self.aggregation == "quantile":
            reasons = [moments_reason(arm, self.aggregation) for arm in arms]
            for reason in ("too_few_for_quantile", "missing_moments"):
                if reason in reasons:
                    return reason
        if self.aggregation not in UNADJUSTED and lacks_covariates(arms):
            return "missing_moments"
        reasons = [ratio_reason(arm) if self.aggregation == "ratio" else "" for arm in arms]
        for reason in ("missing_moments", "denominator_not_positive"):
            if reason in reasons:
                return reason
        control_mean = mean_of(control, self.aggregation)
        if control_mean is not None and control_mean <= 0:
            return "control_mean_not_positive"
        reasons = [moments_reason(arm, self.aggregation) for arm in arms]
        for reason in ("precision_lost", "invalid_moments"):
            if reason in reasons:
                return reason
        return self.reason_after_adjustment(treatment, control)

    def reason_after_adjustment(self, treatment: Arm, control: Arm) -> str:
        if self.is_adjusted(treatment):
            reason = adjusted_reason((treatment, control))
            if reason:
                return reason
        if self.options["interval"] == "pooled" and not self.is_beta_binomial:
            quantile = two_sided_quantile(self.options["confidence"])
            if unboundedness(self.pair(treatment), quantile, is_pooled=True) >= 1:
                return "control_mean_indistinct_from_zero"
        if self.options["interval"] == "fieller" and not self.is_beta_binomial:
            if fieller_g(self.pair(treatment), self.options["confidence"]) >= 1:
                return "control_mean_indistinct_from_zero"
        return ""

    def is_open_to_beta(self, treatment: Arm) -> bool:
        """Are the moments of both arms sound, whatever their conversions?"""
        arms = (treatment, self.control)
        return not (
            lacks_covariates(arms)
            or any(moments_reason(arm, self.aggregation) for arm in arms)
            or (self.is_adjusted(treatment) and adjusted_reason(arms))
        )

    # Pairs

    def is_adjusted(self, arm: Arm) -> bool:
        return self.aggregation not in UNADJUSTED and has_covariate(arm)

    def pair(self, treatment: Arm) -> Pair:
        control = self.control
        estimates = [estimate_of(arm, self.aggregation) for arm in (control, treatment)]
        means = [estimate.mean for estimate in estimates]
        if self.is_adjusted(treatment):
            theta = theta_of((control, treatment))
            estimates = [adjusted_estimate(arm, control, theta) for arm in (control, treatment)]
            return Pair(*means, *estimates, joint_variances(control, theta))
        return Pair(*means, *estimates)

    def posterior(self, treatment: Arm) -> Posterior:
        pair = self.pair(treatment)
        return posterior_of(pair.lift, pair.lift_variance, self.options["prior"])

    def beta_lift(self, treatment: Arm) -> BetaLift:
        prior = self.options["beta_prior"]
        return BetaLift(*(beta_posterior(arm.n, arm.sum, prior) for arm in (self.control, treatment)))

    # Numbers

    def interval(self, treatment: Arm) -> tuple[mpf, mpf]:
        if self.options["interval"] == "pooled":
            quantile = two_sided_quantile(self.options["confidence"])
            return lifts_within(self.pair(treatment), quantile, is_pooled=True)
        if self.options["interval"] == "fieller":
            return fieller_interval(self.pair(treatment), self.options["confidence"])
        return self.posterior(treatment).interval(self.options["confidence"])

    def bayesian(self, treatment: Arm, is_plain: bool) -> tuple[Numbers, str]:
        """The fields of the posterior, and the verdict. Plain leaves out what the first version lacked."""
        lift: Posterior | BetaLift
        if self.is_beta_binomial:
            lift = self.beta_lift(treatment)
            low, high = lift.interval(self.options["confidence"])
            control_mean = Fraction(self.control.sum) / self.control.n
            mean = Fraction(treatment.sum) / treatment.n
            observed = (mean - control_mean) / control_mean if control_mean else None
        else:
            lift = self.posterior(treatment)
            low, high = self.interval(treatment)
            observed = lift.mean
        win, lose = deciding = better_first(lift.chances(), self.lower_is_better)
        numbers: Numbers = {"lift": observed, "ci_low": low, "ci_high": high, "chance_to_win": win}
        if is_plain:
            return numbers, verdict_of(win, lose, self.options)
        if self.is_beta_binomial:
            numbers["standard_error"] = lift.standard_deviation()
        else:
            numbers["standard_error"] = lift.standard_error
        numbers["expected_loss"] = lift.expected_loss(self.lower_is_better)
        if self.options["non_inferiority_margin"] is not None:
            margin = Fraction(self.options["non_inferiority_margin"])
            edge = margin if self.lower_is_better else -margin
            deciding = better_first(lift.chances(edge), self.lower_is_better)
            numbers["chance_to_be_non_inferior"] = deciding[0]
        return numbers, verdict_of(*deciding, self.options)

    def normal(self, treatment: Arm) -> Numbers:
        """The fields of the normal approximation that need this pair alone."""
        pair = self.pair(treatment)
        confidence = self.options["confidence"]
        names = ("difference_ci_low", "difference_ci_high", "p_value")
        tests = dict(zip(names, difference_test(pair, confidence)))
        names = ("anytime_ci_low", "anytime_ci_high", "anytime_p_value")
        anytime_test = delta_test if self.options["anytime"] == "delta" else difference_test_of_lift
        tests |= zip(names, anytime_test(pair, confidence, self.options["sequential_tuning"]))
        effect = minimum_detectable_effect(pair, confidence, self.options["power"])
        return {"difference": pair.difference, **tests, "minimum_detectable_effect": effect}

    def adjustment(self, treatment: Arm) -> Numbers:
        estimate = self.pair(treatment).treatment
        variance = variance_of(treatment, self.aggregation)
        return {
            "mean_adjusted": estimate.mean,
            "variance_adjusted": estimate.variance,
            "variance_reduction": 1 - estimate.variance / variance if variance else None,
        }

    def best_estimates(self, arms: Sequence[Arm]) -> list[Estimate]:
        """The control among them; with covariates, one θ of them all."""
        if not self.is_adjusted(self.control):
            return [estimate_of(arm, self.aggregation) for arm in arms]
        theta = theta_of(arms)
        return [adjusted_estimate(arm, self.control, theta) for arm in arms]

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

    def caution(self, treatment: Arm) -> str:
        if self.is_beta_binomial:
            return beta_caution_of((self.control, treatment), self.options["beta_prior"])
        return caution_of(self.pair(treatment), self.aggregation, self.options["prior"])

    def anytime_verdict(self, treatment: Arm, reason: str) -> str:
        """By the always-valid set; without one, as its reason has it."""
        if reason:
            return "collecting_data" if reason in COLLECTING_DATA else "undefined"
        margin = self.options["non_inferiority_margin"]
        edge = Fraction(margin or 0) * (1 if self.lower_is_better else -1)
        options = (self.options[name] for name in ("anytime", "confidence", "sequential_tuning"))
        side = side_of(self.pair(treatment), edge, *options) * (-1 if self.lower_is_better else 1)
        good, bad = ("winning", "losing") if margin is None else ("safe", "harmful")
        return {1: good, -1: bad, 0: "inconclusive"}[side]

    def control_row(self) -> Row:
        reason = moments_reason(self.control, self.aggregation)
        if not reason and self.control.n < 2:
            reason = "too_few_identities"
        return {**self.raw_row(self.control), "verdict": "control", "reason": reason}

    def treatment_row(self, arm: Arm, is_plain: bool) -> Row:
        row, reason = self.raw_row(arm), self.first_reason(arm)
        is_scored = not reason or (
            self.is_beta_binomial and reason in NO_OBSTACLE_TO_BETA and self.is_open_to_beta(arm)
        )
        if not is_scored:
            verdict = "collecting_data" if reason in COLLECTING_DATA else "undefined"
            return {**row, "verdict": verdict, "reason": reason}
        numbers, verdict = self.bayesian(arm, is_plain)
        if self.options["verdict"] == "anytime":
            verdict = self.anytime_verdict(arm, reason)
        if not is_plain and self.is_adjusted(arm):
            numbers |= self.adjustment(arm)
        doubles = {name: to_double(value) for name, value in numbers.items()}
        words = {} if is_plain else {"caution": self.caution(arm)}
        return {**row, "verdict": verdict, "reason": reason, **doubles, **words}

    def rows(self, is_plain: bool) -> list[Row]:
        return [
            self.control_row() if arm is self.control else self.treatment_row(arm, is_plain)
            for arm in self.arms
        ]

    def full_rows(self) -> list[Row]:
        rows = [dict.fromkeys(FURTHER_FIELDS) | WORDS | row for row in self.rows(is_plain=False)]
        compared = [
            index
            for index, (arm, row) in enumerate(zip(self.arms, rows))
            if arm is not self.control and not row["reason"]
        ]
        numbers = {index: self.normal(self.arms[index]) for index in compared}
        adjusted = adjust_p_values(
            [numbers[index]["p_value"] for index in compared], self.options["correction"]
        )
        for index, p_value in zip(compared, adjusted):
            numbers[index]["p_value_adjusted"] = p_value
        if compared:
            control = next(index for index, arm in enumerate(self.arms) if arm is self.control)
            racing = sorted([control, *compared])
            estimates = self.best_estimates([self.arms[index] for index in racing])
            for index, chance in zip(racing, chances_to_be_best(estimates, self.lower_is_better)):
                numbers.setdefault(index, {})["chance_to_be_best"] = chance
        for index, values in numbers.items():
            rows[index] |= {name: to_double(value) for name, value in values.items()}
            if index in compared and values["anytime_ci_low"] is None:
                rows[index]["anytime_reason"] = "unbounded"
        if any(row["mean_adjusted"] is not None for row in rows):
            control_row = next(row for row in rows if row["is_control"])
            control_row["mean_adjusted"] = control_row["mean"]
        return [in_order(row) for row in rows]


def in_order(row: Row) -> Row:
    """`row` with its further fields last, in the order of the function."""
    plain = {name: value for name, value in row.items() if name not in FURTHER_FIELDS}
    return plain | {name: row[name] for name in FURTHER_FIELDS}


def scorecard_of(
    arms: Sequence[Arm], aggregation: str, lower_is_better: bool, options: Mapping[str, Any]
) -> Scorecard:
    return Scorecard(arms, aggregation, lower_is_better, DEFAULT_OPTIONS | dict(options))


def infer(
    arms: Sequence[Arm], aggregation: str, lower_is_better: bool, options: Mapping[str, Any]
) -> list[Row]:
    """The answer of experimentInference: one row per arm, in the order given."""
    return scorecard_of(arms, aggregation, lower_is_better, options).full_rows()


def infer_plain(
    arms: Sequence[Arm], aggregation: str, lower_is_better: bool, options: Mapping[str, Any]
) -> list[Row]:
    """The same without the further fields."""
    return scorecard_of(arms, aggregation, lower_is_better, options).rows(is_plain=True)
