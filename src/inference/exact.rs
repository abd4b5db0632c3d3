//! Conversions of which one arm has too few for the normal approximation: an exact test of the two rates.

use super::arms::ArmSummary;
use super::comparison::{Test, good_first};
use super::verdict::Decision;
use super::{InferenceOptions, MetricArms, Verdict, VerdictBy};
use crate::statistics::exact_proportions::{Conversions, above_and_below, anytime_p_value, fisher_p_value};
use crate::statistics::mean_difference::difference_of_means;
use crate::statistics::moments::is_exact;

/// Up to so many conversions in the smaller arm: the time that the test takes grows with their root.
const MOST_CONVERSIONS: f64 = 1e6;

/// The conversions of both arms.
pub(super) struct ExactTest {
    treatment: Conversions,
    control: Conversions,
    /// m₁ − m₀, a plain ratio.
    difference: f64,
}

impl ExactTest {
    /// None where both arms have too few conversions, or neither, or they are not whole numbers.
    pub fn new(treatment: &ArmSummary, control: &ArmSummary, options: &InferenceOptions) -> Option<Self> {
        let (sample, control_sample) = (treatment.sample.ok()?, control.sample.ok()?);
        let too_few = |sum: f64| sum < options.min_conversions as f64;
        let only_one = too_few(sample.sum) != too_few(control_sample.sum);
        let whole = is_exact(sample.sum) && is_exact(control_sample.sum);
        let few = sample.sum.min(control_sample.sum) <= MOST_CONVERSIONS;
        (only_one && whole && few).then(|| Self {
            treatment: Conversions { n: sample.n, converted: sample.sum },
            control: Conversions { n: control_sample.n, converted: control_sample.sum },
            difference: difference_of_means(&sample, &control_sample),
        })
    }

    /// What the test says where nothing else can be said.
    pub fn test(&self) -> Test {
        Test {
            difference: self.difference,
            difference_interval: None,
            p_value: fisher_p_value(&self.treatment, &self.control),
            anytime_interval: None,
            anytime_p_value: Some(anytime_p_value(&self.treatment, &self.control, 1.0)),
            minimum_detectable_effect: None,
        }
    }

    /// A verdict where the test decides, else more data is needed. With a margin it goes by the p-value that holds at any
    /// number of looks, for Fisher's test is one of equal rates.
    pub fn decide(&self, bound: f64, metric: &MetricArms<'_>) -> Decision {
        let options = metric.options;
        let factor = 1.0 + bound;
        let undecided = Decision { verdict: Verdict::CollectingData, p_value: None };
        if factor <= 0.0 {
            return undecided;
        }
        let p_value = match options.verdict {
            VerdictBy::Fixed if options.non_inferiority_margin.is_none() => {
                fisher_p_value(&self.treatment, &self.control)
            }
            VerdictBy::Fixed | VerdictBy::Anytime => anytime_p_value(&self.treatment, &self.control, factor),
        };
        if p_value > options.level_of_verdict() {
            return Decision { p_value: Some(p_value), ..undecided };
        }
        let (is_good, is_bad) =
            good_first(above_and_below(&self.treatment, &self.control, factor), metric.lower_is_better);
        let verdict = match (is_good, is_bad) {
            (true, _) => metric.good_verdict(),
            (_, true) => metric.bad_verdict(),
            (false, false) => Verdict::CollectingData,
        };
        Decision { verdict, p_value: Some(p_value) }
    }
}
