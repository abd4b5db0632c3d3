//! What to make of an arm: a verdict, and whether it outlives a correction for several treatments.

use super::{Caution, Inference, InferenceOptions, MetricArms, Verdict, VerdictBy};
use crate::statistics::multiplicity::adjust;

/// A verdict with what it went by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    pub verdict: Verdict,
    /// The two-sided p-value of the bound that the verdict is about, 0 to 1: of no effect, or of the margin. None where
    /// nothing was tested.
    pub p_value: Option<f64>,
}

impl Decision {
    pub(super) const UNDEFINED: Decision = Decision { verdict: Verdict::Undefined, p_value: None };

    /// By the chances of the better side of the bound and of the worse, for one look.
    pub(super) fn by_chances((good, bad): (f64, f64), metric: &MetricArms<'_>) -> Decision {
        let tail = metric.options.win_tail;
        let p_value = Some((2.0 * good.min(bad)).min(1.0));
        Decision { verdict: verdict_of((bad <= tail, good <= tail), metric), p_value }
    }

    /// By the always-valid set: `distance` is that of the data from the bound, in standard errors and above 0 on the better
    /// side, at `n` identities.
    pub(super) fn by_distance(distance: f64, n: f64, metric: &MetricArms<'_>) -> Decision {
        let sequence = &metric.options.sequence;
        let critical_value = sequence.critical_value(n);
        let sides = (distance > critical_value, distance < -critical_value);
        Decision { verdict: verdict_of(sides, metric), p_value: Some(sequence.p_value(distance, n)) }
    }

    fn is_call(&self) -> bool {
        matches!(self.verdict, Verdict::Winning | Verdict::Losing | Verdict::Safe | Verdict::Harmful)
    }
}

fn verdict_of((is_good, is_bad): (bool, bool), metric: &MetricArms<'_>) -> Verdict {
    match (is_good, is_bad) {
        (true, _) => metric.good_verdict(),
        (_, true) => metric.bad_verdict(),
        (false, false) => Verdict::Inconclusive,
    }
}

impl InferenceOptions {
    /// A verdict is given up to this p-value, two-sided.
    pub(super) fn level_of_verdict(&self) -> f64 {
        match self.verdict {
            VerdictBy::Fixed => 2.0 * self.win_tail,
            VerdictBy::Anytime => self.tails,
        }
    }
}

impl MetricArms<'_> {
    pub(super) fn good_verdict(&self) -> Verdict {
        if self.options.non_inferiority_margin.is_some() { Verdict::Safe } else { Verdict::Winning }
    }

    pub(super) fn bad_verdict(&self) -> Verdict {
        if self.options.non_inferiority_margin.is_some() { Verdict::Harmful } else { Verdict::Losing }
    }
}

/// Adds a caution to each comparison whose verdict the correction for several treatments takes back.
pub(super) fn caution_uncorrected(inferences: &mut [Inference], options: &InferenceOptions) {
    // One treatment, and control.
    if inferences.len() <= 2 {
        return;
    }
    let p_value = |inference: &Inference| inference.comparison.as_ref()?.decision.p_value;
    let mut p_values: Vec<Option<f64>> = inferences.iter().map(p_value).collect();
    adjust(&mut p_values, options.correction);
    for (inference, p_value) in inferences.iter_mut().zip(p_values) {
        let is_taken_back = p_value.is_some_and(|p_value| p_value > options.level_of_verdict());
        if let Some(comparison) = &mut inference.comparison
            && comparison.decision.is_call()
            && is_taken_back
            && comparison.caution.is_none()
        {
            comparison.caution = Some(Caution::OnlyUncorrected);
        }
    }
}
