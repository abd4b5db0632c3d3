"""The confidence distribution of the relative lift: P(δ > b) = F(T̄(b)), F being Student's t with Welch's degrees of
freedom ν, and T̄ the statistic T held where it would rise again with b.

A normal prior N(μ, τ²) combines with it at fixed weights (Singh, Xie, Strawderman 2005):
P(δ > b) = F'(√w·T̄(b) + √(1 − w)·(μ − b)/τ), with w = τ²/(τ² + V(0)/m₀²) the weight of the data and F' with ν/w² degrees
of freedom. Where m₀ is known exactly this is the conjugate normal posterior; as τ grows it tends to the answer without a
prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from mpmath import mp, mpf

from reference_numbers import to_mpf
from reference_posterior import Pair
from reference_statistic import (
    Branch,
    branches,
    in_errors,
    is_all_zero,
    lifts_within,
    squared_error_at,
    statistic_at,
    unboundedness,
)
from reference_students_t import expected_excess, tails_at, two_sided_critical_value
from reference_tests import welch_degrees

# Of a root in 80 digits, relative to it and to the scale of what it is the root of.
ROOT_TOLERANCE = mpf(10) ** -50


@dataclass(frozen=True)
class HeldStatistic:
    """T̄ of one branch of V: T while it falls with R = 1 + δ, beyond that the value where it stops falling.

    T falls where k₁·R + k₀ > 0, at the data's lift among others. Where the lift 0 itself is beyond the end of that,
    T̄ goes no further than to T(0), so that it is T(0) there.
    """

    branch: Branch
    mean: Fraction
    control_mean: Fraction

    @cached_property
    def fall(self) -> tuple[Fraction, Fraction]:
        """(k₁, k₀): the slope of T is −(k₁·R + k₀)/V^(3/2)."""
        branch = self.branch
        k1 = self.mean * branch.square - self.control_mean * branch.half
        k0 = self.control_mean * (branch.treatment + branch.constant) - self.mean * branch.half
        return k1, k0

    def free_exactly(self, factor: Fraction) -> mpf:
        """T."""
        return in_errors(self.mean - factor * self.control_mean, self.branch.squared_error_at(factor))

    @cached_property
    def in_mpf(self) -> HeldStatistic:
        """The same with its numbers rounded to 80 digits, for quick answers at any factor."""
        terms = (self.branch.treatment, self.branch.square, self.branch.half, self.branch.constant)
        return HeldStatistic(Branch(*map(to_mpf, terms)), to_mpf(self.mean), to_mpf(self.control_mean))

    def free(self, factor: mpf) -> mpf:
        """T."""
        return in_errors(self.in_mpf.mean - factor * self.in_mpf.control_mean, self.squared_error_at(factor))

    def squared_error_at(self, factor: mpf) -> mpf:
        branch = self.in_mpf.branch
        return branch.treatment + branch.square * factor**2 - 2 * branch.half * factor + branch.constant

    @cached_property
    def limits(self) -> tuple[mpf, mpf]:
        """(least, largest) value."""
        k1, k0 = self.fall
        if k1 == 0:
            return -mp.inf, mp.inf
        value = self.free_exactly(-k0 / k1)
        if k1 + k0 <= 0:
            value = self.free_exactly(Fraction(1))
        return (-mp.inf, value) if k1 > 0 else (value, mp.inf)

    @cached_property
    def fall_in_mpf(self) -> tuple[mpf, mpf]:
        k1, k0 = map(to_mpf, self.fall)
        return k1, k0

    def at_and_slope(self, factor: mpf) -> tuple[mpf, mpf]:
        """T̄ and its slope."""
        k1, k0 = self.fall_in_mpf
        least, largest = self.limits
        if k1 * factor + k0 <= 0:
            return largest if k1 > 0 else least, mpf(0)
        value = self.free(factor)
        if not least < value < largest:
            return max(least, min(largest, value)), mpf(0)
        return value, -(k1 * factor + k0) / mp.sqrt(self.squared_error_at(factor)) ** 3


@dataclass(frozen=True)
class FlatLift:
    """Without a prior."""

    pair: Pair
    is_pooled: bool

    @cached_property
    def squared_error(self) -> Fraction:
        """V(0)."""
        return squared_error_at(self.pair, Fraction(0), self.is_pooled)

    @cached_property
    def degrees(self) -> mpf | None:
        """ν; None where nothing varies."""
        if self.pair.squared_error == 0:
            return None
        return to_mpf(welch_degrees(self.pair.control, self.pair.treatment))

    @property
    def relative_error(self) -> mpf:
        """√V(0)/m₀."""
        return mp.sqrt(to_mpf(self.squared_error)) / to_mpf(self.pair.raw_control_mean)

    @property
    def mean(self) -> Fraction | mpf:
        return self.pair.lift

    def statistic(self, edge: Fraction) -> mpf:
        """What P(δ > edge) is the distribution function of; where nothing varies −∞, 0 or ∞."""
        if self.degrees is None:
            return in_errors(self.pair.difference - edge * self.pair.raw_control_mean, Fraction(0))
        return self.data_statistic(edge)

    def data_statistic(self, edge: Fraction) -> mpf:
        """T(0), and of a margin T̄; T of zeros as if they varied as what thinning leaves of control's values."""
        if edge == 0:
            return statistic_at(self.pair, edge, self.is_pooled)
        if is_all_zero(self.pair):
            control, treatment = self.pair.control, self.pair.treatment
            thinned = max(Fraction(0), 1 + edge) * self.pair.control_variance_at(Fraction(1)) / treatment.n
            squared = thinned + self.pair.control_variance_at(1 + edge) / control.n
            return in_errors(self.pair.difference - edge * self.pair.raw_control_mean, squared)
        return self.held(1 + to_mpf(edge))[0]

    @cached_property
    def held_statistics(self) -> list[HeldStatistic]:
        control_mean = self.pair.raw_control_mean
        mean = control_mean + self.pair.difference
        return [HeldStatistic(each, mean, control_mean) for each in branches(self.pair, self.is_pooled)]

    def held(self, factor: mpf) -> tuple[mpf, mpf]:
        """T̄ and its slope: of both branches those of the smaller magnitude."""
        both = (each.at_and_slope(factor) for each in self.held_statistics)
        return min(both, key=lambda each: (abs(each[0]), abs(each[1])))

    def chances(self, edge: Fraction = Fraction(0)) -> tuple[mpf, mpf]:
        """(chance of more than `edge`, chance of less), each by its own tail."""
        return tails_at(self.statistic(edge), self.degrees)

    def critical_value(self, confidence: float) -> mpf:
        return two_sided_critical_value(to_mpf(1 - Fraction(confidence)), self.degrees)

    def unboundedness(self, confidence: float) -> mpf:
        """g; from 1 on the interval has no ends."""
        if self.degrees is None:
            return mpf(0)
        return unboundedness(self.pair, self.critical_value(confidence), self.is_pooled)

    def interval(self, confidence: float) -> tuple[mpf, mpf]:
        if self.degrees is None:
            return to_mpf(self.pair.lift), to_mpf(self.pair.lift)
        return lifts_within(self.pair, self.critical_value(confidence), self.is_pooled)

    @property
    def standard_error(self) -> mpf:
        """√V/m₀ at the lift, which is 1/|T′| there."""
        if self.degrees is None:
            return mpf(0)
        squared = squared_error_at(self.pair, self.pair.lift, self.is_pooled)
        return mp.sqrt(to_mpf(squared)) / to_mpf(self.pair.raw_control_mean)

    def expected_loss(self, lower_is_better: bool) -> mpf | None:
        """E max(0, −δ) as if √V were √V(0), or E max(0, δ) if a fall is a win; None where it is infinite."""
        if self.degrees is None:
            return max(mpf(0), to_mpf(self.pair.lift if lower_is_better else -self.pair.lift))
        excess = expected_excess(self.statistic(Fraction(0)) * (-1 if lower_is_better else 1), self.degrees)
        return None if excess is None else self.relative_error * excess


@dataclass(frozen=True)
class PriorLift(FlatLift):
    """With a normal prior on a lift whose data vary."""

    prior_mean: Fraction
    prior_deviation: Fraction

    @cached_property
    def weight(self) -> Fraction:
        """w, of the data."""
        own = self.prior_deviation**2
        return own / (own + self.squared_error / self.pair.raw_control_mean**2)

    @cached_property
    def roots_of_weights(self) -> tuple[mpf, mpf]:
        """√w and √(1 − w)/τ."""
        data, prior = (mp.sqrt(to_mpf(each)) for each in (self.weight, 1 - self.weight))
        return data, prior / to_mpf(self.prior_deviation)

    @cached_property
    def degrees(self) -> mpf:
        """ν/w²."""
        return to_mpf(welch_degrees(self.pair.control, self.pair.treatment) / self.weight**2)

    @property
    def relative_error(self) -> mpf:
        return mp.sqrt(to_mpf(self.weight)) * super().relative_error

    def statistic(self, edge: Fraction) -> mpf:
        return self.combined(self.data_statistic(edge), edge)

    def combined(self, own: mpf, edge: Fraction | mpf) -> mpf:
        data, prior = self.roots_of_weights
        return data * own + prior * (self.prior_mean_in_mpf - to_mpf(edge))

    def statistic_and_slope(self, edge: Fraction | mpf) -> tuple[mpf, mpf]:
        """It falls all the way."""
        data, prior = self.roots_of_weights
        if is_all_zero(self.pair):
            own, slope = statistic_at(self.pair, edge, self.is_pooled), mpf(0)
        else:
            own, slope = self.held(1 + to_mpf(edge))
        return self.combined(own, edge), data * slope - prior

    @cached_property
    def prior_mean_in_mpf(self) -> mpf:
        return to_mpf(self.prior_mean)

    def bracket(self, value: mpf) -> tuple[mpf, mpf]:
        """Two lifts, the statistic no less than the value at the first, no more at the second."""
        low = high = self.prior_mean_in_mpf
        step = max(to_mpf(self.prior_deviation), self.relative_error)
        while self.statistic_and_slope(low)[0] < value:
            low, step = low - step, 2 * step
        while self.statistic_and_slope(high)[0] > value:
            high, step = high + step, 2 * step
        return low, high

    def root(self, value: mpf) -> mpf:
        """The lift at which the statistic has this value: Newton's steps, and halves of the bracket where they leave
        it or do not shrink."""
        low, high = self.bracket(value)
        scale = min(to_mpf(self.prior_deviation), self.relative_error)
        lift, previous = (low + high) / 2, high - low
        while True:
            own, slope = self.statistic_and_slope(lift)
            excess = own - value
            low, high = (lift, high) if excess > 0 else (low, lift)
            tolerance = ROOT_TOLERANCE * (scale + abs(lift))
            if excess == 0 or high - low <= tolerance:
                return lift
            following = lift - excess / slope
            if not low <= following <= high or abs(following - lift) > previous / 2:
                following = (low + high) / 2
            lift, previous = following, abs(following - lift)
            if previous <= tolerance:
                return lift

    @cached_property
    def mean(self) -> mpf:
        """The median, and so the mode and the mean where m₀ is known."""
        return self.root(mpf(0))

    def interval(self, confidence: float) -> tuple[mpf, mpf]:
        quantile = self.critical_value(confidence)
        return self.root(quantile), self.root(-quantile)

    @property
    def standard_error(self) -> mpf:
        return 1 / abs(self.statistic_and_slope(self.mean)[1])


def lift_of(pair: Pair, is_pooled: bool, prior: Mapping[str, float] | None) -> FlatLift:
    """A prior has a say where there is a lift and its data vary."""
    if prior is None or not pair.has_lift or pair.squared_error == 0:
        return FlatLift(pair, is_pooled)
    return PriorLift(pair, is_pooled, Fraction(prior["mean"]), Fraction(prior["stddev"]))
