//! Written objects → the model: references followed, defaults filled in, what does not go together told.

mod experiment;
mod metric;
mod rows;

use std::cell::Cell;
use std::collections::BTreeMap;

use super::decode::{At, Slot};
use super::model::{Definitions, Relation, Source};
use super::name::Name;
use super::problem::{Place, Problems};
use super::words::{did_you_mean, listed_texts, shown};
use super::written::{self, Document};

/// The name of the source that needs no declaration.
const EVENTS: &str = "events";

/// What names refer to.
struct Scope<'w> {
    sources: BTreeMap<&'w str, &'w At<written::Source>>,
    metrics: BTreeMap<&'w str, &'w At<written::Metric>>,
    /// Whether all files and lists could be read: if not, what seems to be missing may be there.
    is_complete: bool,
    /// How many names may still be compared in search of what was meant: of thousands that are wrong, the first get
    /// a hint.
    comparisons: Cell<usize>,
}

/// How many names are compared in all, which takes a fraction of a second.
const MAX_COMPARISONS: usize = 200_000;

/// All that the files define together; `is_complete` says whether these are all files.
pub(super) fn resolve(documents: &[Document], is_complete: bool, problems: &mut Problems) -> Definitions {
    let sources = || documents.iter().filter_map(|document| document.sources.value()).flatten();
    let metrics = || documents.iter().filter_map(|document| document.metrics.value()).flatten();
    let experiments = || documents.iter().filter_map(|document| document.experiments.value()).flatten();

    let scope = Scope {
        sources: named("source", sources().map(|source| (&source.value.name, source)), problems),
        metrics: named("metric", metrics().map(|metric| (&metric.value.name, metric)), problems),
        is_complete: is_complete
            && documents.iter().all(|document| {
                !matches!(document.sources, Slot::Broken) && !matches!(document.metrics, Slot::Broken)
            }),
        comparisons: Cell::new(MAX_COMPARISONS),
    };
    named("experiment", experiments().map(|experiment| (&experiment.value.name, experiment)), problems);
    Definitions {
        sources: sources().filter_map(|written| source(written, problems)).collect(),
        metrics: metrics().filter_map(|written| metric::metric(written, &scope, problems)).collect(),
        experiments: experiments()
            .filter_map(|written| experiment::experiment(written, &scope, problems))
            .collect(),
    }
}

/// Things by their names; of two with the same name, the first.
fn named<'w, T>(
    what: &str,
    things: impl Iterator<Item = (&'w Slot<Name>, &'w T)>,
    problems: &mut Problems,
) -> BTreeMap<&'w str, &'w T> {
    let mut places: BTreeMap<&str, Place> = BTreeMap::new();
    let mut by_name = BTreeMap::new();
    for (slot, thing) in things {
        let Some(At { value: Name(name), place, .. }) = slot.get() else { continue };
        match places.get(name.as_str()) {
            None => {
                places.insert(name, *place);
                by_name.insert(name.as_str(), thing);
            }
            Some(first) => {
                let first = problems.show(*first);
                problems.add(*place, format!("{what} {} is defined twice, first at {first}", shown(name)));
            }
        }
    }
    by_name
}

impl Scope<'_> {
    /// Tells that `name` is none of `known`.
    fn tell_unknown<'k>(
        &self,
        what: &str,
        name: &At<Name>,
        known: impl Iterator<Item = &'k str> + Clone,
        problems: &mut Problems,
    ) {
        if !self.is_complete {
            return;
        }
        let name_text = &name.value.0;
        let compared = known.clone().take(self.comparisons.get());
        self.comparisons.set(self.comparisons.get().saturating_sub(known.clone().count()));
        let hint = did_you_mean(name_text, compared);
        let defined = listed_texts(known);
        let all = match hint.is_empty() {
            _ if defined.is_empty() => format!(" (no {what} is defined)"),
            true => format!(" (defined: {defined})"),
            false => String::new(),
        };
        problems.add(name.place, format!("no {what} is called {}{hint}{all}", shown(name_text)));
    }
}

fn source(written: &At<written::Source>, problems: &mut Problems) -> Option<Source> {
    let At { value: written, place, .. } = written;
    if let Some(At { value: Name(name), place, .. }) = written.name.get()
        && name == EVENTS
    {
        problems.add(*place, "\"events\" needs no declaration, and another source must have another name");
    }
    let relation = match (&written.table, &written.query) {
        (Slot::Missing, Slot::Missing) => {
            problems.add(*place, "a source needs table or query");
            None
        }
        (Slot::Given(table), Slot::Missing) => Some(table.value.0.clone()),
        (Slot::Missing, Slot::Given(query)) => Some(Relation::Query(query.value.0.clone())),
        (Slot::Broken, _) | (_, Slot::Broken) => None,
        (Slot::Given(table), Slot::Given(query)) => {
            problems.add(query.key().max(table.key()), "a source has table or query, not both");
            None
        }
    };
    Some(Source {
        name: written.name.value()?.0.clone(),
        relation: relation?,
        identifier: written.identifier.value()?.clone(),
        timestamp: written.timestamp.value()?.clone(),
        value: written.value.value().cloned(),
    })
}
