//! A treatment compared with control: what is said of it, whichever model the posterior comes from.

use super::arms::{Aggregation, ArmSummary, Auxiliary, MetricArms};
use super::beta_binomial::BetaPosterior;
use super::normal::{NormalEstimate, NormalPosterior};
use super::{InferenceOptions, Model, Verdict, Withheld};
use crate::statistics::mean_difference::Adjustment;

/// A treatment compared with control.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub posterior: Posterior,
    /// Or why only the posterior can be had.
    pub test: Result<Test, Withheld>,
    /// What the covariate changed, if there is one.
    pub adjustment: Option<Adjustment>,
    pub verdict: Verdict,
}

/// What is believed of the lift, in lift units (a plain ratio: 0.12 is +12 %) where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// None where control has no conversion yet.
    pub lift: Option<f64>,
    /// The posterior's standard deviation; None where it is infinite.
    pub standard_error: Option<f64>,
    /// Lower and upper end.
    pub credible_interval: (f64, f64),
    /// Probability that the treatment beats control the good way, 0 to 1.
    pub chance_to_win: f64,
    /// What choosing the treatment over control gives away on average, 0 or above; None where it is infinite.
    pub expected_loss: Option<f64>,
    /// Probability that the treatment is not worse than control by more than the margin, 0 to 1; None without
    /// a margin.
    pub chance_to_be_non_inferior: Option<f64>,
}

/// What can be said without any prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// m₁ − m₀, adjusted by the covariate if there is one; in the metric's unit.
    pub difference: f64,
    /// Lower and upper end of Welch's confidence interval of the difference, in the metric's unit.
    pub difference_interval: (f64, f64),
    /// Of Welch's test, two-sided, 0 to 1.
    pub p_value: f64,
    /// Lower and upper end of the lift's interval that holds however often one looks, in lift units; None where it
    /// has no ends.
    pub anytime_interval: Option<(f64, f64)>,
    /// Of the lift, valid however often one looks, 0 to 1.
    pub anytime_p_value: f64,
    /// In lift units.
    pub minimum_detectable_effect: f64,
}

/// The comparison of a treatment with control, or the first reason against it.
pub(super) fn compare(
    treatment: &ArmSummary,
    control: Option<&ArmSummary>,
    metric: &MetricArms<'_>,
) -> Result<Comparison, Withheld> {
    let options = metric.options;
    let aggregation = metric.aggregation.ok_or(Withheld::NoAggregation)?;
    let control = control.ok_or(Withheld::NoControl)?;
    let estimate = NormalEstimate::new(treatment, control, aggregation, options);
    match options.model {
        Model::BetaBinomial(prior) if aggregation == Aggregation::Occurrence => {
            let posterior = BetaPosterior::new(treatment, control, prior, options)?;
            Ok(conclude(&posterior, estimate, metric))
        }
        Model::Normal | Model::BetaBinomial(_) => {
            let estimate = estimate?;
            let posterior = NormalPosterior::new(&estimate, options)?;
            Ok(conclude(&posterior, Ok(estimate), metric))
        }
    }
}

/// Both arms have a whole covariate, or neither has any of it.
pub(super) fn have_like_covariates(treatment: &ArmSummary, control: &ArmSummary) -> bool {
    matches!(
        (treatment.covariate, control.covariate),
        (Auxiliary::Absent, Auxiliary::Absent) | (Auxiliary::Complete(_), Auxiliary::Complete(_))
    )
}

/// A variance needs two identities, whatever the floor.
pub(super) fn has_too_few(arms: [&ArmSummary; 2], options: &InferenceOptions) -> bool {
    arms.iter().any(|arm| arm.moments.n < options.min_identities.max(2))
}

/// A distribution of the lift δ, in lift units.
pub(super) trait LiftPosterior {
    /// The point that is reported.
    fn lift(&self) -> Option<f64>;
    fn standard_error(&self) -> Option<f64>;
    fn credible_interval(&self, options: &InferenceOptions) -> (f64, f64);
    /// P(δ > bound) and P(δ < bound), each by its own tail.
    fn chances_above_and_below(&self, bound: f64) -> (f64, f64);
    fn expected_loss(&self, lower_is_better: bool) -> Option<f64>;
}

/// All that is said, from a posterior and the normal estimate as far as there is one.
fn conclude(
    posterior: &impl LiftPosterior,
    estimate: Result<NormalEstimate, Withheld>,
    metric: &MetricArms<'_>,
) -> Comparison {
    let options = metric.options;
    let (wins, loses) = good_and_bad(posterior, 0.0, metric);
    let margin = options.non_inferiority_margin;
    let non_inferior = margin.map(|margin| good_and_bad(posterior, margin, metric));
    let verdict = match non_inferior {
        Some((safe, _)) if safe >= options.win_threshold => Verdict::Safe,
        Some((_, harmful)) if harmful >= options.win_threshold => Verdict::Harmful,
        None if wins >= options.win_threshold => Verdict::Winning,
        None if loses >= options.win_threshold => Verdict::Losing,
        _ => Verdict::Inconclusive,
    };
    Comparison {
        posterior: Posterior {
            lift: posterior.lift(),
            standard_error: posterior.standard_error(),
            credible_interval: posterior.credible_interval(options),
            chance_to_win: wins,
            expected_loss: posterior.expected_loss(metric.lower_is_better),
            chance_to_be_non_inferior: non_inferior.map(|(safe, _)| safe),
        },
        adjustment: estimate.as_ref().ok().and_then(|estimate| estimate.adjustment),
        test: estimate.map(|estimate| estimate.test),
        verdict,
    }
}

/// P(not worse than control by more than `margin`) and P(worse by more), each by its own tail; with a margin of
/// 0 to win and to lose.
fn good_and_bad(posterior: &impl LiftPosterior, margin: f64, metric: &MetricArms<'_>) -> (f64, f64) {
    let bound = if metric.lower_is_better { margin } else { -margin };
    let (above, below) = posterior.chances_above_and_below(bound);
    if metric.lower_is_better { (below, above) } else { (above, below) }
}
