//! The tables of what is defined, for people and BI tools to list and filter by.

use crate::definition::{Definitions, Experiment, Metric, MetricUse, Origin};
use crate::names::Named;

use super::columns::{Column, declarations};
use super::instant;
use super::scorecard::role;
use crate::query::Sql;

/// A column with what a definition has in it.
type Cell<T> = (&'static str, &'static str, &'static str, fn(&T) -> Sql);

const EXPERIMENTS: &[Cell<Experiment>] = &[
    ("name", "String", "Name of the experiment", |one| Sql::string(&one.name)),
    ("description", "String", "What it is about", |one| Sql::string(&one.description)),
    ("status", "LowCardinality(String)", "draft (not read), running or completed", |one| {
        Sql::string(one.status.name())
    }),
    ("environment", "String", "Environment whose events are read; empty where none are", |one| {
        Sql::string(&one.environment)
    }),
    (
        "feature",
        "String",
        "Feature whose exposures are read; empty where they are not events of a feature",
        |one| Sql::string(&one.feature),
    ),
    (
        "exposure_event",
        "String",
        "Event that exposes an identity; empty where exposures come from a source",
        |one| Sql::string(event(&one.exposure.origin)),
    ),
    ("exposure_source", "String", "Source that exposures come from; empty where they are events", |one| {
        Sql::string(source(&one.exposure.origin))
    }),
    ("control", "String", "Variant that the others are compared with", |one| Sql::string(&one.control)),
    (
        "shares",
        "Map(String, Float64)",
        "Share of each variant by design, in any unit; empty when unknown",
        |one| {
            let names = Sql::array(one.shares.keys().map(|name| Sql::string(name)));
            let shares = Sql::array(one.shares.values().map(|share| Sql::float(*share)));
            Sql::new(format!("CAST(({names}, {shares}) AS Map(String, Float64))"))
        },
    ),
    ("start", "DateTime64(3, 'UTC')", "First instant that counts, UTC", |one| instant::literal(one.start)),
    (
        "end",
        "Nullable(DateTime64(3, 'UTC'))",
        "First instant that does not count any more, UTC; NULL without one",
        |one| one.end.map_or_else(|| Sql::new("NULL"), instant::literal),
    ),
    (
        "options",
        "String",
        "Its own options of experimentInference, a JSON object; empty without any",
        |one| Sql::string(&one.options.to_json()),
    ),
];

const METRICS: &[Cell<Metric>] = &[
    ("name", "String", "Name of the metric", |one| Sql::string(&one.name)),
    ("description", "String", "What it means", |one| Sql::string(&one.description)),
    ("type", "LowCardinality(String)", "How an identity's rows become its value", |one| {
        Sql::string(one.kind.name())
    }),
    ("event", "String", "Event that it is made of; empty where it reads a source", |one| {
        Sql::string(origin(one).map_or("", event))
    }),
    ("source", "String", "Source that it is made of; empty where it reads events", |one| {
        Sql::string(origin(one).map_or("", source))
    }),
    ("lower_is_better", "Bool", "A fall is a win", |one| truth(one.lower_is_better)),
    (
        "options",
        "String",
        "Its own options of experimentInference, a JSON object; empty without any",
        |one| Sql::string(&one.options.to_json()),
    ),
];

/// The columns of the third table; a constant could not name the lifetime of what it is of.
fn experiment_metrics<'d>() -> [Cell<(&'d Experiment, &'d MetricUse)>; 7] {
    [
        ("experiment", "String", "Name of the experiment", |(experiment, _)| Sql::string(&experiment.name)),
        ("metric", "String", "Name that the metric has in the experiment", |(_, one)| {
            Sql::string(&one.metric.name)
        }),
        ("defined_as", "String", "Name of the metric in the table metrics", |(_, one)| {
            Sql::string(&one.defined)
        }),
        ("role", "LowCardinality(String)", "goal, secondary or guardrail", |(_, one)| {
            Sql::string(role(one.role))
        }),
        ("type", "LowCardinality(String)", "How an identity's rows become its value", |(_, one)| {
            Sql::string(one.metric.kind.name())
        }),
        ("lower_is_better", "Bool", "A fall is a win", |(_, one)| truth(one.metric.lower_is_better)),
        ("options", "String", "All options of experimentInference that hold, a JSON object", |(_, one)| {
            Sql::string(&one.options.to_json())
        }),
    ]
}

/// The statements that make the tables say exactly what is defined.
pub(super) fn tables(definitions: &Definitions) -> Vec<Sql> {
    let used: Vec<_> = definitions
        .experiments
        .iter()
        .flat_map(|experiment| experiment.metrics.iter().map(move |one| (experiment, one)))
        .collect();
    [
        table(
            "experiments",
            "name",
            "What is compared, where and when",
            EXPERIMENTS,
            &definitions.experiments,
        ),
        table("metrics", "name", "What is measured", METRICS, &definitions.metrics),
        table(
            "experiment_metrics",
            "(experiment, metric)",
            "What each experiment is read by",
            &experiment_metrics(),
            &used,
        ),
    ]
    .concat()
}

fn table<T>(name: &str, key: &str, meaning: &str, cells: &[Cell<T>], items: &[T]) -> Vec<Sql> {
    let columns: Vec<Column> =
        cells.iter().map(|(name, ty, comment, _)| Column::new(name, ty, comment)).collect();
    let mut statements = vec![Sql::new(format!(
        "CREATE OR REPLACE TABLE {name}\n(\n    {}\n)\nENGINE = MergeTree\nORDER BY {key}\nCOMMENT {}",
        declarations(&columns).indented(4),
        Sql::string(&format!("{meaning}: written by scorecard compile")),
    ))];
    if !items.is_empty() {
        let rows = items.iter().map(|item| {
            let cells = cells.iter().map(|(.., cell)| cell(item));
            Sql::new(format!("({})", Sql::join(cells, ", ")))
        });
        let names = Sql::join(columns.iter().map(|column| Sql::name(&column.name)), ", ");
        statements.push(Sql::new(format!("INSERT INTO {name} ({names}) VALUES\n{}", Sql::join(rows, ",\n"))));
    }
    statements
}

fn truth(value: bool) -> Sql {
    Sql::new(if value { "true" } else { "false" })
}

/// Where the rows of a metric come from, if they come from one place.
fn origin(metric: &Metric) -> Option<&Origin> {
    match metric.kind.rows().as_slice() {
        [rows] => Some(&rows.origin),
        _ => None,
    }
}

fn event(origin: &Origin) -> &str {
    match origin {
        Origin::Event(event) => event,
        Origin::AllEvents | Origin::Source(_) => "",
    }
}

fn source(origin: &Origin) -> &str {
    match origin {
        Origin::Event(_) => "",
        Origin::AllEvents => "events",
        Origin::Source(source) => source,
    }
}
