//! What a stored result is of: an explicit, versioned encoding of exactly what the numbers of an experiment depend on.
//!
//! A result that was stored when an experiment ended is kept by the number of this encoding. So a name that no number
//! depends on is not in it (of a source, of a metric as defined, of the feature where nothing of it is read), nor are
//! descriptions, roles, the order of anything, other experiments, and what the program decides by itself. What is in it:
//!
//! ```text
//! experiment ── who is exposed: rows, variant, start, end, control, shares, dimensions
//!            └─ each metric by its name here: rows with their relation, value, window, cap, covariate, options
//! ```
//!
//! Whoever changes what is written changes [`VERSION`]: results of another version are left alone.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::definition::{
    Bound, Cap, Definitions, Experiment, Fragment, Kind, Measure, Metric, MetricUse, Origin, Relation, Rows,
};

use super::Reads;

/// The version of the encoding.
pub const VERSION: u8 = 1;

/// A number that changes with what the numbers of an experiment depend on: FNV-1a with 64 bits of the encoding, the same on
/// every machine.
pub fn number(definitions: &Definitions, experiment: &Experiment) -> u64 {
    let text = encode(definitions, experiment).to_string();
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What an experiment measures: the same text for two metrics exactly if each identity has the same value for both.
pub(super) fn measures(definitions: &Definitions, experiment: &Experiment) -> HashSet<String> {
    let encoder = Encoder { definitions, experiment };
    let measure = |metric_use: &MetricUse| {
        let mut metric = encoder.metric(&metric_use.metric);
        metric.remove("lower_is_better");
        let beyond_end = experiment.collect_after_end && metric_use.metric.window.length.is_some();
        json!([metric, experiment.include_incomplete_windows, beyond_end]).to_string()
    };
    experiment.metrics.iter().map(measure).collect()
}

/// The encoding: a JSON object, whose keys are in order.
pub fn encode(definitions: &Definitions, experiment: &Experiment) -> Value {
    let encoder = Encoder { definitions, experiment };
    let exposure = &experiment.exposure;
    let mut exposed = encoder.relation(&exposure.origin);
    if matches!(exposure.origin, Origin::Event(_)) && !experiment.feature.is_empty() {
        exposed.insert("feature".to_owned(), json!(experiment.feature));
    }
    exposed.insert("filter".to_owned(), fragment(&exposure.filter));
    exposed.insert("variant".to_owned(), fragment(&exposure.variant));
    let metrics = experiment.metrics.iter().map(|metric_use| {
        let mut metric = encoder.metric(&metric_use.metric);
        metric.insert("options".to_owned(), json!(metric_use.options.given()));
        (metric_use.metric.name.clone(), Value::Object(metric))
    });
    let dimensions =
        experiment.dimensions.iter().map(|dimension| (dimension.name.clone(), json!(dimension.value.0)));
    json!({
        "version": VERSION,
        "start": experiment.start,
        "end": experiment.end,
        "control": experiment.control,
        "shares": shares(experiment),
        "exposure": exposed,
        "dimensions": dimensions.collect::<Map<_, _>>(),
        "incomplete_windows": experiment.include_incomplete_windows,
        "after_end": experiment.collect_after_end,
        "metrics": metrics.collect::<Map<_, _>>(),
    })
}

/// Shares of 1, for only their proportions matter; to twelve digits, which no rounding reaches.
fn shares(experiment: &Experiment) -> Map<String, Value> {
    let total: f64 = experiment.shares.values().sum();
    let share =
        |(variant, share): (&String, &f64)| (variant.clone(), json!(format!("{:.12}", share / total)));
    experiment.shares.iter().map(share).collect()
}

fn fragment(fragment: &Option<Fragment>) -> Value {
    fragment.as_ref().map_or(Value::Null, |fragment| json!(fragment.0.trim()))
}

/// An experiment with the sources that it may read.
struct Encoder<'d> {
    definitions: &'d Definitions,
    experiment: &'d Experiment,
}

impl Encoder<'_> {
    /// Where rows come from, whatever it is called.
    fn relation(&self, origin: &Origin) -> Map<String, Value> {
        let environment = &self.experiment.environment;
        let relation = match origin {
            Origin::Event(event) => json!({"environment": environment, "event": event}),
            Origin::AllEvents => json!({"environment": environment}),
            Origin::Source(name) => {
                let source = self.definitions.sources.iter().find(|source| source.name == *name);
                let source = source.expect("definitions are checked for sources that are none");
                let relation = match &source.relation {
                    Relation::Table { database, table } => json!([database, table]),
                    Relation::Query(query) => json!(query.0.trim()),
                };
                json!({
                    "source": relation,
                    "identifier": source.identifier.0.trim(),
                    "timestamp": source.timestamp.0.trim(),
                })
            }
        };
        match relation {
            Value::Object(relation) => relation,
            _ => Map::new(),
        }
    }

    /// Rows; their value where it is read, or tells copies apart.
    fn rows(&self, rows: &Rows, reads: Reads) -> Value {
        let mut encoded = self.relation(&rows.origin);
        encoded.insert("filter".to_owned(), fragment(&rows.filter));
        encoded.insert("deduplicate".to_owned(), json!(rows.deduplicate));
        if reads != Reads::Nothing || rows.deduplicate {
            encoded.insert("value".to_owned(), fragment(&rows.value));
        }
        Value::Object(encoded)
    }

    fn measure(&self, measure: &Measure) -> Value {
        json!({
            "rows": self.rows(&measure.rows, measure.aggregation.reads()),
            "aggregation": measure.aggregation.name(),
            "cap": cap(&measure.cap),
        })
    }

    fn metric(&self, metric: &Metric) -> Map<String, Value> {
        let kind = match &metric.kind {
            Kind::Value { measure, at_least, covariate } => json!({
                "value": self.measure(measure),
                "at_least": at_least,
                "covariate": covariate,
            }),
            Kind::Ratio { numerator, denominator } => json!({
                "numerator": self.measure(numerator),
                "denominator": self.measure(denominator),
            }),
            Kind::QuantileOfRows { rows, quantile } => json!({
                "rows": self.rows(rows, Reads::Number),
                "quantile": quantile,
            }),
            Kind::QuantileOfIdentities { measure, quantile, ignore_zeros } => json!({
                "value": self.measure(measure),
                "quantile": quantile,
                "ignore_zeros": ignore_zeros,
            }),
            Kind::Funnel { steps, within } => json!({
                "steps": steps.iter().map(|rows| self.rows(rows, Reads::Nothing)).collect::<Vec<_>>(),
                "within": within,
            }),
        };
        let mut encoded = Map::new();
        encoded.insert("kind".to_owned(), kind);
        encoded.insert("start".to_owned(), json!(metric.window.start));
        encoded.insert("length".to_owned(), json!(metric.window.length));
        encoded.insert("lower_is_better".to_owned(), json!(metric.lower_is_better));
        encoded
    }
}

/// Both ends; whose percentiles they are matters where one is a percentile.
fn cap(cap: &Cap) -> Value {
    let bound = |bound: Option<Bound>| match bound {
        None => Value::Null,
        Some(Bound::Fixed(bound)) => json!({"fixed": bound}),
        Some(Bound::Percentile(level)) => json!({"percentile": level, "of_all": cap.of_all}),
    };
    json!([bound(cap.lower), bound(cap.upper)])
}
