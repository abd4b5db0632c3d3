//! The facts of a plan: which choices of rows its metrics are made of, each once.

use std::collections::HashMap;

use crate::definition::{Experiment, Fragment, Metric, Origin, Rows};

use super::measures::parts_of;
use super::scans::Collector;
use super::{Asked, Entry, Fact, Key, Reads, Span, key_of};

/// The facts found so far, each with the time in which its rows are needed.
#[derive(Default)]
pub(super) struct Facts<'d> {
    asked: Vec<(Asked<'d>, Needed)>,
    /// The numbers of those that choose the same rows, by where they come from and which of them pass.
    alike: HashMap<(&'d Origin, Key, &'d Option<Fragment>), Vec<usize>>,
}

/// The time in which rows are needed, in milliseconds since 1970-01-01 UTC.
struct Needed {
    start: i64,
    end: Option<i64>,
}

impl Needed {
    /// Of somebody's rows over a span, whenever in the experiment the first exposure is.
    fn new(experiment: &Experiment, span: Span, collects_after_end: bool) -> Needed {
        let longer = span.to.filter(|_| collects_after_end).unwrap_or(0);
        let end = experiment.end.map(|end| end.saturating_add(longer));
        Needed { start: experiment.start.saturating_add(span.from), end }
    }

    fn widen(&mut self, other: &Needed) {
        self.start = self.start.min(other.start);
        self.end = self.end.zip(other.end).map(|(one, two)| one.max(two));
    }
}

impl<'d> Facts<'d> {
    /// Adds all facts of which values are read, so that those that need none share the rows of one that does.
    pub(super) fn add_readers_first(&mut self, experiments: &[&'d Experiment]) {
        for experiment in experiments {
            for metric_use in &experiment.metrics {
                for (rows, reads, span) in parts_of(&metric_use.metric) {
                    if reads != Reads::Nothing {
                        let collects = collects_after_end(experiment, &metric_use.metric);
                        self.number(rows, reads, span, experiment, collects);
                    }
                }
            }
        }
    }

    /// The number of the fact that has these rows; a new one where no known fact has the same.
    pub(super) fn number(
        &mut self,
        rows: &'d Rows,
        reads: Reads,
        span: Span,
        experiment: &Experiment,
        collects_after_end: bool,
    ) -> usize {
        let key = key_of(&rows.origin, experiment);
        let needed = Needed::new(experiment, span, collects_after_end);
        let same = |entry: &Entry| {
            entry.deduplicate == rows.deduplicate
                && (entry.reads == reads || reads == Reads::Nothing)
                && (entry.value == rows.value || (reads == Reads::Nothing && !rows.deduplicate))
        };
        let alike = self.alike.entry((&rows.origin, key.clone(), &rows.filter)).or_default();
        if let Some(number) = alike.iter().find(|number| same(&self.asked[**number - 1].0.entry)) {
            self.asked[*number - 1].1.widen(&needed);
            return *number;
        }
        let number = self.asked.len() + 1;
        alike.push(number);
        let (filter, value, deduplicate) = (rows.filter.clone(), rows.value.clone(), rows.deduplicate);
        let entry = Entry { number, key, filter, value, reads, deduplicate, dimensions: Vec::new() };
        self.asked.push((Asked { origin: &rows.origin, entry }, needed));
        number
    }

    /// The facts, their rows asked of the collector.
    pub(super) fn finish(self, rows: &mut Collector<'_>) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (asked, needed) in self.asked {
            facts.push(Fact {
                name: name_of(asked.origin),
                reads: asked.entry.reads,
                deduplicate: asked.entry.deduplicate,
            });
            rows.add(asked, needed.start, needed.end);
        }
        facts
    }
}

/// The event or the source that rows come from.
pub(super) fn name_of(origin: &Origin) -> String {
    match origin {
        Origin::Event(event) => event.clone(),
        Origin::AllEvents => "events".to_owned(),
        Origin::Source(source) => source.clone(),
    }
}

/// Whether rows of the metric count that are later than the end of the experiment.
pub(super) fn collects_after_end(experiment: &Experiment, metric: &Metric) -> bool {
    experiment.collect_after_end && metric.window.length.is_some()
}
