//! The options of `experimentInference`.

use std::ops::Bound::{Excluded, Included};

use serde::{Deserialize, Serialize};

use super::table::{OptionKeys, Ranged, check_object, option_keys};
use super::{
    DEFAULT_CONFIDENCE, DEFAULT_POWER, DEFAULT_SEQUENTIAL_TUNING, OptionKey, ParseOptions, Range, named,
    parse_keys,
};
use crate::inference::{Anytime, InferenceOptions, Interval, Model, VerdictBy};
use crate::names::Named;
use crate::statistics::beta_binomial::Beta;
use crate::statistics::multiplicity::Correction;
use crate::statistics::normal;
use crate::statistics::normal_lift::NormalPrior;
use crate::statistics::power::detectable_distance;
use crate::statistics::sequential::ConfidenceSequence;
use crate::wire::ValueError;

/// The default name of the control.
pub const DEFAULT_CONTROL: &str = "control";

/// The default number of identities, in the arm and in control, below which nothing is said.
pub const DEFAULT_MIN_IDENTITIES: u64 = 50;

option_keys! {
    /// The keys as users write them.
    struct Keys {
        /// name of the control
        control: String = DEFAULT_CONTROL.to_string(), in Range::Text;
        /// probability that the credible interval holds the lift; the level of every other interval
        confidence: f64 = DEFAULT_CONFIDENCE, in Range::CONFIDENCE;
        /// below this, in the arm or in control, nothing is said; two are needed whatever it is
        min_identities: u64 = DEFAULT_MIN_IDENTITIES, in Range::Whole { from: 0, to: None };
        /// the same for the conversions of an `occurrence` metric
        min_conversions: u64 = 5, in Range::Whole { from: 0, to: None };
        /// a chance to win from here on is `winning`; a chance to lose from here on, `losing`; null is (1 + confidence)/2, so that they say that ci_low to ci_high leaves out 0
        win_threshold: Option<f64> = None, in Range::Number(Excluded(0.5), Excluded(1.0));
        /// how p_value_adjusted allows for several treatments
        correction: String = "holm".to_string(), in Range::names::<Correction>();
        /// identities, of both arms, at which the anytime interval is tightest compared with ci_low and ci_high
        sequential_tuning: f64 = DEFAULT_SEQUENTIAL_TUNING, in Range::TUNING;
        /// probability at which minimum_detectable_effect is found
        power: f64 = DEFAULT_POWER, in Range::PROBABILITY;
        /// normal prior on the lift; null is flat
        prior: Option<PriorKeys> = None, in PriorKeys::RANGE;
        /// how the fields of the lift are made; "pooled" is for heavy tails in arms of unequal size, "delta" as on platforms that divide by control's mean, right for well-known means only
        interval: String = "fieller".to_string(), in Range::names::<Interval>();
        /// how the anytime fields are made; "delta" as on platforms that divide by control's mean, right for well-known means only
        anytime: String = "difference".to_string(), in Range::names::<Anytime>();
        /// "fixed": by chance_to_win, for one look; "anytime": by the anytime interval, for those who look again and again
        verdict: String = "fixed".to_string(), in Range::names::<VerdictBy>();
        /// "beta_binomial": exact posteriors of `occurrence` metrics, for few conversions; other metrics stay normal
        model: String = "normal".to_string(), in Range::names::<ModelName>();
        /// prior of each conversion rate under "beta_binomial"
        beta_prior: BetaKeys = BetaKeys { alpha: 1.0, beta: 1.0 }, in BetaKeys::RANGE;
        /// for guardrails: a lift that is worse by no more than this is good enough; the verdict becomes `safe` or `harmful`
        non_inferiority_margin: Option<f64> = None, in Range::NOT_NEGATIVE;
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with mean and stddev")]
struct PriorKeys {
    mean: f64,
    stddev: f64,
}

impl PriorKeys {
    const RANGE: Range = Range::Object(&[("mean", Range::FINITE), ("stddev", Range::POSITIVE)]);
}

impl Ranged for PriorKeys {
    fn check(&self, range: &Range) -> Result<(), ValueError> {
        check_object(range, [self.mean, self.stddev])
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "an object with alpha and beta")]
struct BetaKeys {
    alpha: f64,
    beta: f64,
}

impl BetaKeys {
    /// Beyond, the quadrature was not tested.
    const PARAMETER: Range = Range::Number(Included(0.1), Included(1e9));
    const RANGE: Range = Range::Object(&[("alpha", Self::PARAMETER), ("beta", Self::PARAMETER)]);
}

impl Ranged for BetaKeys {
    fn check(&self, range: &Range) -> Result<(), ValueError> {
        check_object(range, [self.alpha, self.beta])
    }
}

/// A [`Model`] without its prior.
#[derive(Clone, Copy, PartialEq)]
enum ModelName {
    Normal,
    BetaBinomial,
}

impl Named for ModelName {
    const NAMES: &'static [(&'static str, Self)] =
        &[("normal", ModelName::Normal), ("beta_binomial", ModelName::BetaBinomial)];
}

impl ParseOptions for InferenceOptions {
    fn parse(text: &[u8]) -> Result<InferenceOptions, ValueError> {
        let keys: Keys = parse_keys(text)?;
        let tails = 1.0 - keys.confidence;
        let critical_value = normal::two_sided_critical_value(tails);
        let interval = named("interval", &keys.interval)?;
        let BetaKeys { alpha, beta } = keys.beta_prior;
        Ok(InferenceOptions {
            control: keys.control,
            tails,
            critical_value,
            min_identities: keys.min_identities,
            min_conversions: keys.min_conversions,
            win_tail: keys.win_threshold.map_or(tails / 2.0, |threshold| 1.0 - threshold),
            correction: named("correction", &keys.correction)?,
            sequence: ConfidenceSequence::new(tails, keys.sequential_tuning),
            detectable_distance: match interval {
                // As the platforms that have it, without the tail of the wrong sign.
                Interval::Delta => (critical_value + normal::quantile(keys.power)).max(0.0),
                Interval::Fieller | Interval::Pooled => detectable_distance(1.0, critical_value, keys.power),
            },
            prior: keys
                .prior
                .map(|PriorKeys { mean, stddev }| NormalPrior { mean, standard_deviation: stddev }),
            interval,
            anytime: named("anytime", &keys.anytime)?,
            verdict: named("verdict", &keys.verdict)?,
            model: match named("model", &keys.model)? {
                ModelName::Normal => Model::Normal,
                ModelName::BetaBinomial => Model::BetaBinomial(Beta { alpha, beta }),
            },
            non_inferiority_margin: keys.non_inferiority_margin,
        })
    }

    fn table() -> Vec<OptionKey> {
        Keys::table()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: impl AsRef<[u8]>) -> Result<InferenceOptions, ValueError> {
        InferenceOptions::parse(text.as_ref())
    }

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn nothing_and_an_empty_object_mean_every_default() {
        let defaults = parse(b"").unwrap();
        assert_eq!(defaults, parse(b" {} ").unwrap());
        assert_eq!(defaults.control, "control");
        assert_eq!((defaults.min_identities, defaults.min_conversions), (50, 5));
        assert!((defaults.win_tail - 0.025).abs() < 1e-15);
        assert!((defaults.critical_value - 1.959963984540054).abs() < 1e-14);
        assert_eq!((defaults.interval, defaults.verdict), (Interval::Fieller, VerdictBy::Fixed));
        assert_eq!((defaults.prior, defaults.non_inferiority_margin), (None, None));
        assert_eq!((defaults.correction, defaults.model), (Correction::Holm, Model::Normal));
    }

    #[test]
    fn an_error_names_the_key_and_the_value() {
        assert!(error(r#"{"contol": "a"}"#).contains("contol"), "{}", error(r#"{"contol": "a"}"#));
        assert_eq!(
            error(r#"{"confidence": 95}"#),
            "column confidence: 95 is out of range, must be from 1e-9 and below 1"
        );
        let wrong_type = error(r#"{"min_identities": "many"}"#);
        assert!(wrong_type.contains("min_identities") && wrong_type.contains("many"), "{wrong_type}");
        assert!(error(r#"{"min_identities": -1}"#).contains("-1"));
        assert!(error(r#"{"min_identities": 1.5}"#).contains("1.5"));
        assert!(error(r#"{"win_threshold": 0.5}"#).contains("win_threshold"));
        assert!(error(r#"{"confidence": 0.9, "confidence": 0.8}"#).contains("duplicate"));
        assert!(error(r#"{"confidence": 1e999}"#).contains("confidence"));
        assert!(error(r#"{"prior": {"mean": 0, "stddev": 0}}"#).contains("prior.stddev: 0"));
        assert!(error(r#"{"prior": {"mean": 0}}"#).contains("stddev"));
        assert!(error(r#"{"prior": {"mean": 0, "stddev": 1, "sd": 1}}"#).contains("sd"));
        assert!(error(r#"{"beta_prior": {"alpha": 0.01, "beta": 1}}"#).contains("beta_prior.alpha: 0.01"));
        let wrong_name = error(r#"{"correction": "sidak"}"#);
        assert!(wrong_name.contains("correction") && wrong_name.contains("\"sidak\""), "{wrong_name}");
        assert!(wrong_name.contains("benjamini_hochberg"), "{wrong_name}");
        assert!(error(r#"{"interval": "wald"}"#).contains("wald"));
        assert!(error(r#"{"anytime": "fieller"}"#).contains("\"fieller\", must be one of difference, delta"));
        assert!(error(r#"{"verdict": "always"}"#).contains("\"always\", must be one of fixed, anytime"));
        assert!(error(r#"{"model": "beta"}"#).contains("beta_binomial"));
        assert!(error(r#"{"non_inferiority_margin": -0.1}"#).contains("-0.1"));
        assert!(error(r#"{"sequential_tuning": 0}"#).contains("sequential_tuning"));
        assert!(error(r#"{"power": 1}"#).contains("power"));
    }

    #[test]
    fn what_is_no_json_object_is_an_error() {
        for text in ["[]", "null", "0.95", "{", "{}{}", "\"control\"", "{'control': 'a'}", "\u{1f600}"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(b"{\"control\": \"\xff\"}").is_err());
    }
}
