//! Funnels step by step: each step is planned as the funnel that ends there.

use crate::definition::{self, Definitions, Kind};

use super::Plan;
use super::facts::name_of;

/// A step of a funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelStep {
    /// Which funnel of the plan, from 1.
    pub funnel: usize,
    /// Which step, from 1.
    pub number: usize,
    /// The event or source that it reads.
    pub name: String,
}

impl Plan {
    /// What the funnels of `experiments` read: a metric for each step, which is 1 for identities that reached it; and
    /// the steps, in the order of the metrics.
    pub fn of_funnels<'d>(
        definitions: &Definitions,
        experiments: impl IntoIterator<Item = &'d definition::Experiment>,
    ) -> (Plan, Vec<FunnelStep>) {
        let mut steps = Vec::new();
        let mut funnels = 0;
        let mut planned = Vec::new();
        for experiment in experiments {
            let mut experiment = experiment.clone();
            let uses = std::mem::take(&mut experiment.metrics);
            for metric_use in uses {
                let Kind::Funnel { steps: rows, within } = &metric_use.metric.kind else { continue };
                funnels += 1;
                for (number, last) in (1..).zip(rows) {
                    let mut up_to_here = metric_use.clone();
                    up_to_here.metric.kind = Kind::Funnel { steps: rows[..number].to_vec(), within: *within };
                    experiment.metrics.push(up_to_here);
                    let name = name_of(&last.origin);
                    steps.push(FunnelStep { funnel: funnels, number, name });
                }
            }
            planned.push(experiment);
        }
        (Plan::new(definitions, &planned), steps)
    }
}
