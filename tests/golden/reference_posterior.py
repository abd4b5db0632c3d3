"""The normal posterior of the relative lift by the delta method: what `"interval": "delta"` answers.

V = s₁²/(n₁·m₀²) + m₁²·s₀²/(n₀·m₀⁴) for the lift of two independent means. With a covariate, s₁² is that
of y − θx, and m₁²/m₀²·s₀² is the variance of (m₁/m₀)·y − θx in control, for the mean that the lift is relative to is
not adjusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from mpmath import mp, mpf

from reference_moments import Estimate
from reference_numbers import to_mpf, two_sided_quantile


@dataclass(frozen=True)
class Pair:
    """A treatment against its control: the raw means, and the estimates that are compared.

    Without a covariate the estimates hold the raw means and variances.
    """

    raw_control_mean: Fraction
    raw_treatment_mean: Fraction
    control: Estimate
    treatment: Estimate
    # Of control: the variance of y, θ times its covariance with x, and θ² times the variance of x.
    joint: tuple[Fraction, Fraction, Fraction] | None = None

    @property
    def control_terms(self) -> tuple[Fraction, Fraction, Fraction]:
        """(a, b, c): the variance of R·y − θx in control is aR² − 2bR + c."""
        return self.joint or (self.control.variance, Fraction(0), Fraction(0))

    def control_variance_at(self, factor: Fraction | mpf) -> Fraction | mpf:
        number = to_mpf if isinstance(factor, mpf) else Fraction
        square, half, constant = map(number, self.control_terms)
        return square * factor**2 - 2 * half * factor + constant

    @property
    def has_lift(self) -> bool:
        return self.raw_control_mean > 0

    @property
    def difference(self) -> Fraction:
        return self.treatment.mean - self.control.mean

    @property
    def squared_error(self) -> Fraction:
        """Of the difference, V(0)."""
        return self.treatment.squared_error + self.control.squared_error

    @property
    def lift(self) -> Fraction:
        return self.difference / self.raw_control_mean

    @property
    def lift_variance(self) -> Fraction:
        """V, by the raw means."""
        m0, m1 = self.raw_control_mean, self.raw_treatment_mean
        return (self.treatment.squared_error + self.control_variance_at(m1 / m0) / self.control.n) / m0**2


@dataclass(frozen=True)
class Posterior:
    """N(mean, squared_error) of the lift; a point if the squared error is 0."""

    mean: Fraction
    squared_error: Fraction

    @property
    def standard_error(self) -> mpf:
        return mp.sqrt(to_mpf(self.squared_error))

    def interval(self, confidence: float) -> tuple[mpf, mpf]:
        margin = two_sided_quantile(confidence) * self.standard_error
        return to_mpf(self.mean) - margin, to_mpf(self.mean) + margin

    def chances(self, edge: Fraction = Fraction(0)) -> tuple[mpf, mpf]:
        """(chance of more than `edge`, chance of less), each by its own tail."""
        distance = self.mean - edge
        if self.squared_error == 0:
            above = mpf((distance > 0) - (distance < 0) + 1) / 2
            return above, 1 - above
        z = to_mpf(distance) / self.standard_error
        return mp.ncdf(z), mp.ncdf(-z)

    def expected_loss(self, lower_is_better: bool) -> mpf:
        """E[max(0, -δ)], or E[max(0, δ)] if a fall is a win."""
        mean = to_mpf(self.mean if lower_is_better else -self.mean)
        if self.squared_error == 0:
            return max(mpf(0), mean)
        deviation = self.standard_error
        z = mean / deviation
        # The two terms cancel to about 1/z² of each: carry that many digits more.
        with mp.extradps(4 * max(0, int(mp.log10(abs(z) + 1)))):
            return mean * mp.ncdf(z) + deviation * mp.npdf(z)


def posterior_of(pair: Pair, prior: Mapping[str, float] | None) -> Posterior:
    """The lift's posterior under a flat or a normal prior."""
    lift, variance = pair.lift, pair.lift_variance
    if prior is None or variance == 0:
        return Posterior(lift, variance)
    prior_variance = Fraction(prior["stddev"]) ** 2
    squared_error = 1 / (1 / variance + 1 / prior_variance)
    mean = squared_error * (lift / variance + Fraction(prior["mean"]) / prior_variance)
    return Posterior(mean, squared_error)
