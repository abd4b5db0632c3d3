//! The script that `scorecard compile` prints: all views and tables that a set of definitions makes.

use crate::definition::{Definitions, Experiment, Fragment, Kind, Relation, Rows, Status};
use crate::plan::Plan;

use super::columns::{Column, declarations};
use super::scorecard::{self, Reading};
use super::settings;
use super::template::Templates;
use super::text::Sql;

/// The script: idempotent, and the same for the same definitions.
pub fn script(definitions: &Definitions) -> String {
    let writer = Writer { templates: Templates::new(), prefix: prefix(definitions), definitions };
    let mut statements = Vec::new();
    let running = definitions.experiments.iter().filter(|experiment| experiment.status == Status::Running);
    statements.extend(writer.scorecard("experiment_scorecard", running, Reading::Now));
    for experiment in &definitions.experiments {
        if experiment.status != Status::Draft {
            let name = format!("experiment_scorecard_{}", experiment.name);
            statements.extend(writer.scorecard(&name, [experiment], Reading::Now));
        }
    }
    let running = definitions.experiments.iter().filter(|experiment| experiment.status == Status::Running);
    statements.extend(writer.scorecard("experiment_results_by_day", running, Reading::EachDay));
    statements.iter().map(|statement| format!("{};\n\n", statement.finish())).collect()
}

struct Writer<'d> {
    templates: Templates,
    prefix: String,
    definitions: &'d Definitions,
}

impl<'d> Writer<'d> {
    fn scorecard(
        &self,
        name: &str,
        experiments: impl IntoIterator<Item = &'d Experiment>,
        reading: Reading,
    ) -> Option<Sql> {
        let plan = Plan::new(self.definitions, experiments);
        let query = scorecard::query(&self.templates, &self.prefix, &plan, reading)?;
        Some(view(name, &scorecard::columns(reading), &query))
    }
}

fn view(name: &str, columns: &[Column], query: &Sql) -> Sql {
    Sql::new(format!(
        "CREATE OR REPLACE VIEW {}\n(\n    {}\n)\nAS\n{query}\n{}",
        Sql::name(name),
        declarations(columns).indented(4),
        settings::clause(),
    ))
}

/// What goes before each of our names that a user's SQL could see: something that is in none of it.
fn prefix(definitions: &Definitions) -> String {
    let texts = fragments(definitions);
    let mut prefix = "scorecard_".to_owned();
    while texts.iter().any(|text| text.contains(&prefix)) {
        prefix.push('_');
    }
    prefix
}

/// Every text of a user's that gets into a query without quotes, and the tables that are read.
fn fragments(definitions: &Definitions) -> Vec<&str> {
    let mut texts: Vec<&str> = Vec::new();
    for source in &definitions.sources {
        texts.extend([source.identifier.0.as_str(), source.timestamp.0.as_str()]);
        texts.extend(source.value.as_ref().map(|value| value.0.as_str()));
        texts.push(match &source.relation {
            Relation::Table { table, .. } => table,
            Relation::Query(query) => &query.0,
        });
    }
    for experiment in &definitions.experiments {
        texts.extend(of(&experiment.exposure.filter));
        texts.extend(of(&experiment.exposure.variant));
        for metric_use in &experiment.metrics {
            if let Kind::Value { measure, .. } = &metric_use.metric.kind {
                let Rows { filter, value, .. } = &measure.rows;
                texts.extend(of(filter));
                texts.extend(of(value));
            }
        }
    }
    texts
}

fn of(fragment: &Option<Fragment>) -> Option<&str> {
    fragment.as_ref().map(|fragment| fragment.0.as_str())
}
