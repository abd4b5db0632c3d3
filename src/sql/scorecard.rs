//! The scorecard of a plan as one query: events in, one row per metric and arm out.

use minijinja::{Value, context};

use crate::definition::{Aggregation, Role};
use crate::plan::{Experiment, Metric, Plan};

use super::columns::{self, Column};
use super::exposures;
use super::instant;
use super::lookup::lookup;
use super::scan::{self, Identity, ValueOf};
use super::statistics::Statistics;
use super::template::Templates;
use super::text::Sql;

/// How often the result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Once, as of now.
    Now,
    /// As of the end of each day.
    EachDay,
}

/// The columns of a scorecard, in order.
pub(super) fn columns(reading: Reading) -> Vec<Column> {
    let mut columns = columns::of_metric();
    if reading == Reading::EachDay {
        columns.insert(3, Column::new("day", "Date", "UTC day at whose end the row stands"));
    }
    columns.extend(columns::of_moments());
    columns.extend(columns::of_parts());
    columns.push(columns::of_invalid_values());
    columns.extend(columns::of_inference());
    columns.extend(columns::of_sample_ratio());
    columns.extend(columns::of_window());
    columns
}

/// The query that gives [`columns()`]; None where no metric is asked for.
pub(super) fn query(templates: &Templates, prefix: &str, plan: &Plan, reading: Reading) -> Option<Sql> {
    if plan.metrics.is_empty() {
        return None;
    }
    let statistics = statistics(templates, prefix, plan, reading);
    let of = |number: fn(&Metric) -> Sql| {
        lookup(&plan.metrics.iter().map(number).collect::<Vec<_>>(), "metric_number")
    };
    let experiment = of(|metric| Sql::whole(metric.experiment as u64));
    let of_experiment = |item: fn(&Experiment) -> Sql| {
        let items: Vec<Sql> = plan.experiments.iter().map(item).collect();
        lookup(&items, experiment.as_str())
    };
    let start = of_experiment(|experiment| instant::literal(experiment.start));
    let end = of_experiment(|experiment| end_or_never(experiment.end));
    let until = match reading {
        Reading::Now => format!("least({end}, now64(3, 'UTC'))"),
        Reading::EachDay => {
            format!("least({end}, now64(3, 'UTC'), toDateTime64((day_number + 1) * 86400, 3, 'UTC'))")
        }
    };
    let own = plan.experiments.iter().any(|experiment| !experiment.shares.is_empty());
    let own = own.then(|| of_experiment(exposures::own_variants));
    let expression = |column: &Column| -> Sql {
        let name = column.name.as_str();
        match name {
            "experiment" => of_experiment(|experiment| Sql::string(&experiment.name)),
            "metric" => of(|metric| Sql::string(&metric.name)),
            "role" => of(|metric| Sql::string(role(metric.role))),
            "day" => Sql::new("toDate(day_number)"),
            "dimension" | "segment" => Sql::new("''"),
            "type" => of(|metric| Sql::string(aggregation(metric.aggregation))),
            "lower_is_better" => of(lower_is_better),
            "variant" => Sql::new("arm.1"),
            "n" => Sql::new("arm.2"),
            "sum" => Sql::new("arm.3"),
            "sum_squares" => Sql::new("arm.4"),
            "invalid_values" => Sql::new("arm.5"),
            "window_start" => start.clone(),
            "window_end" => Sql::new(until.clone()),
            _ => match name.strip_prefix("srm_") {
                Some(field) => Sql::new(format!("srm.{field}")),
                None if columns::of_parts().iter().any(|part| part.name == name) => Sql::new("NULL"),
                None if own.is_some() && name == "verdict" => unless_shown_only("'undefined'", name),
                None if own.is_some() && name == "reason" => unless_shown_only("'unexpected_variant'", name),
                None => Sql::new(format!("inferred_arm.{name}")),
            },
        }
    };
    let selected = columns(reading)
        .into_iter()
        .map(|column| Sql::new(format!("{} AS {}", expression(&column), column.name)));
    Some(templates.fill(
        "results",
        context! {
            p => Value::from(Sql::new(prefix)),
            given => false,
            own => own.clone().map_or(Value::from(false), Value::from),
            by_day => reading == Reading::EachDay,
            statistics => Value::from(statistics),
            aggregation => Value::from(of(|metric| Sql::string(aggregation(metric.aggregation)))),
            lower_is_better => Value::from(of(lower_is_better)),
            options => Value::from(of(|metric| Sql::string(&metric.options))),
            expected_shares => Value::from(exposures::expected_shares(plan, experiment.as_str())),
            columns => Value::from(Sql::join(selected, ",\n")),
        },
    ))
}

/// A field of what is inferred of an arm; something else for an arm that is shown only.
fn unless_shown_only(otherwise: &str, field: &str) -> Sql {
    Sql::new(format!("if(inferred_arm.verdict = '', {otherwise}, inferred_arm.{field})"))
}

fn statistics(templates: &Templates, prefix: &str, plan: &Plan, reading: Reading) -> Sql {
    let ends: Vec<Sql> =
        plan.experiments.iter().map(|experiment| Sql::whole(experiment.end.unwrap_or(i64::MAX))).collect();
    let end = lookup(&ends, "experiment");
    let now = "toUnixTimestamp64Milli(now64(3, 'UTC'))";
    let (until, counts) = match reading {
        Reading::Now if plan.ends_differ() => (None, format!("t >= first_exposure AND t < {end}")),
        Reading::Now => (None, "t >= first_exposure".to_owned()),
        Reading::EachDay => (
            Some(Sql::new(format!("least({end}, {now})"))),
            format!("t >= first_exposure AND t < least({end}, (day_number + 1) * 86400000)"),
        ),
    };
    let used = (!plan.shares_all_facts()).then(|| {
        let pairs = plan.used_facts().into_iter();
        Sql::join(pairs.map(|(experiment, fact)| Sql::new(format!("({experiment}, {fact})"))), ", ")
    });
    let deduplicated: Vec<Sql> = (1..)
        .zip(&plan.facts)
        .filter(|(_, fact)| fact.deduplicate)
        .map(|(number, _)| Sql::whole(number as u64))
        .collect();
    let metric = |item: fn(&Metric) -> Sql| {
        lookup(&plan.metrics.iter().map(item).collect::<Vec<_>>(), "metric_number")
    };
    let metrics = format!(
        "SELECT\n    metric_number,\n    {} AS experiment,\n    {} AS fact,\n    {} AS aggregation\n\
         FROM system.one\nARRAY JOIN range(1, {}) AS metric_number",
        metric(|metric| Sql::whole(metric.experiment as u64)),
        metric(|metric| Sql::whole(metric.fact as u64)),
        metric(|metric| Sql::string(aggregation(metric.aggregation))),
        plan.metrics.len() + 1,
    );
    Statistics {
        prefix,
        given: None,
        exposures: exposures::rows(templates, prefix, plan, Identity::Hash),
        hash: Sql::new("identity"),
        until,
        rows: scan::rows(templates, prefix, &plan.rows, "number != 0", ValueOf::Metric, Identity::Hash),
        values: plan.facts.iter().any(|fact| fact.reads_value),
        deduplicated: (!deduplicated.is_empty()).then(|| Sql::join(deduplicated, ", ")),
        counts: Sql::new(counts),
        used,
        metrics: Sql::new(metrics),
        columns: Sql::new("metric_number"),
    }
    .query(templates)
}

/// The end of an experiment; one that has none ends after every moment of reading.
pub(super) fn end_or_never(end: Option<i64>) -> Sql {
    end.map_or_else(|| Sql::new("toDateTime64('2299-12-31 23:59:59.999', 3, 'UTC')"), instant::literal)
}

fn lower_is_better(metric: &Metric) -> Sql {
    Sql::new(if metric.lower_is_better { "true" } else { "false" })
}

/// A role as the scorecards name it.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Goal => "goal",
        Role::Secondary => "secondary",
        Role::Guardrail => "guardrail",
    }
}

/// An aggregation as `experimentInference` and the scorecards name it.
pub(super) fn aggregation(aggregation: Aggregation) -> &'static str {
    match aggregation {
        Aggregation::Occurrence => "occurrence",
        Aggregation::Count => "count",
        Aggregation::Sum => "sum",
        Aggregation::Mean => "mean",
        Aggregation::Min => "min",
        Aggregation::Max => "max",
        Aggregation::First => "first",
        Aggregation::Last => "last",
        Aggregation::CountDistinct => "count_distinct",
        Aggregation::ActiveDays => "active_days",
    }
}
