"""One treatment against control: why numbers are withheld, the numbers that need no other treatment, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from mpmath import mp, mpf

from reference_anytime import delta_test, difference_test_of_lift, p_value_at, side_of
from reference_beta_binomial import BetaLift, beta_posterior
from reference_caution import beta_caution_of, caution_of, prior_decides
from reference_exact import Proportions, proportions_of
from reference_lift import FlatLift, lift_of
from reference_moments import (
    UNADJUSTED,
    Arm,
    adjusted_estimate,
    adjusted_reason,
    estimate_of,
    has_covariate,
    has_invalid_sums,
    joint_variances,
    lacks_covariates,
    moments_reason,
    theta_of,
    variance_of,
)
from reference_numbers import to_mpf
from reference_posterior import Pair, Posterior, posterior_of
from reference_statistic import is_all_zero, squared_error_at
from reference_tests import detectable_distance, difference_test, one_tailed_distance

COLLECTING_DATA = {"no_control", "too_few_identities", "too_few_conversions", "too_few_for_quantile"}
# What each of these reasons withholds; the others withhold the whole comparison.
PARTLY_WITHHELD = {
    "control_mean_not_positive": {
        "lift",
        "ci_low",
        "ci_high",
        "standard_error",
        "expected_loss",
        "minimum_detectable_effect",
    },
    "treatment_all_zero": {"ci_low", "ci_high", "standard_error"},
    "control_mean_indistinct_from_zero": {"ci_low", "ci_high"},
}
# A posterior of two proportions needs neither.
NO_OBSTACLE_TO_BETA = {"too_few_conversions", "control_mean_not_positive"}

Numbers = dict[str, Fraction | mpf | None]


def verdict_of_reason(reason: str) -> str:
    return "collecting_data" if reason in COLLECTING_DATA else "undefined"


@dataclass(frozen=True)
class Comparison:
    """The arguments of one call, options complete, for one of its treatments."""

    control: Arm
    treatment: Arm
    aggregation: str
    lower_is_better: bool
    options: Mapping[str, Any]

    @property
    def arms(self) -> tuple[Arm, Arm]:
        return self.control, self.treatment

    @property
    def is_beta_binomial(self) -> bool:
        return self.aggregation == "occurrence" and self.options["model"] == "beta_binomial"

    @property
    def is_delta(self) -> bool:
        return self.options["interval"] == "delta"

    @property
    def is_pooled(self) -> bool:
        return self.options["interval"] == "pooled"

    @property
    def reads_covariates(self) -> bool:
        return self.aggregation not in UNADJUSTED and not self.is_beta_binomial

    @property
    def is_adjusted(self) -> bool:
        return self.reads_covariates and has_covariate(self.treatment)

    # Reasons

    def are_below_conversions(self) -> list[bool]:
        floor = self.options["min_conversions"]
        return [self.aggregation == "occurrence" and arm.sum < floor for arm in self.arms]  # not NaN

    @cached_property
    def reason(self) -> str:
        """The first that applies, or ''."""
        if self.is_beta_binomial and self.reason_of_all == "too_few_conversions":
            # A Beta posterior needs no conversions, but sound moments.
            own = {moments_reason(arm, self.aggregation) for arm in self.arms}
            flaws = [flaw for flaw in ("precision_lost", "invalid_moments") if flaw in own]
            return flaws[0] if flaws else self.reason_of_all
        return self.reason_of_all or self.reason_of_part

    @cached_property
    def reason_of_all(self) -> str:
        """Why the normal approximation says nothing at all."""
        floor = max(2, self.options["min_identities"])
        if any(arm.n < floor for arm in self.arms):
            return "too_few_identities"
        if any(self.are_below_conversions()):
            return "too_few_conversions"
        own = [moments_reason(arm, self.aggregation) for arm in self.arms]
        if "too_few_for_quantile" in own:
            return "too_few_for_quantile"
        if self.reads_covariates and lacks_covariates(self.arms):
            return "missing_moments"
        for reason in ("missing_moments", "denominator_not_positive", "precision_lost", "invalid_moments"):
            if reason in own:
                return reason
        return adjusted_reason((self.treatment, self.control)) if self.is_adjusted else ""

    @cached_property
    def reason_of_part(self) -> str:
        """Why a part of the numbers is withheld, for a pair that the normal approximation can compare."""
        if not self.pair.has_lift:
            return "control_mean_not_positive"
        if self.is_beta_binomial or self.is_delta:
            return ""
        if is_all_zero(self.pair) and self.pair.control_terms[0] > 0:
            return "treatment_all_zero"
        if self.options["prior"] is None and self.lift.unboundedness(self.options["confidence"]) >= 1:
            return "control_mean_indistinct_from_zero"
        return ""

    @property
    def is_compared(self) -> bool:
        """By the normal approximation, if only in part."""
        return not self.reason_of_all

    @property
    def withheld(self) -> set[str]:
        names = PARTLY_WITHHELD.get(self.reason, set())
        if self.reason == "treatment_all_zero" and self.options["prior"] is not None:
            return names | {"lift"}
        return names

    @property
    def is_open_to_beta(self) -> bool:
        """Are the moments of both arms sound, whatever their conversions?"""
        is_free = not self.reason or self.reason in NO_OBSTACLE_TO_BETA
        return self.is_beta_binomial and is_free and not any(moments_reason(arm, self.aggregation) for arm in self.arms)

    @cached_property
    def proportions(self) -> Proportions | None:
        """What an exact test compares: where just one arm has too few conversions."""
        if self.reason_of_all != "too_few_conversions" or all(self.are_below_conversions()):
            return None
        if any(has_invalid_sums(arm, self.aggregation) for arm in self.arms):
            return None
        return proportions_of(*self.arms)

    # What is compared

    @cached_property
    def pair(self) -> Pair:
        estimates = [estimate_of(arm, self.aggregation) for arm in self.arms]
        means = [estimate.mean for estimate in estimates]
        if self.is_adjusted:
            theta = theta_of(self.arms)
            estimates = [adjusted_estimate(arm, self.control, theta) for arm in self.arms]
            return Pair(*means, *estimates, joint_variances(self.control, theta))
        return Pair(*means, *estimates)

    @cached_property
    def lift(self) -> FlatLift:
        return lift_of(self.pair, self.is_pooled, self.options["prior"])

    @cached_property
    def posterior(self) -> Posterior:
        """By the delta method."""
        return posterior_of(self.pair, self.options["prior"])

    @cached_property
    def beta_lift(self) -> BetaLift:
        prior = self.options["beta_prior"]
        return BetaLift(*(beta_posterior(arm.n, arm.sum, prior) for arm in self.arms))

    @cached_property
    def lift_model(self) -> FlatLift | Posterior | BetaLift | None:
        """What the lift and the chances are read from."""
        if self.is_open_to_beta:
            return self.beta_lift
        if self.is_beta_binomial or not self.is_compared or (self.is_delta and not self.pair.has_lift):
            return None
        return self.posterior if self.is_delta else self.lift

    # Chances

    @property
    def margin(self) -> Fraction | None:
        margin = self.options["non_inferiority_margin"]
        return None if margin is None else Fraction(margin)

    @property
    def edge(self) -> Fraction:
        """The lift that the verdict is about."""
        return (self.margin or Fraction(0)) * (1 if self.lower_is_better else -1)

    def chances(self, edge: Fraction) -> tuple[mpf, mpf] | None:
        """(chance of the better side, chance of the worse one) of the edge, each by its own tail."""
        if self.lift_model is None or (edge and not self.is_open_to_beta and not self.pair.has_lift):
            return None
        above, below = self.lift_model.chances(edge)
        return (below, above) if self.lower_is_better else (above, below)

    @cached_property
    def chances_to_win(self) -> tuple[mpf, mpf] | None:
        return self.chances(Fraction(0))

    @cached_property
    def deciding_chances(self) -> tuple[mpf, mpf] | None:
        return self.chances(self.edge)

    # Numbers

    def shown(self, answers: Mapping[str, Callable[[], Fraction | mpf | None]]) -> Numbers:
        return {name: answer() for name, answer in answers.items() if name not in self.withheld}

    @property
    def observed_lift(self) -> Fraction | None:
        """Of two proportions."""
        control, treatment = (Fraction(arm.sum) / arm.n for arm in self.arms)
        return (treatment - control) / control if control else None

    @cached_property
    def interval(self) -> tuple[mpf, mpf]:
        return self.lift_model.interval(self.options["confidence"])

    def numbers_of_the_lift(self) -> Numbers:
        """The fields of the posterior, or confidence distribution, that the first version had."""
        if self.lift_model is None:
            return {}
        answers = {
            "lift": lambda: self.lift_model.mean,
            "ci_low": lambda: self.interval[0],
            "ci_high": lambda: self.interval[1],
            "chance_to_win": lambda: self.chances_to_win[0],
        }
        if self.is_open_to_beta:
            answers["lift"] = lambda: self.observed_lift
            return {name: answer() for name, answer in answers.items()}
        return self.shown(answers)

    def further_numbers_of_the_lift(self) -> Numbers:
        if self.lift_model is None:
            return {}
        answers = {
            "standard_error": lambda: self.lift_model.standard_error,
            "expected_loss": lambda: self.lift_model.expected_loss(self.lower_is_better),
        }
        if self.is_open_to_beta:
            answers["standard_error"] = self.beta_lift.standard_deviation
            numbers = {name: answer() for name, answer in answers.items()}
        else:
            numbers = self.shown(answers)
        if self.margin is not None and self.deciding_chances is not None:
            numbers["chance_to_be_non_inferior"] = self.deciding_chances[0]
        return numbers

    def numbers_of_the_difference(self) -> Numbers:
        """The fields of tests, and what they can find."""
        if self.proportions is not None:
            return {
                "difference": self.proportions.difference,
                "p_value": self.proportions.fisher_p_value(),
                "anytime_p_value": self.proportions.anytime_p_value(),
            }
        if not self.is_compared:
            return {}
        confidence = self.options["confidence"]
        squared_error = squared_error_at(self.pair, Fraction(0), self.is_pooled)
        names = ("difference_ci_low", "difference_ci_high", "p_value")
        numbers: Numbers = {"difference": self.pair.difference}
        numbers |= zip(names, difference_test(self.pair, squared_error, confidence))
        numbers |= self.anytime_numbers

        def effect() -> mpf:
            distance = one_tailed_distance if self.is_delta else detectable_distance
            error = mp.sqrt(to_mpf(squared_error)) / to_mpf(self.pair.raw_control_mean)
            return distance(confidence, self.options["power"]) * error

        return numbers | self.shown({"minimum_detectable_effect": effect})

    @property
    def sequence(self) -> tuple[float, float]:
        return self.options["confidence"], self.options["sequential_tuning"]

    @property
    def has_anytime_test(self) -> bool:
        """The delta method's test is one of the lift."""
        return self.is_compared and (self.options["anytime"] != "delta" or self.pair.has_lift)

    @cached_property
    def anytime_numbers(self) -> Numbers:
        if not self.has_anytime_test:
            return {}
        names = ("anytime_ci_low", "anytime_ci_high", "anytime_p_value")
        if self.options["anytime"] == "delta":
            return dict(zip(names, delta_test(self.pair, *self.sequence)))
        return dict(zip(names, difference_test_of_lift(self.pair, self.is_pooled, *self.sequence)))

    @property
    def anytime_reason(self) -> str:
        if not self.is_compared:
            return ""
        if not self.pair.has_lift:
            return "control_mean_not_positive"
        return "unbounded" if self.anytime_numbers["anytime_ci_low"] is None else ""

    def adjustment(self) -> Numbers:
        if not (self.is_adjusted and self.is_compared):
            return {}
        estimate = self.pair.treatment
        variance = variance_of(self.treatment, self.aggregation)
        return {
            "mean_adjusted": estimate.mean,
            "variance_adjusted": estimate.variance,
            "variance_reduction": 1 - estimate.variance / variance if variance else None,
        }

    def caution(self) -> str:
        if self.is_open_to_beta:
            return beta_caution_of(self.arms, self.options["beta_prior"])
        if self.is_compared and not self.is_beta_binomial:
            prior = self.options["prior"]
            if prior is not None and self.pair.has_lift and prior_decides(self.pair, prior, self.options["interval"]):
                return "prior_decides"
            return caution_of(self.pair, self.aggregation)
        return ""

    # Verdicts

    @property
    def is_anytime(self) -> bool:
        return self.options["verdict"] == "anytime"

    @property
    def tails(self) -> Fraction:
        """What both tails beyond an interval have."""
        return 1 - Fraction(self.options["confidence"])

    @property
    def win_tail(self) -> Fraction:
        """What the chance of the other side may be at most."""
        threshold = self.options["win_threshold"]
        return self.tails / 2 if threshold is None else 1 - Fraction(threshold)

    @property
    def level(self) -> Fraction:
        """What the deciding p-value may be at most."""
        return self.tails if self.is_anytime else 2 * self.win_tail

    def named(self, side: int) -> str:
        """The verdict for a treatment that is better (1), worse (-1) or neither."""
        good, bad = ("winning", "losing") if self.margin is None else ("safe", "harmful")
        return {1: good, -1: bad, 0: "inconclusive"}[side]

    @property
    def is_decided_exactly(self) -> bool:
        return self.proportions is not None and (self.is_anytime or self.lift_model is None)

    @cached_property
    def verdict(self) -> str:
        if self.is_decided_exactly:
            return self.exact_verdict()
        if self.is_anytime:
            return self.anytime_verdict()
        if self.lift_model is None:
            return verdict_of_reason(self.reason)
        if self.deciding_chances is None:
            return "undefined"
        better, worse = (chance <= to_mpf(self.win_tail) for chance in reversed(self.deciding_chances))
        return self.named(better - worse)

    def exact_verdict(self) -> str:
        p_value = self.deciding_p_value
        if p_value is None or p_value > to_mpf(self.level):
            return "collecting_data"
        return self.named(self.proportions.side_of(1 + self.edge) * (-1 if self.lower_is_better else 1))

    def anytime_verdict(self) -> str:
        """By the always-valid set."""
        if not self.is_compared:
            return verdict_of_reason(self.reason)
        if not self.has_anytime_test or (self.edge and not self.pair.has_lift):
            return "undefined"
        side = side_of(self.pair, self.edge, self.options["anytime"], self.is_pooled, *self.sequence)
        return self.named(side * (-1 if self.lower_is_better else 1))

    @cached_property
    def deciding_p_value(self) -> mpf | None:
        """The p-value that the verdict goes by, before any correction."""
        if self.is_decided_exactly:
            if self.is_anytime or self.margin is not None:
                return self.proportions.anytime_p_value(1 + self.edge)
            return self.proportions.fisher_p_value()
        if not self.is_anytime:
            return None if self.deciding_chances is None else 2 * min(self.deciding_chances)
        if not self.has_anytime_test or (self.edge and not self.pair.has_lift):
            return None
        return p_value_at(self.pair, self.edge, self.options["anytime"], self.is_pooled, *self.sequence)
