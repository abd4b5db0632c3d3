//! The measures of a plan: what a metric wants to know of each identity.

use std::collections::HashMap;

use crate::definition::{Cap, Experiment, Kind, Metric, Rows, Window};

use super::facts::{Facts, collects_after_end};
use super::{Function, Measure, Part, Quantile, Reads, Second, Span};

/// The measures so far, each once.
#[derive(Default)]
pub(super) struct Measures {
    all: Vec<Measure>,
    /// The numbers of those that are made of the same facts.
    by_facts: HashMap<Vec<usize>, Vec<usize>>,
}

impl Measures {
    /// The number of a measure.
    pub(super) fn number(&mut self, measure: Measure) -> usize {
        let alike = self.by_facts.entry(measure.value.facts.clone()).or_default();
        if let Some(number) = alike.iter().find(|number| self.all[**number - 1] == measure) {
            return *number;
        }
        self.all.push(measure);
        alike.push(self.all.len());
        self.all.len()
    }

    pub(super) fn finish(self) -> Vec<Measure> {
        self.all
    }
}

/// What a metric of an experiment measures.
pub(super) fn measure<'d>(metric: &'d Metric, experiment: &Experiment, facts: &mut Facts<'d>) -> Measure {
    let collects = collects_after_end(experiment, metric);
    let numbers: Vec<usize> = parts_of(metric)
        .into_iter()
        .map(|(rows, reads, span)| facts.number(rows, reads, span, experiment, collects))
        .collect();
    let span = span_of(metric.window);
    let part = |index: usize, function: Function, cap: Cap| Part {
        facts: vec![numbers[index]],
        function,
        span,
        at_least: None,
        cap,
    };
    let (value, second, quantile) = match &metric.kind {
        Kind::Value { measure, at_least, covariate } => {
            let value = Part {
                at_least: *at_least,
                ..part(0, Function::Aggregation(measure.aggregation), measure.cap)
            };
            let before = covariate.map(|lookback| {
                Second::Covariate(Part { span: Span { from: -lookback, to: Some(0) }, ..value.clone() })
            });
            (value, before, None)
        }
        Kind::Ratio { numerator, denominator } => {
            let of = |index, measure: &crate::definition::Measure| {
                part(index, Function::Aggregation(measure.aggregation), measure.cap)
            };
            (of(0, numerator), Some(Second::Denominator(of(1, denominator))), None)
        }
        Kind::QuantileOfRows { quantile, .. } => {
            let quantile = Quantile { level: *quantile, ignores_zeros: false };
            (part(0, Function::Values, Cap::default()), None, Some(quantile))
        }
        Kind::QuantileOfIdentities { measure, quantile, ignore_zeros } => {
            let quantile = Quantile { level: *quantile, ignores_zeros: *ignore_zeros };
            (part(0, Function::Aggregation(measure.aggregation), Cap::default()), None, Some(quantile))
        }
        Kind::Funnel { within, .. } => {
            let function = Function::Funnel { within: *within };
            (Part { facts: numbers.clone(), ..part(0, function, Cap::default()) }, None, None)
        }
    };
    Measure {
        value,
        second,
        matures_after: matures_after(metric.window, experiment.include_incomplete_windows),
        collects_after_end: collects,
        quantile,
    }
}

/// The rows of a metric, in the order of the facts of its measure, with what is needed of their values and when.
pub(super) fn parts_of(metric: &Metric) -> Vec<(&Rows, Reads, Span)> {
    let span = span_of(metric.window);
    match &metric.kind {
        Kind::Value { measure, covariate, .. } => {
            let from = covariate.map_or(span.from, |lookback| span.from.min(-lookback));
            vec![(&measure.rows, measure.aggregation.reads(), Span { from, ..span })]
        }
        Kind::Ratio { numerator, denominator } => {
            [numerator, denominator].map(|measure| (&measure.rows, measure.aggregation.reads(), span)).into()
        }
        Kind::QuantileOfRows { rows, .. } => vec![(rows, Reads::Number, span)],
        Kind::QuantileOfIdentities { measure, .. } => {
            vec![(&measure.rows, measure.aggregation.reads(), span)]
        }
        Kind::Funnel { steps, .. } => steps.iter().map(|rows| (rows, Reads::Nothing, span)).collect(),
    }
}

fn span_of(window: Window) -> Span {
    Span { from: window.start, to: window.length.map(|length| window.start.saturating_add(length)) }
}

/// From how long after its exposure on an identity counts: when its window is over, and where that has no end, when
/// it has begun.
pub(super) fn matures_after(window: Window, include_incomplete: bool) -> Option<i64> {
    match window {
        _ if include_incomplete => None,
        Window { start, length: Some(length) } => Some(start.saturating_add(length)),
        Window { start: 0, length: None } => None,
        Window { start, length: None } => Some(start.saturating_add(1)),
    }
}
