//! Options arguments: a JSON object, checked key by key.

pub mod design;
pub mod inference;

use serde::de::DeserializeOwned;

use crate::wire::{Text, ValueError};

/// Options that are read from text.
pub trait Options: Sized {
    /// Reads the options; an empty text means every default.
    ///
    /// # Errors
    /// Anything that is no JSON object, an unknown key, a value of another type or out of range.
    fn parse(text: &[u8]) -> Result<Self, ValueError>;
}

/// The keys of a JSON object; those of an empty text are the defaults.
fn parse_keys<Keys: DeserializeOwned + Default>(text: &[u8]) -> Result<Keys, ValueError> {
    let text = text.trim_ascii();
    match text.first() {
        None => return Ok(Keys::default()),
        Some(b'{') => {}
        Some(_) => {
            let found = Text::borrowed(text);
            return Err(ValueError::new(format!("expected a JSON object, found {found}")));
        }
    }
    let mut json = serde_json::Deserializer::from_slice(text);
    let keys = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let problem = ValueError::new(error.into_inner().to_string());
        if path == "." { problem } else { problem.in_field(&path) }
    })?;
    json.end().map_err(|error| ValueError::new(error.to_string()))?;
    Ok(keys)
}

/// `value` if it is in the range that `range` says.
fn in_range(key: &str, value: f64, range: &str, holds: impl FnOnce(f64) -> bool) -> Result<f64, ValueError> {
    if holds(value) {
        return Ok(value);
    }
    Err(ValueError::new(format!("{value} is out of range, must be {range}")).in_field(key))
}

fn share(key: &str, value: f64) -> Result<f64, ValueError> {
    in_range(key, value, "above 0 and below 1", |value| value > 0.0 && value < 1.0)
}

/// A confidence, from which 1 − confidence is not 1 by rounding.
fn confidence(value: f64) -> Result<f64, ValueError> {
    in_range("confidence", value, "from 1e-9 and below 1", |value| (1e-9..1.0).contains(&value))
}

fn tuning(value: f64) -> Result<f64, ValueError> {
    in_range("sequential_tuning", value, "from 1e-9 to 1e18", |value| (1e-9..=1e18).contains(&value))
}

fn positive(key: &str, value: f64) -> Result<f64, ValueError> {
    in_range(key, value, "above 0", |value| value > 0.0 && value.is_finite())
}

/// What `from_name` makes of a name.
fn named<T>(
    key: &str,
    name: &str,
    from_name: impl FnOnce(&[u8]) -> Option<T>,
    names: &str,
) -> Result<T, ValueError> {
    from_name(name.as_bytes()).ok_or_else(|| {
        ValueError::new(format!("unknown {key} {name:?}, must be one of {names}")).in_field(key)
    })
}

/// The options of the row before, for rows mostly come with the same.
pub struct Cache<O> {
    last: Option<(Vec<u8>, O)>,
}

impl<O> Default for Cache<O> {
    fn default() -> Self {
        Self { last: None }
    }
}

impl<O: Options> Cache<O> {
    /// The options that `text` means.
    pub fn get(&mut self, text: &[u8]) -> Result<&O, ValueError> {
        let fresh = match self.last.take() {
            Some(last) if last.0 == text => last,
            _ => (text.to_vec(), O::parse(text)?),
        };
        Ok(&self.last.insert(fresh).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference;

    #[test]
    fn the_cache_does_not_mix_options_up() {
        let mut cache = Cache::<inference::Options>::default();
        assert_eq!(cache.get(b"").unwrap().min_identities, 50);
        assert_eq!(cache.get(br#"{"min_identities": 7}"#).unwrap().min_identities, 7);
        assert!(cache.get(b"nonsense").is_err());
        assert_eq!(cache.get(b"").unwrap().min_identities, 50);
    }
}
