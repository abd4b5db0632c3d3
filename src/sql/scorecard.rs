//! The scorecard of a plan as one query: events in, one row per metric and arm out.

use crate::definition::{Bound, Role};
use crate::inference;
use crate::names::Named;
use crate::plan::{Experiment, Function, Measure, Metric, Part, Plan, Second};
use crate::query::{Query, Select, Sql};

use super::columns::{self, Column, Stage, Step};
use super::exposures;
use super::inferred::{Inference, of_arm};
use super::instant;
use super::lookup::{choose, lookup};
use super::order_statistics::OrderStatistics;
use super::prefix::Prefix;
use super::values::{self, Reading, Sums};

/// The columns of a scorecard, in order.
pub(super) fn columns(reading: Reading) -> Vec<Column> {
    let mut columns = columns::of_metric();
    match reading {
        Reading::Now => {}
        Reading::EachDay => {
            columns.insert(3, Column::new("day", "Date", "UTC day at whose end the row stands"));
        }
        Reading::SinceExposure => {
            let day = "Whole days of 24 hours that lay between an identity's first exposure and the day told, 0 to 89";
            columns.insert(3, Column::new("day_since_exposure", "UInt32", day));
            let cumulative = "The days before it are told with it, from the exposure on";
            columns.insert(4, Column::new("cumulative", "Bool", cumulative));
        }
    }
    columns.extend(columns::of_moments());
    columns.extend(columns::of_parts());
    columns.push(columns::of_invalid_values());
    columns.extend(columns::of_inference());
    columns.extend(columns::of_sample_ratio());
    columns.extend(columns::of_window());
    columns
}

/// A scorecard in several queries: steps, of which each but the first reads the view of the one before it, and the result
/// with the columns that [`columns()`] says; None where no metric is asked for.
///
/// ClickHouse looks at each function together with all that is below it, but not into views: as one query it would plan
/// some 60 columns over everything that the arms are made of, for seconds.
pub(super) fn queries(
    prefix: &Prefix,
    plan: &Plan,
    reading: Reading,
    view_of: &dyn Fn(Stage) -> String,
) -> Option<(Vec<Step>, Select)> {
    if plan.metrics.is_empty() {
        return None;
    }
    let inference = inference(prefix, plan, reading, &view_of(Stage::Arms));
    let inferred =
        Step { stage: Stage::Inferred, columns: inference.columns(), query: inference.query().print() };
    let steps = vec![Sums::new(prefix, plan, reading).step(), inferred];
    Some((steps, results(plan, reading, &view_of(Stage::Inferred))))
}

/// The rows of metrics and arms of a plan, from the view of its sums, with what needs the values of identities.
pub(super) fn sums(plan: &Plan, reading: Reading, view: &str) -> Query {
    let columns = values::columns(plan, reading);
    let sums = Query::from(Select::from(Sql::name(view)).take("*"));
    match OrderStatistics::of(plan, &columns, reading.keys()) {
        Some(order_statistics) => order_statistics.step(sums),
        None => sums,
    }
}

/// What is looked up of the metric that `metric_number` names, and of its experiment.
pub(super) fn of_metric(plan: &Plan, item: &dyn Fn(&Metric) -> Sql) -> Sql {
    lookup(&plan.metrics.iter().map(item).collect::<Vec<_>>(), "metric_number")
}

pub(super) fn of_experiment(plan: &Plan, item: &dyn Fn(&Experiment) -> Sql) -> Sql {
    let items: Vec<Sql> = plan.experiments.iter().map(item).collect();
    lookup(&items, experiment_number(plan).as_str())
}

fn experiment_number(plan: &Plan) -> Sql {
    of_metric(plan, &|metric| Sql::whole(metric.experiment as u64))
}

/// Whether some experiment says which variants it has.
fn has_own_variants(plan: &Plan) -> bool {
    plan.experiments.iter().any(|experiment| !experiment.shares.is_empty())
}

fn inference(prefix: &Prefix, plan: &Plan, reading: Reading, view: &str) -> Inference {
    let arm = Arm::of(plan, reading);
    Inference {
        prefix: prefix.clone(),
        given: None,
        sums: sums(plan, reading, view),
        keys: keys(plan, reading),
        moments: arm.moments(),
        arm: arm.fields,
        own: has_own_variants(plan).then(|| of_experiment(plan, &exposures::own_variants)),
        aggregation: of_metric(plan, &|metric| Sql::string(aggregation(plan.measure_of(metric)))),
        lower_is_better: of_metric(plan, &lower_is_better),
        options: options(plan, reading),
        expected_shares: exposures::expected_shares(plan, experiment_number(plan).as_str()),
    }
}

/// The columns beside the metric that tell results of one arm apart, with their types.
fn keys(plan: &Plan, reading: Reading) -> Vec<(&'static str, &'static str)> {
    let mut keys = reading.keys().to_vec();
    if plan.has_dimensions() {
        keys.extend([("dimension", "String"), ("segment", "String")]);
    }
    keys
}

/// The options of a metric: of the final result, where they are others, from the end of its experiment on.
fn options(plan: &Plan, reading: Reading) -> Sql {
    let while_running = of_metric(plan, &|metric| Sql::string(&metric.options));
    if plan.metrics.iter().all(|metric| metric.final_options.is_none()) {
        return while_running;
    }
    let in_final_result =
        of_metric(plan, &|metric| Sql::string(metric.final_options.as_ref().unwrap_or(&metric.options)));
    let end = of_experiment(plan, &|experiment| end_or_never(experiment.end));
    Sql::new(format!("if({} >= {end}, {in_final_result}, {while_running})", moment_of_reading(reading)))
}

/// As of when a row of a result stands.
fn moment_of_reading(reading: Reading) -> &'static str {
    match reading {
        Reading::Now | Reading::SinceExposure => "now64(3, 'UTC')",
        Reading::EachDay => "least(now64(3, 'UTC'), toDateTime64((day_number + 1) * 86400, 3, 'UTC'))",
    }
}

fn results(plan: &Plan, reading: Reading, view: &str) -> Select {
    let of = |item: &dyn Fn(&Metric) -> Sql| of_metric(plan, item);
    let start = of_experiment(plan, &|experiment| instant::literal(experiment.start));
    let end = of_experiment(plan, &|experiment| end_or_never(experiment.end));
    let until = format!("least({end}, {})", moment_of_reading(reading));
    let own = has_own_variants(plan);
    let segments = plan.has_dimensions();
    let arm = Arm::of(plan, reading);
    let expression = |column: &Column| -> Sql {
        let name = column.name.as_str();
        match name {
            "experiment" => of_experiment(plan, &|experiment| Sql::string(&experiment.name)),
            "metric" => of(&|metric| Sql::string(&metric.name)),
            "role" => of(&|metric| Sql::string(role(metric.role))),
            "day" => Sql::new("toDate(day_number)"),
            "day_since_exposure" => Sql::new("toUInt32(day_number)"),
            "cumulative" => Sql::new("cumulative"),
            "dimension" | "segment" => Sql::new(if segments { name } else { "''" }),
            "type" => of(&|metric| Sql::string(metric.type_name)),
            "lower_is_better" => of(&lower_is_better),
            "window_start" => start.clone(),
            "window_end" => Sql::new(until.clone()),
            _ => match name.strip_prefix("srm_") {
                Some(field) => Sql::field("srm", field),
                None if own && name == "verdict" => unless_shown_only("'undefined'", name),
                None if own && name == "reason" => unless_shown_only("'unexpected_variant'", name),
                None if name == "caution" => columns::caution(),
                None => arm.column(name).unwrap_or_else(|| Sql::field("inferred_arm", name)),
            },
        }
    };
    let order = ["metric_number"].into_iter().chain(keys(plan, reading).into_iter().map(|(name, _)| name));
    let ordered =
        Select::from(Sql::name(view)).take("*").order_by(order.map(Sql::new).chain([of_arm("variant")]));
    let select = Select::from_query(ordered);
    columns(reading)
        .iter()
        .fold(select, |select, column| select.column(expression(column), column.name.as_str()))
}

/// What is carried of an arm from its sums to the result, as a tuple.
struct Arm<'p> {
    plan: &'p Plan,
    /// The fields of the tuple, with their types.
    fields: Vec<(&'static str, &'static str)>,
}

impl<'p> Arm<'p> {
    fn of(plan: &'p Plan, reading: Reading) -> Arm<'p> {
        let mut fields =
            vec![("variant", "String"), ("n", "UInt64"), ("sum", "Float64"), ("sum_squares", "Float64")];
        fields.extend(["invalid_values", "expected_values", "identities"].map(|name| (name, "UInt64")));
        if plan.has_second_values() {
            fields.extend(["second_sum", "second_sum_squares", "product"].map(|name| (name, "Float64")));
        }
        let added = OrderStatistics::of(plan, &[], reading.keys());
        fields.extend(added.iter().flat_map(OrderStatistics::added).map(|name| (name, "Nullable(Float64)")));
        Arm { plan, fields }
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| *known == name)
    }

    /// A column that is made of the arm's statistics; None where it is none of those.
    fn column(&self, name: &str) -> Option<Sql> {
        let quantiles = |measure: &Measure| measure.quantile.is_some();
        Some(match name {
            "variant" | "n" | "invalid_values" => of_arm(name),
            "sum" | "sum_squares" => self.only(|measure| !quantiles(measure), of_arm(name)),
            "quantile" | "quantile_standard_error" if self.has(name) => of_arm(name),
            "quantile" | "quantile_standard_error" => Sql::new("NULL"),
            _ => {
                let (which, rest) = name.split_once('_')?;
                match (which, rest) {
                    ("cap", side) => self.bound(side, "", &|measure| Some(&measure.value)),
                    ("denominator", _) => self.second(rest, &|measure| match &measure.second {
                        Some(Second::Denominator(part)) => Some(part),
                        _ => None,
                    })?,
                    ("covariate", _) => self.second(rest, &|measure| match &measure.second {
                        Some(Second::Covariate(part)) => Some(part),
                        _ => None,
                    })?,
                    _ => return None,
                }
            }
        })
    }

    /// Of the second value, where it is of a kind.
    fn second(&self, name: &str, part: &dyn Fn(&Measure) -> Option<&Part>) -> Option<Sql> {
        if let Some(side) = name.strip_prefix("cap_") {
            return Some(self.bound(side, "second_", part));
        }
        let moment = match name {
            "sum" => "second_sum",
            "sum_squares" => "second_sum_squares",
            "product" => "product",
            _ => return None,
        };
        if !self.has(moment) {
            return Some(Sql::new("NULL"));
        }
        Some(self.only(|measure| part(measure).is_some(), of_arm(moment)))
    }

    /// One end of the cap of a part: the number that the definition says, or what the percentile was.
    fn bound(&self, side: &str, which: &str, part: &dyn Fn(&Measure) -> Option<&Part>) -> Sql {
        let bound = |metric: &Metric| {
            let cap = part(self.plan.measure_of(metric))?.cap;
            if side == "lower" { cap.lower } else { cap.upper }
        };
        let fixed = |metric: &Metric| match bound(metric) {
            Some(Bound::Fixed(bound)) => Sql::float(bound),
            _ => Sql::new("NULL"),
        };
        let fixed = self.of_metric(&fixed);
        let name = format!("{which}{side}_bound");
        let percentile = |metric: &Metric| matches!(bound(metric), Some(Bound::Percentile(_)));
        if !self.plan.metrics.iter().any(percentile) {
            return fixed;
        }
        self.choose(&percentile, of_arm(&name).as_str(), fixed.as_str())
    }

    /// Something of the measures of a kind, NULL of others.
    fn only(&self, is: impl Fn(&Measure) -> bool, value: Sql) -> Sql {
        self.choose(&|metric| is(self.plan.measure_of(metric)), value.as_str(), "NULL")
    }

    fn choose(&self, is: &dyn Fn(&Metric) -> bool, yes: &str, no: &str) -> Sql {
        choose(self.plan.metrics.iter().map(is), "metric_number", yes, no)
    }

    fn of_metric(&self, item: &dyn Fn(&Metric) -> Sql) -> Sql {
        lookup(&self.plan.metrics.iter().map(item).collect::<Vec<_>>(), "metric_number")
    }

    /// A moment that only some measures have; None where none has it.
    fn moment(&self, name: &str) -> Option<Sql> {
        let second = |is: fn(&Second) -> bool| {
            self.plan.measures.iter().any(|measure| measure.second.as_ref().is_some_and(is))
        };
        let is_there = match name.split_once('_') {
            Some(("denominator", _)) => second(|second| matches!(second, Second::Denominator(_))),
            Some(("covariate", _)) => second(|second| matches!(second, Second::Covariate(_))),
            _ => self.has(name),
        };
        is_there.then(|| self.column(name)).flatten()
    }

    /// What the inference is given of it, with the types.
    fn moments(&self) -> Vec<(Sql, String)> {
        let mut given: Vec<(Sql, String)> =
            ["variant String", "n UInt64", "sum Float64", "sum_squares Float64"]
                .map(|field| (of_arm(field.split(' ').next().unwrap_or(field)), field.to_owned()))
                .into();
        let parts = columns::of_parts();
        for name in parts.iter().map(|column| column.name.as_str()).filter(|name| !name.contains("cap_")) {
            given.extend(self.moment(name).map(|value| (value, format!("{name} Nullable(Float64)"))));
        }
        given
    }
}

/// A field of what is inferred of an arm; something else for an arm that is shown only.
fn unless_shown_only(otherwise: &str, field: &str) -> Sql {
    let of_arm = |field| Sql::field("inferred_arm", field);
    Sql::new(format!("if({} = '', {otherwise}, {})", of_arm("verdict"), of_arm(field)))
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
    let inferred_as = match (&measure.second, measure.value.function) {
        _ if measure.quantile.is_some() => inference::Aggregation::Quantile,
        (Some(Second::Denominator(_)), _) => inference::Aggregation::Ratio,
        _ if measure.value.at_least.is_some() => inference::Aggregation::Occurrence,
        (_, Function::Aggregation(aggregation)) => aggregation.inferred_as(),
        (_, Function::Funnel { .. }) => inference::Aggregation::Occurrence,
        // A list has no moments.
        (_, Function::Values) => inference::Aggregation::Quantile,
    };
    inferred_as.name()
}
