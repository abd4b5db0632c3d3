//! What tells whether the windows of metrics are over and whether their caps cut values.

use crate::definition::{self, Aggregation, Bound, Cap, Definitions, Kind, Measure};

use super::Plan;
use super::measures::matures_after;

impl Plan {
    /// The metrics that have a window or a fixed upper cap, each 1 for an identity whose value its cap cuts. A ratio whose
    /// both parts are capped is two. Their names say what they are of in words.
    pub fn of_reach<'d>(
        definitions: &Definitions,
        experiments: impl IntoIterator<Item = &'d definition::Experiment>,
    ) -> Plan {
        let reached = |experiment: &definition::Experiment| {
            let mut experiment = experiment.clone();
            let include = experiment.include_incomplete_windows;
            let of_part = |metric_use: definition::MetricUse| {
                let metric = &metric_use.metric;
                let waits = matures_after(metric.window, include).is_some();
                let parts = reach(&metric.kind, waits).into_iter();
                parts
                    .map(|(which, kind)| {
                        let mut part = metric_use.clone();
                        part.metric.name = format!("{which}the metric '{}'", part.metric.name);
                        part.metric.kind = kind;
                        part
                    })
                    .collect::<Vec<_>>()
            };
            experiment.metrics = experiment.metrics.into_iter().flat_map(of_part).collect();
            experiment
        };
        let experiments: Vec<_> = experiments.into_iter().map(reached).collect();
        Plan::new(definitions, &experiments)
    }
}

/// Of each part with a cap whether that cuts the value; of a metric without one, if it `waits`, whether it has rows.
fn reach(kind: &Kind, waits: bool) -> Vec<(&'static str, Kind)> {
    let parts: Vec<(&str, &Measure)> = match kind {
        Kind::Value { measure, .. } | Kind::QuantileOfIdentities { measure, .. } => vec![("", measure)],
        Kind::Ratio { numerator, denominator } => {
            vec![("the numerator of ", numerator), ("the denominator of ", denominator)]
        }
        Kind::QuantileOfRows { .. } | Kind::Funnel { .. } => Vec::new(),
    };
    let of = |rows: &definition::Rows, aggregation, at_least| Kind::Value {
        measure: Measure { rows: rows.clone(), aggregation, cap: Cap::default() },
        at_least,
        covariate: None,
    };
    let capped = parts.into_iter().filter_map(|(which, measure)| match measure.cap.upper {
        Some(Bound::Fixed(upper)) => {
            Some((which, of(&measure.rows, measure.aggregation, Some(upper.next_up()))))
        }
        _ => None,
    });
    let capped: Vec<_> = capped.collect();
    if capped.is_empty() && waits {
        return vec![("", of(kind.rows()[0], Aggregation::Occurrence, None))];
    }
    capped
}
