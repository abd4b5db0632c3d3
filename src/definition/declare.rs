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
            fn expected() -> ::std::borrow::Cow<'static, str> {
                $what.trim_ascii().into()
            }

            fn decode(
                node: &$crate::definition::yaml::Node,
                problems: &mut $crate::definition::problem::Problems,
            ) -> Option<Self> {
                use $crate::definition::decode::Entries;
                let mut entries = Entries::of(node, $what.trim_ascii(), &[$($key,)*], problems)?;
                $(let $field = entries.take($key, object!(@fallback $fallback $($default)?), problems);)*
                Some(Self { $($field,)* })
            }

            fn schema(
                schemas: &mut $crate::definition::schema::Schemas,
            ) -> $crate::definition::schema::Schema {
                use $crate::definition::decode::Decode;
                schemas.object(stringify!($name), $what.trim_ascii(), |schemas| vec![
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

/// Declares the words of an enum that stand in files.
macro_rules! words {
    ($name:ty, $what:literal, { $($word:literal => $value:expr,)* }) => {
        impl $crate::names::Named for $name {
            const NAMES: &'static [(&'static str, Self)] = &[$(($word, $value),)*];
        }

        impl $crate::definition::declare::Word for $name {
            const WHAT: &'static str = $what;
        }
    };
}

pub(super) use {object, words};

use std::borrow::Cow;

use serde_json::json;

use super::decode::{Decode, Fallback, text};
use super::problem::{Place, Problems};
use super::schema::{Property, Schema, Schemas};
use super::words::{did_you_mean, listed, shown};
use super::yaml::Node;
use crate::names::Named;

/// One of several words that may stand in a file.
pub(super) trait Word: Named {
    /// What it is, for messages: `a status`.
    const WHAT: &'static str;

    /// What an editor says of it; nothing where its key says enough.
    fn explanation(self) -> Option<&'static str> {
        None
    }
}

impl<T: Word> Decode for T {
    fn expected() -> Cow<'static, str> {
        format!("{}: {}", T::WHAT, listed(T::names())).into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let found = text(node, &T::expected(), problems)?;
        let value = T::from_name(found.as_bytes());
        if value.is_none() {
            let hint = did_you_mean(found, T::names());
            let allowed = listed(T::names());
            let problem = format!("{} is not {}{hint} (allowed: {allowed})", shown(found), T::WHAT);
            problems.add(node.place, problem);
        }
        value
    }

    fn schema(_: &mut Schemas) -> Schema {
        let explained = |&(word, value): &(&str, T)| Some(Schema::word(word, value.explanation()?));
        let explained: Option<Vec<Schema>> = T::NAMES.iter().map(explained).collect();
        explained.map_or_else(|| Schema::of("string").with_json("enum", json!(T::names())), Schema::any_of)
    }
}

/// A key as its schema has it.
pub(super) fn property(key: &'static str, doc: &'static str, fallback: Fallback, schema: Schema) -> Property {
    let default = match fallback {
        Fallback::None | Fallback::Required => None,
        Fallback::Default(text) => Node::plain(text, Place { file: 0, line: 1, column: 1 }).to_json().ok(),
    };
    Property { key, doc: doc.trim_ascii(), required: matches!(fallback, Fallback::Required), default, schema }
}
