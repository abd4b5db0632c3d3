//! What goes before our names, so that no SQL of a user's means one of them.

use crate::definition::{Definitions, Fragment, Relation, Rows};

/// The names of steps that stand behind WITH.
const STEPS: [&str; 5] = ["exposed", "done", "identity_values", "per_metric", "inferred"];

/// What goes before our names.
#[derive(Clone, Debug)]
pub(super) struct Prefix {
    /// Before the columns of rows, which stand beside what a user wrote.
    pub rows: String,
    /// Before the names of steps, which a user's table may have: mostly nothing.
    steps: String,
}

impl Prefix {
    /// Something that is in no text of a user's.
    pub(super) fn of(definitions: &Definitions) -> Prefix {
        let texts = texts(definitions);
        let mut rows = "scorecard_".to_owned();
        while texts.iter().any(|text| text.contains(&rows)) {
            rows.push('_');
        }
        let is_taken = STEPS.iter().any(|step| texts.iter().any(|text| text.contains(step)));
        let steps = if is_taken { rows.clone() } else { String::new() };
        Prefix { rows, steps }
    }

    /// That of the parameterized views, which read `events` only: of our names, `value` alone is also one of its columns.
    pub(super) fn of_events() -> Prefix {
        Prefix { rows: "scorecard_".to_owned(), steps: String::new() }
    }

    /// A step by its name.
    pub(super) fn step(&self, name: &str) -> String {
        format!("{}{name}", self.steps)
    }
}

/// Every text of a user's that gets into a query without quotes, and the tables that are read.
fn texts(definitions: &Definitions) -> Vec<&str> {
    fn text(fragment: &Option<Fragment>) -> Option<&str> {
        fragment.as_ref().map(|fragment| fragment.0.as_str())
    }
    let mut texts: Vec<&str> = Vec::new();
    for source in &definitions.sources {
        texts.extend([source.identifier.0.as_str(), source.timestamp.0.as_str()]);
        texts.extend(text(&source.value));
        texts.push(match &source.relation {
            Relation::Table { table, .. } => table,
            Relation::Query(query) => &query.0,
        });
    }
    for experiment in &definitions.experiments {
        texts.extend(text(&experiment.exposure.filter));
        texts.extend(text(&experiment.exposure.variant));
        texts.extend(experiment.dimensions.iter().map(|dimension| dimension.value.0.as_str()));
        for metric_use in &experiment.metrics {
            for Rows { filter, value, .. } in metric_use.metric.kind.rows() {
                texts.extend(text(filter));
                texts.extend(text(value));
            }
        }
    }
    texts
}
