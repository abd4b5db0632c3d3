//! The checked model of a team's definitions: what is measured, on whom, when. Every reference is resolved
//! and every override applied; nothing in it is known to be wrong, and nothing in it is SQL of ours.
//!
//! Times are milliseconds since 1970-01-01 UTC, durations milliseconds.

use std::collections::BTreeMap;

use super::options::Options;
use super::types::{Aggregation, Type};
use crate::names::Named;

/// SQL that a user wrote, to be used as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fragment(pub String);

/// All that a set of files defines, in the order of the files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definitions {
    pub sources: Vec<Source>,
    pub metrics: Vec<Metric>,
    pub experiments: Vec<Experiment>,
}

/// A table or query of the user's own that rows are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub relation: Relation,
    /// Text, or what toString makes one.
    pub identifier: Fragment,
    /// DateTime or DateTime64.
    pub timestamp: Fragment,
    /// What `value` is unless a metric says otherwise.
    pub value: Option<Fragment>,
}

/// What a source reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    Table { database: Option<String>, table: String },
    Query(Fragment),
}

/// Where the rows of a metric, or the exposures of an experiment, come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Rows of `events` of this name, in the experiment's environment.
    Event(String),
    /// All rows of `events` in the experiment's environment.
    AllEvents,
    /// All rows of the declared source of this name.
    Source(String),
}

/// The rows that something is measured on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rows {
    pub origin: Origin,
    /// A boolean expression; NULL is false.
    pub filter: Option<Fragment>,
    /// The metric's own or its source's; None is the column `value` of `events`, and for a source that it has
    /// none.
    pub value: Option<Fragment>,
    /// Rows equal in identifier, timestamp and value count once.
    pub deduplicate: bool,
}

/// One number per identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    pub rows: Rows,
    pub aggregation: Aggregation,
    pub cap: Cap,
}

/// What values are cut off at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cap {
    pub lower: Option<Bound>,
    pub upper: Option<Bound>,
    /// Percentiles are over all counted identities, not over those with a value other than 0.
    pub of_all: bool,
}

impl Cap {
    /// Whether an end depends on the values of all identities.
    pub fn has_percentile(&self) -> bool {
        [self.lower, self.upper].iter().any(|bound| matches!(bound, Some(Bound::Percentile(_))))
    }
}

/// One end of a cap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    Fixed(f64),
    /// 0 to 1.
    Percentile(f64),
}

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Value {
        measure: Measure,
        /// The value becomes 1 from here on, else 0.
        at_least: Option<f64>,
        /// How long before the exposure the covariate looks back.
        covariate: Option<i64>,
    },
    Ratio {
        numerator: Measure,
        denominator: Measure,
    },
    /// The quantile of the values of all rows of an arm.
    QuantileOfRows {
        rows: Rows,
        quantile: f64,
    },
    /// The quantile of the values of the identities of an arm.
    QuantileOfIdentities {
        measure: Measure,
        quantile: f64,
        ignore_zeros: bool,
    },
    Funnel {
        steps: Vec<Rows>,
        /// The longest time from the first step to the last.
        within: Option<i64>,
    },
}

impl Kind {
    /// The type of a metric, as files name it.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Value { measure, .. } => Type::Value(measure.aggregation),
            Kind::Ratio { .. } => Type::Ratio,
            Kind::QuantileOfRows { .. } | Kind::QuantileOfIdentities { .. } => Type::Quantile,
            Kind::Funnel { .. } => Type::Funnel,
        }
        .name()
    }

    /// All rows that it is measured on: those of each part and step.
    pub fn rows(&self) -> Vec<&Rows> {
        match self {
            Kind::Value { measure, .. } | Kind::QuantileOfIdentities { measure, .. } => vec![&measure.rows],
            Kind::Ratio { numerator, denominator } => vec![&numerator.rows, &denominator.rows],
            Kind::QuantileOfRows { rows, .. } => vec![rows],
            Kind::Funnel { steps, .. } => steps.iter().collect(),
        }
    }
}

/// Which rows count for an identity, relative to its first exposure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    pub start: i64,
    pub length: Option<i64>,
}

/// A metric, complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub name: String,
    pub description: String,
    pub kind: Kind,
    pub window: Window,
    pub lower_is_better: bool,
    /// Its own options.
    pub options: Options,
}

/// What a metric is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Goal,
    Secondary,
    Guardrail,
}

/// A metric of an experiment: the overrides are applied, the name is the one it has there.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricUse {
    pub role: Role,
    /// Name of the metric as defined, of which this is a use.
    pub defined: String,
    pub metric: Metric,
    /// All options that hold here, the control among them.
    pub options: Options,
}

/// Where an experiment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Draft,
    Running,
    Completed,
}

/// What exposes an identity to a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Never [`Origin::AllEvents`] unless the user says `source: events`.
    pub origin: Origin,
    pub filter: Option<Fragment>,
    /// None is the column `value`.
    pub variant: Option<Fragment>,
}

/// A text of the row of the first exposure, by which results are broken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    pub value: Fragment,
}

/// An experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    pub name: String,
    pub description: String,
    /// '' where nothing is read from `events`.
    pub environment: String,
    /// Feature whose exposures are read; '' where they come from a declared source, or are events of any feature.
    pub feature: String,
    pub control: String,
    /// In any unit, 0 where nobody is sent, one at least above 0; empty when unknown.
    pub shares: BTreeMap<String, f64>,
    pub start: i64,
    pub end: Option<i64>,
    pub status: Status,
    pub exposure: Exposure,
    /// Goals, secondary metrics, guardrails, each in the order of the file.
    pub metrics: Vec<MetricUse>,
    pub dimensions: Vec<Dimension>,
    /// Its own options.
    pub options: Options,
    /// Identities whose window is not over count too.
    pub include_incomplete_windows: bool,
    /// Metrics with a length also read rows after the end.
    pub collect_after_end: bool,
}
