//! The script that `scorecard compile` prints: all views and tables that a set of definitions makes.

use std::collections::BTreeSet;

use crate::definition::{Definitions, Experiment, Fragment, Kind, Relation, Rows, Status};
use crate::plan::Plan;

use super::columns::{Column, declarations};
use super::exposures;
use super::health;
use super::history;
use super::registry;
use super::scorecard::{self, Reading};
use super::settings;
use super::template::Templates;
use super::text::Sql;

/// The version that made the views, as the views say it.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Views of earlier versions that nothing makes any more.
const RETIRED: [&str; 3] =
    ["experiment_registry_problems", "experiment_results_due", "experiment_scorecard_due"];

/// The script: idempotent, and the same for the same definitions.
pub fn script(definitions: &Definitions) -> String {
    let stamp = format!("{:016x}", fingerprint(&format!("{VERSION} {definitions:?}")));
    let mut script = Script {
        templates: Templates::new(),
        prefix: prefix(definitions),
        views: BTreeSet::new(),
        statements: Vec::new(),
    };
    script.statements.extend(RETIRED.map(|name| Sql::new(format!("DROP VIEW IF EXISTS {name}"))));
    script.statements.extend(registry::tables(definitions));
    let (running, readable) =
        (of(definitions, &[Status::Running]), of(definitions, &[Status::Running, Status::Completed]));
    let all = Plan::new(definitions, running);
    script.scorecard("experiment_scorecard", &all, Reading::Now, "the scorecards of all running experiments");
    script.scorecard(
        "experiment_results_by_day",
        &all,
        Reading::EachDay,
        "the scorecards of all running experiments as of the end of each day",
    );
    let mut frozen = Vec::new();
    for experiment in readable {
        let plan = Plan::new(definitions, [experiment]);
        let name = format!("experiment_scorecard_{}", experiment.name);
        script.scorecard(&name, &plan, Reading::Now, "the scorecard of one experiment");
        let by_day = format!("experiment_results_by_day_{}", experiment.name);
        script.scorecard(
            &by_day,
            &plan,
            Reading::EachDay,
            "the scorecard of one experiment as of the end of each day",
        );
        if let (Status::Completed, Some(end)) = (experiment.status, experiment.end) {
            let definition = fingerprint(&format!("{plan:?}"));
            frozen.push(history::Frozen { view: name, experiment: experiment.name.clone(), end, definition });
        }
    }
    let (traffic, exposed) = (
        exposures::traffic(&script.templates, &script.prefix, &all),
        exposures::exposures(&script.templates, &script.prefix, &all),
    );
    script.view(
        "experiment_scorecard_traffic",
        &exposures::traffic_columns(),
        traffic,
        "the traffic of all running experiments",
    );
    script.view(
        "experiment_scorecard_exposures",
        &exposures::exposure_columns(),
        exposed,
        "who is exposed to what in all running experiments",
    );
    script.statements.extend(history::table());
    script.view(
        "experiment_results_latest",
        &history::columns(),
        history::latest(),
        "the newest stored result of each experiment",
    );
    script.statements.extend(history::refresh(&frozen));
    script.views.insert("experiment_health".to_owned());
    let health =
        health::query(&script.templates, &script.prefix, &all, &script.views, &made("the red flags", &stamp));
    script.view("experiment_health", &health::columns(), health, &format!("the red flags {stamp}"));
    script.statements.iter().map(|statement| format!("{};\n\n", statement.finish())).collect()
}

/// The experiments that stand so.
fn of<'d>(definitions: &'d Definitions, status: &[Status]) -> Vec<&'d Experiment> {
    definitions.experiments.iter().filter(|experiment| status.contains(&experiment.status)).collect()
}

/// The statements so far.
struct Script {
    templates: Templates,
    /// Goes before each of our names that a user's SQL could see.
    prefix: String,
    /// The names of the views.
    views: BTreeSet<String>,
    statements: Vec<Sql>,
}

impl Script {
    fn scorecard(&mut self, name: &str, plan: &Plan, reading: Reading, meaning: &str) {
        let query = scorecard::query(&self.templates, &self.prefix, plan, reading);
        self.view(name, &scorecard::columns(reading), query, meaning);
    }

    /// A view; without a query it has no rows.
    fn view(&mut self, name: &str, columns: &[Column], query: Option<Sql>, meaning: &str) {
        let query = query.unwrap_or_else(|| {
            let nothing = columns.iter().map(|column| {
                Sql::new(format!(
                    "defaultValueOfTypeName('{}') AS {}",
                    column.ty.replace('\'', "\\'"),
                    column.name
                ))
            });
            Sql::new(format!("SELECT\n    {}\nWHERE false", Sql::join(nothing, ",\n    ")))
        });
        self.statements.push(Sql::new(format!(
            "CREATE OR REPLACE VIEW {}\n(\n    {}\n)\nAS\n{query}\n{}\nCOMMENT {}",
            Sql::name(name),
            declarations(columns).indented(4),
            settings::clause(),
            Sql::string(&made(meaning, "")),
        )));
        self.views.insert(name.to_owned());
    }
}

/// The beginning of the comment of every view that a script makes.
pub(super) const MADE: &str = "Scorecard ";

/// The comment of a view.
fn made(meaning: &str, stamp: &str) -> String {
    format!("{MADE}{VERSION}: {meaning} {stamp}").trim_end().to_owned()
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
        for metric_use in &experiment.metrics {
            if let Kind::Value { measure, .. } = &metric_use.metric.kind {
                let Rows { filter, value, .. } = &measure.rows;
                texts.extend(text(filter));
                texts.extend(text(value));
            }
        }
    }
    texts
}

/// A number that changes with the text: FNV-1a with 64 bits, the same on every machine and in every version.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
