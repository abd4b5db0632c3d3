//! What tells whether the windows of metrics are over and whether their caps are reached.

use crate::definition::{self, Aggregation, Bound, Cap, Definitions, Kind, Measure};

use super::Plan;
use super::measures::matures_after;

impl Plan {
    /// The metrics that have a window or a fixed upper cap, each 1 for an identity that reaches its cap.
    pub fn of_reach<'d>(
        definitions: &Definitions,
        experiments: impl IntoIterator<Item = &'d definition::Experiment>,
    ) -> Plan {
        let reached = |experiment: &definition::Experiment| {
            let mut experiment = experiment.clone();
            let include = experiment.include_incomplete_windows;
            experiment.metrics.retain_mut(|metric_use| {
                let metric = &mut metric_use.metric;
                let waits = matures_after(metric.window, include).is_some();
                let (kind, is_capped) = reach(&metric.kind);
                metric.kind = kind;
                waits || is_capped
            });
            experiment
        };
        let experiments: Vec<_> = experiments.into_iter().map(reached).collect();
        Plan::new(definitions, &experiments)
    }
}

/// Whether the cap is reached, and whether there is one; without one any row of the metric will do.
fn reach(kind: &Kind) -> (Kind, bool) {
    let of = |rows: &definition::Rows, aggregation, at_least| Kind::Value {
        measure: Measure { rows: rows.clone(), aggregation, cap: Cap::default() },
        at_least,
        covariate: None,
    };
    if let Kind::Value { measure, .. } = kind
        && let Some(Bound::Fixed(upper)) = measure.cap.upper
    {
        return (of(&measure.rows, measure.aggregation, Some(upper)), true);
    }
    (of(kind.rows()[0], Aggregation::Occurrence, None), false)
}
