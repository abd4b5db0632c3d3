//! The relative lift of one arm over another.

use super::arithmetic::difference_of_products;
use super::moments::Sample;
use super::normal;

/// The posterior of the lift under a flat prior: normal around the estimate.
///
/// With m and s² an arm's mean and variance, 0 the control and 1 the treatment:
/// lift δ = (m₁ − m₀)/m₀ and, by the delta method with independent arms,
/// se² = s₁²/(n₁·m₀²) + m₁²·s₀²/(n₀·m₀⁴)
/// (A. Deng, U. Knoblich, J. Lu, "Applying the Delta Method in Metric Analytics", KDD 2018, eq. 4).
/// Both are plain ratios: 0.12 is +12 %. Against mpmath they agree to 2e-12 relative or better,
/// for lifts down to 1e-9.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lift {
    pub estimate: f64,
    pub standard_error: f64,
}

impl Lift {
    /// The lift of `treatment` over `control`, whose mean must be above 0.
    ///
    /// None when it, or its standard error, leaves the range of a double.
    pub fn of(treatment: &Sample, control: &Sample) -> Option<Lift> {
        let base = control.mean();
        let estimate = difference_of_products(treatment.sum, control.n, control.sum, treatment.n)
            / (treatment.n * control.sum);
        let ratio = treatment.mean() / base;
        let variance = treatment.squared_standard_error() / base / base
            + ratio * ratio * (control.squared_standard_error() / base / base);
        let lift = Lift { estimate, standard_error: variance.sqrt() };
        (lift.estimate.is_finite() && lift.standard_error.is_finite()).then_some(lift)
    }

    /// The equal-tailed credible interval that reaches `critical_value` standard errors either way.
    pub fn credible_interval(&self, critical_value: f64) -> (f64, f64) {
        let reach = critical_value * self.standard_error;
        (self.estimate - reach, self.estimate + reach)
    }

    /// P(δ > 0) and P(δ < 0), each computed by its own tail.
    ///
    /// Without any variance the answer is known: 0 or 1, or ½ each when the means are equal.
    pub fn chances_above_and_below_zero(&self) -> (f64, f64) {
        if self.standard_error == 0.0 {
            return if self.estimate > 0.0 {
                (1.0, 0.0)
            } else if self.estimate < 0.0 {
                (0.0, 1.0)
            } else {
                (0.5, 0.5)
            };
        }
        let z = self.estimate / self.standard_error;
        (normal::cdf(z), normal::cdf(-z))
    }
}
