//! Options arguments: a JSON object, checked key by key.

mod inference;
mod power;
mod table;

pub use inference::{DEFAULT_CONTROL, DEFAULT_MIN_IDENTITIES};
pub use power::PowerOptions;
pub use table::{OptionKey, Range};

use serde::de::DeserializeOwned;

use crate::names::{Named, unknown_name};
use crate::wire::{Text, ValueError};
use table::OptionKeys;
pub(super) use table::short;

/// The default confidence of every function that has one.
pub const DEFAULT_CONFIDENCE: f64 = 0.95;

/// The default power of every function that has one.
pub const DEFAULT_POWER: f64 = 0.8;

/// The default number of identities at which anytime intervals are tightest.
pub const DEFAULT_SEQUENTIAL_TUNING: f64 = 5000.0;

/// Options that are read from text.
///
/// # Examples
/// ```
/// use scorecard::functions::options::{DEFAULT_MIN_IDENTITIES, ParseOptions};
/// use scorecard::inference::InferenceOptions;
///
/// let options = InferenceOptions::parse(br#"{"min_conversions": 30}"#)?;
/// assert_eq!((options.min_identities, options.min_conversions), (DEFAULT_MIN_IDENTITIES, 30));
///
/// let error = InferenceOptions::parse(br#"{"power": 1}"#).unwrap_err();
/// assert_eq!(error.to_string(), "column power: 1 is out of range, must be above 0 and below 1");
///
/// let power = InferenceOptions::table().into_iter().find(|option| option.name == "power").unwrap();
/// assert_eq!((power.default_text().as_str(), power.range.json_type()), ("0.8", "number"));
/// # Ok::<(), scorecard::wire::ValueError>(())
/// ```
pub trait ParseOptions: Sized {
    /// Reads the options; an empty text means every default.
    ///
    /// # Errors
    /// Anything that is no JSON object, an unknown key, a value of another type or out of range.
    fn parse(text: &[u8]) -> Result<Self, ValueError>;

    /// Every key there is, in the order of the reference.
    fn table() -> Vec<OptionKey>;
}

/// The keys of a JSON object, each within its range; those of an empty text are the defaults.
fn parse_keys<Keys: DeserializeOwned + OptionKeys>(text: &[u8]) -> Result<Keys, ValueError> {
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
    let keys: Keys = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // A key that was not read to its end is a question mark, the object itself a dot.
        let path = error.path().to_string();
        let key = path.trim_end_matches(['?', '.']);
        let problem = error.into_inner().to_string();
        let problem = problem.replace("expected u64", "expected a whole number");
        let problem = ValueError::new(problem.replace("expected f64", "expected a number"));
        if key.is_empty() { problem } else { problem.in_field(key) }
    })?;
    json.end().map_err(|error| ValueError::new(error.to_string()))?;
    keys.check()?;
    Ok(keys)
}

/// The value that is called `name`, the value of `key`.
fn named<T: Named>(key: &str, name: &str) -> Result<T, ValueError> {
    let unknown = || ValueError::new(unknown_name::<T>(key, format_args!("{name:?}"))).in_field(key);
    T::from_name(name.as_bytes()).ok_or_else(unknown)
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

impl<O: ParseOptions> Cache<O> {
    /// The options that `text`, the argument `options`, means.
    pub fn get(&mut self, text: &Text<'_>) -> Result<&O, ValueError> {
        let text = text.as_bytes();
        let fresh = match self.last.take() {
            Some(last) if last.0 == text => last,
            _ => (text.to_vec(), O::parse(text).map_err(|error| error.in_field("options"))?),
        };
        Ok(&self.last.insert(fresh).1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::InferenceOptions;

    #[test]
    fn the_cache_does_not_mix_options_up() {
        let mut cache = Cache::<InferenceOptions>::default();
        let mut min_identities = |text: &'static str| {
            cache.get(&Text::borrowed(text.as_bytes())).map(|options| options.min_identities)
        };
        assert_eq!(min_identities(""), Ok(DEFAULT_MIN_IDENTITIES));
        assert_eq!(min_identities(r#"{"min_identities": 7}"#), Ok(7));
        assert!(min_identities("nonsense").is_err());
        assert_eq!(min_identities(""), Ok(DEFAULT_MIN_IDENTITIES));
    }
}
