//! What a set of experiments reads and computes: plain data, between what is defined and how it is spelled.
//!
//! Rows are read by [`Scan`]s, one per table, view or query, whatever the number of experiments and metrics.
//! The rows of a scan are told apart by numbers: an exposure has the number of its experiment, a metric row
//! that of its [`Fact`], which is a choice of rows that any number of metrics share. What the rows of facts
//! say of an identity is a [`Measure`], which any number of metrics share too.

pub mod encoding;
mod facts;
mod funnels;
mod measures;
mod passes;
mod reach;
mod scans;

use std::collections::BTreeMap;

use crate::definition::{self, Aggregation, Cap, Definitions, Origin, Role};

pub use crate::definition::Reads;
pub use funnels::FunnelStep;
pub use passes::passes;
pub use scans::{Entry, Key, Lane, Relation, Scan};

use facts::Facts;
use measures::Measures;
use scans::Collector;

/// Longer than any experiment: a hundred years in milliseconds.
const LONGEST: i64 = 36_525 * 86_400_000;

/// The last millisecond of 2299, the last year that an instant may be of.
const LAST: i64 = 10_413_791_999_999;

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
    /// The measures; the first has the number 1.
    pub measures: Vec<Measure>,
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
    /// The names of its dimensions.
    pub dimensions: Vec<String>,
    /// Metrics with a length read rows after the end too.
    pub collects_after_end: bool,
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
    /// The event or the source that it reads.
    pub name: String,
    pub reads: Reads,
    /// Copies of a row count once.
    pub deduplicate: bool,
}

/// What rows say of an identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    pub value: Part,
    /// A second value of the same identity: the denominator of a ratio, or what was before the exposure.
    pub second: Option<Second>,
    /// The identity counts from so many milliseconds after its first exposure on; None is from the exposure on.
    pub matures_after: Option<i64>,
    /// Rows after the end of the experiment count too.
    pub collects_after_end: bool,
    /// What is estimated is a quantile.
    pub quantile: Option<Quantile>,
}

/// What a second value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Second {
    Denominator(Part),
    Covariate(Part),
}

impl Second {
    pub fn part(&self) -> &Part {
        match self {
            Second::Denominator(part) | Second::Covariate(part) => part,
        }
    }
}

/// One number, or one list of numbers, per identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The numbers of the facts: of a funnel one per step, else one.
    pub facts: Vec<usize>,
    pub function: Function,
    /// Which rows, relative to the first exposure.
    pub span: Span,
    /// The value becomes 1 from here on, else 0.
    pub at_least: Option<f64>,
    pub cap: Cap,
}

/// How rows become a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    Aggregation(Aggregation),
    /// All values as they are.
    Values,
    /// 1 if there are rows of all steps, one after the other.
    Funnel {
        /// Milliseconds from the first to the last; None is no limit.
        within: Option<i64>,
    },
}

/// Milliseconds from the first exposure on, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub from: i64,
    pub to: Option<i64>,
}

/// Which quantile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// Above 0 and below 1.
    pub level: f64,
    /// Identities with the value 0 are left out.
    pub ignores_zeros: bool,
}

impl Measure {
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        [Some(&self.value), self.second.as_ref().map(Second::part)].into_iter().flatten()
    }

    /// The parts whose rows from the exposure on should have a number as their value.
    pub fn numeric_parts(&self) -> impl Iterator<Item = &Part> {
        let denominator = match &self.second {
            Some(Second::Denominator(part)) => Some(part),
            Some(Second::Covariate(_)) | None => None,
        };
        [Some(&self.value), denominator]
            .into_iter()
            .flatten()
            .filter(|part| part.function.reads() == Reads::Number)
    }
}

impl Function {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Function::Aggregation(aggregation) => aggregation.name(),
            Function::Values => "values",
            Function::Funnel { .. } => "funnel",
        }
    }

    /// What is needed of the rows' values.
    pub fn reads(self) -> Reads {
        match self {
            Function::Aggregation(aggregation) => aggregation.reads(),
            Function::Values => Reads::Number,
            Function::Funnel { .. } => Reads::Nothing,
        }
    }
}

/// A metric of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Number of the experiment.
    pub experiment: usize,
    pub role: Role,
    pub name: String,
    /// Its type as files name it.
    pub type_name: &'static str,
    /// Number of the measure.
    pub measure: usize,
    pub lower_is_better: bool,
    /// All options of `experimentInference`, a JSON object.
    pub options: String,
    /// Those of the final result, where they are others: from the end of a completed experiment on.
    pub final_options: Option<String>,
}

impl Plan {
    /// What `experiments` read and compute together.
    pub fn new<'e>(
        definitions: &Definitions,
        experiments: impl IntoIterator<Item = &'e definition::Experiment>,
    ) -> Plan {
        let experiments: Vec<_> = experiments.into_iter().collect();
        let mut exposures = Collector::new(&definitions.sources);
        for (index, experiment) in experiments.iter().enumerate() {
            exposures.add(exposure_rows(experiment, index + 1), experiment.start, experiment.end);
        }
        let (facts, measures, metrics) = plan_metrics(&experiments);
        let mut rows = Collector::new(&definitions.sources);
        let facts = facts.finish(&mut rows);
        Plan {
            experiments: experiments.iter().map(|experiment| plan_experiment(experiment)).collect(),
            exposures: exposures.finish(),
            rows: rows.finish(),
            facts,
            measures: measures.finish(),
            metrics,
        }
    }

    /// The same of all days that can follow an exposure: the metrics without windows of their own. Their length has an
    /// end, because only what has one is read after the end of the experiment.
    pub fn since_exposure<'d>(
        definitions: &'d Definitions,
        experiments: impl IntoIterator<Item = &'d definition::Experiment>,
    ) -> Plan {
        let whole = |experiment: &definition::Experiment| {
            let mut experiment = experiment.clone();
            experiment.include_incomplete_windows = true;
            for metric_use in &mut experiment.metrics {
                metric_use.metric.window = definition::Window { start: 0, length: Some(LONGEST) };
            }
            experiment
        };
        let experiments: Vec<_> = experiments.into_iter().map(whole).collect();
        Plan::new(definitions, &experiments)
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

    /// Whether some measure has a second value.
    pub fn has_second_values(&self) -> bool {
        self.measures.iter().any(|measure| measure.second.is_some())
    }

    /// Whether some experiment is broken down.
    pub fn has_dimensions(&self) -> bool {
        self.experiments.iter().any(|experiment| !experiment.dimensions.is_empty())
    }

    /// From when on nothing that is read of an experiment changes any more: its end, and the longest window after it
    /// where rows are collected until then. None while it has no end.
    pub fn settled_from(&self, experiment: usize) -> Option<i64> {
        let own_end = self.experiments[experiment - 1].end?;
        let of_experiment = self.metrics.iter().filter(|metric| metric.experiment == experiment);
        Some(of_experiment.filter_map(|metric| self.end_of_rows(metric)).max().unwrap_or(own_end))
    }

    /// The instant from which on rows do not count for a metric; None while its experiment has no end.
    pub fn end_of_rows(&self, metric: &Metric) -> Option<i64> {
        let end = self.experiments[metric.experiment - 1].end?;
        let measure = self.measure_of(metric);
        let longest =
            measure.parts().filter_map(|part| part.span.to).max().filter(|_| measure.collects_after_end);
        Some(end.saturating_add(longest.unwrap_or(0).max(0)).min(LAST))
    }

    /// The measure of a metric.
    pub fn measure_of(&self, metric: &Metric) -> &Measure {
        &self.measures[metric.measure - 1]
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
        min_identities: experiment.options.inference().min_identities,
        dimensions: experiment.dimensions.iter().map(|dimension| dimension.name.clone()).collect(),
        collects_after_end: experiment.collect_after_end,
    }
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
    let dimensions = experiment.dimensions.iter().map(|dimension| dimension.value.clone()).collect();
    let entry = Entry { number, key, filter, value, reads: Reads::Text, deduplicate: false, dimensions };
    Asked { origin, entry }
}

fn key_of(origin: &Origin, experiment: &definition::Experiment) -> Key {
    let environment = Some(experiment.environment.clone());
    match origin {
        Origin::Event(event) => Key { environment, event: Some(event.clone()), feature: None },
        Origin::AllEvents => Key { environment, event: None, feature: None },
        Origin::Source(_) => Key::default(),
    }
}

/// The facts, measures and metrics of the experiments.
fn plan_metrics<'d>(experiments: &[&'d definition::Experiment]) -> (Facts<'d>, Measures, Vec<Metric>) {
    let mut facts = Facts::default();
    facts.add_readers_first(experiments);
    let mut measures = Measures::default();
    let mut metrics = Vec::new();
    for (number, experiment) in (1..).zip(experiments) {
        for metric_use in &experiment.metrics {
            let options = metric_use.options.while_running();
            let is_completed = experiment.status == definition::Status::Completed;
            let final_options = is_completed.then(|| metric_use.options.in_final_result());
            metrics.push(Metric {
                experiment: number,
                role: metric_use.role,
                name: metric_use.metric.name.clone(),
                type_name: metric_use.metric.kind.name(),
                measure: measures.number(measures::measure(&metric_use.metric, experiment, &mut facts)),
                lower_is_better: metric_use.metric.lower_is_better,
                final_options: final_options.filter(|other| *other != options),
                options,
            });
        }
    }
    (facts, measures, metrics)
}
