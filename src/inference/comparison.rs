//! A treatment compared with control: what is said of it, whichever model speaks.

use super::arms::{Aggregation, ArmSummary, Auxiliary, MetricArms};
use super::beta_binomial::BetaPosterior;
use super::exact::ExactTest;
use super::normal::{NormalEstimate, NormalPosterior};
use super::verdict::Decision;
use super::{Caution, InferenceOptions, Model, VerdictBy, Withheld};
use crate::statistics::mean_difference::Adjustment;

/// A treatment compared with control.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// None where only a test can be had.
    pub posterior: Option<Posterior>,
    /// None where only the posterior can be had.
    pub test: Option<Test>,
    /// What the covariate changed, if there is one.
    pub adjustment: Option<Adjustment>,
    pub decision: Decision,
    /// What not to rely on too much, if anything.
    pub caution: Option<Caution>,
    /// Why a part of the numbers is missing, if one is.
    pub withheld: Option<Withheld>,
}

/// What is believed of the lift, in lift units (a plain ratio: 0.12 is +12 %) where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// None where control's mean is not above 0.
    pub lift: Option<f64>,
    /// None where there is no lift, or it is infinite.
    pub standard_error: Option<f64>,
    /// Lower and upper end; None where there is no lift, or the set of lifts has no ends.
    pub credible_interval: Option<(f64, f64)>,
    /// Probability that the treatment beats control the good way, 0 to 1.
    pub chance_to_win: f64,
    /// Probability that control beats the treatment, by its own tail, 0 to 1.
    pub chance_to_lose: f64,
    /// What choosing the treatment over control gives away on average, 0 or above; None where there is no lift, or it is
    /// infinite.
    pub expected_loss: Option<f64>,
    /// Probability that the treatment is not worse than control by more than the margin, 0 to 1; None without
    /// a margin, and where it is a share of a mean that is not above 0.
    pub chance_to_be_non_inferior: Option<f64>,
}

/// What can be said without any prior.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// m₁ − m₀, adjusted by the covariate if there is one; in the metric's unit.
    pub difference: f64,
    /// Lower and upper end of the confidence interval of the difference, in the metric's unit; None of an exact test.
    pub difference_interval: Option<(f64, f64)>,
    /// Of no difference, two-sided, 0 to 1.
    pub p_value: f64,
    /// Lower and upper end of the lift's interval that holds however often one looks, in lift units; of an exact test
    /// there is none.
    pub anytime_interval: Option<Result<(f64, f64), NoEnds>>,
    /// Of no difference, valid however often one looks, 0 to 1; None where it is that of a lift, and there is none.
    pub anytime_p_value: Option<f64>,
    /// In lift units; None where control's mean is not above 0, and of an exact test.
    pub minimum_detectable_effect: Option<f64>,
}

/// Why the interval that holds at any number of looks is missing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEnds {
    /// The set of lifts that the data do not exclude has no ends.
    Unbounded,
    /// There is no lift.
    ControlMeanNotPositive,
}

impl NoEnds {
    pub fn code(self) -> &'static str {
        match self {
            NoEnds::Unbounded => "unbounded",
            NoEnds::ControlMeanNotPositive => Withheld::ControlMeanNotPositive.code(),
        }
    }
}

/// The comparison of a treatment with control, or the first reason against all of it.
pub(super) fn compare(
    treatment: &ArmSummary,
    control: Option<&ArmSummary>,
    metric: &MetricArms<'_>,
) -> Result<Comparison, Withheld> {
    let options = metric.options;
    let aggregation = metric.aggregation.ok_or(Withheld::NoAggregation)?;
    let control = control.ok_or(Withheld::NoControl)?;
    let evidence = match NormalEstimate::new(treatment, control, aggregation, options) {
        Ok(estimate) => Evidence::Normal(estimate),
        Err(withheld @ Withheld::TooFewConversions) => match ExactTest::new(treatment, control, options) {
            Some(exact) => Evidence::Exact(exact),
            None => Evidence::Missing(withheld),
        },
        Err(withheld) => Evidence::Missing(withheld),
    };
    match (options.model, &evidence) {
        (Model::BetaBinomial(prior), _) if aggregation == Aggregation::Occurrence => {
            let posterior = BetaPosterior::new(treatment, control, prior, options)?;
            Ok(conclude(Some(&posterior), &evidence, metric))
        }
        (_, Evidence::Normal(estimate)) => match NormalPosterior::new(estimate, options) {
            Some(posterior) => Ok(conclude(Some(&posterior?), &evidence, metric)),
            None => Ok(conclude(None::<&NormalPosterior>, &evidence, metric)),
        },
        (_, Evidence::Exact(_)) => Ok(conclude(None::<&NormalPosterior>, &evidence, metric)),
        (_, Evidence::Missing(withheld)) => Err(*withheld),
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

/// What the data say without a prior.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and nearly always the large one")]
enum Evidence {
    Normal(NormalEstimate),
    Exact(ExactTest),
    /// Nothing, and why.
    Missing(Withheld),
}

impl Evidence {
    fn test(&self) -> Option<Test> {
        match self {
            Evidence::Normal(estimate) => Some(estimate.test),
            Evidence::Exact(exact) => Some(exact.test()),
            Evidence::Missing(_) => None,
        }
    }

    fn withheld(&self) -> Option<Withheld> {
        match self {
            Evidence::Normal(estimate) => estimate.withheld(),
            Evidence::Exact(_) => Some(Withheld::TooFewConversions),
            Evidence::Missing(withheld) => Some(*withheld),
        }
    }

    /// By what holds at any number of looks.
    fn decide_anytime(&self, bound: f64, metric: &MetricArms<'_>) -> Decision {
        match self {
            Evidence::Normal(estimate) => match estimate.anytime_distance_from(bound, metric.options) {
                Some(distance) => {
                    let good = if metric.lower_is_better { -distance } else { distance };
                    Decision::by_distance(good, estimate.n(), metric)
                }
                None => Decision::UNDEFINED,
            },
            Evidence::Exact(exact) => exact.decide(bound, metric),
            Evidence::Missing(withheld) => Decision { verdict: withheld.verdict(), p_value: None },
        }
    }
}

/// A distribution of the lift δ, in lift units.
pub(super) trait LiftPosterior {
    /// The point that is reported.
    fn lift(&self) -> Option<f64>;
    fn standard_error(&self) -> Option<f64>;
    fn credible_interval(&self, options: &InferenceOptions) -> Option<(f64, f64)>;
    /// P(δ > bound) and P(δ < bound), each by its own tail; None where there is no lift for the bound to be one.
    fn chances_above_and_below(&self, bound: f64) -> Option<(f64, f64)>;
    fn expected_loss(&self, lower_is_better: bool) -> Option<f64>;
    fn caution(&self) -> Option<Caution>;
    /// Why there is no interval, if that is the only thing that is missing.
    fn withheld(&self) -> Option<Withheld>;
}

/// All that is said, from a posterior and the evidence without one.
fn conclude(
    posterior: Option<&impl LiftPosterior>,
    evidence: &Evidence,
    metric: &MetricArms<'_>,
) -> Comparison {
    let options = metric.options;
    let chances = |margin: f64| {
        let chances = posterior?.chances_above_and_below(bound(margin, metric))?;
        Some(good_first(chances, metric.lower_is_better))
    };
    let non_inferior = options.non_inferiority_margin.and_then(chances);
    let margin = options.non_inferiority_margin.unwrap_or(0.0);
    let decision = match (options.verdict, posterior, evidence) {
        (VerdictBy::Fixed, None, Evidence::Exact(exact)) => exact.decide(bound(margin, metric), metric),
        (VerdictBy::Fixed, ..) => {
            chances(margin).map_or(Decision::UNDEFINED, |chances| Decision::by_chances(chances, metric))
        }
        (VerdictBy::Anytime, ..) => evidence.decide_anytime(bound(margin, metric), metric),
    };
    let said = posterior.zip(chances(0.0)).map(|(posterior, (wins, loses))| Posterior {
        lift: posterior.lift(),
        standard_error: posterior.standard_error(),
        credible_interval: posterior.credible_interval(options),
        chance_to_win: wins,
        chance_to_lose: loses,
        expected_loss: posterior.expected_loss(metric.lower_is_better),
        chance_to_be_non_inferior: non_inferior.map(|(safe, _)| safe),
    });
    let adjustment = match evidence {
        Evidence::Normal(estimate) => estimate.adjustment,
        Evidence::Exact(_) | Evidence::Missing(_) => None,
    };
    let caution = match (posterior, evidence) {
        (Some(posterior), _) => posterior.caution(),
        (None, Evidence::Normal(estimate)) => estimate.caution(),
        (None, _) => None,
    };
    Comparison {
        posterior: said,
        test: evidence.test(),
        adjustment,
        decision,
        caution,
        withheld: evidence.withheld().or_else(|| posterior?.withheld()),
    }
}

/// The lift at which a treatment is worse than control by `margin`.
fn bound(margin: f64, metric: &MetricArms<'_>) -> f64 {
    if metric.lower_is_better { margin } else { -margin }
}

/// What is said of the better side of a bound, and of the worse.
pub(super) fn good_first<T>((above, below): (T, T), lower_is_better: bool) -> (T, T) {
    if lower_is_better { (below, above) } else { (above, below) }
}
