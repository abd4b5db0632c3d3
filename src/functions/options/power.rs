//! The options of `experimentSampleSize` and `experimentPower`.

use super::table::{OptionKeys, option_keys};
use super::{
    DEFAULT_CONFIDENCE, DEFAULT_POWER, DEFAULT_SEQUENTIAL_TUNING, OptionKey, ParseOptions, Range, named,
    parse_keys,
};
use crate::names::Named;
use crate::statistics::normal;
use crate::statistics::power::{Design, Threshold};
use crate::statistics::sequential::ConfidenceSequence;
use crate::wire::ValueError;

option_keys! {
    /// The keys as users write them.
    struct Keys {
        /// 1 − the two-sided error rate α
        confidence: f64 = DEFAULT_CONFIDENCE, in Range::CONFIDENCE;
        /// probability to find the effect
        power: f64 = DEFAULT_POWER, in Range::PROBABILITY;
        /// mean is the share of identities that convert, whose variance follows from it
        proportion: bool = false, in Range::Flag;
        /// arms with control
        arms: u64 = 2, in Range::Whole { from: 2, to: Some(1000) };
        /// identities of a treatment over those of control
        allocation_ratio: f64 = 1.0, in Range::POSITIVE;
        /// whether α is divided by the number of treatments
        correction: String = "bonferroni".to_string(), in Range::names::<Correction>();
        /// plan for the anytime interval: power at the last look
        sequential: bool = false, in Range::Flag;
        /// as in experimentInference
        sequential_tuning: f64 = DEFAULT_SEQUENTIAL_TUNING, in Range::TUNING;
    }
}

/// How a plan allows for several treatments: only what is known before there are p-values.
#[derive(Clone, Copy, PartialEq)]
enum Correction {
    Bonferroni,
    None,
}

impl Named for Correction {
    const NAMES: &'static [(&'static str, Self)] =
        &[("bonferroni", Correction::Bonferroni), ("none", Correction::None)];
}

/// A planned experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerOptions {
    /// The metric is a share of identities, and has no variance of its own.
    pub is_proportion: bool,
    /// Arms beside control.
    pub treatments: f64,
    pub design: Design,
}

impl ParseOptions for PowerOptions {
    fn parse(text: &[u8]) -> Result<PowerOptions, ValueError> {
        let keys: Keys = parse_keys(text)?;
        let treatments = keys.arms as f64 - 1.0;
        let tests = match named("correction", &keys.correction)? {
            Correction::Bonferroni => treatments,
            Correction::None => 1.0,
        };
        let tails = (1.0 - keys.confidence) / tests;
        let threshold = if keys.sequential {
            Threshold::Sequential(ConfidenceSequence::new(tails, keys.sequential_tuning))
        } else {
            Threshold::Fixed(normal::two_sided_critical_value(tails))
        };
        let design = Design { power: keys.power, allocation_ratio: keys.allocation_ratio, threshold };
        Ok(PowerOptions { is_proportion: keys.proportion, treatments, design })
    }

    fn table() -> Vec<OptionKey> {
        Keys::table()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_key_and_the_value() {
        let error = |text: &str| PowerOptions::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error(r#"{"arms": 1}"#), "column arms: 1 is out of range, must be from 2 to 1000");
        assert!(error(r#"{"allocation_ratio": 0}"#).contains("allocation_ratio: 0"));
        assert!(error(r#"{"correction": "holm"}"#).contains("holm"));
        assert!(error(r#"{"sequential": 1}"#).contains("sequential"));
        assert!(error(r#"{"ratio": 1}"#).contains("ratio"));
    }
}
