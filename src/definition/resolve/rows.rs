//! Which rows something is measured on.

use super::{EVENTS, Scope};
use crate::definition::decode::{At, Slot};
use crate::definition::model::{Fragment, Origin, Rows};
use crate::definition::name::Name;
use crate::definition::problem::{Place, Problems};
use crate::definition::types::{Aggregation, Reads};
use crate::definition::words::shown;
use crate::definition::written;

/// The keys that say which rows.
pub(super) struct RowKeys<'w> {
    pub event: &'w Slot<Name>,
    pub source: &'w Slot<Name>,
    pub filter: &'w Slot<Fragment>,
    pub value: &'w Slot<Fragment>,
    pub deduplicate: &'w Slot<bool>,
    /// Of the object that has them.
    pub place: Place,
    /// What that object is.
    pub what: &'static str,
}

impl<'w> From<&'w At<written::Metric>> for RowKeys<'w> {
    fn from(At { value, place, .. }: &'w At<written::Metric>) -> Self {
        let written::Metric { event, source, filter, value, deduplicate, .. } = value;
        Self { event, source, filter, value, deduplicate, place: *place, what: "a metric" }
    }
}

impl<'w> From<&'w At<written::Part>> for RowKeys<'w> {
    fn from(At { value, place, .. }: &'w At<written::Part>) -> Self {
        let written::Part { event, source, filter, value, deduplicate, .. } = value;
        Self { event, source, filter, value, deduplicate, place: *place, what: "a part of a ratio" }
    }
}

impl<'w> From<&'w At<written::Step>> for RowKeys<'w> {
    fn from(At { value, place, .. }: &'w At<written::Step>) -> Self {
        let written::Step { event, source, filter, deduplicate } = value;
        let value = &Slot::Missing;
        Self { event, source, filter, value, deduplicate, place: *place, what: "a step of a funnel" }
    }
}

/// The rows, and whether there is a value for `needs_value`, which names what needs one.
pub(super) fn rows(
    keys: &RowKeys,
    needs_value: Option<&str>,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<Rows> {
    let origin = match origin(keys.event, keys.source, scope, problems)? {
        Some(origin) => origin,
        None => {
            problems.add(keys.place, format!("{} needs event or source", keys.what));
            return None;
        }
    };
    let value = keys.value.value().or_else(|| default_value(&origin, scope)).cloned();
    if let (Some(who), None, Origin::Source(name), Slot::Missing) = (needs_value, &value, &origin, keys.value)
        && has_no_value(name, scope)
    {
        let place = keys.source.get().map_or(keys.place, |source| source.place);
        let problem =
            format!("{who} needs a value, and source {} has none: give value here or there", shown(name));
        problems.add(place, problem);
    }
    Some(Rows {
        origin,
        filter: keys.filter.value().cloned(),
        value,
        deduplicate: keys.deduplicate.value().copied().unwrap_or(false),
    })
}

/// What `value` is on rows from there, unless something else is said.
pub(super) fn default_value<'w>(origin: &Origin, scope: &Scope<'w>) -> Option<&'w Fragment> {
    match origin {
        Origin::Source(name) => scope.sources.get(name.as_str())?.value.value.value(),
        Origin::Event(_) | Origin::AllEvents => None,
    }
}

/// Whether a source was declared without a value; one that cannot be read is a problem of its own.
pub(super) fn has_no_value(source: &str, scope: &Scope) -> bool {
    scope.sources.get(source).is_some_and(|source| source.value.value.is_missing())
}

/// Where rows come from: Some(None) when neither an event nor a source is given, None when it is told already what
/// is wrong.
pub(super) fn origin(
    event: &Slot<Name>,
    source: &Slot<Name>,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<Option<Origin>> {
    match (event, source) {
        (Slot::Missing, Slot::Missing) => Some(None),
        (Slot::Given(event), Slot::Missing) => Some(Some(Origin::Event(event.value.0.clone()))),
        (Slot::Missing, Slot::Given(source)) => {
            let name = &source.value.0;
            if name == EVENTS {
                return Some(Some(Origin::AllEvents));
            }
            if scope.sources.contains_key(name.as_str()) {
                return Some(Some(Origin::Source(name.clone())));
            }
            let known = scope.sources.keys().copied().chain([EVENTS]);
            scope.tell_unknown("source", source, known, problems);
            None
        }
        (Slot::Given(event), Slot::Given(source)) => {
            problems.add(event.key().max(source.key()), "event or source is to be given, not both");
            None
        }
        (Slot::Broken, _) | (_, Slot::Broken) => None,
    }
}

/// The word of an aggregation that cannot do without a value.
pub(super) fn needs_value(aggregation: Aggregation) -> Option<&'static str> {
    (aggregation.reads() != Reads::Nothing).then(|| aggregation.name())
}
