//! What an inference is asked to do.

use crate::names::Named;
use crate::statistics::beta_binomial::Beta;
use crate::statistics::multiplicity::Correction;
use crate::statistics::normal_lift::NormalPrior;
use crate::statistics::sequential::ConfidenceSequence;

/// What the inference is asked to do, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct InferenceOptions {
    /// Name of the control.
    pub control: String,
    /// 1 − confidence, a probability: what intervals leave outside.
    pub tails: f64,
    /// z of the intervals, in standard errors.
    pub critical_value: f64,
    /// Below this number of identities in either arm nothing is said.
    pub min_identities: u64,
    /// Below this number of conversions in either arm nothing is said of an occurrence metric.
    pub min_conversions: u64,
    /// A verdict is given where the chance of the other side is this or below; above 0 and below ½.
    pub win_tail: f64,
    /// How p-values allow for several treatments.
    pub correction: Correction,
    /// Of the intervals and p-values that hold however often one looks.
    pub sequence: ConfidenceSequence,
    /// The effect that counts as detectable, in standard errors.
    pub detectable_distance: f64,
    /// None is flat.
    pub prior: Option<NormalPrior>,
    pub interval: Interval,
    pub anytime: Anytime,
    pub verdict: VerdictBy,
    pub model: Model,
    /// How much worse than control is still good enough, in lift units; with it the verdict is about that.
    pub non_inferiority_margin: Option<f64>,
}

/// How the interval of the lift is made, and all that is said with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// By m₁ − (1 + δ)m₀ and Student's t, as Fieller's theorem has it.
    Fieller,
    /// The same, with no arm's variance below the one pooled over both.
    Pooled,
    /// By the lift over the delta method's standard error and the normal distribution.
    Delta,
}

impl Named for Interval {
    const NAMES: &'static [(&'static str, Self)] =
        &[("fieller", Interval::Fieller), ("pooled", Interval::Pooled), ("delta", Interval::Delta)];
}

/// How the interval and the p-value that hold at any number of looks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anytime {
    /// From m₁ − (1 + δ)m₀: see [`LiftStatistic`](crate::statistics::lift_statistic::LiftStatistic).
    Difference,
    /// From the delta method's standard error of the lift.
    Delta,
}

impl Named for Anytime {
    const NAMES: &'static [(&'static str, Self)] =
        &[("difference", Anytime::Difference), ("delta", Anytime::Delta)];
}

/// What a verdict goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictBy {
    /// The chance to win, for one look.
    Fixed,
    /// The always-valid set, for any number of looks.
    Anytime,
}

impl Named for VerdictBy {
    const NAMES: &'static [(&'static str, Self)] =
        &[("fixed", VerdictBy::Fixed), ("anytime", VerdictBy::Anytime)];
}

/// Where the posterior of the lift comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// The normal approximation.
    Normal,
    /// For occurrence metrics beta posteriors from this prior; the normal approximation for others.
    BetaBinomial(Beta),
}
