//! Nodes → typed values. A decoder tells every problem it meets and goes on; what it could not read is None.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::problem::{Place, Problems};
use super::scalar::Scalar;
use super::schema::{Schema, Schemas};
use super::words::{did_you_mean, listed, shown};
use super::yaml::{Content, Node};

/// A type that stands in a file.
pub(super) trait Decode: Sized {
    /// What is allowed, for messages: `a text`.
    fn expected() -> Cow<'static, str>;

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self>;

    /// The same for an editor.
    fn schema(schemas: &mut Schemas) -> Schema;
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct At<T> {
    pub value: T,
    pub place: Place,
    /// Where its key stands; None for an element of a list and for a default.
    pub key: Option<Place>,
}

impl<T> At<T> {
    /// The place of the key, if it is in the file.
    pub fn key(&self) -> Place {
        self.key.unwrap_or(self.place)
    }
}

/// What stands under a key of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Slot<T> {
    Missing,
    /// Not usable; why is told already.
    Broken,
    /// In the file, or a default.
    Given(At<T>),
}

impl<T> Slot<T> {
    pub fn get(&self) -> Option<&At<T>> {
        match self {
            Self::Given(at) => Some(at),
            Self::Missing | Self::Broken => None,
        }
    }

    pub fn value(&self) -> Option<&T> {
        self.get().map(|at| &at.value)
    }

    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

impl<T: Decode> Decode for At<T> {
    fn expected() -> Cow<'static, str> {
        T::expected()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        Some(Self { value: T::decode(node, problems)?, place: node.place, key: None })
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        T::schema(schemas)
    }
}

/// Tells that `node` is of another type.
pub(super) fn unexpected(node: &Node, expected: &str, problems: &mut Problems) {
    if let Some(found) = node.found() {
        problems.add(node.place, format!("expected {expected}, found {found}"));
    }
}

/// A text; numbers, true and false must be quoted to be one.
pub(super) fn text<'n>(node: &'n Node, expected: &str, problems: &mut Problems) -> Option<&'n str> {
    match (node.scalar(), &node.content) {
        (Some(Scalar::Text(text)), _) => return Some(text),
        (Some(Scalar::Bool(_) | Scalar::Integer(_) | Scalar::Float(_)), Content::Scalar { text, .. }) => {
            let problem = format!("expected {expected}, found {text}: quote it, \"{text}\"");
            problems.add(node.place, problem);
        }
        _ => unexpected(node, expected, problems),
    }
    None
}

impl Decode for bool {
    fn expected() -> Cow<'static, str> {
        "true or false".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Some(Scalar::Bool(value)) = node.scalar() {
            return Some(value);
        }
        unexpected(node, &Self::expected(), problems);
        None
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::of("boolean")
    }
}

impl Decode for f64 {
    fn expected() -> Cow<'static, str> {
        "a number".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let value = match node.scalar() {
            // Beyond 2^53 the nearest double.
            Some(Scalar::Integer(value)) => value as f64,
            Some(Scalar::Float(value)) if value.is_finite() => value,
            Some(Scalar::Float(_)) => {
                unexpected(node, "a finite number", problems);
                return None;
            }
            _ => {
                unexpected(node, &Self::expected(), problems);
                return None;
            }
        };
        Some(value)
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::of("number")
    }
}

impl<T: Decode> Decode for Vec<At<T>> {
    fn expected() -> Cow<'static, str> {
        "a list".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Content::List(items) = &node.content else {
            unexpected(node, &Self::expected(), problems);
            return None;
        };
        Some(items.iter().filter_map(|item| At::decode(item, problems)).collect())
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        Schema::of("array").with("items", T::schema(schemas))
    }
}

/// A value, or null to take away what would hold otherwise.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum OrNull<T> {
    Null,
    Value(T),
}

impl<T: Decode> Decode for OrNull<T> {
    fn expected() -> Cow<'static, str> {
        T::expected()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        if node.is_null() { Some(Self::Null) } else { T::decode(node, problems).map(Self::Value) }
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        Schema::any_of([T::schema(schemas), Schema::of("null")])
    }
}

/// The entries of an object whose keys are known, taken one by one.
pub(super) struct Entries<'n> {
    object: Place,
    what: &'static str,
    entries: BTreeMap<&'n str, (Place, &'n Node)>,
}

impl<'n> Entries<'n> {
    /// The entries of `node`, which is `what` and may have `keys`.
    pub fn of(node: &'n Node, what: &'static str, keys: &[&str], problems: &mut Problems) -> Option<Self> {
        let Content::Object(found) = &node.content else {
            unexpected(node, &format!("{what} (an object with {})", listed(keys.iter().copied())), problems);
            return None;
        };
        let mut entries = BTreeMap::new();
        for (key, value) in found {
            let Content::Scalar { text, .. } = &key.content else { continue };
            if keys.contains(&text.as_str()) {
                entries.insert(text.as_str(), (key.place, value));
                continue;
            }
            let hint = did_you_mean(text, keys.iter().copied());
            let allowed = listed(keys.iter().copied());
            problems
                .add(key.place, format!("unknown key {} in {what}{hint} (allowed: {allowed})", shown(text)));
        }
        Some(Self { object: node.place, what, entries })
    }

    /// What stands under `key`.
    pub fn take<T: Decode>(&mut self, key: &str, fallback: Fallback, problems: &mut Problems) -> Slot<T> {
        let (place, value) = match (self.entries.remove(key), fallback) {
            (Some((place, node)), _) => (Some(place), At::decode(node, problems)),
            (None, Fallback::Default(text)) => (None, At::decode(&Node::plain(text, self.object), problems)),
            (None, Fallback::Required) => {
                problems.add(self.object, format!("{} needs {key} ({})", self.what, T::expected()));
                (None, None)
            }
            (None, Fallback::None) => return Slot::Missing,
        };
        value.map_or(Slot::Broken, |value| Slot::Given(At { key: place, ..value }))
    }
}

/// What holds when a key is not given.
#[derive(Clone, Copy)]
pub(super) enum Fallback {
    None,
    Required,
    /// As if this plain text stood in the file.
    Default(&'static str),
}
