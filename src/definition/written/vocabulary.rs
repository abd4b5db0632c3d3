//! The words of a file that are one of several, and what stands for an object in short.

use std::borrow::Cow;

use super::{Status, Use};
use crate::definition::declare::{Word, words};
use crate::definition::decode::{At, Decode, Slot, unexpected};
use crate::definition::name::Name;
use crate::definition::problem::Problems;
use crate::definition::scalar::Scalar;
use crate::definition::schema::{Schema, Schemas};
use crate::definition::types::{Aggregation, Type};
use crate::definition::yaml::{Content, Node};

/// The version of the format of a file: there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::definition) struct Version;

impl Decode for Version {
    fn expected() -> Cow<'static, str> {
        "1".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        if node.scalar() == Some(Scalar::Integer(1)) {
            return Some(Self);
        }
        unexpected(node, &Self::expected(), problems);
        None
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::of("integer").with_json("const", 1.into())
    }
}

impl Word for Type {
    const WHAT: &'static str = "a type of metric";

    fn explanation(self) -> Option<&'static str> {
        Some(self.meaning())
    }
}

impl Word for Aggregation {
    const WHAT: &'static str = "an aggregation";

    fn explanation(self) -> Option<&'static str> {
        Some(self.meaning())
    }
}

words!(Status, "a status", {
    "draft" => Status::Draft,
    "running" => Status::Running,
    "completed" => Status::Completed,
});

/// Whose values a quantile is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::definition) enum Unit {
    Event,
    Identity,
}

words!(Unit, "a unit", { "event" => Unit::Event, "identity" => Unit::Identity, });

/// Whose values the percentiles of a cap are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::definition) enum Population {
    Nonzero,
    All,
}

words!(Population, "a population", { "nonzero" => Population::Nonzero, "all" => Population::All, });

/// Whether metrics with a length read rows after the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::definition) enum AfterEnd {
    Drop,
    Collect,
}

words!(AfterEnd, "a rule for after the end", { "drop" => AfterEnd::Drop, "collect" => AfterEnd::Collect, });

/// Whether identities count whose window is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::definition) enum IncompleteWindows {
    Exclude,
    Include,
}

words!(IncompleteWindows, "a rule for incomplete windows", {
    "exclude" => IncompleteWindows::Exclude,
    "include" => IncompleteWindows::Include,
});

/// A metric of an experiment: its name alone, or an object with what is different here.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::definition) struct Entry(pub Use);

impl Decode for Entry {
    fn expected() -> Cow<'static, str> {
        "the name of a metric, or an object with metric and what is different here".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.content {
            Content::Object(_) => return Use::decode(node, problems).map(Self),
            Content::Scalar { .. } if node.scalar() != Some(Scalar::Null) => {}
            _ => {
                unexpected(node, &Self::expected(), problems);
                return None;
            }
        }
        let metric = At::<Name>::decode(node, problems)?;
        Some(Self(Use {
            metric: Slot::Given(metric),
            name: Slot::Missing,
            window: Slot::Missing,
            cap: Slot::Missing,
            covariate: Slot::Missing,
            filter: Slot::Missing,
            options: Slot::Missing,
        }))
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        Schema::any_of([Name::schema(schemas), Use::schema(schemas)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::problem::Place;
    use crate::names::Named;

    #[test]
    fn a_type_is_named_as_it_is_written() {
        let node = |word: &str| Node::plain(word, Place { file: 0, line: 1, column: 1 });
        for (word, ty) in Type::NAMES {
            assert_eq!(Type::decode(&node(word), &mut Problems::new(&[])), Some(*ty));
        }
        for (word, aggregation) in Aggregation::NAMES {
            assert_eq!(Type::from_name(word.as_bytes()), Some(Type::Value(*aggregation)));
            assert_eq!(aggregation.name(), *word);
        }
    }
}
