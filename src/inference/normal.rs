//! The normal approximation of the means: a test of the difference, and a distribution of the lift.

use super::arms::{Aggregation, ArmSummary};
use super::comparison::{LiftPosterior, NoEnds, Test, has_too_few, have_like_covariates};
use super::{Anytime, Caution, InferenceOptions, Interval, Withheld};
use crate::statistics::lift_distribution::LiftDistribution;
use crate::statistics::lift_statistic::LiftStatistic;
use crate::statistics::mean_difference::{Adjustment, MeanDifference};
use crate::statistics::normal_lift::NormalLift;

/// Up to these relative errors of the means, over both arms and of each arm by itself, the normal approximation errs within a
/// point of what it promises on each side, and from this ratio of the smaller arm's variance to what the larger arm says
/// (chosen by simulation, see docs/calibration.md).
const WELL_KNOWN: f64 = 0.05;
const OWN_WELL_KNOWN: f64 = 0.07;
const LOW_VARIANCE: f64 = 0.7;

/// Of the share that did not convert, in each arm: about 100 identities. The test of the difference errs by about a point
/// with 70, as the skewness of a Poisson number has it (P. Hall, The Bootstrap and Edgeworth Expansion, 1992, section 2.6).
const REST_WELL_KNOWN: f64 = 0.1;

/// The difference of the means, the statistic that tests it and every lift, and what the test says.
pub(super) struct NormalEstimate {
    aggregation: Aggregation,
    difference: MeanDifference,
    /// Of the lift, under a flat prior.
    flat: LiftDistribution,
    /// How many standard errors its intervals reach.
    critical_value: f64,
    /// By the delta method; None where control's mean is not above 0.
    lift: Option<NormalLift>,
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
        let (difference, adjustment) = match (&treatment.joint, &control.joint) {
            (Some(joint), Some(control_joint)) => {
                let (joint, control_joint) = ((*joint)?, (*control_joint)?);
                let (difference, adjustment) =
                    MeanDifference::adjusted((&sample, &joint), (&control_sample, &control_joint))?;
                (difference, Some(adjustment))
            }
            _ => (MeanDifference::plain(&sample, &control_sample), None),
        };
        let lift = match difference.has_positive_base() {
            true => Some(difference.lift().ok_or(Withheld::InvalidMoments)?),
            false => None,
        };
        let statistic = match options.interval {
            Interval::Delta | Interval::Fieller => LiftStatistic::plain(&difference),
            Interval::Pooled => LiftStatistic::pooled(&difference),
        };
        let degrees = difference.degrees_of_freedom();
        let flat = LiftDistribution::flat(statistic, degrees, difference.base());
        let critical_value = flat.critical_value(options.critical_value, options.tails);
        let test = test(&difference, &flat, critical_value, lift.as_ref(), options);
        let estimate = Self { aggregation, difference, flat, critical_value, lift, test, adjustment };
        if is_finite(&test) { Ok(estimate) } else { Err(Withheld::InvalidMoments) }
    }

    /// Identities of both arms.
    pub fn n(&self) -> f64 {
        self.difference.n()
    }

    /// Why everything relative to control's mean is missing, if it is.
    pub fn withheld(&self) -> Option<Withheld> {
        self.lift.is_none().then_some(Withheld::ControlMeanNotPositive)
    }

    /// How far the data is from the lift `bound`, in standard errors of the always-valid set; None where there is no lift for
    /// it to be one.
    pub fn anytime_distance_from(&self, bound: f64, options: &InferenceOptions) -> Option<f64> {
        match options.anytime {
            Anytime::Difference => {
                let statistic = anytime_statistic(&self.difference, options);
                // Nothing tells how far above 0 the mean of zeros is.
                let is_open = bound < 0.0 && statistic.is_all_zero();
                statistic.distance_from(bound).map(|distance| if is_open { 0.0 } else { distance })
            }
            Anytime::Delta => Some(self.lift?.distance_from(bound)),
        }
    }

    /// Why the normal approximation may promise too much, if there is a reason.
    pub fn caution(&self) -> Option<Caution> {
        let difference = &self.difference;
        let is_proportion = self.aggregation == Aggregation::Occurrence;
        let rest_is_known = !is_proportion || difference.of_the_rest().largest_own_error() <= REST_WELL_KNOWN;
        if !is_well_known(difference) || !rest_is_known {
            return Some(Caution::MeansNotSettled);
        }
        // Conversions have no heavy tails, and a quantile does not feel them.
        let may_have_heavy_tails = !is_proportion && self.aggregation != Aggregation::Quantile;
        let is_low = |ratio: f64| ratio < LOW_VARIANCE;
        let disagree = may_have_heavy_tails && difference.variance_of_smaller_arm().is_some_and(is_low);
        disagree.then_some(Caution::VariancesDisagree)
    }
}

fn is_well_known(difference: &MeanDifference) -> bool {
    difference.mean_relative_error() <= WELL_KNOWN && difference.largest_own_error() <= OWN_WELL_KNOWN
}

/// Pooled where that is asked for, however well the means are known.
fn anytime_statistic(difference: &MeanDifference, options: &InferenceOptions) -> LiftStatistic {
    match options.interval {
        Interval::Pooled => LiftStatistic::pooled(difference),
        Interval::Delta | Interval::Fieller => LiftStatistic::anytime(difference),
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
    [
        has_too_few(both, options).then_some(Withheld::TooFewIdentities),
        few_conversions.then_some(Withheld::TooFewConversions),
        (!complete).then_some(Withheld::MissingMoments),
        treatment.sample.err(),
        control.sample.err(),
    ]
    .into_iter()
    .flatten()
    .min()
}

fn test(
    difference: &MeanDifference,
    flat: &LiftDistribution,
    critical_value: f64,
    lift: Option<&NormalLift>,
    options: &InferenceOptions,
) -> Test {
    let n = difference.n();
    let anytime_critical_value = options.sequence.critical_value(n);
    let statistic = anytime_statistic(difference, options);
    let (anytime_interval, distance) = match (options.anytime, lift) {
        (Anytime::Difference, None) => (Err(NoEnds::ControlMeanNotPositive), Some(statistic.null_distance())),
        (Anytime::Delta, None) => (Err(NoEnds::ControlMeanNotPositive), None),
        (Anytime::Difference, Some(_)) => {
            let interval = (!statistic.is_all_zero()).then(|| statistic.interval(anytime_critical_value));
            (interval.flatten().ok_or(NoEnds::Unbounded), statistic.distance_from(0.0))
        }
        (Anytime::Delta, Some(lift)) => {
            (Ok(lift.credible_interval(anytime_critical_value)), Some(lift.distance_from(0.0)))
        }
    };
    let reach = if flat.null_error() == 0.0 { 0.0 } else { flat.null_error() * critical_value };
    let difference_of_means = difference.absolute();
    Test {
        difference: difference_of_means,
        difference_interval: Some((difference_of_means - reach, difference_of_means + reach)),
        p_value: flat.p_value(),
        anytime_interval: Some(anytime_interval),
        anytime_p_value: distance.map(|distance| options.sequence.p_value(distance, n)),
        minimum_detectable_effect: lift
            .map(|_| options.detectable_distance * (flat.null_error() / difference.base())),
    }
}

fn is_finite(test: &Test) -> bool {
    let Test { difference_interval, anytime_interval, .. } = *test;
    let (low, high) = difference_interval.unwrap_or_default();
    let (anytime_low, anytime_high) = anytime_interval.and_then(Result::ok).unwrap_or_default();
    let effect = test.minimum_detectable_effect.unwrap_or_default();
    [test.difference, low, high, anytime_low, anytime_high, effect].into_iter().all(f64::is_finite)
}

/// The distribution of the lift in the normal approximation.
pub(super) struct NormalPosterior {
    distribution: Distribution,
    lift: Option<f64>,
    standard_error: Option<f64>,
    /// Or why there is none.
    interval: Result<(f64, f64), Withheld>,
    caution: Option<Caution>,
}

#[expect(clippy::large_enum_variant, reason = "there is one at a time, and nearly always the large one")]
enum Distribution {
    /// By the delta method, normal.
    Delta(NormalLift),
    /// By the statistic that does not divide by a mean.
    Statistic(LiftDistribution),
}

impl NormalPosterior {
    /// None where the delta method has none.
    pub fn new(estimate: &NormalEstimate, options: &InferenceOptions) -> Option<Result<Self, Withheld>> {
        let posterior = match (options.interval, estimate.lift) {
            (Interval::Delta, lift) => Self::by_delta_method(estimate, lift?, options),
            (Interval::Fieller | Interval::Pooled, Some(_)) => Self::by_statistic(estimate, options),
            (Interval::Fieller | Interval::Pooled, None) => Self::without_lift(estimate),
        };
        Some(if posterior.is_finite() { Ok(posterior) } else { Err(Withheld::InvalidMoments) })
    }

    fn by_delta_method(estimate: &NormalEstimate, lift: NormalLift, options: &InferenceOptions) -> Self {
        let lift = options.prior.map_or(lift, |prior| lift.with_prior(prior));
        Self {
            distribution: Distribution::Delta(lift),
            lift: Some(lift.estimate),
            standard_error: Some(lift.standard_error),
            interval: Ok(lift.credible_interval(options.critical_value)),
            caution: caution(estimate, options),
        }
    }

    fn by_statistic(estimate: &NormalEstimate, options: &InferenceOptions) -> Self {
        let (distribution, critical_value) = match options.prior {
            Some(prior) => {
                let distribution = estimate.flat.with_prior(prior);
                (distribution, distribution.critical_value(options.critical_value, options.tails))
            }
            None => (estimate.flat, estimate.critical_value),
        };
        let lift = distribution.lift();
        let interval = if distribution.is_zero_against_variation() {
            Err(Withheld::TreatmentAllZero)
        } else {
            distribution.credible_interval(critical_value).ok_or(Withheld::ControlMeanIndistinctFromZero)
        };
        Self {
            lift,
            standard_error: lift.and_then(|lift| distribution.standard_error_at(lift)),
            distribution: Distribution::Statistic(distribution),
            interval,
            caution: caution(estimate, options),
        }
    }

    /// A prior is one on the lift: without a lift the data speaks alone.
    fn without_lift(estimate: &NormalEstimate) -> Self {
        Self {
            distribution: Distribution::Statistic(estimate.flat),
            lift: None,
            standard_error: None,
            interval: Err(Withheld::ControlMeanNotPositive),
            caution: estimate.caution(),
        }
    }

    fn is_finite(&self) -> bool {
        let (low, high) = self.interval.unwrap_or_default();
        [Some(low), Some(high), self.lift, self.standard_error].into_iter().flatten().all(f64::is_finite)
    }
}

/// A prior that is narrower than what the data say has more than half of the weight.
fn caution(estimate: &NormalEstimate, options: &InferenceOptions) -> Option<Caution> {
    let error = |lift: NormalLift| match options.interval {
        Interval::Delta => lift.standard_error,
        Interval::Fieller | Interval::Pooled => estimate.flat.null_error() / estimate.difference.base(),
    };
    let is_prior =
        options.prior.zip(estimate.lift).is_some_and(|(prior, lift)| prior.standard_deviation < error(lift));
    if is_prior { Some(Caution::PriorDecides) } else { estimate.caution() }
}

impl LiftPosterior for NormalPosterior {
    fn lift(&self) -> Option<f64> {
        self.lift
    }

    fn standard_error(&self) -> Option<f64> {
        self.standard_error
    }

    fn credible_interval(&self, _: &InferenceOptions) -> Option<(f64, f64)> {
        self.interval.ok()
    }

    fn chances_above_and_below(&self, bound: f64) -> Option<(f64, f64)> {
        match &self.distribution {
            Distribution::Delta(lift) => Some(lift.chances_above_and_below(bound)),
            Distribution::Statistic(distribution) => distribution.chances_above_and_below(bound),
        }
    }

    fn expected_loss(&self, lower_is_better: bool) -> Option<f64> {
        match &self.distribution {
            Distribution::Delta(lift) => Some(lift.expected_loss(lower_is_better)),
            Distribution::Statistic(distribution) => distribution.expected_loss(lower_is_better),
        }
    }

    fn caution(&self) -> Option<Caution> {
        self.caution
    }

    fn withheld(&self) -> Option<Withheld> {
        self.interval.err()
    }
}
