//! The difference between the means of two arms, and all that is tested about it.

use super::arithmetic::difference_of_products;
use super::joint_moments::{JointMoments, Theta};
use super::moments::{Flaw, Sample};
use super::normal_lift::NormalLift;
use super::welch::Welch;

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
    absolute: f64,
    /// The same over m₀.
    relative: f64,
    treatment: ArmMean,
    control: ArmMean,
    carried: Carried,
}

/// The mean of an arm, as it goes into a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ArmMean {
    n: f64,
    /// Unadjusted, in the metric's unit.
    mean: f64,
    /// Of the mean, adjusted; in the metric's unit squared.
    squared_error: f64,
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
struct Carried {
    /// θ·cov(y − θx, x)/n.
    cross: f64,
    /// θ²·s_x²/n.
    covariate: f64,
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
        (treatment, treatment_moments): (&Sample, &JointMoments),
        (control, control_moments): (&Sample, &JointMoments),
    ) -> Result<(MeanDifference, Adjustment), Flaw> {
        let theta = Theta::pooled([*treatment_moments, *control_moments]);
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
        let variance = self.treatment.squared_error / base / base + self.relative_to_control().at(ratio);
        let lift = NormalLift { estimate: self.relative, standard_error: variance.sqrt() };
        (lift.estimate.is_finite() && lift.standard_error.is_finite()).then_some(lift)
    }

    /// Control's squared error over m₀².
    fn relative_to_control(&self) -> ControlError {
        let base = self.control.mean;
        let scale = |squared_error: f64| squared_error / base / base;
        ControlError {
            own: scale(self.control.squared_error),
            cross: scale(self.carried.cross),
            covariate: scale(self.carried.covariate),
        }
    }

    /// Fieller's set of lifts that the data does not exclude at `critical_value` z: {δ : (d − δ·m₀)² ≤ z²·V(δ)}
    /// (E. C. Fieller, J. R. Statist. Soc. B 16, 1954), with V(δ) = v₁ + v₀(1 + δ), each mean's squared standard error;
    /// that of control is the variance of (1 + δ)ȳ₀ − θx̄₀, which is (1 + δ)²v₀ without a covariate.
    ///
    /// With l = d/m₀ and V(δ)/m₀² = A + 2Bδ + Cδ² the ends are (l + z²B ± z·√(V(l)/m₀² − z²(AC − B²)))/(1 − z²C).
    /// Accurate to 2e-12 of the width, the upper end to 1e-16/(1 − z²C) relative as z²C nears 1.
    /// None for z²C ≥ 1: the control's mean cannot be told from 0, and the set has no ends.
    pub fn fieller_interval(&self, critical_value: f64) -> Option<(f64, f64)> {
        let base = self.control.mean;
        let treatment = self.treatment.squared_error / base / base;
        let control = self.relative_to_control();
        let ControlError { own, cross, covariate } = control;
        let square = critical_value * critical_value;
        let g = square * control.unadjusted();
        if g >= 1.0 {
            return None;
        }
        let lift = self.relative;
        let spread =
            treatment * (1.0 - g) + control.at(1.0 + lift) - square * (own * covariate - cross * cross);
        let reach = critical_value * spread.max(0.0).sqrt();
        let middle = lift + square * (own + cross);
        // Their product is (l² − z²A)/(1 − g): with it, no end is a difference of what grows with 1/(1 − g).
        let zero_reach = critical_value * (treatment + own).sqrt();
        let product_over =
            |far: f64| if far == 0.0 { 0.0 } else { (lift - zero_reach) * ((lift + zero_reach) / far) };
        let (low, high) = if middle >= 0.0 {
            let far = middle + reach;
            (product_over(far), far / (1.0 - g))
        } else {
            let far = middle - reach;
            (far / (1.0 - g), product_over(far))
        };
        // The data do not exclude the lift that they have, whatever is rounded.
        Some((low.min(lift), high.max(lift)))
    }

    /// How well the means are known: the larger of the arms' coefficients of variation s/|m| over the root of the
    /// smaller n, s of the treatment being adjusted and that of control not, as it is in the lift. A plain ratio, infinite where a mean is 0.
    ///
    /// It takes the spread from whichever arm has seen more of it: a small arm that heavy tails have spared so far
    /// looks better known than it is.
    pub fn relative_error(&self) -> f64 {
        let squared_variation = |arm: &ArmMean, squared_error: f64| match arm.mean {
            0.0 => f64::INFINITY,
            mean => squared_error / mean / mean * arm.n,
        };
        let control = self.control.squared_error + 2.0 * self.carried.cross + self.carried.covariate;
        let largest = squared_variation(&self.treatment, self.treatment.squared_error)
            .max(squared_variation(&self.control, control));
        (largest / self.treatment.n.min(self.control.n)).sqrt()
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

    /// The statistic of (m₁ − (1 + δ)m₀), whichever δ is asked for, that keeps its promise when it is looked at
    /// again and again: see [`LiftStatistic`].
    pub fn lift_statistic(&self) -> LiftStatistic {
        let is_settled = self.relative_error() <= SETTLED;
        LiftStatistic {
            differences: if is_settled { [*self, *self] } else { self.with_pooled_errors() },
            is_all_zero: self.treatment.mean == 0.0 && self.treatment.squared_error == 0.0,
        }
    }

    /// The same with pooled errors whatever is known of the means: for one look.
    pub fn pooled_statistic(&self) -> LiftStatistic {
        LiftStatistic { differences: self.with_pooled_errors(), is_all_zero: false }
    }

    /// Two differences, of which at any lift δ the one with the larger variance v₁ + (1 + δ)²v₀ has that in which no
    /// arm's s² counts less than s̄² = (n₁s₁² + n₀(1 + δ)²s₀²)/(n₁ + n₀): the first where control varies more for
    /// its mean, the second where the treatment does.
    fn with_pooled_errors(&self) -> [MeanDifference; 2] {
        let (n, n0) = (self.treatment.n, self.control.n);
        let share = n / (n + n0);
        let share0 = n0 / (n + n0);
        // As factors of s²/n: the arm that varies less takes in a part of the other's s².
        let with = |treatment_factor: f64, control_factor: f64| MeanDifference {
            treatment: ArmMean {
                squared_error: self.treatment.squared_error * treatment_factor,
                ..self.treatment
            },
            control: ArmMean { squared_error: self.control.squared_error * control_factor, ..self.control },
            carried: Carried {
                cross: self.carried.cross * control_factor,
                covariate: self.carried.covariate * control_factor,
            },
            ..*self
        };
        [with(share, 1.0 + share0 * (n0 / n)), with(1.0 + share * (n / n0), share0)]
    }

    /// Welch's test of the difference: see [`Welch`].
    pub fn welch(&self) -> Welch {
        let error = |arm: &ArmMean| (arm.squared_error, arm.n);
        Welch::new(self.absolute, error(&self.treatment), error(&self.control))
    }

    /// √(s₁²/n₁ + s₀²/n₀)/m₀: the standard error that the lift has where there is none, m₁ = m₀. A plain ratio,
    /// for m₀ above 0; agrees with mpmath to 5e-16 relative.
    pub fn null_standard_error(&self) -> f64 {
        (self.treatment.squared_error + self.control.squared_error).sqrt() / self.control.mean
    }
}

/// The squared error of control over m₀², by the factor R that m₀ is compared with.
#[derive(Clone, Copy)]
struct ControlError {
    /// Of the adjusted mean.
    own: f64,
    cross: f64,
    covariate: f64,
}

impl ControlError {
    /// Of R·ȳ₀ − θx̄₀: R²·own + 2R(R − 1)·cross + (R − 1)²·covariate.
    fn at(self, factor: f64) -> f64 {
        let lift = factor - 1.0;
        let carried = lift * (2.0 * factor * self.cross + lift * self.covariate);
        (factor * factor * self.own + carried).max(0.0)
    }

    /// Of the unadjusted mean: what grows with R².
    fn unadjusted(self) -> f64 {
        self.own + 2.0 * self.cross + self.covariate
    }
}

/// From this relative error of the means on, each arm's own variance is taken as it is (chosen by simulation, see
/// docs/calibration.md).
pub const SETTLED: f64 = 0.1;

/// The distance of the data from a lift δ, in standard errors: z(δ) = (m₁ − (1 + δ)m₀)/√V(δ), for V(δ) see below.
///
/// It does not divide by a mean, so that it is as good as the normal approximation of the two means is (E. C. Fieller,
/// J. R. Statist. Soc. B 16, 1954). While the means are not known to [`SETTLED`] (by
/// [`MeanDifference::relative_error`]), a variance may be far too small, for heavy tails have not shown yet; above all
/// that of the smaller arm, and then its mean is too low as well. So until then no arm's variance counts less than
/// the one pooled over the identities of both: with s₀² scaled by (1 + δ)² to the treatment's mean and
/// s̄² = (n₁s₁² + n₀(1 + δ)²s₀²)/(n₁ + n₀),
/// V(δ) = max(s₁², s̄²)/n₁ + max((1 + δ)²s₀², s̄²)/n₀; afterwards V(δ) = s₁²/n₁ + (1 + δ)²s₀²/n₀. With a covariate, the
/// variance of (1 + δ)y − θx in control takes the place of (1 + δ)²s₀².
/// The set of lifts within a critical value is the union of two of Fieller's. Agrees with mpmath to 1e-12 of the width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiftStatistic {
    differences: [MeanDifference; 2],
    /// The treatment has no variance of its own and a mean of 0. Scaled to a mean near 0 that of control has none
    /// either, so nothing is left out below the lift 0, and the set has no ends.
    is_all_zero: bool,
}

impl LiftStatistic {
    /// z(δ) of the lift `bound`, a plain ratio; above 0 where the data is above it. Without any variance 0 or infinite.
    pub fn distance_from(&self, bound: f64) -> f64 {
        let [one, other] = &self.differences;
        let distance = one.relative - bound;
        if distance == 0.0 || (self.is_all_zero && bound < 0.0) {
            return 0.0;
        }
        let error = |difference: &MeanDifference| {
            let base = difference.control.mean;
            let treatment = difference.treatment.squared_error.sqrt() / base;
            treatment.hypot(difference.relative_to_control().at(1.0 + bound).sqrt())
        };
        distance / error(one).max(error(other))
    }

    /// {δ : |z(δ)| ≤ `critical_value`}; None where it has no ends: where control's mean cannot be told from 0, or nothing
    /// is known of the treatment's variance.
    pub fn interval(&self, critical_value: f64) -> Option<(f64, f64)> {
        if self.is_all_zero {
            return None;
        }
        let [one, other] = &self.differences;
        let (low, high) = one.fieller_interval(critical_value)?;
        let (other_low, other_high) = other.fieller_interval(critical_value)?;
        Some((low.min(other_low), high.max(other_high)))
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
