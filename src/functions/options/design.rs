//! The options of `experimentSampleSize` and `experimentPower`.

use serde::Deserialize;

use super::{confidence, in_range, parse_keys, positive, share, tuning};
use crate::statistics::normal;
use crate::statistics::power::{Design, Threshold};
use crate::statistics::sequential::ConfidenceSequence;
use crate::wire::ValueError;

/// The keys as users write them, with their defaults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    confidence: f64,
    power: f64,
    arms: u64,
    allocation_ratio: f64,
    correction: String,
    sequential: bool,
    sequential_tuning: f64,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            confidence: 0.95,
            power: 0.8,
            arms: 2,
            allocation_ratio: 1.0,
            correction: "bonferroni".to_string(),
            sequential: false,
            sequential_tuning: 5000.0,
        }
    }
}

/// A planned experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Arms beside control.
    pub treatments: f64,
    pub design: Design,
}

impl super::Options for Plan {
    fn parse(text: &[u8]) -> Result<Plan, ValueError> {
        let keys: Keys = parse_keys(text)?;
        let treatments =
            in_range("arms", keys.arms as f64, "from 2 to 1000", |arms| (2.0..=1000.0).contains(&arms))?
                - 1.0;
        let tests = match keys.correction.as_str() {
            "bonferroni" => treatments,
            "none" => 1.0,
            other => {
                let problem = format!("unknown correction {other:?}, must be one of bonferroni, none");
                return Err(ValueError::new(problem).in_field("correction"));
            }
        };
        let tails = (1.0 - confidence(keys.confidence)?) / tests;
        let tuning = tuning(keys.sequential_tuning)?;
        let threshold = if keys.sequential {
            Threshold::Sequential(ConfidenceSequence::new(tails, tuning))
        } else {
            Threshold::Fixed(normal::two_sided_critical_value(tails))
        };
        let design = Design {
            power: share("power", keys.power)?,
            allocation_ratio: positive("allocation_ratio", keys.allocation_ratio)?,
            threshold,
        };
        Ok(Plan { treatments, design })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::options::Options as _;

    #[test]
    fn an_error_names_the_key_and_the_value() {
        let error = |text: &str| Plan::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error(r#"{"arms": 1}"#), "column arms: 1 is out of range, must be from 2 to 1000");
        assert!(error(r#"{"allocation_ratio": 0}"#).contains("allocation_ratio: 0"));
        assert!(error(r#"{"correction": "holm"}"#).contains("holm"));
        assert!(error(r#"{"sequential": 1}"#).contains("sequential"));
        assert!(error(r#"{"ratio": 1}"#).contains("ratio"));
    }
}
