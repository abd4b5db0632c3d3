//! Declarations of what stands in a file: one gives the Rust type, the decoder and the JSON Schema.
//!
//! The doc comment of a key is what an editor shows for it, so every key has exactly one line.

/// Declares objects: the keys with their types, whether one is required, and what holds when it is not given.
///
/// A required key that is missing is told by the decoder.
macro_rules! object {
    (
        #[doc = $what:literal]
        pub struct $name:ident {
            $(#[doc = $doc:literal] $key:literal => $field:ident: $fallback:ident $($default:literal)? $ty:ty,)*
        }
    ) => {
        #[doc = $what]
        #[derive(Clone, Debug, PartialEq)]
        pub(in crate::definition) struct $name {
            $(#[doc = $doc] pub $field: $crate::definition::decode::Slot<$ty>,)*
        }

        impl $crate::definition::decode::Decode for $name {
            const EXPECTED: &'static str = $what.trim_ascii();

            fn decode(
                node: &$crate::definition::yaml::Node,
                problems: &mut $crate::definition::problem::Problems,
            ) -> Option<Self> {
                use $crate::definition::decode::{Decode, Entries};
                let mut entries = Entries::of(node, <Self as Decode>::EXPECTED, &[$($key,)*], problems)?;
                $(let $field = entries.take($key, object!(@fallback $fallback $($default)?), problems);)*
                Some(Self { $($field,)* })
            }

            fn schema(
                schemas: &mut $crate::definition::schema::Schemas,
            ) -> $crate::definition::schema::Schema {
                use $crate::definition::decode::Decode;
                schemas.object(stringify!($name), <Self as Decode>::EXPECTED, |schemas| vec![
                    $($crate::definition::declare::property(
                        $key,
                        $doc,
                        object!(@fallback $fallback $($default)?),
                        <$ty as Decode>::schema(schemas),
                    ),)*
                ])
            }
        }
    };
    (@fallback required) => { $crate::definition::decode::Fallback::Required };
    (@fallback optional) => { $crate::definition::decode::Fallback::None };
    (@fallback default $text:literal) => { $crate::definition::decode::Fallback::Default($text) };
}

/// Implements reading for an enum whose values are words.
macro_rules! words {
    ($name:ty, $what:literal, { $first:literal => $first_value:expr, $($word:literal => $value:expr,)* }) => {
        impl $crate::definition::decode::Decode for $name {
            const EXPECTED: &'static str = concat!($what, ": ", $first, $(", ", $word,)*);

            fn decode(
                node: &$crate::definition::yaml::Node,
                problems: &mut $crate::definition::problem::Problems,
            ) -> Option<Self> {
                match $crate::definition::declare::word::<Self>(node, $what, &[$first, $($word,)*], problems)? {
                    $first => Some($first_value),
                    $($word => Some($value),)*
                    _ => None,
                }
            }

            fn schema(_: &mut $crate::definition::schema::Schemas) -> $crate::definition::schema::Schema {
                $crate::definition::schema::Schema::of("string")
                    .with_json("enum", ::serde_json::json!([$first, $($word,)*]))
            }
        }
    };
}

pub(super) use {object, words};

use super::decode::{Decode, Fallback, text};
use super::problem::{Place, Problems};
use super::schema::{Property, Schema};
use super::words::{did_you_mean, listed, shown};
use super::yaml::Node;

/// The text of `node`, which must be one of `words`.
pub(super) fn word<'n, T: Decode>(
    node: &'n Node,
    what: &str,
    words: &[&str],
    problems: &mut Problems,
) -> Option<&'n str> {
    let found = text(node, T::EXPECTED, problems)?;
    if words.contains(&found) {
        return Some(found);
    }
    let hint = did_you_mean(found, words.iter().copied());
    let allowed = listed(words.iter().copied());
    problems.add(node.place, format!("{} is not {what}{hint} (allowed: {allowed})", shown(found)));
    None
}

/// A key as its schema has it.
pub(super) fn property(key: &'static str, doc: &'static str, fallback: Fallback, schema: Schema) -> Property {
    let default = match fallback {
        Fallback::None | Fallback::Required => None,
        Fallback::Default(text) => Node::plain(text, Place { file: 0, line: 1, column: 1 }).to_json().ok(),
    };
    Property { key, doc: doc.trim_ascii(), required: matches!(fallback, Fallback::Required), default, schema }
}
