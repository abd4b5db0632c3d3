//! The table of options: each key once, with its default, its range and its meaning.
//!
//! The parser's defaults and checks come from it, and so do the tables of the reference.

use std::fmt;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::ops::{Bound, RangeBounds};

use serde_json::Value;

use crate::names::Named;
use crate::wire::ValueError;

/// One option: a key of the JSON object, as users write it.
#[derive(Clone, Debug)]
pub struct OptionKey {
    pub name: &'static str,
    /// What holds where the key is missing; null, where nothing does.
    pub default: Value,
    pub range: Range,
    /// What it means, with its unit: the text of the reference.
    pub doc: &'static str,
}

impl OptionKey {
    /// The default as JSON, on one line.
    pub fn default_text(&self) -> String {
        json_text(&self.default)
    }
}

fn json_text(value: &Value) -> String {
    match value {
        // 5000 and not 5000.0
        Value::Number(number) => number.as_f64().map_or(number.to_string(), |number| number.to_string()),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key:?}: {}", json_text(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// The values that an option may have.
#[derive(Clone, Copy, Debug)]
pub enum Range {
    /// Any string.
    Text,
    /// true or false.
    Flag,
    /// One of these names.
    Names(fn() -> Vec<&'static str>),
    /// A whole number, both ends included.
    Whole { from: u64, to: Option<u64> },
    /// A finite number.
    Number(Bound<f64>, Bound<f64>),
    /// An object that has all of these keys, each a number.
    Object(&'static [(&'static str, Range)]),
}

impl Range {
    /// A probability of which neither it nor its opposite is certain.
    pub const PROBABILITY: Range = Range::Number(Excluded(0.0), Excluded(1.0));
    /// A confidence, from which 1 − confidence is not 1 by rounding.
    pub const CONFIDENCE: Range = Range::Number(Included(1e-9), Excluded(1.0));
    /// Identities at which a confidence sequence is tightest.
    pub const TUNING: Range = Range::Number(Included(1e-9), Included(1e18));
    pub const POSITIVE: Range = Range::Number(Excluded(0.0), Unbounded);
    pub const NOT_NEGATIVE: Range = Range::Number(Included(0.0), Unbounded);
    pub const FINITE: Range = Range::Number(Unbounded, Unbounded);

    /// The names of the values of T.
    pub const fn names<T: Named>() -> Range {
        Range::Names(T::names)
    }

    /// The type as JSON Schema calls it.
    pub fn json_type(&self) -> &'static str {
        match self {
            Range::Text | Range::Names(_) => "string",
            Range::Flag => "boolean",
            Range::Whole { .. } => "integer",
            Range::Number(..) => "number",
            Range::Object(_) => "object",
        }
    }

    fn contains(&self, value: f64) -> bool {
        match *self {
            Range::Whole { from, to } => value >= from as f64 && to.is_none_or(|to| value <= to as f64),
            Range::Number(low, high) => value.is_finite() && (low, high).contains(&value),
            Range::Text | Range::Flag | Range::Names(_) | Range::Object(_) => false,
        }
    }

    fn check_number(&self, value: f64) -> Result<(), ValueError> {
        if self.contains(value) {
            return Ok(());
        }
        let (value, range) = (short(value), self.in_words("from ", " and "));
        Err(ValueError::new(format!("{value} is out of range, must be {range}")))
    }

    /// The range in words; `from` begins what goes from one number to another, `and` stands between two bounds.
    fn in_words(&self, from: &str, and: &str) -> String {
        match *self {
            Range::Text => "a string".to_string(),
            Range::Flag => "true, false".to_string(),
            Range::Names(names) => {
                names().iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
            }
            Range::Whole { from: low, to: None } => format!("a whole number from {low}"),
            Range::Whole { from: low, to: Some(high) } => format!("{from}{low} to {high}"),
            Range::Number(low, high) => number_in_words(low, high, from, and),
            Range::Object(fields) => object_in_words(fields),
        }
    }
}

fn number_in_words(low: Bound<f64>, high: Bound<f64>, from: &str, and: &str) -> String {
    let lower = match low {
        Unbounded => None,
        Included(low) => Some(format!("from {}", short(low))),
        Excluded(low) => Some(format!("above {}", short(low))),
    };
    let upper = match high {
        Unbounded => None,
        Included(high) => Some(format!("up to {}", short(high))),
        Excluded(high) => Some(format!("below {}", short(high))),
    };
    match (low, high, lower, upper) {
        (Included(low), Included(high), ..) => format!("{from}{} to {}", short(low), short(high)),
        (Included(low), Unbounded, ..) => format!("{} or above", short(low)),
        (_, _, Some(lower), Some(upper)) => format!("{lower}{and}{upper}"),
        (_, _, Some(bound), None) | (_, _, None, Some(bound)) => bound,
        (_, _, None, None) => "finite".to_string(),
    }
}

fn object_in_words(fields: &[(&str, Range)]) -> String {
    let words: Vec<String> = fields.iter().map(|(_, range)| range.in_words("from ", " and ")).collect();
    if let Some(all) = words.first().filter(|first| words.iter().all(|words| words == *first)) {
        return format!("each {all}");
    }
    let fields: Vec<String> =
        fields.iter().zip(words).map(|((key, _), words)| format!("{key:?}: {words}")).collect();
    format!("{{{}}}", fields.join(", "))
}

/// A number with an exponent where that is shorter to read.
pub(in crate::functions) fn short(number: f64) -> String {
    let plain = number == 0.0 || (1e-3..1e6).contains(&number.abs());
    if plain { number.to_string() } else { format!("{number:e}") }
}

/// As the reference says it.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Range::Whole { to: Some(_), .. } = self {
            f.write_str("a whole number, ")?;
        }
        f.write_str(&self.in_words("", ", "))
    }
}

/// The keys of a function's options.
pub(super) trait OptionKeys: Default {
    fn table() -> Vec<OptionKey>;

    /// Holds each value against its range, but names: they are looked up where they become what they name.
    fn check(&self) -> Result<(), ValueError>;
}

/// A value that can be held against a range.
pub(super) trait Ranged {
    fn check(&self, range: &Range) -> Result<(), ValueError>;
}

impl Ranged for f64 {
    fn check(&self, range: &Range) -> Result<(), ValueError> {
        range.check_number(*self)
    }
}

impl Ranged for u64 {
    fn check(&self, range: &Range) -> Result<(), ValueError> {
        range.check_number(*self as f64)
    }
}

impl Ranged for String {
    fn check(&self, _: &Range) -> Result<(), ValueError> {
        Ok(())
    }
}

impl Ranged for bool {
    fn check(&self, _: &Range) -> Result<(), ValueError> {
        Ok(())
    }
}

impl<T: Ranged> Ranged for Option<T> {
    fn check(&self, range: &Range) -> Result<(), ValueError> {
        self.as_ref().map_or(Ok(()), |value| value.check(range))
    }
}

/// Holds the values of an object against the ranges of its keys, in the order of these.
pub(super) fn check_object<const N: usize>(range: &Range, values: [f64; N]) -> Result<(), ValueError> {
    let Range::Object(fields) = range else { return Ok(()) };
    for ((key, range), value) in fields.iter().zip(values) {
        range.check_number(value).map_err(|error| error.in_field(key))?;
    }
    Ok(())
}

/// Declares the keys of a function's options: the struct that is parsed, its defaults, and the table.
///
/// The doc comment of a key is its text in the reference, so every key has exactly one line.
macro_rules! option_keys {
    (
        $(#[$outer:meta])*
        struct $keys:ident {
            $(#[doc = $doc:literal] $key:ident: $ty:ty = $default:expr, in $range:expr;)*
        }
    ) => {
        $(#[$outer])*
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct $keys {
            $(#[doc = $doc] $key: $ty,)*
        }

        impl Default for $keys {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }

        impl $crate::functions::options::table::OptionKeys for $keys {
            fn table() -> Vec<$crate::functions::options::OptionKey> {
                let defaults = Self::default();
                vec![$(
                    $crate::functions::options::OptionKey {
                        name: stringify!($key),
                        default: serde_json::json!(defaults.$key),
                        range: $range,
                        doc: $doc.trim_ascii(),
                    },
                )*]
            }

            fn check(&self) -> Result<(), $crate::wire::ValueError> {
                $(
                    $crate::functions::options::table::Ranged::check(&self.$key, &$range)
                        .map_err(|error| error.in_field(stringify!($key)))?;
                )*
                Ok(())
            }
        }
    };
}

pub(super) use option_keys;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reads_as_a_phrase_in_a_message_and_as_a_cell_in_the_reference() {
        for (range, message, cell) in [
            (Range::PROBABILITY, "above 0 and below 1", "above 0, below 1"),
            (Range::CONFIDENCE, "from 1e-9 and below 1", "from 1e-9, below 1"),
            (Range::POSITIVE, "above 0", "above 0"),
            (Range::NOT_NEGATIVE, "0 or above", "0 or above"),
            (Range::FINITE, "finite", "finite"),
            (Range::Number(Included(0.1), Included(1e9)), "from 0.1 to 1e9", "0.1 to 1e9"),
            (Range::Number(Unbounded, Included(0.5)), "up to 0.5", "up to 0.5"),
            (Range::Whole { from: 2, to: Some(1000) }, "from 2 to 1000", "a whole number, 2 to 1000"),
            (Range::Whole { from: 0, to: None }, "a whole number from 0", "a whole number from 0"),
        ] {
            assert_eq!(
                (range.in_words("from ", " and ").as_str(), range.to_string().as_str()),
                (message, cell)
            );
        }
    }

    #[test]
    fn the_ends_of_a_range_are_in_it_or_not_as_it_says() {
        let half_open = Range::Number(Included(1.0), Excluded(2.0));
        assert!(half_open.contains(1.0) && !half_open.contains(2.0));
        let whole = Range::Whole { from: 2, to: Some(3) };
        assert!(!whole.contains(1.0) && whole.contains(2.0) && whole.contains(3.0) && !whole.contains(4.0));
        assert!(!Range::FINITE.contains(f64::INFINITY) && !Range::FINITE.contains(f64::NAN));
    }
}
