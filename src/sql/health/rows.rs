//! Red flags of the rows of metrics: none, without numbers, or the same ones twice.

use crate::plan::{Experiment, Function, Part, Plan, Reads, Second};
use crate::query::{Select, Sql};

use super::super::lookup::lookup;
use super::super::prefix::Prefix;
use super::super::scan::{self, Extra, Identity, RowColumns, ValueOf};
use super::flag::{Flag, raised, sentence};

/// None where no metric is asked for.
pub(super) fn flags(prefix: &Prefix, plan: &Plan) -> Option<Select> {
    let parts = parts(plan);
    (!parts.is_empty()).then(|| {
        let flags = vec![
            Flag::new(
                "no_rows",
                "rows_read = 0 AND has_started",
                sentence(&["No row of ", "part", " has been read yet: look at its event, source and filter"]),
            ),
            Flag::new(
                "invalid_values",
                "reads_value AND invalid > 0",
                sentence(&[
                    "",
                    "toString(invalid)",
                    " of ",
                    "toString(rows_read)",
                    " rows of ",
                    "part",
                    " have a value that is no finite number",
                ]),
            ),
            Flag::new(
                "redelivered_events",
                "NOT deduplicated AND rows_read > 0 AND rows_read - different >= 0.01 * rows_read",
                sentence(&[
                    "",
                    "toString(round(100 * (rows_read - different) / rows_read, 2))",
                    " % of ",
                    "toString(rows_read)",
                    " rows of ",
                    "part",
                    " are exact copies of others",
                ]),
            ),
        ];
        raised(subject(prefix, plan, &parts), flags)
    })
}

/// The rows of a metric, or of one of several kinds that it needs.
struct MetricPart<'p> {
    /// In words.
    name: String,
    experiment: &'p Experiment,
    /// Until when its rows are of interest, in milliseconds since 1970-01-01 UTC.
    end: i64,
    fact: usize,
    reads_value: bool,
}

/// The parts of all metrics. A covariate is of the rows of its metric.
fn parts(plan: &Plan) -> Vec<MetricPart<'_>> {
    let mut parts = Vec::new();
    for metric in &plan.metrics {
        let experiment = &plan.experiments[metric.experiment - 1];
        let measure = plan.measure_of(metric);
        let end = plan.end_of_rows(metric);
        let mut add = |which: &str, fact: usize, reads_value: bool| {
            let name = format!("{which}the metric '{}'", metric.name);
            parts.push(MetricPart { name, experiment, end: end.unwrap_or(i64::MAX), fact, reads_value });
        };
        let reads_value = |part: &Part| part.function.reads() == Reads::Number;
        match (&measure.second, measure.value.function) {
            (Some(Second::Denominator(denominator)), _) => {
                add("the numerator of ", measure.value.facts[0], reads_value(&measure.value));
                add("the denominator of ", denominator.facts[0], reads_value(denominator));
            }
            (_, Function::Funnel { .. }) => {
                for (step, fact) in (1..).zip(&measure.value.facts) {
                    add(&format!("step {step} of "), *fact, false);
                }
            }
            _ => add("", measure.value.facts[0], reads_value(&measure.value)),
        }
    }
    parts
}

/// A row per part.
fn subject(prefix: &Prefix, plan: &Plan, parts: &[MetricPart]) -> Select {
    let of = |item: &dyn Fn(&MetricPart) -> Sql| {
        lookup(&parts.iter().map(item).collect::<Vec<_>>(), "part_number")
    };
    let truth = |value: bool| Sql::new(if value { "true" } else { "false" });
    let asked = Select::from("system.one")
        .take("part_number")
        .column(format!("toUInt32({})", of(&|part| Sql::whole(part.fact as u64))), "fact")
        .column(of(&|part| Sql::whole(part.experiment.start)), "start")
        .column(of(&|part| Sql::whole(part.end)), "end")
        .array_join([(format!("range(1, {} + 1)", parts.len()), "part_number")]);
    let is_of_its_time = "quality.since >= parts.start AND quality.since < parts.end";
    Select::from_query(asked)
        .called("parts")
        .with_expression("is_of_its_time", is_of_its_time)
        .take("part_number")
        .column(of(&|part| Sql::string(&part.experiment.name)), "experiment")
        .column(of(&|part| Sql::string(&part.name)), "part")
        .column(of(&|part| truth(part.reads_value)), "reads_value")
        .column(of(&|part| truth(plan.facts[part.fact - 1].deduplicate)), "deduplicated")
        .column("toUnixTimestamp64Milli(now64(3, 'UTC')) > any(parts.start)", "has_started")
        .column("sumIf(quality.rows_read, is_of_its_time)", "rows_read")
        .column("sumIf(quality.invalid, is_of_its_time)", "invalid")
        .column("least(uniqCombined64MergeIf(17)(quality.different, is_of_its_time), rows_read)", "different")
        .join_query(
            "LEFT JOIN",
            quality(prefix, plan, parts),
            "quality",
            Sql::new("ON parts.fact = quality.fact"),
        )
        .group_by(["part_number"])
}

/// How many rows there are of each fact, and of what kind. Experiments have times of their own, so rows are counted between
/// the instants at which some of them begins or ends.
fn quality(prefix: &Prefix, plan: &Plan, parts: &[MetricPart]) -> Select {
    let [identity, time, number, value, copy] =
        ["identity", "time", "number", "value", "copy"].map(|name| RowColumns(&prefix.rows).column(name));
    let mut instants: Vec<i64> = parts.iter().flat_map(|part| [part.experiment.start, part.end]).collect();
    instants.sort_unstable();
    instants.dedup();
    let first = instants.first().copied().unwrap_or(0);
    let only = [format!("{time} >= {first}")];
    let rows = scan::rows(prefix, &plan.rows, &only, ValueOf::Metric, Identity::Hash, &[Extra::Copy]);
    let instants = Sql::array(instants.into_iter().map(Sql::whole));
    Select::from_query(rows)
        .column(number.as_str(), "fact")
        .column(format!("roundDown({time}, CAST({instants} AS Array(Int64)))"), "since")
        .column("count()", "rows_read")
        .column(format!("countIf(isNaN({value}))"), "invalid")
        .column(format!("uniqCombined64State(17)(cityHash64({identity}, {time}, {copy}))"), "different")
        .group_by([number.as_str(), "since"])
}
