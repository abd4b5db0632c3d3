//! The columns of the scorecards: name, type, meaning and what they are made of, each once.
//!
//! The views, the table of stored results and the documentation have the same ones.

use crate::functions::experiment_inference::ArmScore;
use crate::functions::sample_ratio_mismatch::SampleRatio;
use crate::wire::{Field, Type, WireType};

use crate::query::Sql;

/// A column of a view or table.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub ty: String,
    /// What it means, with its unit; empty where only our own queries read it.
    pub comment: String,
}

impl Column {
    pub(super) fn new(name: &str, ty: &str, comment: &str) -> Column {
        Column { name: name.to_owned(), ty: ty.to_owned(), comment: comment.to_owned() }
    }

    /// As CREATE VIEW and CREATE TABLE want it.
    fn declared(&self) -> Sql {
        let Column { name, ty, comment } = self;
        Sql::new(if comment.is_empty() {
            format!("{name} {ty}")
        } else {
            format!("{name} {ty} COMMENT {}", Sql::string(comment))
        })
    }
}

/// A query, and the columns that it has.
///
/// They are told to ClickHouse where the query is made a view, for it would find them out by analysing all of it.
pub(super) struct Step {
    pub stage: Stage,
    pub columns: Vec<Column>,
    pub query: Sql,
}

/// What stands below a result as a view of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Arms,
    Inferred,
}

impl Stage {
    /// As it stands in the name of the view.
    pub(super) fn name(self) -> &'static str {
        match self {
            Stage::Arms => "arms",
            Stage::Inferred => "inferred",
        }
    }

    /// What the view of it is to the view of the result.
    pub(super) fn meaning(self, result: &str) -> String {
        match self {
            Stage::Arms => format!("the sums that {result} is made of"),
            Stage::Inferred => format!("what {result} shows as columns"),
        }
    }
}

/// The list of columns of a CREATE statement.
pub(super) fn declarations<'c>(columns: impl IntoIterator<Item = &'c Column>) -> Sql {
    Sql::join(columns.into_iter().map(Column::declared), ",\n")
}

/// Of which metric and arm a row of a scorecard is.
pub(super) fn of_metric() -> Vec<Column> {
    [
        ("experiment", "String", "Name of the experiment"),
        ("metric", "String", "Name of the metric in the experiment"),
        ("role", "LowCardinality(String)", "goal, secondary or guardrail"),
        ("dimension", "String", "Dimension by which the row is broken down; empty for the total"),
        ("segment", "String", "Value of the dimension; empty for the total"),
        ("type", "LowCardinality(String)", "Type of the metric: how an identity's rows become its value"),
        ("lower_is_better", "Bool", "A fall is a win"),
        ("variant", "String", "The arm"),
    ]
    .map(|(name, ty, comment)| Column::new(name, ty, comment))
    .into()
}

/// The sufficient statistics of an arm, as far as every metric has them.
pub(super) fn of_moments() -> Vec<Column> {
    [
        ("n", "UInt64", "Identities of the arm that count for the metric"),
        (
            "sum",
            "Nullable(Float64)",
            "Sum of the identities' values, in the metric's unit; NULL of a quantile",
        ),
        (
            "sum_squares",
            "Nullable(Float64)",
            "Sum of the squares of the identities' values, in the metric's unit squared; NULL of a quantile",
        ),
    ]
    .map(|(name, ty, comment)| Column::new(name, ty, comment))
    .into()
}

/// Moments and caps that only some metrics have.
pub(super) fn of_parts() -> Vec<Column> {
    [
        ("denominator_sum", "Sum of the identities' denominators"),
        ("denominator_sum_squares", "Sum of the squares of the denominators"),
        ("denominator_product", "Sum of the products of numerator and denominator"),
        ("covariate_sum", "Sum of the identities' values before the exposure"),
        ("covariate_sum_squares", "Sum of the squares of the values before the exposure"),
        ("covariate_product", "Sum of the products of value and value before the exposure"),
        ("quantile", "The quantile of the values, in the metric's unit"),
        ("quantile_standard_error", "Standard error of the quantile; NULL where there are too few values"),
        ("cap_lower", "What lower values were lifted to"),
        ("cap_upper", "What higher values were cut to"),
        ("denominator_cap_lower", "What lower denominators were lifted to"),
        ("denominator_cap_upper", "What higher denominators were cut to"),
        ("covariate_cap_lower", "What lower values before the exposure were lifted to"),
        ("covariate_cap_upper", "What higher values before the exposure were cut to"),
    ]
    .map(|(name, comment)| Column::new(name, "Nullable(Float64)", comment))
    .into()
}

/// The caution of rows more than 5 % of whose values, or of control's, are no numbers.
pub(super) const INVALID_VALUES: &str = "invalid_values";

/// Whether more than 5 % of the rows that should have a number have none.
pub(super) fn lacks_numbers(invalid: &Sql, expected: &Sql) -> Sql {
    Sql::new(format!("{invalid} > 0.05 * {expected}"))
}

/// What to be careful about: the numbers of the rows first, then what the inference says.
pub(super) fn caution() -> Sql {
    Sql::new(format!("if(lacks_numbers, '{INVALID_VALUES}', {})", Sql::field("inferred_arm", "caution")))
}

/// Rows whose value is no number.
pub(super) fn of_invalid_values() -> Column {
    Column::new("invalid_values", "UInt64", "Rows whose value is no finite number and counted as 0")
}

/// What is inferred of an arm: the fields of `experimentInference` that are not moments.
pub(super) fn of_inference() -> Vec<Column> {
    let fields = ArmScore::TYPE.fields().iter();
    fields.filter(|field| !["variant", "n"].contains(&field.name)).map(|field| of_field(field, "")).collect()
}

/// The sample ratio test, as the scorecards show it.
pub(super) fn of_sample_ratio() -> Vec<Column> {
    let fields = SampleRatio::TYPE.fields().iter();
    fields
        .filter(|field| ["p_value", "verdict", "sequential_p_value"].contains(&field.name))
        .map(|field| of_field(field, "srm_"))
        .collect()
}

/// The time that was read.
pub(super) fn of_window() -> Vec<Column> {
    [
        ("window_start", "First instant that was read, UTC"),
        ("window_end", "First instant that was not read any more, UTC: the end, or the moment of reading"),
    ]
    .map(|(name, comment)| Column::new(name, "DateTime64(3, 'UTC')", comment))
    .into()
}

fn of_field(field: &Field, prefix: &str) -> Column {
    let ty = match field.ty {
        Type::Bool => "Bool",
        Type::String => "LowCardinality(String)",
        Type::UInt64 => "UInt64",
        _ => "Nullable(Float64)",
    };
    let subject = if prefix.is_empty() { "" } else { "sample ratio: " };
    Column::new(&format!("{prefix}{}", field.name), ty, &format!("{subject}{}", field.doc.replace('`', "")))
}

/// A column with the expression that makes it.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub column: Column,
    pub expression: &'static str,
}

/// What is told of the traffic of a variant.
pub(super) fn of_traffic() -> Vec<Made> {
    [
        ("variant", "String", "variant", "The variant"),
        ("identities", "UInt64", "observed[variant]", "Identities exposed to it and to no other"),
        (
            "share",
            "Nullable(Float64)",
            "if(total > 0, identities / total, NULL)",
            "identities / all unquarantined identities of the experiment, 0 to 1",
        ),
        (
            "expected_share",
            "Nullable(Float64)",
            "if(expected_is_valid AND mapContains(expected, variant), expected[variant] / expected_total, NULL)",
            "Share by design, scaled to sum to 1; NULL for a variant that is not expected",
        ),
        (
            "quarantined_identities",
            "UInt64",
            "quarantined_identities",
            "Identities of the whole experiment that were seen with several variants; the same on every row",
        ),
        ("srm_p_value", "Nullable(Float64)", "tupleElement(srm, 'p_value')", "Sample ratio mismatch test of the experiment"),
        ("srm_verdict", "String", "tupleElement(srm, 'verdict')", "ok, mismatch, collecting_data or undefined"),
        ("srm_reason", "String", "tupleElement(srm, 'reason')", "Why the test is withheld or not to be trusted, else empty"),
        (
            "srm_sequential_p_value",
            "Nullable(Float64)",
            "tupleElement(srm, 'sequential_p_value')",
            "The same test, valid however often one looks",
        ),
    ]
    .map(|(name, ty, expression, comment)| Made { column: Column::new(name, ty, comment), expression })
    .into()
}
