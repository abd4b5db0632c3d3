//! Stored results: the table, what fills it every hour, and the view of the newest.

use crate::plan::encoding;

use super::columns::{Column, declarations};
use super::instant;
use super::scorecard;
use super::values::Reading;
use crate::query::Sql;

/// A completed experiment, whose result is stored once more when it does not change any more, and then left alone.
pub(super) struct Frozen {
    /// The view of its scorecard.
    pub view: String,
    pub experiment: String,
    pub settled_from: i64,
    /// What its numbers depend on, by [`encoding::number`].
    pub definition: u64,
}

/// The table in which people ask for a final result to be taken anew.
pub(super) const RETAKES: &str = "experiment_results_retakes";

/// What a computation is.
fn of_computation() -> Vec<Column> {
    [
        (
            "computed_at",
            "DateTime64(3, 'UTC')",
            "When the row was computed, UTC; one value for all rows of a refresh",
        ),
        ("final", "Bool", "Computed after the end of a completed experiment: the frozen result"),
        (
            "definition",
            "UInt64",
            "A number that changes with what the numbers of a completed experiment depend on; 0 while running",
        ),
        (
            "definition_version",
            "UInt8",
            "Version of that number; 0 while running, and of results that were stored before there was one",
        ),
    ]
    .map(|(name, ty, comment)| Column::new(name, ty, comment))
    .into()
}

/// The columns of the table and of [`latest`].
pub(super) fn columns() -> Vec<Column> {
    of_computation().into_iter().chain(scorecard::columns(Reading::Now)).collect()
}

/// The table. One of an earlier version keeps its rows and columns, and gets those that it lacks.
pub(super) fn table() -> Vec<Sql> {
    let columns = columns();
    let create = Sql::new(format!(
        "CREATE TABLE IF NOT EXISTS experiment_results_history\n(\n    {}\n)\n\
         ENGINE = MergeTree\nPARTITION BY toYYYYMM(computed_at)\nORDER BY (experiment, computed_at, metric, variant)\n\
         TTL toDateTime(computed_at, 'UTC') + INTERVAL 400 DAY DELETE WHERE NOT final\n\
         COMMENT 'Scorecards as they were computed, one row per computation, experiment, metric, segment and variant'",
        declarations(&columns).indented(4),
    ));
    let added =
        columns.iter().map(|column| Sql::new(format!("ADD COLUMN IF NOT EXISTS {}", declarations([column]))));
    // Earlier versions had no metrics without sums.
    let widened =
        ["sum", "sum_squares"].map(|name| Sql::new(format!("MODIFY COLUMN {name} Nullable(Float64)")));
    let changes = Sql::join(added.chain(widened), ",\n    ");
    let alter = Sql::new(format!("ALTER TABLE experiment_results_history\n    {changes}"));
    let retakes = Sql::new(format!(
        "CREATE TABLE IF NOT EXISTS {RETAKES}\n(\n    experiment String COMMENT 'Name of a completed experiment',\n    \
         requested_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') COMMENT 'When, UTC'\n)\n\
         ENGINE = MergeTree\nORDER BY (experiment, requested_at)\n\
         COMMENT 'Experiments whose final result somebody asks to be taken anew, by the next refresh'"
    ));
    vec![create, alter, retakes]
}

/// What computes the results every hour: of the running experiments always, of a completed one while its newest result is not
/// a final one, and where somebody has asked since for another. A definition that changes replaces nothing by itself.
pub(super) fn refresh(frozen: &[Frozen]) -> Vec<Sql> {
    let columns: Vec<Sql> =
        scorecard::columns(Reading::Now).into_iter().map(|column| Sql::new(column.name)).collect();
    let columns = Sql::join(columns, ",\n        ");
    let mut branches = vec![Sql::new(format!(
        "    SELECT\n        false AS final,\n        toUInt64(0) AS definition,\n        toUInt8(0) AS definition_version,\n        \
         {columns}\n    FROM experiment_scorecard"
    ))];
    branches.extend(frozen.iter().map(|Frozen { view, experiment, settled_from, definition }| {
        Sql::new(format!(
            "    SELECT\n        true AS final,\n        toUInt64({definition}) AS definition,\n        \
             toUInt8({}) AS definition_version,\n        {columns}\n    FROM {}\n    WHERE now64(3, 'UTC') >= {}\n        \
             AND (\n            SELECT NOT argMax(final, computed_at) OR max(computed_at) < (\n                \
             SELECT max(requested_at)\n                FROM {RETAKES}\n                WHERE experiment = {name}\n            \
             )\n            FROM experiment_results_history\n            WHERE experiment = {name}\n        )",
            encoding::VERSION,
            Sql::name(view),
            instant::literal(*settled_from),
            name = Sql::string(experiment),
        ))
    }));
    vec![
        Sql::new("DROP VIEW IF EXISTS experiment_results_refresh"),
        Sql::new(format!(
            "CREATE MATERIALIZED VIEW experiment_results_refresh\nREFRESH EVERY 1 HOUR APPEND\n\
             TO experiment_results_history\nEMPTY\nAS\nSELECT\n    now64(3, 'UTC') AS computed_at,\n    *\nFROM\n(\n{}\n)",
            Sql::join(branches, "\n    UNION ALL\n"),
        )),
    ]
}

/// The newest stored result of each experiment; all its rows are of one computation.
pub(super) fn latest() -> Option<Sql> {
    let columns = columns().into_iter().map(|column| Sql::new(column.name));
    Some(Sql::new(format!(
        "SELECT\n    {}\nFROM experiment_results_history\nWHERE (experiment, computed_at) IN (\n    SELECT\n        \
         experiment,\n        max(computed_at)\n    FROM experiment_results_history\n    GROUP BY experiment\n)\n\
         ORDER BY\n    experiment,\n    indexOf(['goal', 'secondary', 'guardrail'], role),\n    metric,\n    dimension,\n    segment,\n    variant",
        Sql::join(columns, ",\n    "),
    )))
}
