//! Red flags of windows and caps: most identities are not counted yet, or many values are cut.

use crate::plan::Plan;
use crate::query::{Select, Sql};

use super::super::columns::Step;
use super::super::prefix::Prefix;
use super::super::scorecard;
use super::super::values::{Reading, Sums};
use super::flag::{Flag, raised, sentence};

/// The sums that it is judged by, of a plan by [`Plan::of_reach`]; None where no metric has a window or a cap.
pub(super) fn step(prefix: &Prefix, reach: &Plan) -> Option<Step> {
    (!reach.metrics.is_empty()).then(|| Sums::new(prefix, reach, Reading::Now).step())
}

/// The flags, from the view of those sums.
pub(super) fn flags(reach: &Plan, sums: &str) -> Select {
    let of_metric = |item: &dyn Fn(&crate::plan::Metric) -> Sql| scorecard::of_metric(reach, item);
    let is_cap = |metric: &crate::plan::Metric| reach.measure_of(metric).value.at_least.is_some();
    let mut arms = Select::from_query(scorecard::sums(reach, Reading::Now, sums))
        .take("metric_number")
        .column(scorecard::of_experiment(reach, &|experiment| Sql::string(&experiment.name)), "experiment")
        .column(of_metric(&|metric| Sql::string(&metric.name)), "part")
        .column(of_metric(&|metric| Sql::new(if is_cap(metric) { "true" } else { "false" })), "is_cap")
        .column("sum(identities)", "exposed")
        .column("sum(n)", "counted")
        .column("sum(sum)", "cut")
        .group_by(["metric_number"]);
    if reach.has_dimensions() {
        arms = arms.filter("dimension = ''");
    }
    let flags = vec![
        Flag::new(
            "incomplete_windows",
            "2 * counted < exposed",
            sentence(&[
                "T",
                "substring(part, 2)",
                " counts ",
                "toString(counted)",
                " of ",
                "toString(exposed)",
                " identities: the windows of the others are not over",
            ]),
        ),
        Flag::new(
            "cap_bites",
            "is_cap AND cut >= 0.05 * counted AND cut > 0",
            sentence(&[
                "The cap of ",
                "part",
                " cuts the values of ",
                "toString(round(100 * cut / counted, 2))",
                " % of its identities",
            ]),
        ),
    ];
    raised(arms, flags)
}
