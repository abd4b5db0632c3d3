//! The scorecard of a plan as one query: events in, one row per metric and arm out.

use minijinja::{Value, context};

use crate::definition::{Aggregation, Role};
use crate::plan::{Experiment, Function, Measure, Metric, Other, Plan};

use super::columns::{self, Column};
use super::exposures;
use super::gathered::{self, Taken};
use super::horizon::Horizon;
use super::instant;
use super::joined;
use super::lookup::lookup;
use super::scan::{self, Identity, ValueOf};
use super::statistics::{Statistics, Values};
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
    let by_day = reading == Reading::EachDay;
    let horizon = Horizon::new(plan, by_day);
    let statistics = statistics(templates, prefix, plan, &horizon, by_day);
    let of = |item: &dyn Fn(&Metric) -> Sql| {
        lookup(&plan.metrics.iter().map(item).collect::<Vec<_>>(), "metric_number")
    };
    let experiment = of(&|metric| Sql::whole(metric.experiment as u64));
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
    let arm = Arm::of(plan, horizon.flags().is_some());
    let expression = |column: &Column| -> Sql {
        let name = column.name.as_str();
        match name {
            "experiment" => of_experiment(|experiment| Sql::string(&experiment.name)),
            "metric" => of(&|metric| Sql::string(&metric.name)),
            "role" => of(&|metric| Sql::string(role(metric.role))),
            "day" => Sql::new("toDate(day_number)"),
            "dimension" | "segment" => Sql::new("''"),
            "type" => of(&|metric| Sql::string(metric.type_name)),
            "lower_is_better" => of(&lower_is_better),
            "window_start" => start.clone(),
            "window_end" => Sql::new(until.clone()),
            _ => match name.strip_prefix("srm_") {
                Some(field) => Sql::new(format!("srm.{field}")),
                None if columns::of_parts().iter().any(|part| part.name == name) => arm.part(plan, name),
                None if arm.has(name) => arm.column(name),
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
            by_day,
            statistics => Value::from(statistics),
            aggregation => Value::from(of(&|metric| Sql::string(aggregation(plan.measure_of(metric))))),
            lower_is_better => Value::from(of(&lower_is_better)),
            options => Value::from(of(&|metric| Sql::string(&metric.options))),
            expected_shares => Value::from(exposures::expected_shares(plan, experiment.as_str())),
            columns => Value::from(Sql::join(selected, ",\n")),
            ..arm.context(plan),
        },
    ))
}

/// What is carried of an arm from its statistics to the result, as a tuple.
struct Arm {
    names: Vec<&'static str>,
}

impl Arm {
    fn of(plan: &Plan, matures: bool) -> Arm {
        let mut names = vec!["variant", "n", "sum", "sum_squares", "invalid_values"];
        if matures {
            names.push("identities");
        }
        if plan.has_second_values() {
            names.extend(["other_sum", "other_sum_squares", "product"]);
        }
        Arm { names }
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// The element of the tuple `arm`.
    fn column(&self, name: &str) -> Sql {
        let position = self.names.iter().position(|known| *known == name).map_or(0, |index| index + 1);
        Sql::new(format!("arm.{position}"))
    }

    /// A moment of the denominator or the covariate: that of the second value where it is one.
    fn part(&self, plan: &Plan, name: &str) -> Sql {
        let Some((which, moment)) = name.split_once('_').filter(|_| self.has("other_sum")) else {
            return Sql::new("NULL");
        };
        let of_kind = |metric: &Metric| {
            matches!(
                (&plan.measure_of(metric).other, which),
                (Some(Other::Denominator(_)), "denominator") | (Some(Other::Covariate(_)), "covariate")
            )
        };
        let moment = match moment {
            "sum" => "other_sum",
            "sum_squares" => "other_sum_squares",
            "product" => "product",
            _ => return Sql::new("NULL"),
        };
        let flags: Vec<Sql> =
            plan.metrics.iter().map(|metric| Sql::whole(u64::from(of_kind(metric)))).collect();
        match lookup(&flags, "metric_number").as_str() {
            "0" => Sql::new("NULL"),
            "1" => self.column(moment),
            flag => Sql::new(format!("if({flag} = 1, {}, NULL)", self.column(moment))),
        }
    }

    /// What the results need of it.
    fn context(&self, plan: &Plan) -> Value {
        let mut given: Vec<Sql> = ["variant", "n", "sum", "sum_squares"].map(|name| self.column(name)).into();
        let mut types = vec![Sql::new("variant String, n UInt64, sum Float64, sum_squares Float64")];
        for part in ["denominator", "covariate"] {
            for moment in ["sum", "sum_squares", "product"] {
                let name = format!("{part}_{moment}");
                let value = self.part(plan, &name);
                if value.as_str() != "NULL" {
                    given.push(value);
                    types.push(Sql::new(format!("{name} Nullable(Float64)")));
                }
            }
        }
        let identities = if self.has("identities") { "identities" } else { "n" };
        context! {
            arm => Value::from(Sql::new(self.names.join(", "))),
            given_moments => Value::from(Sql::join(given, ", ")),
            types_of_moments => Value::from(Sql::join(types, ", ")),
            identities => Value::from(self.column(identities)),
        }
    }
}

/// A field of what is inferred of an arm; something else for an arm that is shown only.
fn unless_shown_only(otherwise: &str, field: &str) -> Sql {
    Sql::new(format!("if(inferred_arm.verdict = '', {otherwise}, inferred_arm.{field})"))
}

fn statistics(templates: &Templates, prefix: &str, plan: &Plan, horizon: &Horizon, by_day: bool) -> Sql {
    let rows = scan::rows(
        templates,
        prefix,
        &plan.rows,
        "number != 0",
        ValueOf::Metric,
        Identity::Hash,
        &scan::extras_of(&plan.rows),
    );
    let numbered = |item: fn(&Metric) -> usize| {
        let items: Vec<Sql> = plan.metrics.iter().map(|metric| Sql::whole(item(metric) as u64)).collect();
        lookup(&items, "metric_number")
    };
    let metrics = format!(
        "SELECT\n    metric_number,\n    {} AS experiment,\n    {} AS measure\n\
         FROM system.one\nARRAY JOIN range(1, {}) AS metric_number",
        numbered(|metric| metric.experiment),
        numbered(|metric| metric.measure),
        plan.metrics.len() + 1,
    );
    let deduplicates = plan.facts.iter().any(|fact| fact.deduplicate);
    let values = if plan.experiments.len() == 1 && !by_day && !deduplicates {
        Values::Joined(joined::values(templates, prefix, plan, &rows, horizon))
    } else {
        Values::Gathered(gathered::Rows::new(plan, rows), Taken::new(plan, horizon))
    };
    Statistics {
        prefix,
        given: None,
        exposures: exposures::rows(templates, prefix, plan, Identity::Hash),
        hash: Sql::new("identity_read"),
        until: by_day.then(|| horizon.of_exposures()),
        values,
        other: plan.has_second_values(),
        flags: horizon.flags(),
        flag: horizon.flag_of("metrics.measure"),
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

/// The aggregation of a metric as `experimentInference` names it.
fn aggregation(measure: &Measure) -> &'static str {
    match (measure.value.function, &measure.other, measure.quantile) {
        (_, _, Some(_)) => "quantile",
        (_, Some(Other::Denominator(_)), _) => "ratio",
        _ if measure.value.at_least.is_some() => "occurrence",
        (Function::Funnel { .. } | Function::Aggregation(Aggregation::Occurrence), ..) => "occurrence",
        (Function::Aggregation(Aggregation::Count), ..) => "count",
        _ => "sum",
    }
}
