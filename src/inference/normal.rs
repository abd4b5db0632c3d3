//! The normal approximation: Welch's test of the difference and a normal posterior of the lift.

use super::arms::{Aggregation, ArmSummary};
use super::comparison::{LiftPosterior, Test, has_too_few, have_like_covariates};
use super::{Anytime, Caution, InferenceOptions, Interval, Withheld};
use crate::statistics::mean_difference::{Adjustment, MeanDifference};
use crate::statistics::normal_lift::NormalLift;

/// Up to this relative error of the means the normal approximation holds within a point of coverage, and from this
/// ratio of the smaller arm's variance to what the larger arm says (chosen by simulation, see docs/calibration.md).
const WELL_KNOWN: f64 = 0.05;
const LOW_VARIANCE: f64 = 0.7;

/// The difference of the means, the lift that it is of control's, and the test of it.
pub(super) struct NormalEstimate {
    may_have_heavy_tails: bool,
    difference: MeanDifference,
    lift: NormalLift,
    pub test: Test,
    pub adjustment: Option<Adjustment>,
}

impl NormalEstimate {
    pub fn new(
        treatment: &ArmSummary,
        control: &ArmSummary,
        aggregation: Aggregation,
        options: &InferenceOptions,
    ) -> Result<Self, Withheld> {
        if let Some(withheld) = obstacle(treatment, control, aggregation, options) {
            return Err(withheld);
        }
        let (sample, control_sample) = (treatment.sample?, control.sample?);
        let (difference, adjustment) = match (treatment.with_covariate(), control.with_covariate()) {
            (Some(joint), Some(control_joint)) => {
                let (difference, adjustment) =
                    MeanDifference::adjusted((&sample, &joint), (&control_sample, &control_joint))?;
                (difference, Some(adjustment))
            }
            _ => (MeanDifference::plain(&sample, &control_sample), None),
        };
        let lift = difference.lift().ok_or(Withheld::InvalidMoments)?;
        let test = Test::new(&difference, &lift, options);
        // With lift and error in range, nothing of the test leaves it but what has the metric's unit.
        // Conversions have none, and a quantile does not feel them.
        let may_have_heavy_tails = !matches!(aggregation, Aggregation::Occurrence | Aggregation::Quantile);
        let estimate = Self { may_have_heavy_tails, difference, lift, test, adjustment };
        if test.is_finite() { Ok(estimate) } else { Err(Withheld::InvalidMoments) }
    }

    /// Whether all of the always-valid set is above the lift `bound`, and whether all of it is below.
    pub fn always_above_and_below(&self, bound: f64, options: &InferenceOptions) -> (bool, bool) {
        let distance = match options.anytime {
            Anytime::Difference => self.difference.lift_statistic().distance_from(bound),
            Anytime::Delta => self.lift.distance_from(bound),
        };
        let critical_value = options.sequence.critical_value(self.difference.n());
        (distance > critical_value, distance < -critical_value)
    }

    /// Why the normal approximation may promise too much, if there is a reason.
    fn caution(&self) -> Option<Caution> {
        if self.difference.relative_error() > WELL_KNOWN {
            return Some(Caution::MeansNotSettled);
        }
        let is_low = |ratio: f64| ratio < LOW_VARIANCE;
        let disagree =
            self.may_have_heavy_tails && self.difference.variance_of_smaller_arm().is_some_and(is_low);
        disagree.then_some(Caution::VariancesDisagree)
    }
}

/// The first reason against an estimate from these arms, if there is one.
fn obstacle(
    treatment: &ArmSummary,
    control: &ArmSummary,
    aggregation: Aggregation,
    options: &InferenceOptions,
) -> Option<Withheld> {
    let both = [treatment, control];
    let conversions = options.min_conversions as f64;
    let few_conversions =
        aggregation == Aggregation::Occurrence && both.iter().any(|arm| arm.moments.sum < conversions);
    let complete = have_like_covariates(treatment, control);
    let without_mean = control.mean.is_some_and(|mean| mean <= 0.0);
    [
        has_too_few(both, options).then_some(Withheld::TooFewIdentities),
        few_conversions.then_some(Withheld::TooFewConversions),
        (!complete).then_some(Withheld::MissingMoments),
        without_mean.then_some(Withheld::ControlMeanNotPositive),
        treatment.sample.err(),
        control.sample.err(),
    ]
    .into_iter()
    .flatten()
    .min()
}

impl Test {
    fn new(difference: &MeanDifference, lift: &NormalLift, options: &InferenceOptions) -> Self {
        let (welch, n) = (difference.welch(), difference.n());
        let sequence = &options.sequence;
        let critical_value = sequence.critical_value(n);
        let (anytime_interval, distance) = match options.anytime {
            Anytime::Difference => {
                let statistic = difference.lift_statistic();
                (statistic.interval(critical_value), statistic.distance_from(0.0))
            }
            Anytime::Delta => (Some(lift.credible_interval(critical_value)), lift.distance_from(0.0)),
        };
        // A power below α/2 is had without any effect.
        let detectable = (options.critical_value + options.power_quantile).max(0.0);
        Self {
            difference: welch.difference,
            difference_interval: welch.confidence_interval(options.critical_value, options.tails),
            p_value: welch.p_value(),
            anytime_interval,
            anytime_p_value: sequence.p_value(distance, n),
            minimum_detectable_effect: detectable * difference.null_standard_error(),
        }
    }

    fn is_finite(&self) -> bool {
        let Self { difference_interval: (low, high), .. } = *self;
        let (anytime_low, anytime_high) = self.anytime_interval.unwrap_or_default();
        [self.difference, low, high, anytime_low, anytime_high, self.minimum_detectable_effect]
            .into_iter()
            .all(f64::is_finite)
    }
}

/// The normal posterior of the lift, with an interval that can be had.
pub(super) struct NormalPosterior {
    lift: NormalLift,
    interval: (f64, f64),
    caution: Option<Caution>,
}

impl NormalPosterior {
    pub fn new(estimate: &NormalEstimate, options: &InferenceOptions) -> Result<Self, Withheld> {
        let lift = match options.prior {
            Some(prior) => estimate.lift.with_prior(prior),
            None => estimate.lift,
        };
        let interval = match options.interval {
            Interval::Delta => lift.credible_interval(options.critical_value),
            Interval::Fieller => estimate
                .difference
                .fieller_interval(options.critical_value)
                .ok_or(Withheld::ControlMeanIndistinctFromZero)?,
            Interval::Pooled => estimate
                .difference
                .pooled_statistic()
                .interval(options.critical_value)
                .ok_or(Withheld::ControlMeanIndistinctFromZero)?,
        };
        // A prior that is narrower than what the data say has more than half of the weight.
        let is_prior =
            options.prior.is_some_and(|prior| prior.standard_deviation < estimate.lift.standard_error);
        let caution = if is_prior { Some(Caution::PriorDecides) } else { estimate.caution() };
        Ok(Self { lift, interval, caution })
    }
}

impl LiftPosterior for NormalPosterior {
    fn lift(&self) -> Option<f64> {
        Some(self.lift.estimate)
    }

    fn standard_error(&self) -> Option<f64> {
        Some(self.lift.standard_error)
    }

    fn credible_interval(&self, _: &InferenceOptions) -> (f64, f64) {
        self.interval
    }

    fn chances_above_and_below(&self, bound: f64) -> (f64, f64) {
        self.lift.chances_above_and_below(bound)
    }

    fn expected_loss(&self, lower_is_better: bool) -> Option<f64> {
        Some(self.lift.expected_loss(lower_is_better))
    }

    fn caution(&self) -> Option<Caution> {
        self.caution
    }
}
