//! The beta-binomial model of conversion rates: exact posteriors, for few conversions too.

use super::arms::ArmSummary;
use super::comparison::{LiftPosterior, has_too_few};
use super::{Caution, InferenceOptions, Withheld};
use crate::statistics::beta_binomial::{Beta, BetaLift};
use crate::statistics::mean_difference::MeanDifference;

/// The posterior of the lift of one rate over another, with the lift that was observed.
pub(super) struct BetaPosterior {
    lift: BetaLift,
    observed: Option<f64>,
    prior_decides: bool,
}

impl BetaPosterior {
    pub fn new(
        treatment: &ArmSummary,
        control: &ArmSummary,
        prior: Beta,
        options: &InferenceOptions,
    ) -> Result<Self, Withheld> {
        if has_too_few([treatment, control], options) {
            return Err(Withheld::TooFewIdentities);
        }
        let (sample, control_sample) = match (treatment.sample, control.sample) {
            (Ok(sample), Ok(control_sample)) => (sample, control_sample),
            (a, b) => {
                return Err([a.err(), b.err()]
                    .into_iter()
                    .flatten()
                    .min()
                    .unwrap_or(Withheld::InvalidMoments));
            }
        };
        let beta = |arm: &ArmSummary| Beta {
            alpha: prior.alpha + arm.moments.sum,
            beta: prior.beta + (arm.moments.n as f64 - arm.moments.sum),
        };
        let counts_less = |arm: &ArmSummary| {
            arm.moments.sum < prior.alpha || arm.moments.n as f64 - arm.moments.sum < prior.beta
        };
        let prior_decides = counts_less(treatment) || counts_less(control);
        let observed = (control_sample.sum > 0.0)
            .then(|| MeanDifference::plain(&sample, &control_sample).lift())
            .flatten()
            .map(|lift| lift.estimate);
        Ok(Self {
            lift: BetaLift { treatment: beta(treatment), control: beta(control) },
            observed,
            prior_decides,
        })
    }
}

impl LiftPosterior for BetaPosterior {
    fn lift(&self) -> Option<f64> {
        self.observed
    }

    fn standard_error(&self) -> Option<f64> {
        self.lift.standard_deviation()
    }

    fn credible_interval(&self, options: &InferenceOptions) -> Option<(f64, f64)> {
        Some(self.lift.credible_interval(options.tails))
    }

    fn chances_above_and_below(&self, bound: f64) -> Option<(f64, f64)> {
        Some(self.lift.chances_above_and_below(bound))
    }

    fn expected_loss(&self, lower_is_better: bool) -> Option<f64> {
        self.lift.expected_loss(lower_is_better)
    }

    /// Exact for any n: only where an arm has less of either outcome than the prior adds, is it the prior that speaks.
    fn caution(&self) -> Option<Caution> {
        self.prior_decides.then_some(Caution::PriorDecides)
    }

    fn withheld(&self) -> Option<Withheld> {
        None
    }
}
