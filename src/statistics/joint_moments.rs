//! Sufficient statistics of two values per identity: for ratio metrics and for covariates.

use super::moments::{Flaw, Moments, Sample, is_exact};
use super::wide::Wide;

/// Σx, Σx² and Σx·y over the identities of an arm, x being an auxiliary value beside the metric's y: the
/// denominator of a ratio metric, or a covariate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuxiliaryMoments {
    /// Σx, in the unit of x.
    pub sum: f64,
    /// Σx², in the unit of x squared.
    pub sum_squares: f64,
    /// Σx·y, in the unit of x times that of y.
    pub product: f64,
}

/// An arm's moments with those of the auxiliary value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointMoments {
    pub y: Moments,
    pub x: AuxiliaryMoments,
}

/// Σ(y − θx)² around its mean: what is left of y's deviations once θ times x is taken away.
struct Residual {
    deviations: Wide,
    /// The sum of the magnitudes that were added: what cannot be told apart is relative to it.
    magnitude: f64,
}

impl JointMoments {
    fn n(&self) -> f64 {
        self.y.n as f64
    }

    fn values(&self) -> [f64; 5] {
        let Self { y, x } = self;
        [y.sum, y.sum_squares, x.sum, x.sum_squares, x.product]
    }

    /// Whether every moment is a whole number that a double holds exactly.
    fn is_exact(&self) -> bool {
        self.values().into_iter().all(is_exact)
    }

    /// n times the deviations of y, of x, and their product: n·Σy² − (Σy)² and so on.
    fn scaled_deviations(&self) -> [Wide; 3] {
        let Self { y, x } = self;
        let n = self.n();
        let minus = |square: f64, a: f64, b: f64| Wide::product(n, square).minus(Wide::product(a, b));
        [
            minus(y.sum_squares, y.sum, y.sum),
            minus(x.sum_squares, x.sum, x.sum),
            minus(x.product, y.sum, x.sum),
        ]
    }

    fn residual(&self, theta: Wide) -> Residual {
        let [y, x, product] = self.scaled_deviations();
        let (square, cross) = (theta.times(theta).times(x), theta.times(product).times(Wide::from(2.0)));
        Residual {
            deviations: y.plus(square).minus(cross).over(Wide::from(self.n())),
            magnitude: (y.value().abs() + square.value().abs() + cross.value().abs()) / self.n(),
        }
    }

    /// How far one rounding of each moment can move the deviations left by θ: for each moment its rounding
    /// times the derivative of y + θ²x − 2θ·product, with deviations as in [`JointMoments::scaled_deviations`].
    fn noise(&self, theta: f64) -> f64 {
        let Self { y, x } = self;
        let (n, theta) = (self.n(), theta.abs());
        let squares = |moment: f64, a: f64, b: f64| moment.abs() + 2.0 * (a * (b / n)).abs();
        f64::MIN_POSITIVE
            + f64::EPSILON
                * (squares(y.sum_squares, y.sum, y.sum)
                    + theta * theta * squares(x.sum_squares, x.sum, x.sum)
                    + 2.0 * theta * squares(x.product, y.sum, x.sum))
    }

    /// The variance that θ leaves, with n − 1.
    fn variance(&self, theta: Wide, noise: f64) -> Result<f64, Flaw> {
        let Residual { deviations, magnitude } = self.residual(theta);
        let deviations = deviations.value();
        if !deviations.is_finite() || deviations < -noise * self.n() {
            return Err(Flaw::Invalid);
        }
        if self.is_exact() {
            // Whole moments carry no rounding; what remains is that of the arithmetic in two doubles.
            let is_rounding = deviations.abs() <= magnitude * Wide::EPSILON;
            let left = if is_rounding { 0.0 } else { deviations };
            return if left < 0.0 { Err(Flaw::Invalid) } else { Ok(left / (self.n() - 1.0)) };
        }
        if deviations <= noise { Err(Flaw::PrecisionLost) } else { Ok(deviations / (self.n() - 1.0)) }
    }

    /// The ratio metric R = Σy/Σx with its variance per identity,
    /// s_y²/x̄² + s_x²·ȳ²/x̄⁴ − 2·cov·ȳ/x̄³ = Σ(y − Rx)²/((n − 1)·x̄²), by the delta method
    /// (A. Deng, U. Knoblich, J. Lu, "Applying the Delta Method in Metric Analytics", KDD 2018, §4).
    ///
    /// x̄ must be above 0. Only the combined variance is checked against what data can have: published
    /// test cases give denominators of a negative variance. Agrees with exact arithmetic to 1e-12.
    ///
    /// # Errors
    /// [`Flaw`] says why there is no variance.
    pub fn ratio(&self) -> Result<Sample, Flaw> {
        // The numerator by itself must be what data can have; whether its variance is known matters not.
        match self.y.sample() {
            Ok(_) | Err(Flaw::PrecisionLost) => {}
            Err(flaw) => return Err(flaw),
        }
        if !self.values().into_iter().all(f64::is_finite) || self.x.sum_squares < 0.0 {
            return Err(Flaw::Invalid);
        }
        let Self { y, x } = self;
        let ratio = Wide::from(y.sum).over(Wide::from(x.sum));
        let r = ratio.value().abs();
        // One rounding of each moment, and in the last term those of R.
        let noise = f64::MIN_POSITIVE
            + f64::EPSILON
                * (y.sum_squares
                    + 2.0 * r * x.product.abs()
                    + r * r * x.sum_squares
                    + 4.0 * r * (ratio.value() * x.sum_squares - x.product).abs());
        let variance = self.variance(ratio, noise)?;
        let scale = x.sum / self.n();
        let sample =
            Sample { denominator: x.sum, n: self.n(), sum: y.sum, variance: variance / scale / scale };
        if sample.variance.is_finite() { Ok(sample) } else { Err(Flaw::Invalid) }
    }

    /// s_x², with n − 1, in the unit of x squared.
    pub fn auxiliary_variance(&self) -> f64 {
        let [_, x, _] = self.scaled_deviations();
        x.value().max(0.0) / self.n() / (self.n() - 1.0)
    }

    /// cov(y − θx, x), with n − 1: what θ leaves of the covariance, in the unit of x times that of y.
    pub fn covariance_left(&self, theta: Theta) -> f64 {
        let [_, x, product] = self.scaled_deviations();
        product.minus(theta.0.times(x)).value() / self.n() / (self.n() - 1.0)
    }

    /// The variance of y − θx, with n − 1: s_y² + θ²s_x² − 2θ·cov, in the unit of y squared. Agrees with
    /// rational arithmetic to 2e-12 relative or better (tested).
    ///
    /// # Errors
    /// [`Flaw`] says why there is none.
    pub fn adjusted_variance(&self, theta: Theta) -> Result<f64, Flaw> {
        let Moments { n, .. } = self.y;
        let covariate = Moments { n, sum: self.x.sum, sum_squares: self.x.sum_squares };
        match covariate.sample() {
            Ok(_) | Err(Flaw::PrecisionLost) => {}
            Err(flaw) => return Err(flaw),
        }
        if !self.x.product.is_finite() {
            return Err(Flaw::Invalid);
        }
        if theta.0.value() == 0.0 {
            return self.y.sample().map(|sample| sample.variance);
        }
        self.variance(theta.0, self.noise(theta.0.value()))
    }
}

/// The coefficient of a covariate.
#[derive(Clone, Copy)]
pub struct Theta(Wide);

impl Theta {
    /// θ = cov(y, x)/var(x) over the identities of all `arms` together: what takes most of the variance
    /// away (A. Deng, Y. Xu, R. Kohavi, T. Walker, "Improving the Sensitivity of Online Controlled
    /// Experiments by Utilizing Pre-Experiment Data", WSDM 2013, eq. 4). In units of y over units of x, 0 where
    /// x does not vary by more than its rounding. Exact to the last digits: the variances it leaves agree with
    /// rational arithmetic to 2e-16.
    pub fn pooled(arms: impl IntoIterator<Item = JointMoments>) -> Theta {
        let zero = Wide::from(0.0);
        let (mut n, mut y, mut x, mut squares, mut product) = (zero, zero, zero, zero, zero);
        let (mut exact, mut noise) = (true, 0.0);
        for arm in arms {
            n = n.plus(Wide::from(arm.n()));
            y = y.plus(Wide::from(arm.y.sum));
            x = x.plus(Wide::from(arm.x.sum));
            squares = squares.plus(Wide::from(arm.x.sum_squares));
            product = product.plus(Wide::from(arm.x.product));
            exact &= is_exact(arm.x.sum) && is_exact(arm.x.sum_squares);
            noise += f64::EPSILON * (arm.x.sum_squares + 2.0 * arm.x.sum * (arm.x.sum / arm.n()));
        }
        // Both times n.
        let variance = n.times(squares).minus(x.times(x));
        let covariance = n.times(product).minus(x.times(y));
        // Rounding is no variation, and would give any θ at all.
        let rounding = if exact { squares.value() * Wide::EPSILON } else { noise };
        let constant = variance.value() <= n.value() * rounding;
        Theta(if constant { zero } else { covariance.over(variance) })
    }

    pub fn value(&self) -> f64 {
        self.0.value()
    }

    /// ȳ₁ − ȳ₀ − θ(x̄₁ − x̄₀): the difference of the means, as if the treatment's covariate had the control's
    /// mean. In two doubles, so that where the covariate explains all, nothing is left.
    pub fn adjusted_difference(&self, treatment: &JointMoments, control: &JointMoments) -> f64 {
        let (n, n0) = (treatment.n(), control.n());
        let crossed = |one: f64, other: f64| Wide::product(one, n0).minus(Wide::product(other, n));
        let y = crossed(treatment.y.sum, control.y.sum);
        let x = crossed(treatment.x.sum, control.x.sum).times(self.0);
        let difference = y.minus(x).value();
        let is_rounding = difference.abs() <= (y.value().abs() + x.value().abs()) * Wide::EPSILON;
        if is_rounding { 0.0 } else { difference / n / n0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joint(values: &[(f64, f64)]) -> JointMoments {
        let sum = |f: fn(&(f64, f64)) -> f64| values.iter().map(f).sum::<f64>();
        JointMoments {
            y: Moments { n: values.len() as u64, sum: sum(|v| v.0), sum_squares: sum(|v| v.0 * v.0) },
            x: AuxiliaryMoments {
                sum: sum(|v| v.1),
                sum_squares: sum(|v| v.1 * v.1),
                product: sum(|v| v.0 * v.1),
            },
        }
    }

    #[test]
    fn a_denominator_of_ones_gives_the_mean() {
        let arm = joint(&[(1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (7.5, 1.0)]);
        let (ratio, plain) = (arm.ratio().unwrap(), arm.y.sample().unwrap());
        assert_eq!(ratio.mean(), plain.mean());
        assert!((ratio.variance / plain.variance - 1.0).abs() < 1e-15);
    }

    #[test]
    fn a_numerator_in_proportion_has_no_variance() {
        let arm = joint(&[(3.0, 1.0), (6.0, 2.0), (21.0, 7.0)]);
        assert_eq!(arm.ratio().unwrap().variance, 0.0);
        let rounded = joint(&[(0.3, 0.1), (0.6, 0.2), (2.1, 0.7)]);
        assert_eq!(rounded.ratio(), Err(Flaw::PrecisionLost));
    }

    #[test]
    fn a_covariate_that_tells_all_leaves_nothing() {
        let arm = joint(&[(1.0, 3.0), (2.0, 6.0), (5.0, 15.0), (5.0, 15.0)]);
        let theta = Theta::pooled([arm]);
        assert!((theta.value() - 1.0 / 3.0).abs() < 1e-16);
        assert_eq!(arm.adjusted_variance(theta), Ok(0.0));
    }

    #[test]
    fn a_constant_covariate_changes_nothing() {
        let arm = joint(&[(1.0, 0.1), (2.0, 0.1), (5.5, 0.1)]);
        let theta = Theta::pooled([arm]);
        assert_eq!(theta.value(), 0.0);
        assert_eq!(arm.adjusted_variance(theta), Ok(arm.y.sample().unwrap().variance));
    }
}
