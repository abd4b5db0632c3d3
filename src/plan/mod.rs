//! What a set of experiments reads and computes: plain data, between what is defined and how it is spelled.
//!
//! Rows are read by [`Scan`]s, one per table, view or query, whatever the number of experiments and metrics.
//! The rows of a scan are told apart by numbers: an exposure has the number of its experiment, a metric row
//! that of its [`Fact`], which is a choice of rows that any number of metrics share.

mod scans;

use std::collections::BTreeMap;

use crate::definition::{self, Aggregation, Definitions, Fragment, Kind, Measure, Origin, Role};
use crate::functions::options::{DEFAULT_MIN_IDENTITIES, ParseOptions};
use crate::inference::InferenceOptions;

use scans::Collector;

/// What one query reads and computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The experiments; the first has the number 1.
    pub experiments: Vec<Experiment>,
    /// Where exposures are read: the number of an entry is its experiment's.
    pub exposures: Vec<Scan>,
    /// Where metric rows are read: the number of an entry is its fact's.
    pub rows: Vec<Scan>,
    /// The facts; the first has the number 1.
    pub facts: Vec<Fact>,
    /// What the experiments are read by, in their order.
    pub metrics: Vec<Metric>,
}

/// What is known of an experiment before anything is read. Times are milliseconds since 1970-01-01 UTC.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    pub name: String,
    pub environment: String,
    pub control: String,
    pub shares: BTreeMap<String, f64>,
    pub start: i64,
    pub end: Option<i64>,
    pub min_identities: u64,
}

impl Experiment {
    /// Whether both run at some instant.
    fn overlaps(&self, other: &Experiment) -> bool {
        self.end.is_none_or(|end| other.start < end) && other.end.is_none_or(|end| self.start < end)
    }
}

/// A choice of rows, and what is needed of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Some metric needs the rows' values.
    pub reads_value: bool,
    /// Copies of a row count once.
    pub deduplicate: bool,
}

/// A metric of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Number of the experiment.
    pub experiment: usize,
    pub role: Role,
    pub name: String,
    /// Number of the fact.
    pub fact: usize,
    pub aggregation: Aggregation,
    pub lower_is_better: bool,
    /// All options of `experimentInference`, a JSON object.
    pub options: String,
}

/// One read of a table, view or query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub relation: Relation,
    /// Rows before this instant are not needed.
    pub start: i64,
    /// Nor are those from here on; None is the moment of reading.
    pub end: Option<i64>,
    /// A row belongs to at most one entry of each lane.
    pub lanes: Vec<Lane>,
}

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The table or view `events`.
    Events,
    Source(definition::Source),
}

/// Entries that no row has in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    pub entries: Vec<Entry>,
}

impl Lane {
    /// Whether every row of the scan may be of it, as far as the plan can tell: it has one entry, without a filter.
    pub fn takes_every_row(&self) -> bool {
        matches!(self.entries.as_slice(), [Entry { filter: None, .. }])
    }
}

/// The rows that get a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub number: usize,
    pub key: Key,
    pub filter: Option<Fragment>,
    /// The rows' value; None is the column `value` of `events`.
    pub value: Option<Fragment>,
    pub reads_value: bool,
    pub deduplicate: bool,
}

impl Entry {
    /// Whether both read the same rows.
    fn reads_as(&self, other: &Entry) -> bool {
        self.key == other.key && self.filter == other.filter
    }
}

/// What the columns of `events` must be equal to; None is anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    pub environment: Option<String>,
    pub event: Option<String>,
    pub feature: Option<String>,
}

impl Key {
    /// Whether some row may have both.
    fn overlaps(&self, other: &Key) -> bool {
        let differ = |one: &Option<String>, two: &Option<String>| matches!((one, two), (Some(one), Some(two)) if one != two);
        !differ(&self.environment, &other.environment)
            && !differ(&self.event, &other.event)
            && !differ(&self.feature, &other.feature)
    }
}

impl Plan {
    /// What `experiments` read and compute together.
    pub fn new<'d>(
        definitions: &'d Definitions,
        experiments: impl IntoIterator<Item = &'d definition::Experiment>,
    ) -> Plan {
        let experiments: Vec<_> = experiments.into_iter().collect();
        let mut exposures = Collector::new(&definitions.sources);
        for (index, experiment) in experiments.iter().enumerate() {
            exposures.add(exposure_rows(experiment, index + 1), experiment.start, experiment.end);
        }
        let (rows, facts, metrics) = plan_metrics(definitions, &experiments);
        Plan {
            experiments: experiments.iter().map(|experiment| plan_experiment(experiment)).collect(),
            exposures: exposures.finish(),
            rows,
            facts,
            metrics,
        }
    }

    /// Whether the experiments start at different times.
    pub fn starts_differ(&self) -> bool {
        self.experiments.windows(2).any(|pair| pair[0].start != pair[1].start)
    }

    /// Whether the experiments end at different times, so that rows must be held against each one's own.
    pub fn ends_differ(&self) -> bool {
        self.experiments.windows(2).any(|pair| pair[0].end != pair[1].end)
    }

    /// Pairs of experiments that some exposure may be of both, each pair both ways round.
    pub fn sharing_exposures(&self) -> Vec<(&Experiment, &Experiment)> {
        let mut pairs = Vec::new();
        for scan in &self.exposures {
            let entries: Vec<&Entry> = scan.lanes.iter().flat_map(|lane| &lane.entries).collect();
            for one in &entries {
                for other in &entries {
                    let (first, second) =
                        (&self.experiments[one.number - 1], &self.experiments[other.number - 1]);
                    if one.number != other.number && one.reads_as(other) && first.overlaps(second) {
                        pairs.push((first, second));
                    }
                }
            }
        }
        pairs
    }

    /// Whether every experiment uses every fact.
    pub fn shares_all_facts(&self) -> bool {
        self.used_facts().len() == self.experiments.len() * self.facts.len()
    }

    /// Which experiment uses which fact, each pair once, in order.
    pub fn used_facts(&self) -> Vec<(usize, usize)> {
        let mut pairs: Vec<_> = self.metrics.iter().map(|metric| (metric.experiment, metric.fact)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}

fn plan_experiment(experiment: &definition::Experiment) -> Experiment {
    Experiment {
        name: experiment.name.clone(),
        environment: experiment.environment.clone(),
        control: experiment.control.clone(),
        shares: experiment.shares.clone(),
        start: experiment.start,
        end: experiment.end,
        min_identities: min_identities(&experiment.options),
    }
}

/// The floor that the options of an experiment set. They were checked, so they can be read.
fn min_identities(options: &str) -> u64 {
    InferenceOptions::parse(options.as_bytes())
        .map_or(DEFAULT_MIN_IDENTITIES, |options| options.min_identities)
}

/// Rows as they are asked for, before it is known where they are read.
struct Asked<'d> {
    origin: &'d Origin,
    entry: Entry,
}

fn exposure_rows(experiment: &definition::Experiment, number: usize) -> Asked<'_> {
    let definition::Exposure { origin, filter, variant } = &experiment.exposure;
    let mut key = key_of(origin, experiment);
    if matches!(origin, Origin::Event(_)) && !experiment.feature.is_empty() {
        key.feature = Some(experiment.feature.clone());
    }
    let (filter, value) = (filter.clone(), variant.clone());
    Asked { origin, entry: Entry { number, key, filter, value, reads_value: true, deduplicate: false } }
}

fn key_of(origin: &Origin, experiment: &definition::Experiment) -> Key {
    let environment = Some(experiment.environment.clone());
    match origin {
        Origin::Event(event) => Key { environment, event: Some(event.clone()), feature: None },
        Origin::AllEvents => Key { environment, event: None, feature: None },
        Origin::Source(_) => Key::default(),
    }
}

/// The scans, facts and metrics of the experiments. Metrics that need no values share the rows of one that
/// does, so those that do come first.
fn plan_metrics(
    definitions: &Definitions,
    experiments: &[&definition::Experiment],
) -> (Vec<Scan>, Vec<Fact>, Vec<Metric>) {
    let mut uses = Vec::new();
    for (index, experiment) in experiments.iter().enumerate() {
        for metric_use in &experiment.metrics {
            uses.push((index + 1, *experiment, metric_use));
        }
    }
    let mut facts = Facts::default();
    for first in [true, false] {
        for (_, experiment, metric_use) in &uses {
            let measure = measure_of(&metric_use.metric);
            if reads_value(measure.aggregation) == first {
                facts.number(measure, experiment);
            }
        }
    }
    let metrics = uses.iter().map(|(number, experiment, metric_use)| {
        let measure = measure_of(&metric_use.metric);
        Metric {
            experiment: *number,
            role: metric_use.role,
            name: metric_use.metric.name.clone(),
            fact: facts.number(measure, experiment),
            aggregation: measure.aggregation,
            lower_is_better: metric_use.metric.lower_is_better,
            options: metric_use.options.clone(),
        }
    });
    let metrics: Vec<Metric> = metrics.collect();
    let mut rows = Collector::new(&definitions.sources);
    for (asked, start, end) in facts.asked.iter() {
        let entry = asked.entry.clone();
        rows.add(Asked { origin: asked.origin, entry }, *start, *end);
    }
    let described = facts.asked.iter().map(|(asked, ..)| Fact {
        reads_value: asked.entry.reads_value,
        deduplicate: asked.entry.deduplicate,
    });
    (rows.finish(), described.collect(), metrics)
}

/// The facts found so far, each with the time in which its rows are needed.
#[derive(Default)]
struct Facts<'d> {
    asked: Vec<(Asked<'d>, i64, Option<i64>)>,
}

impl<'d> Facts<'d> {
    /// The number of the fact that a measure is made of; a new one where no known fact has the same rows.
    fn number(&mut self, measure: &'d Measure, experiment: &'d definition::Experiment) -> usize {
        let rows = &measure.rows;
        let key = key_of(&rows.origin, experiment);
        let (reads_value, deduplicate) = (reads_value(measure.aggregation), rows.deduplicate);
        let same = |known: &Asked<'_>| {
            let entry = &known.entry;
            known.origin == &rows.origin
                && entry.key == key
                && entry.filter == rows.filter
                && entry.deduplicate == deduplicate
                && (entry.value == rows.value || !(reads_value || deduplicate))
        };
        if let Some(index) = self.asked.iter().position(|(known, ..)| same(known)) {
            let (known, start, end) = &mut self.asked[index];
            known.entry.reads_value |= reads_value;
            *start = (*start).min(experiment.start);
            *end = (*end).zip(experiment.end).map(|(one, two)| one.max(two));
            return index + 1;
        }
        let number = self.asked.len() + 1;
        let (filter, value) = (rows.filter.clone(), rows.value.clone());
        let entry = Entry { number, key, filter, value, reads_value, deduplicate };
        self.asked.push((Asked { origin: &rows.origin, entry }, experiment.start, experiment.end));
        number
    }
}

/// The measure of a metric. Other kinds are refused before anything is planned.
fn measure_of(metric: &definition::Metric) -> &Measure {
    match &metric.kind {
        Kind::Value { measure, .. } => measure,
        other => unreachable!("refused by the check: {other:?}"),
    }
}

/// Whether an aggregation needs the rows' values as numbers.
pub fn reads_value(aggregation: Aggregation) -> bool {
    !matches!(aggregation, Aggregation::Occurrence | Aggregation::Count | Aggregation::ActiveDays)
}
