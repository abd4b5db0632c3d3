//! A treatment compared with control: what is said of it, whichever model the posterior comes from.

use super::arms::{Aggregation, ArmSummary, Auxiliary, MetricArms};
use super::beta_binomial::BetaPosterior;
use super::normal::{NormalEstimate, NormalPosterior};
use super::{Caution, InferenceOptions, Model, Verdict, VerdictBy, Withheld};
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
    /// What not to rely on too much, if anything.
    pub caution: Option<Caution>,
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
    fn caution(&self) -> Option<Caution>;
}

/// All that is said, from a posterior and the normal estimate as far as there is one.
fn conclude(
    posterior: &impl LiftPosterior,
    estimate: Result<NormalEstimate, Withheld>,
    metric: &MetricArms<'_>,
) -> Comparison {
    let options = metric.options;
    let chances = |margin: f64| good_first(posterior.chances_above_and_below(bound(margin, metric)), metric);
    let (wins, loses) = chances(0.0);
    let non_inferior = options.non_inferiority_margin.map(chances);
    let (good, bad) = match options.non_inferiority_margin {
        Some(_) => (Verdict::Safe, Verdict::Harmful),
        None => (Verdict::Winning, Verdict::Losing),
    };
    let decided = match options.verdict {
        VerdictBy::Fixed => {
            let (is_good, is_bad) = non_inferior.unwrap_or((wins, loses));
            Ok((is_good >= options.win_threshold, is_bad >= options.win_threshold))
        }
        VerdictBy::Anytime => {
            let bound = bound(options.non_inferiority_margin.unwrap_or(0.0), metric);
            let above_and_below = |estimate: &NormalEstimate| estimate.always_above_and_below(bound, options);
            estimate.as_ref().map(above_and_below).map(|sides| good_first(sides, metric))
        }
    };
    let verdict = match decided {
        Ok((true, _)) => good,
        Ok((_, true)) => bad,
        Ok((false, false)) => Verdict::Inconclusive,
        Err(withheld) => withheld.verdict(),
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
        caution: posterior.caution(),
    }
}

/// The lift at which a treatment is worse than control by `margin`.
fn bound(margin: f64, metric: &MetricArms<'_>) -> f64 {
    if metric.lower_is_better { margin } else { -margin }
}

/// What is said of the better side of a bound, and of the worse.
fn good_first<T>((above, below): (T, T), metric: &MetricArms<'_>) -> (T, T) {
    if metric.lower_is_better { (below, above) } else { (above, below) }
}
