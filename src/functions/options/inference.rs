//! The options of `experimentInference`.

use serde::Deserialize;

use super::{confidence, in_range, named, parse_keys, positive, share, tuning};
use crate::inference::{Interval, Model, Options};
use crate::statistics::beta_binomial::Beta;
use crate::statistics::lift::Prior;
use crate::statistics::multiplicity::Correction;
use crate::statistics::normal;
use crate::statistics::sequential::ConfidenceSequence;
use crate::wire::ValueError;

/// The keys as users write them, with their defaults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    control: String,
    confidence: f64,
    min_identities: u64,
    min_conversions: u64,
    win_threshold: f64,
    correction: String,
    sequential_tuning: f64,
    power: f64,
    prior: Option<PriorKeys>,
    interval: String,
    model: String,
    beta_prior: BetaKeys,
    non_inferiority_margin: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with mean and stddev")]
struct PriorKeys {
    mean: f64,
    stddev: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with alpha and beta")]
struct BetaKeys {
    alpha: f64,
    beta: f64,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            control: "control".to_string(),
            confidence: 0.95,
            min_identities: 50,
            min_conversions: 5,
            win_threshold: 0.95,
            correction: "holm".to_string(),
            sequential_tuning: 5000.0,
            power: 0.8,
            prior: None,
            interval: "delta".to_string(),
            model: "normal".to_string(),
            beta_prior: BetaKeys { alpha: 1.0, beta: 1.0 },
            non_inferiority_margin: None,
        }
    }
}

impl super::Options for Options {
    fn parse(text: &[u8]) -> Result<Options, ValueError> {
        let keys: Keys = parse_keys(text)?;
        let tails = 1.0 - confidence(keys.confidence)?;
        let prior = keys.prior.map(parse_prior).transpose()?;
        let interval = named("interval", &keys.interval, interval_from_name, "delta, fieller")?;
        if prior.is_some() && interval == Interval::Fieller {
            let problem = "\"fieller\" is an interval without a prior, and there is a prior";
            return Err(ValueError::new(problem).in_field("interval"));
        }
        let beta_prior = parse_beta(&keys.beta_prior).map_err(|error| error.in_field("beta_prior"))?;
        Ok(Options {
            control: keys.control,
            tails,
            critical_value: normal::two_sided_critical_value(tails),
            min_identities: keys.min_identities,
            min_conversions: keys.min_conversions,
            win_threshold: in_range("win_threshold", keys.win_threshold, "above 0.5 and below 1", |value| {
                value > 0.5 && value < 1.0
            })?,
            correction: named("correction", &keys.correction, Correction::from_name, &Correction::names())?,
            sequence: ConfidenceSequence::new(tails, tuning(keys.sequential_tuning)?),
            power_quantile: normal::quantile(share("power", keys.power)?),
            prior,
            interval,
            model: named(
                "model",
                &keys.model,
                |name| model_from_name(name, beta_prior),
                "normal, beta_binomial",
            )?,
            non_inferiority_margin: keys.non_inferiority_margin.map(parse_margin).transpose()?,
        })
    }
}

fn parse_prior(PriorKeys { mean, stddev }: PriorKeys) -> Result<Prior, ValueError> {
    let standard_deviation = positive("stddev", stddev).map_err(|error| error.in_field("prior"))?;
    let mean = in_range("mean", mean, "finite", f64::is_finite).map_err(|error| error.in_field("prior"))?;
    Ok(Prior { mean, standard_deviation })
}

fn parse_beta(keys: &BetaKeys) -> Result<Beta, ValueError> {
    // Beyond this range the quadrature was not tested.
    let parameter =
        |key, value| in_range(key, value, "from 0.1 to 1e9", |value| (0.1..=1e9).contains(&value));
    Ok(Beta { alpha: parameter("alpha", keys.alpha)?, beta: parameter("beta", keys.beta)? })
}

fn parse_margin(margin: f64) -> Result<f64, ValueError> {
    in_range("non_inferiority_margin", margin, "0 or above", |value| value >= 0.0 && value.is_finite())
}

fn interval_from_name(name: &[u8]) -> Option<Interval> {
    match name {
        b"delta" => Some(Interval::Delta),
        b"fieller" => Some(Interval::Fieller),
        _ => None,
    }
}

fn model_from_name(name: &[u8], beta_prior: Beta) -> Option<Model> {
    match name {
        b"normal" => Some(Model::Normal),
        b"beta_binomial" => Some(Model::BetaBinomial(beta_prior)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::options::Options as _;

    fn parse(text: impl AsRef<[u8]>) -> Result<Options, ValueError> {
        Options::parse(text.as_ref())
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
        assert_eq!(defaults.win_threshold, 0.95);
        assert!((defaults.critical_value - 1.959963984540054).abs() < 1e-14);
        assert!((defaults.power_quantile - 0.8416212335729143).abs() < 1e-14);
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
        assert!(error(r#"{"model": "beta"}"#).contains("beta_binomial"));
        assert!(error(r#"{"non_inferiority_margin": -0.1}"#).contains("-0.1"));
        assert!(error(r#"{"interval": "fieller", "prior": {"mean": 0, "stddev": 1}}"#).contains("prior"));
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
