//! The difference between the means of two arms, adjusted by a covariate or not.

use super::arithmetic::difference_of_products;
use super::joint_moments::{JointSample, Theta};
use super::lift_statistic::relative_to_control;
use super::moments::{Flaw, Sample};
use super::normal_lift::NormalLift;
use super::welch::Degrees;

/// A treatment's mean over that of control, adjusted by a covariate or not.
///
/// # Examples
/// ```
/// use scorecard::statistics::{mean_difference::MeanDifference, moments::Moments, normal};
///
/// let control = Moments { n: 1000, sum: 100.0, sum_squares: 100.0 }.sample()?;
/// let treatment = Moments { n: 1000, sum: 120.0, sum_squares: 120.0 }.sample()?;
/// let difference = MeanDifference::plain(&treatment, &control);
/// let lift = difference.lift().expect("a lift within the range of a double");
/// assert_eq!(lift.estimate, 0.2);
/// let (low, high) = lift.credible_interval(normal::two_sided_critical_value(0.1));
/// assert_eq!(format!("{low:.4} {high:.4}"), "-0.0524 0.4524");
/// # Ok::<(), scorecard::statistics::moments::Flaw>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanDifference {
    /// m₁ − m₀, adjusted if there is a covariate; in the metric's unit.
    pub(super) absolute: f64,
    /// The same over m₀; of use where that is above 0.
    pub(super) relative: f64,
    pub(super) treatment: ArmMean,
    pub(super) control: ArmMean,
    pub(super) carried: Carried,
}

/// The mean of an arm, as it goes into a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ArmMean {
    pub n: f64,
    /// Unadjusted, in the metric's unit.
    pub mean: f64,
    /// Of the mean, adjusted; in the metric's unit squared.
    pub squared_error: f64,
}

impl ArmMean {
    fn new(sample: &Sample, variance: f64) -> Self {
        Self { n: sample.n, mean: sample.mean(), squared_error: variance / sample.n }
    }
}

/// What the covariate of control adds to the error where the lift is not 0, for the lift is relative to control's
/// *unadjusted* mean: the variance of R·y − θx is not R² times that of y − θx.
///
/// All in the metric's unit squared, over n; 0 without a covariate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Carried {
    /// θ·cov(y − θx, x)/n.
    pub cross: f64,
    /// θ²·s_x²/n.
    pub covariate: f64,
}

/// What a covariate does to one treatment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjustment {
    /// The treatment's mean, as if its covariate had the control's mean: m₁ − θ(x̄₁ − x̄₀), in the metric's unit.
    pub mean: f64,
    /// s² of y − θx in the treatment, in the metric's unit squared.
    pub variance: f64,
    /// 1 − adjusted/unadjusted variance, a plain ratio; none if there was none to reduce.
    pub variance_reduction: Option<f64>,
}

impl MeanDifference {
    /// The means as they are.
    pub fn plain(treatment: &Sample, control: &Sample) -> MeanDifference {
        MeanDifference {
            absolute: difference_of_means(treatment, control),
            relative: crossed(treatment, control) / (treatment.denominator * control.sum),
            treatment: ArmMean::new(treatment, treatment.variance),
            control: ArmMean::new(control, control.variance),
            carried: Carried::default(),
        }
    }

    /// The means adjusted by a covariate: Ȳ − θX̄ with θ pooled over the two arms, centred so that the
    /// control keeps its mean (CUPED, see [`Theta::pooled`]). The lift stays relative to the unadjusted
    /// control mean.
    ///
    /// # Errors
    /// [`Flaw`] says why a variance is missing.
    pub fn adjusted(
        (treatment, treatment_moments): (&Sample, &JointSample),
        (control, control_moments): (&Sample, &JointSample),
    ) -> Result<(MeanDifference, Adjustment), Flaw> {
        let theta = Theta::pooled([treatment_moments, control_moments]);
        let difference = theta.adjusted_difference(treatment_moments, control_moments);
        let variance = treatment_moments.adjusted_variance(theta)?;
        let mean_difference = MeanDifference {
            absolute: difference,
            relative: difference / control.mean(),
            treatment: ArmMean::new(treatment, variance),
            control: ArmMean::new(control, control_moments.adjusted_variance(theta)?),
            carried: Carried {
                cross: theta.value() * control_moments.covariance_left(theta) / control.n,
                covariate: theta.value().powi(2) * control_moments.auxiliary_variance() / control.n,
            },
        };
        let reduction = 1.0 - variance / treatment.variance;
        let adjustment = Adjustment {
            mean: control.mean() + difference,
            variance,
            variance_reduction: (treatment.variance > 0.0).then_some(reduction),
        };
        let Carried { cross, covariate } = mean_difference.carried;
        let finite = [difference, adjustment.mean, mean_difference.treatment.squared_error, cross, covariate];
        let is_finite = finite.into_iter().all(f64::is_finite);
        if is_finite { Ok((mean_difference, adjustment)) } else { Err(Flaw::Invalid) }
    }

    /// m₁ − m₀, adjusted if there is a covariate; in the metric's unit.
    pub fn absolute(&self) -> f64 {
        self.absolute
    }

    /// Whether control's mean is above 0, so that there is a lift.
    pub fn has_positive_base(&self) -> bool {
        self.control.mean > 0.0
    }

    /// Control's mean, in the metric's unit.
    pub fn base(&self) -> f64 {
        self.control.mean
    }

    /// s₁²/n₁ + s₀²/n₀, in the metric's unit squared.
    pub(super) fn null_squared_error(&self) -> f64 {
        self.treatment.squared_error + self.control.squared_error
    }

    /// Identities of both arms.
    pub fn n(&self) -> f64 {
        self.treatment.n + self.control.n
    }

    /// The lift over the control's mean, which must be above 0: see [`NormalLift`].
    ///
    /// None when it, or its standard error, leaves the range of a double.
    pub fn lift(&self) -> Option<NormalLift> {
        let base = self.control.mean;
        let ratio = self.treatment.mean / base;
        let variance = self.treatment.squared_error / base / base + relative_to_control(self).at(ratio);
        let lift = NormalLift { estimate: self.relative, standard_error: variance.sqrt() };
        (lift.estimate.is_finite() && lift.standard_error.is_finite()).then_some(lift)
    }

    /// Of the treatment and of control, the squared coefficient of variation (s/m)² and n; s of the treatment being adjusted and
    /// that of control not, as it is in the lift. Infinite where a mean is 0.
    fn squared_variations(&self) -> [(f64, f64); 2] {
        let control = self.control.squared_error + 2.0 * self.carried.cross + self.carried.covariate;
        [(&self.treatment, self.treatment.squared_error), (&self.control, control)].map(
            |(arm, squared_error)| match arm.mean {
                0.0 => (f64::INFINITY, arm.n),
                mean => (squared_error / mean / mean * arm.n, arm.n),
            },
        )
    }

    /// How well the means are known at most: the larger of the arms' coefficients of variation s/|m| over the root of the
    /// smaller n. A plain ratio, infinite where a mean is 0.
    ///
    /// It takes the spread from whichever arm has seen more of it: a small arm that heavy tails have spared so far
    /// looks better known than it is.
    pub fn relative_error(&self) -> f64 {
        let [(one, n), (other, n0)] = self.squared_variations();
        (one.max(other) / n.min(n0)).sqrt()
    }

    /// The same with the mean squared coefficient of variation over all identities of both arms instead of the larger one, which
    /// does not depend on the lift: who asks for a small [`MeanDifference::relative_error`] takes experiments whose smaller
    /// mean is too high by chance.
    pub fn mean_relative_error(&self) -> f64 {
        let [(one, n), (other, n0)] = self.squared_variations();
        // By shares, for infinite times 0 would be no number.
        let mean = one * (n / (n + n0)) + other * (n0 / (n + n0));
        (mean / n.min(n0)).sqrt()
    }

    /// The larger of both means' own relative errors, s/(|m|·√n). A plain ratio, infinite where a mean is 0.
    pub fn largest_own_error(&self) -> f64 {
        self.squared_variations().into_iter().map(|(variation, n)| (variation / n).sqrt()).fold(0.0, f64::max)
    }

    /// Of the identities that did not convert, as the means are shares: that of 1 − y.
    pub fn of_the_rest(&self) -> Self {
        let rest = |arm: ArmMean| ArmMean { mean: 1.0 - arm.mean, ..arm };
        let (treatment, control) = (rest(self.treatment), rest(self.control));
        let absolute = -self.absolute;
        Self { absolute, relative: absolute / control.mean, treatment, control, carried: self.carried }
    }

    /// s² of the smaller arm over what the larger arm says of it: over its s², scaled to the smaller arm's mean if that
    /// is lower, (m/m_larger)². A plain ratio; None unless one arm is twice as large as the other.
    ///
    /// Far below 1 where heavy tails have spared the smaller arm so far: then its mean is too low, and known less well
    /// than its variance says. In arms of equal size such errors cancel.
    pub fn variance_of_smaller_arm(&self) -> Option<f64> {
        let (small, large) = if self.treatment.n < self.control.n {
            (&self.treatment, &self.control)
        } else {
            (&self.control, &self.treatment)
        };
        if large.n < 2.0 * small.n {
            return None;
        }
        let variance = |arm: &ArmMean| arm.squared_error * arm.n;
        let scale = (small.mean / large.mean).powi(2).min(1.0);
        Some(variance(small) / (variance(large) * scale)).filter(|ratio| !ratio.is_nan())
    }

    /// The degrees of freedom of Welch's test of the difference.
    pub fn degrees_of_freedom(&self) -> Degrees {
        let error = |arm: &ArmMean| (arm.squared_error, arm.n);
        Degrees::of_difference(error(&self.treatment), error(&self.control))
    }
}

/// m₁ − m₀ in the metric's unit, however much cancels: agrees with rational arithmetic to 5e-16 relative.
pub fn difference_of_means(treatment: &Sample, control: &Sample) -> f64 {
    crossed(treatment, control) / treatment.denominator / control.denominator
}

/// (m₁ − m₀)·d₁·d₀, d being what a mean divides by.
fn crossed(treatment: &Sample, control: &Sample) -> f64 {
    difference_of_products(treatment.sum, control.denominator, control.sum, treatment.denominator)
}
