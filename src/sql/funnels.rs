//! How many identities reached each step of the funnels of a plan, as SQL.

use crate::plan::{FunnelStep, Metric, Plan};
use crate::query::{Select, Sql};

use super::columns::{self, Column, Stage, Step};
use super::lookup::lookup;
use super::prefix::Prefix;
use super::scorecard;
use super::values::{Reading, Sums};

/// The columns of the view.
pub(super) fn columns() -> Vec<Column> {
    let of_metric = columns::of_metric();
    let kept = ["experiment", "metric", "role", "dimension", "segment", "variant"];
    let mut columns: Vec<Column> =
        of_metric.into_iter().filter(|column| kept.contains(&column.name.as_str())).collect();
    columns.extend(
        [
            ("step", "UInt32", "Number of the step, from 1"),
            ("step_name", "String", "Event or source of the step"),
            ("n", "UInt64", "Identities of the arm that count for the metric"),
            ("reached", "UInt64", "Those of them that reached the step by way of all before it"),
            ("share", "Nullable(Float64)", "reached / n, 0 to 1"),
            (
                "share_of_previous",
                "Nullable(Float64)",
                "reached / those that reached the step before, or n at the first; NULL where that is nobody",
            ),
        ]
        .map(|(name, ty, comment)| Column::new(name, ty, comment)),
    );
    columns
}

/// The steps below the view, and its query; None without funnels.
pub(super) fn queries(
    prefix: &Prefix,
    (plan, steps): &(Plan, Vec<FunnelStep>),
    view_of: &dyn Fn(Stage) -> String,
) -> Option<(Vec<Step>, Select)> {
    if plan.metrics.is_empty() {
        return None;
    }
    let of_step =
        |item: fn(&FunnelStep) -> Sql| lookup(&steps.iter().map(item).collect::<Vec<_>>(), "metric_number");
    let of_metric = |item: &dyn Fn(&Metric) -> Sql| scorecard::of_metric(plan, item);
    let segments: &[&str] = if plan.has_dimensions() { &["dimension", "segment"] } else { &[] };
    let reached = Select::from_query(scorecard::sums(plan, Reading::Now, &view_of(Stage::Arms)))
        .take("metric_number")
        .column(of_step(|step| Sql::whole(step.funnel as u64)), "funnel")
        .column(of_step(|step| Sql::new(format!("toUInt32({})", step.number))), "step")
        .take_all(segments.iter().copied())
        .take_all(["variant", "n"])
        .column("toUInt64(sum)", "reached");
    let arm = ["funnel"].iter().chain(segments).chain(&["variant"]).copied().collect::<Vec<_>>();
    let previous = Select::from_query(reached).take("*").column(
        format!(
            "lagInFrame(toNullable(reached)) OVER (\n    PARTITION BY {}\n    ORDER BY step\n    \
             ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING\n)",
            arm.join(", ")
        ),
        "reached_before",
    );
    let expression = |column: &Column| match column.name.as_str() {
        "experiment" => scorecard::of_experiment(plan, &|experiment| Sql::string(&experiment.name)),
        "metric" => of_metric(&|metric| Sql::string(&metric.name)),
        "role" => of_metric(&|metric| Sql::string(scorecard::role(metric.role))),
        "step_name" => of_step(|step| Sql::string(&step.name)),
        "share" => Sql::new("if(n > 0, reached / n, NULL)"),
        "share_of_previous" => Sql::new("reached / nullIf(ifNull(reached_before, n), 0)"),
        name @ ("dimension" | "segment") => Sql::new(if segments.is_empty() { "''" } else { name }),
        name => Sql::new(name),
    };
    let result = Select::from_query(previous);
    let result = columns()
        .iter()
        .fold(result, |result, column| result.column(expression(column), column.name.as_str()))
        .order_by(arm.iter().copied().chain(["step"]));
    Some((vec![Sums::new(prefix, plan, Reading::Now).step()], result))
}
