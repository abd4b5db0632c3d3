//! The distance of the data from a lift, for every lift: what intervals, chances and tests of the lift are read from.

use super::mean_difference::{ArmMean, Carried, MeanDifference};

/// The distance of the data from a lift δ, in standard errors: T(δ) = (m₁ − (1 + δ)m₀)/√V(δ).
///
/// It does not divide by a mean, so that it is as good as the normal approximation of the two means is (E. C. Fieller,
/// J. R. Statist. Soc. B 16, 1954). With each arm's own variance V(δ) = s₁²/n₁ + (1 + δ)²s₀²/n₀.
///
/// A variance may be far too small while heavy tails have not shown yet, above all that of the smaller arm. With pooled
/// variances no arm's counts less than the one pooled over the identities of both: with s₀² scaled by (1 + δ)² to the
/// treatment's mean and s̄² = (n₁s₁² + n₀(1 + δ)²s₀²)/(n₁ + n₀), V(δ) = max(s₁², s̄²)/n₁ + max((1 + δ)²s₀², s̄²)/n₀.
///
/// With a covariate, the variance of (1 + δ)y − θx in control takes the place of (1 + δ)²s₀². Agrees with mpmath to 1e-12
/// of an interval's width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiftStatistic {
    /// One difference, or two of which at any lift the one with the larger variance counts.
    branch: MeanDifference,
    other_branch: Option<MeanDifference>,
    /// Where every value of the treatment is 0: the difference as it is. Scaled to a mean near 0 the values of control do not
    /// vary either, so that T says nothing of lifts near −1.
    all_zero: Option<MeanDifference>,
}

impl LiftStatistic {
    /// Each arm's variance as it is.
    pub fn plain(difference: &MeanDifference) -> Self {
        Self { branch: *difference, other_branch: None, all_zero: all_zero(difference) }
    }

    /// No arm's variance below the pooled one.
    pub fn pooled(difference: &MeanDifference) -> Self {
        let [branch, other_branch] = with_pooled_errors(difference);
        Self { branch, other_branch: Some(other_branch), all_zero: all_zero(difference) }
    }

    /// Pooled variances until both means are known to [`SETTLED`], each arm's own from there on: keeps its promise when
    /// it is looked at again and again.
    pub fn anytime(difference: &MeanDifference) -> Self {
        let is_settled = difference.relative_error() <= SETTLED;
        if is_settled { Self::plain(difference) } else { Self::pooled(difference) }
    }

    fn branches(&self) -> impl Iterator<Item = &MeanDifference> {
        std::iter::once(&self.branch).chain(&self.other_branch)
    }

    /// Whether every value of the treatment is 0: how far above 0 its mean may be cannot be told.
    pub fn is_all_zero(&self) -> bool {
        self.all_zero.is_some()
    }

    /// The lift of the data, T = 0; for control's mean above 0.
    pub fn lift(&self) -> f64 {
        self.branch.relative
    }

    /// √V(0), in the metric's unit.
    pub fn null_error(&self) -> f64 {
        self.branches().map(|branch| branch.null_squared_error().sqrt()).fold(0.0, f64::max)
    }

    /// T(`bound`), `bound` being a plain ratio; above 0 where the data is above it. Without any variance 0 or infinite.
    ///
    /// None where the bound is a share of a control's mean that is not above 0.
    pub fn distance_from(&self, bound: f64) -> Option<f64> {
        if self.branch.has_positive_base() {
            return Some(
                self.branches().map(|branch| relative_distance(branch, bound)).fold(f64::NAN, nearer),
            );
        }
        (bound == 0.0).then(|| self.null_distance())
    }

    /// The distance from `bound` as a margin, which never says more against a lift than against any beyond it:
    /// [`LiftStatistic::falling_distance_from`], and of a treatment of nothing but zeros one that takes it to vary.
    ///
    /// None where the bound is a share of a control's mean that is not above 0.
    pub fn margin_distance_from(&self, bound: f64) -> Option<f64> {
        if bound == 0.0 {
            return Some(self.null_distance());
        }
        if !self.branch.has_positive_base() {
            return None;
        }
        Some(match &self.all_zero {
            _ if self.null_error() == 0.0 => relative_distance(&self.branch, bound),
            Some(difference) => distance_of_zeros(difference, bound),
            None => self.falling_distance_from(bound).0,
        })
    }

    /// T(0), of any means.
    pub fn null_distance(&self) -> f64 {
        let distance = self.branch.absolute;
        if distance == 0.0 { 0.0 } else { distance / self.null_error() }
    }

    /// √V(`bound`)/m₀, a plain ratio; for control's mean above 0.
    pub fn relative_error_at(&self, bound: f64) -> f64 {
        let error = |branch: &MeanDifference| {
            let base = branch.control.mean;
            let treatment = branch.treatment.squared_error / base / base;
            (treatment + relative_to_control(branch).at(1.0 + bound)).sqrt()
        };
        self.branches().map(error).fold(0.0, f64::max)
    }

    /// T(`bound`), held constant beyond the lift from which on it does not fall any more, and its slope there; for
    /// control's mean above 0.
    pub fn falling_distance_from(&self, bound: f64) -> (f64, f64) {
        // At the lift of the data all distances are 0, and the larger variance has the smaller slope.
        let size = |&(distance, slope): &(f64, f64)| (distance.abs(), slope.abs());
        let of_branch = |branch| falling_distance(branch, bound);
        let first = of_branch(&self.branch);
        match self.other_branch.as_ref().map(of_branch) {
            Some(other) if size(&other) < size(&first) => other,
            _ => first,
        }
    }

    /// {δ : |T(δ)| ≤ `critical_value`}, for control's mean above 0; None where the set has no ends, for that mean cannot
    /// be told from 0.
    pub fn interval(&self, critical_value: f64) -> Option<(f64, f64)> {
        let (low, high) = fieller_interval(&self.branch, critical_value)?;
        let Some(other) = &self.other_branch else { return Some((low, high)) };
        let (other_low, other_high) = fieller_interval(other, critical_value)?;
        Some((low.min(other_low), high.max(other_high)))
    }
}

/// From this relative error of the means on, each arm's own variance is taken as it is at any number of looks (chosen by
/// simulation, see docs/calibration.md).
pub const SETTLED: f64 = 0.1;

fn all_zero(difference: &MeanDifference) -> Option<MeanDifference> {
    let treatment = &difference.treatment;
    (treatment.mean == 0.0 && treatment.squared_error == 0.0).then_some(*difference)
}

/// The distance of a treatment of nothing but zeros from `bound`, as if its variance were that of control's values, of which
/// only a share of 1 + `bound` is left and the rest is 0: (1 + `bound`)s₀². Values that are all smaller vary less.
fn distance_of_zeros(difference: &MeanDifference, bound: f64) -> f64 {
    let distance = difference.relative - bound;
    if distance == 0.0 {
        return 0.0;
    }
    let control = relative_to_control(difference);
    let left = (1.0 + bound).max(0.0);
    let treatment = left * control.own * (difference.control.n / difference.treatment.n);
    distance / (treatment + control.at(1.0 + bound)).sqrt()
}

/// The one of two distances that is closer to 0.
fn nearer(one: f64, other: f64) -> f64 {
    if one.abs() <= other.abs() { one } else { other }
}

/// (l − δ)/√(V(δ)/m₀²), l being the lift of the data.
fn relative_distance(branch: &MeanDifference, bound: f64) -> f64 {
    let distance = branch.relative - bound;
    if distance == 0.0 {
        return 0.0;
    }
    let base = branch.control.mean;
    let factor = 1.0 + bound;
    // Of a large lift both sides are taken over it, so that no square leaves the range of a double.
    let scale = factor.abs().max(1.0);
    let treatment = branch.treatment.squared_error.sqrt() / base / scale;
    let control = if scale == 1.0 {
        relative_to_control(branch).at(factor).sqrt()
    } else {
        relative_to_control(branch).over_factor_at(factor).sqrt()
    };
    distance / scale / treatment.hypot(control)
}

/// T and dT/dδ where T falls; beyond, the value where it stops falling and 0. Where it does so before the lift 0, T(0) is
/// that value, from where T first reaches it.
///
/// With R = 1 + δ, r = m₁/m₀ and V/m₀² = v + C + AR² − 2BR, dT/dR = −(k₁R + k₀)/V^1.5 for k₁ = rA − B and
/// k₀ = v + C − rB: T falls on one side of −k₀/k₁, where the data's own r lies.
fn falling_distance(branch: &MeanDifference, bound: f64) -> (f64, f64) {
    let base = branch.control.mean;
    let control = relative_to_control(branch);
    let (ratio, treatment) = (1.0 + branch.relative, branch.treatment.squared_error / base / base);
    let (square, half, constant) = control.coefficients();
    let rise = ratio * square - half;
    let start = treatment + constant - ratio * half;
    let fall_at = |factor: f64| rise * factor + start;
    let stops_before_0 = fall_at(1.0) <= 0.0;
    let last = if stops_before_0 { 0.0 } else { -start / rise - 1.0 };
    let factor = 1.0 + bound;
    let fall = fall_at(factor);
    if fall <= 0.0 {
        return (relative_distance(branch, last), 0.0);
    }
    let distance = relative_distance(branch, bound);
    if stops_before_0 && distance.abs() >= relative_distance(branch, last).abs() {
        return (relative_distance(branch, last), 0.0);
    }
    let variance = treatment + control.at(factor);
    (distance, -fall / variance / variance.sqrt())
}

/// Fieller's set of lifts that the data does not exclude at `critical_value` z: {δ : (d − δ·m₀)² ≤ z²·V(δ)}
/// (E. C. Fieller, J. R. Statist. Soc. B 16, 1954), with V(δ) = v₁ + v₀(1 + δ), each mean's squared standard error;
/// that of control is the variance of (1 + δ)ȳ₀ − θx̄₀, which is (1 + δ)²v₀ without a covariate.
///
/// With l = d/m₀ and V(δ)/m₀² = A + 2Bδ + Cδ² the ends are (l + z²B ± z·√(V(l)/m₀² − z²(AC − B²)))/(1 − z²C).
/// Accurate to 2e-12 of the width, the upper end to 1e-16/(1 − z²C) relative as z²C nears 1.
/// None for z²C ≥ 1: the control's mean cannot be told from 0, and the set has no ends.
fn fieller_interval(difference: &MeanDifference, critical_value: f64) -> Option<(f64, f64)> {
    let base = difference.control.mean;
    let treatment = difference.treatment.squared_error / base / base;
    let control = relative_to_control(difference);
    let ControlError { own, cross, covariate } = control;
    let square = critical_value * critical_value;
    let g = square * control.unadjusted();
    if g >= 1.0 {
        return None;
    }
    let lift = difference.relative;
    let spread = treatment * (1.0 - g) + control.at(1.0 + lift) - square * (own * covariate - cross * cross);
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

/// Two differences, of which at any lift δ the one with the larger variance v₁ + (1 + δ)²v₀ has that in which no
/// arm's s² counts less than s̄² = (n₁s₁² + n₀(1 + δ)²s₀²)/(n₁ + n₀): the first where control varies more for
/// its mean, the second where the treatment does.
fn with_pooled_errors(difference: &MeanDifference) -> [MeanDifference; 2] {
    let (n, n0) = (difference.treatment.n, difference.control.n);
    let share = n / (n + n0);
    let share0 = n0 / (n + n0);
    // As factors of s²/n: the arm that varies less takes in a part of the other's s².
    let with = |treatment_factor: f64, control_factor: f64| MeanDifference {
        treatment: ArmMean {
            squared_error: difference.treatment.squared_error * treatment_factor,
            ..difference.treatment
        },
        control: ArmMean {
            squared_error: difference.control.squared_error * control_factor,
            ..difference.control
        },
        carried: Carried {
            cross: difference.carried.cross * control_factor,
            covariate: difference.carried.covariate * control_factor,
        },
        ..*difference
    };
    [with(share, 1.0 + share0 * (n0 / n)), with(1.0 + share * (n / n0), share0)]
}

/// The squared error of control over m₀², by the factor R that m₀ is compared with.
#[derive(Clone, Copy)]
pub(super) struct ControlError {
    /// Of the adjusted mean.
    own: f64,
    cross: f64,
    covariate: f64,
}

pub(super) fn relative_to_control(difference: &MeanDifference) -> ControlError {
    let base = difference.control.mean;
    let scale = |squared_error: f64| squared_error / base / base;
    ControlError {
        own: scale(difference.control.squared_error),
        cross: scale(difference.carried.cross),
        covariate: scale(difference.carried.covariate),
    }
}

impl ControlError {
    /// Of R·ȳ₀ − θx̄₀: R²·own + 2R(R − 1)·cross + (R − 1)²·covariate.
    pub(super) fn at(self, factor: f64) -> f64 {
        let lift = factor - 1.0;
        let carried = lift * (2.0 * factor * self.cross + lift * self.covariate);
        (factor * factor * self.own + carried).max(0.0)
    }

    /// The same over R².
    fn over_factor_at(self, factor: f64) -> f64 {
        let lift = 1.0 - 1.0 / factor;
        (self.own + lift * (2.0 * self.cross + lift * self.covariate)).max(0.0)
    }

    /// Of the unadjusted mean: what grows with R².
    fn unadjusted(self) -> f64 {
        self.own + 2.0 * self.cross + self.covariate
    }

    /// A, B and C of AR² − 2BR + C, which is the same as [`ControlError::at`].
    fn coefficients(self) -> (f64, f64, f64) {
        (self.unadjusted(), self.cross + self.covariate, self.covariate)
    }
}
