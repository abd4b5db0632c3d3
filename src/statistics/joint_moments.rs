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

/// An arm whose moments data can have, with what they deviate by.
#[derive(Clone, Copy, Debug)]
pub struct JointSample {
    moments: JointMoments,
    /// n times the deviations of y, of x, and their product: n·Σy² − (Σy)² and so on.
    own: Wide,
    auxiliary: Wide,
    product: Wide,
    /// Every moment is a whole number that a double holds exactly.
    is_exact: bool,
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

    /// The sample, if data can have these moments: each value by itself, and both together, for no correlation is above 1.
    ///
    /// # Errors
    /// [`Flaw`] of y by itself but a lost precision, for that of the value that is made of both matters;
    /// [`Flaw::Invalid`] where x, or the two together, are impossible.
    pub fn sample(&self) -> Result<JointSample, Flaw> {
        let Self { y, x } = self;
        let auxiliary = Moments { n: y.n, sum: x.sum, sum_squares: x.sum_squares };
        for moments in [*y, auxiliary] {
            match moments.sample() {
                Ok(_) | Err(Flaw::PrecisionLost) => {}
                Err(flaw) => return Err(flaw),
            }
        }
        let n = self.n();
        let minus = |square: f64, a: f64, b: f64| Wide::product(n, square).minus(Wide::product(a, b));
        let sample = JointSample {
            moments: *self,
            own: minus(y.sum_squares, y.sum, y.sum),
            auxiliary: minus(x.sum_squares, x.sum, x.sum),
            product: minus(x.product, y.sum, x.sum),
            is_exact: [y.sum, y.sum_squares, x.sum, x.sum_squares, x.product].into_iter().all(is_exact),
        };
        if x.product.is_finite() && !sample.correlates_beyond_one() { Ok(sample) } else { Err(Flaw::Invalid) }
    }
}

impl JointSample {
    /// What one rounding of each moment can move the deviations by, unscaled, over [`f64::EPSILON`]: of y, of x, and of
    /// their product.
    fn roundings(&self) -> [f64; 3] {
        let JointMoments { y, x } = &self.moments;
        let n = y.n as f64;
        let rounding = |moment: f64, a: f64, b: f64| moment.abs() + 2.0 * (a * (b / n)).abs();
        [
            rounding(y.sum_squares, y.sum, y.sum),
            rounding(x.sum_squares, x.sum, x.sum),
            rounding(x.product, y.sum, x.sum),
        ]
    }

    fn n(&self) -> f64 {
        self.moments.n()
    }

    /// Whether the product of the deviations is larger than Cauchy and Schwarz allow, by more than the n roundings of plain
    /// sums can make.
    fn correlates_beyond_one(&self) -> bool {
        let n = self.n();
        let [own, auxiliary, product] =
            [self.own, self.auxiliary, self.product].map(|scaled| scaled.value().abs() / n);
        // Doubles will do unless it is close.
        if product * product < 0.999 * own * auxiliary {
            return false;
        }
        let squares = self.own.times(self.auxiliary);
        let excess = self.product.times(self.product).minus(squares).value() / n / n;
        let [of_own, of_auxiliary, of_product] = self.roundings();
        let of_sums = f64::EPSILON * (of_own * auxiliary + of_auxiliary * own + 2.0 * of_product * product);
        let of_arithmetic = (own * auxiliary + product * product) * Wide::EPSILON;
        excess > if self.is_exact { of_arithmetic } else { n * of_sums + of_arithmetic }
    }

    fn residual(&self, theta: Wide) -> Residual {
        let Self { own: y, auxiliary: x, product, .. } = *self;
        let (square, cross) = (theta.times(theta).times(x), theta.times(product).times(Wide::from(2.0)));
        Residual {
            deviations: y.plus(square).minus(cross).over(Wide::from(self.n())),
            magnitude: (y.value().abs() + square.value().abs() + cross.value().abs()) / self.n(),
        }
    }

    /// How far one rounding of each moment can move the deviations left by θ: for each moment its rounding
    /// times the derivative of y + θ²x − 2θ·product.
    fn noise(&self, theta: f64) -> f64 {
        let [own, auxiliary, product] = self.roundings();
        let theta = theta.abs();
        f64::MIN_POSITIVE + f64::EPSILON * (own + theta * theta * auxiliary + 2.0 * theta * product)
    }

    /// The variance that θ leaves, with n − 1.
    fn variance(&self, theta: Wide, noise: f64) -> Result<f64, Flaw> {
        let Residual { deviations, magnitude } = self.residual(theta);
        let deviations = deviations.value();
        if !deviations.is_finite() || deviations < -noise * self.n() {
            return Err(Flaw::Invalid);
        }
        if self.is_exact {
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
    /// x̄ must be above 0. Agrees with exact arithmetic to 1e-12.
    ///
    /// # Errors
    /// [`Flaw`] says why there is no variance.
    pub fn ratio(&self) -> Result<Sample, Flaw> {
        let JointMoments { y, x } = &self.moments;
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
        self.auxiliary.value().max(0.0) / self.n() / (self.n() - 1.0)
    }

    /// cov(y − θx, x), with n − 1: what θ leaves of the covariance, in the unit of x times that of y.
    pub fn covariance_left(&self, theta: Theta) -> f64 {
        self.product.minus(theta.0.times(self.auxiliary)).value() / self.n() / (self.n() - 1.0)
    }

    /// The variance of y − θx, with n − 1: s_y² + θ²s_x² − 2θ·cov, in the unit of y squared. Agrees with
    /// rational arithmetic to 2e-12 relative or better (tested).
    ///
    /// # Errors
    /// [`Flaw`] says why there is none.
    pub fn adjusted_variance(&self, theta: Theta) -> Result<f64, Flaw> {
        if theta.0.value() == 0.0 {
            return self.moments.y.sample().map(|sample| sample.variance);
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
    pub fn pooled<'s>(arms: impl IntoIterator<Item = &'s JointSample>) -> Theta {
        let zero = Wide::from(0.0);
        let (mut n, mut y, mut x, mut squares, mut product) = (zero, zero, zero, zero, zero);
        let (mut exact, mut noise) = (true, 0.0);
        for JointSample { moments: arm, .. } in arms {
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
    pub fn adjusted_difference(&self, treatment: &JointSample, control: &JointSample) -> f64 {
        let (treatment, control) = (&treatment.moments, &control.moments);
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

    fn joint(values: &[(f64, f64)]) -> JointSample {
        let sum = |f: fn(&(f64, f64)) -> f64| values.iter().map(f).sum::<f64>();
        let moments = JointMoments {
            y: Moments { n: values.len() as u64, sum: sum(|v| v.0), sum_squares: sum(|v| v.0 * v.0) },
            x: AuxiliaryMoments {
                sum: sum(|v| v.1),
                sum_squares: sum(|v| v.1 * v.1),
                product: sum(|v| v.0 * v.1),
            },
        };
        moments.sample().unwrap()
    }

    #[test]
    fn a_correlation_above_one_is_impossible() {
        let y = Moments { n: 100, sum: 270.0, sum_squares: 848.79 };
        let with = |product: f64| {
            JointMoments { y, x: AuxiliaryMoments { sum: 510.0, sum_squares: 2700.0, product } }
                .sample()
                .err()
        };
        // The deviations are 119.79 and 99, so that their product is 108.9 at most.
        assert_eq!(with(1377.0 + 108.8), None);
        assert_eq!(with(1377.0 + 109.0), Some(Flaw::Invalid));
        assert_eq!(with(1377.0 - 109.0), Some(Flaw::Invalid));
        let impossible = AuxiliaryMoments { sum: 510.0, sum_squares: 810.0, product: -900.0 };
        assert_eq!(JointMoments { y, x: impossible }.sample().err(), Some(Flaw::Invalid));
    }

    #[test]
    fn a_denominator_of_ones_gives_the_mean() {
        let arm = joint(&[(1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (7.5, 1.0)]);
        let (ratio, plain) = (arm.ratio().unwrap(), arm.moments.y.sample().unwrap());
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
        let theta = Theta::pooled([&arm]);
        assert!((theta.value() - 1.0 / 3.0).abs() < 1e-16);
        assert_eq!(arm.adjusted_variance(theta), Ok(0.0));
    }

    #[test]
    fn a_constant_covariate_changes_nothing() {
        let arm = joint(&[(1.0, 0.1), (2.0, 0.1), (5.5, 0.1)]);
        let theta = Theta::pooled([&arm]);
        assert_eq!(theta.value(), 0.0);
        assert_eq!(arm.adjusted_variance(theta), Ok(arm.moments.y.sample().unwrap().variance));
    }
}
