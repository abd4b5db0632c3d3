//! The relative lift of one arm over another, as a normal posterior.

use super::normal;

/// The posterior of the lift: normal around the estimate.
///
/// With m and s² an arm's mean and variance, 0 the control and 1 the treatment:
/// lift δ = (m₁ − m₀)/m₀ and, by the delta method with independent arms and under a flat prior,
/// se² = s₁²/(n₁·m₀²) + m₁²·s₀²/(n₀·m₀⁴)
/// (A. Deng, U. Knoblich, J. Lu, "Applying the Delta Method in Metric Analytics", KDD 2018, eq. 4).
/// Both are plain ratios: 0.12 is +12 %. Against mpmath they agree to 2e-12 relative or better,
/// for lifts down to 1e-9.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalLift {
    /// δ, a plain ratio.
    pub estimate: f64,
    /// se, in lift units too.
    pub standard_error: f64,
}

/// A normal prior on the lift, in lift units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalPrior {
    pub mean: f64,
    /// Above 0.
    pub standard_deviation: f64,
}

impl NormalLift {
    /// The posterior under a prior: precisions 1/σ² add up, means are weighted by them (A. Gelman et
    /// al., "Bayesian Data Analysis", 3rd ed., eq. 2.11). Data without any variance outweighs every prior.
    pub fn with_prior(self, prior: NormalPrior) -> NormalLift {
        let (data, belief) = (self.standard_error, prior.standard_deviation);
        // Both weights as such, so that a small one keeps its digits; from the smaller deviation over the
        // larger, so that no square leaves the range of a double.
        let (weight, prior_weight) = if data <= belief {
            let square = (data / belief).powi(2);
            (1.0 / (1.0 + square), square / (1.0 + square))
        } else {
            let square = (belief / data).powi(2);
            (square / (1.0 + square), 1.0 / (1.0 + square))
        };
        NormalLift {
            estimate: weight * self.estimate + prior_weight * prior.mean,
            standard_error: if data <= belief { data * weight.sqrt() } else { belief * prior_weight.sqrt() },
        }
    }

    /// The equal-tailed credible interval that reaches `critical_value` standard errors either way.
    pub fn credible_interval(&self, critical_value: f64) -> (f64, f64) {
        let reach = critical_value * self.standard_error;
        (self.estimate - reach, self.estimate + reach)
    }

    /// How many standard errors the estimate is above `bound`; without any variance 0 or infinite.
    pub fn distance_from(&self, bound: f64) -> f64 {
        let distance = self.estimate - bound;
        if distance == 0.0 { 0.0 } else { distance / self.standard_error }
    }

    /// P(δ > bound) and P(δ < bound), each computed by its own tail.
    ///
    /// Without any variance the answer is known: 0 or 1, or ½ each when the estimate is the bound.
    pub fn chances_above_and_below(&self, bound: f64) -> (f64, f64) {
        let distance = self.estimate - bound;
        if self.standard_error == 0.0 {
            return if distance > 0.0 {
                (1.0, 0.0)
            } else if distance < 0.0 {
                (0.0, 1.0)
            } else {
                (0.5, 0.5)
            };
        }
        let z = distance / self.standard_error;
        (normal::cdf(z), normal::cdf(-z))
    }

    /// E[max(0, −δ)], or E[max(0, δ)] when a rise is a loss: the lift that choosing the arm over control
    /// gives away on average, in lift units (C. Stucchio, "Bayesian A/B Testing at VWO", 2015). Accurate to
    /// 2e-12 relative, in the far tail too (see [`normal::loss`]).
    pub fn expected_loss(&self, lower_is_better: bool) -> f64 {
        /// Beyond, all of the posterior is on the losing side, to the last digit.
        const CERTAIN: f64 = -40.0;
        let gain = if lower_is_better { -self.estimate } else { self.estimate };
        if self.standard_error == 0.0 || gain / self.standard_error < CERTAIN {
            return (-gain).max(0.0);
        }
        self.standard_error * normal::loss(gain / self.standard_error)
    }
}
