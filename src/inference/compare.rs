//! One treatment compared with control.

use super::arms::{Aggregation, Arms, Further, Interval, Model, Options, Summary};
use super::{Verdict, Withheld};
use crate::statistics::beta_binomial::{Beta, BetaLift};
use crate::statistics::contrast::{Adjustment, Contrast};
use crate::statistics::lift::Lift;

/// An arm compared with control.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub posterior: Posterior,
    /// None where only the posterior can be had.
    pub test: Option<Test>,
    /// What the covariate changed, if there is one.
    pub adjustment: Option<Adjustment>,
}

/// What is believed of the lift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// None where control has no conversion yet.
    pub lift: Option<f64>,
    /// None where it is infinite.
    pub standard_error: Option<f64>,
    pub credible_interval: (f64, f64),
    pub chance_to_win: f64,
    /// None where it is infinite.
    pub expected_loss: Option<f64>,
    pub chance_to_be_non_inferior: Option<f64>,
}

/// What can be said without any prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    pub difference: f64,
    pub difference_interval: (f64, f64),
    pub p_value: f64,
    pub anytime_interval: (f64, f64),
    pub anytime_p_value: f64,
    pub minimum_detectable_effect: f64,
}

/// A comparison with its verdict, and why a part of it is missing, if one is.
pub(super) struct Outcome {
    pub comparison: Comparison,
    pub verdict: Verdict,
    pub withheld: Option<Withheld>,
}

/// The comparison of one arm with control, or the first reason against it.
pub(super) fn compare(
    treatment: &Summary,
    control: Option<&Summary>,
    arms: &Arms<'_, '_>,
) -> Result<Outcome, Withheld> {
    let aggregation = arms.aggregation.ok_or(Withheld::NoAggregation)?;
    let control = control.ok_or(Withheld::NoControl)?;
    let normal = match obstacle(treatment, control, aggregation, arms.options) {
        Some(withheld) => Err(withheld),
        None => NormalComparison::new(treatment, control, arms.options),
    };
    match arms.options.model {
        Model::BetaBinomial(prior) if aggregation == Aggregation::Occurrence => {
            let beta = beta_lift(treatment, control, prior, arms.options)?;
            Ok(conclude(&beta, normal, arms))
        }
        Model::Normal | Model::BetaBinomial(_) => {
            let normal = normal?;
            let posterior = NormalPosterior::new(&normal, arms.options)?;
            Ok(conclude(&posterior, Ok(normal), arms))
        }
    }
}

/// The first reason against a comparison of these arms, if there is one.
fn obstacle(
    treatment: &Summary,
    control: &Summary,
    aggregation: Aggregation,
    options: &Options,
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

/// Both arms have a whole covariate, or neither has any of it.
fn have_like_covariates(treatment: &Summary, control: &Summary) -> bool {
    matches!(
        (treatment.covariate, control.covariate),
        (Further::Absent, Further::Absent) | (Further::Complete(_), Further::Complete(_))
    )
}

/// A variance needs two identities, whatever the floor.
fn has_too_few(arms: [&Summary; 2], options: &Options) -> bool {
    arms.iter().any(|arm| arm.moments.n < options.min_identities.max(2))
}

/// The contrast of the means, and the lift that it is of control's.
struct NormalComparison {
    contrast: Contrast,
    lift: Lift,
    test: Test,
    adjustment: Option<Adjustment>,
}

impl NormalComparison {
    fn new(treatment: &Summary, control: &Summary, options: &Options) -> Result<Self, Withheld> {
        let (sample, control_sample) = (treatment.sample?, control.sample?);
        let (contrast, adjustment) = match (treatment.with_covariate(), control.with_covariate()) {
            (Some(paired), Some(control_paired)) => {
                let (contrast, adjustment) =
                    Contrast::adjusted((&sample, &paired), (&control_sample, &control_paired))?;
                (contrast, Some(adjustment))
            }
            _ => (Contrast::plain(&sample, &control_sample), None),
        };
        let lift = contrast.lift().ok_or(Withheld::InvalidMoments)?;
        let test = Test::new(&contrast, &lift, options);
        // With lift and error in range, nothing of the test leaves it but what has the metric's unit.
        let normal = Self { contrast, lift, test, adjustment };
        if test.is_finite() { Ok(normal) } else { Err(Withheld::InvalidMoments) }
    }
}

impl Test {
    fn new(contrast: &Contrast, lift: &Lift, options: &Options) -> Self {
        let (welch, n) = (contrast.welch(), contrast.n());
        let sequence = &options.sequence;
        let no_effect = lift.standard_error == 0.0 && lift.estimate == 0.0;
        let z = if no_effect { 0.0 } else { lift.estimate / lift.standard_error };
        // A power below α/2 is had without any effect.
        let detectable = (options.critical_value + options.power_quantile).max(0.0);
        Self {
            difference: welch.difference,
            difference_interval: welch.confidence_interval(options.critical_value, options.tails),
            p_value: welch.p_value(),
            anytime_interval: lift.credible_interval(sequence.critical_value(n)),
            anytime_p_value: sequence.p_value(z, n),
            minimum_detectable_effect: detectable * contrast.null_standard_error(),
        }
    }

    fn is_finite(&self) -> bool {
        let Self { difference_interval: (low, high), anytime_interval, .. } = *self;
        [self.difference, low, high, anytime_interval.0, anytime_interval.1, self.minimum_detectable_effect]
            .into_iter()
            .all(f64::is_finite)
    }
}

/// A distribution of the lift.
trait LiftPosterior {
    /// The point that is reported.
    fn lift(&self) -> Option<f64>;
    fn standard_error(&self) -> Option<f64>;
    fn credible_interval(&self, options: &Options) -> (f64, f64);
    /// P(δ > bound) and P(δ < bound), each by its own tail.
    fn chances_above_and_below(&self, bound: f64) -> (f64, f64);
    fn expected_loss(&self, lower_is_better: bool) -> Option<f64>;
}

/// The normal approximation, with an interval that can be had.
struct NormalPosterior {
    lift: Lift,
    interval: (f64, f64),
}

impl NormalPosterior {
    fn new(normal: &NormalComparison, options: &Options) -> Result<Self, Withheld> {
        let lift = match options.prior {
            Some(prior) => normal.lift.with_prior(prior),
            None => normal.lift,
        };
        let interval = match options.interval {
            Interval::Delta => lift.credible_interval(options.critical_value),
            Interval::Fieller => normal
                .contrast
                .fieller_interval(options.critical_value)
                .ok_or(Withheld::ControlMeanIndistinctFromZero)?,
        };
        Ok(Self { lift, interval })
    }
}

impl LiftPosterior for NormalPosterior {
    fn lift(&self) -> Option<f64> {
        Some(self.lift.estimate)
    }

    fn standard_error(&self) -> Option<f64> {
        Some(self.lift.standard_error)
    }

    fn credible_interval(&self, _: &Options) -> (f64, f64) {
        self.interval
    }

    fn chances_above_and_below(&self, bound: f64) -> (f64, f64) {
        self.lift.chances_above_and_below(bound)
    }

    fn expected_loss(&self, lower_is_better: bool) -> Option<f64> {
        Some(self.lift.expected_loss(lower_is_better))
    }
}

/// The beta posteriors of two arms, with the lift that was observed.
struct ObservedBetaLift {
    posterior: BetaLift,
    observed: Option<f64>,
}

fn beta_lift(
    treatment: &Summary,
    control: &Summary,
    prior: Beta,
    options: &Options,
) -> Result<ObservedBetaLift, Withheld> {
    if has_too_few([treatment, control], options) {
        return Err(Withheld::TooFewIdentities);
    }
    if !have_like_covariates(treatment, control) {
        return Err(Withheld::MissingMoments);
    }
    let (sample, control_sample) = match (treatment.sample, control.sample) {
        (Ok(sample), Ok(control_sample)) => (sample, control_sample),
        (a, b) => {
            return Err([a.err(), b.err()].into_iter().flatten().min().unwrap_or(Withheld::InvalidMoments));
        }
    };
    let beta = |arm: &Summary| Beta {
        alpha: prior.alpha + arm.moments.sum,
        beta: prior.beta + (arm.moments.n as f64 - arm.moments.sum),
    };
    let observed = (control_sample.sum > 0.0)
        .then(|| Contrast::plain(&sample, &control_sample).lift())
        .flatten()
        .map(|lift| lift.estimate);
    Ok(ObservedBetaLift {
        posterior: BetaLift { treatment: beta(treatment), control: beta(control) },
        observed,
    })
}

impl LiftPosterior for ObservedBetaLift {
    fn lift(&self) -> Option<f64> {
        self.observed
    }

    fn standard_error(&self) -> Option<f64> {
        self.posterior.standard_deviation()
    }

    fn credible_interval(&self, options: &Options) -> (f64, f64) {
        self.posterior.credible_interval(options.tails)
    }

    fn chances_above_and_below(&self, bound: f64) -> (f64, f64) {
        self.posterior.chances_above_and_below(bound)
    }

    fn expected_loss(&self, lower_is_better: bool) -> Option<f64> {
        self.posterior.expected_loss(lower_is_better)
    }
}

/// All that is said, from a posterior and the normal comparison as far as there is one.
fn conclude(
    posterior: &impl LiftPosterior,
    normal: Result<NormalComparison, Withheld>,
    arms: &Arms<'_, '_>,
) -> Outcome {
    let options = arms.options;
    let (wins, loses) = good_and_bad(posterior, 0.0, arms);
    let margin = options.non_inferiority_margin;
    let non_inferior = margin.map(|margin| good_and_bad(posterior, margin, arms));
    let verdict = match non_inferior {
        Some((safe, _)) if safe >= options.win_threshold => Verdict::Safe,
        Some((_, harmful)) if harmful >= options.win_threshold => Verdict::Harmful,
        None if wins >= options.win_threshold => Verdict::Winning,
        None if loses >= options.win_threshold => Verdict::Losing,
        _ => Verdict::Inconclusive,
    };
    let comparison = Comparison {
        posterior: Posterior {
            lift: posterior.lift(),
            standard_error: posterior.standard_error(),
            credible_interval: posterior.credible_interval(options),
            chance_to_win: wins,
            expected_loss: posterior.expected_loss(arms.lower_is_better),
            chance_to_be_non_inferior: non_inferior.map(|(safe, _)| safe),
        },
        test: normal.as_ref().ok().map(|normal| normal.test),
        adjustment: normal.as_ref().ok().and_then(|normal| normal.adjustment),
    };
    Outcome { comparison, verdict, withheld: normal.err() }
}

/// P(not worse than control by more than `margin`) and P(worse by more), each by its own tail; with a margin of
/// 0 to win and to lose.
fn good_and_bad(posterior: &impl LiftPosterior, margin: f64, arms: &Arms<'_, '_>) -> (f64, f64) {
    let bound = if arms.lower_is_better { margin } else { -margin };
    let (above, below) = posterior.chances_above_and_below(bound);
    if arms.lower_is_better { (below, above) } else { (above, below) }
}
