//! Welch's t test of two means with unequal variances.

use super::students_t;

/// The difference of two means with its standard error and degrees of freedom.
///
/// se² = s₁²/n₁ + s₀²/n₀, and by Welch and Satterthwaite
/// ν = se⁴/((s₁²/n₁)²/(n₁ − 1) + (s₀²/n₀)²/(n₀ − 1)) (B. L. Welch, Biometrika 34, 1947). Against mpmath, for n from
/// 2 to 10⁹, the p-value agrees to 2e-12 relative down to 1e-300 and the ends of the interval to 1e-13 of its width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Welch {
    /// In the unit of the means.
    pub difference: f64,
    /// se, in the unit of the means.
    pub standard_error: f64,
    /// ν; NaN where nothing varies, and then not used.
    degrees: f64,
}

impl Welch {
    /// From the difference and each mean's (squared standard error, number of identities ≥ 2).
    pub fn new(difference: f64, treatment: (f64, f64), control: (f64, f64)) -> Self {
        let total = treatment.0 + control.0;
        // By shares: the squares of the terms themselves may leave the range of a double.
        let part = |(squared_error, n): (f64, f64)| (squared_error / total).powi(2) / (n - 1.0);
        let degrees = 1.0 / (part(treatment) + part(control));
        Self { difference, standard_error: total.sqrt(), degrees }
    }

    /// The confidence interval at level 1 − `tails`, whose normal critical value is `z`; of no width
    /// without any variance.
    pub fn confidence_interval(&self, z: f64, tails: f64) -> (f64, f64) {
        let reach = if self.standard_error == 0.0 {
            0.0
        } else {
            self.standard_error * students_t::two_sided_critical_value(z, tails, self.degrees)
        };
        (self.difference - reach, self.difference + reach)
    }

    /// The two-sided p-value: P(|T| > |difference|/se). Without any variance the answer is known: 1
    /// for equal means, else 0.
    pub fn p_value(&self) -> f64 {
        if self.standard_error == 0.0 {
            return if self.difference == 0.0 { 1.0 } else { 0.0 };
        }
        students_t::two_sided_p_value(self.difference / self.standard_error, self.degrees)
    }
}
