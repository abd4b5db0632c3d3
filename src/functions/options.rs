//! The options argument: a JSON object, checked key by key.

use serde::Deserialize;

use crate::inference::Options;
use crate::statistics::normal;
use crate::wire::{Text, ValueError};

/// The keys as users write them, with their defaults.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    control: String,
    confidence: f64,
    min_identities: u64,
    min_conversions: u64,
    win_threshold: f64,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            control: "control".to_string(),
            confidence: 0.95,
            min_identities: 50,
            min_conversions: 5,
            win_threshold: 0.95,
        }
    }
}

/// Reads the options; an empty text means every default.
///
/// # Errors
/// Anything that is no JSON object, an unknown key, a value of another type or out of range.
pub fn parse(text: &[u8]) -> Result<Options, ValueError> {
    let text = text.trim_ascii();
    let keys = match text.first() {
        None => Keys::default(),
        Some(b'{') => parse_object(text)?,
        Some(_) => {
            let found = Text::borrowed(text);
            return Err(ValueError::new(format!("expected a JSON object, found {found}")));
        }
    };
    require(
        keys.confidence > 0.0 && keys.confidence < 1.0,
        "confidence",
        keys.confidence,
        "above 0 and below 1",
    )?;
    require(
        keys.win_threshold > 0.5 && keys.win_threshold < 1.0,
        "win_threshold",
        keys.win_threshold,
        "above 0.5 and below 1",
    )?;
    Ok(Options {
        control: keys.control,
        critical_value: normal::two_sided_critical_value(1.0 - keys.confidence),
        min_identities: keys.min_identities,
        min_conversions: keys.min_conversions,
        win_threshold: keys.win_threshold,
    })
}

fn parse_object(text: &[u8]) -> Result<Keys, ValueError> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let keys = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let problem = ValueError::new(error.into_inner().to_string());
        if path == "." { problem } else { problem.in_field(&path) }
    })?;
    json.end().map_err(|error| ValueError::new(error.to_string()))?;
    Ok(keys)
}

fn require(holds: bool, key: &str, value: f64, range: &str) -> Result<(), ValueError> {
    if holds {
        return Ok(());
    }
    Err(ValueError::new(format!("{value} is out of range, must be {range}")).in_field(key))
}

/// The options of the row before, for rows mostly come with the same.
#[derive(Default)]
pub struct Cache {
    last: Option<(Vec<u8>, Options)>,
}

impl Cache {
    /// The options that `text` means.
    pub fn get(&mut self, text: &[u8]) -> Result<&Options, ValueError> {
        let fresh = match self.last.take() {
            Some(last) if last.0 == text => last,
            _ => (text.to_vec(), parse(text)?),
        };
        Ok(&self.last.insert(fresh).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn nothing_and_an_empty_object_mean_every_default() {
        let defaults = parse(b"").unwrap();
        assert_eq!(defaults, parse(b" {} ").unwrap());
        assert_eq!(defaults.control, "control");
        assert_eq!((defaults.min_identities, defaults.min_conversions), (50, 5));
        assert_eq!(defaults.win_threshold, 0.95);
        assert!((defaults.critical_value - 1.959963984540054).abs() < 1e-14);
    }

    #[test]
    fn an_error_names_the_key_and_the_value() {
        assert!(error(r#"{"contol": "a"}"#).contains("contol"), "{}", error(r#"{"contol": "a"}"#));
        assert_eq!(
            error(r#"{"confidence": 95}"#),
            "column confidence: 95 is out of range, must be above 0 and below 1"
        );
        let wrong_type = error(r#"{"min_identities": "many"}"#);
        assert!(wrong_type.contains("min_identities") && wrong_type.contains("many"), "{wrong_type}");
        assert!(error(r#"{"min_identities": -1}"#).contains("-1"));
        assert!(error(r#"{"min_identities": 1.5}"#).contains("1.5"));
        assert!(error(r#"{"win_threshold": 0.5}"#).contains("win_threshold"));
        assert!(error(r#"{"confidence": 0.9, "confidence": 0.8}"#).contains("duplicate"));
        assert!(error(r#"{"confidence": 1e999}"#).contains("confidence"));
    }

    #[test]
    fn what_is_no_json_object_is_an_error() {
        for text in ["[]", "null", "0.95", "{", "{}{}", "\"control\"", "{'control': 'a'}", "\u{1f600}"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"{\"control\": \"\xff\"}").is_err());
    }

    #[test]
    fn the_cache_does_not_mix_options_up() {
        let mut cache = Cache::default();
        assert_eq!(cache.get(b"").unwrap().min_identities, 50);
        assert_eq!(cache.get(br#"{"min_identities": 7}"#).unwrap().min_identities, 7);
        assert!(cache.get(b"nonsense").is_err());
        assert_eq!(cache.get(b"").unwrap().min_identities, 50);
    }
}
