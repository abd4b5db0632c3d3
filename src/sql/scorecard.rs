//! The scorecard of a plan as one query: events in, one row per metric and arm out.

use minijinja::{Value, context};

use crate::definition::{Bound, Role};
use crate::functions::experiment_inference::ArmScore;
use crate::functions::sample_ratio_mismatch::SampleRatio;
use crate::inference;
use crate::names::Named;
use crate::plan::{Experiment, Function, Measure, Metric, Other, Part, Plan};
use crate::wire::WireType;

use super::aggregations;
use super::bent::{self, Bent};
use super::columns::{self, Column, Stage, Step, all_of};
use super::exposures;
use super::gathered::{self, Taken};
use super::horizon::{Horizon, Reading};
use super::instant;
use super::joined;
use super::lookup::{choose, lookup};
use super::scan::{self, Identity, RowColumns, ValueOf};
use super::statistics::{Absent, Kept, Segments, Statistics, Values};
use super::template::Templates;
use super::text::Sql;

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
    templates: &Templates,
    prefix: &str,
    plan: &Plan,
    reading: Reading,
    view_of: &dyn Fn(Stage) -> String,
) -> Option<(Vec<Step>, Sql)> {
    if plan.metrics.is_empty() {
        return None;
    }
    let horizon = Horizon::new(plan, reading);
    let statistics = statistics(templates, prefix, plan, &horizon);
    let moments = statistics.query(templates, &all_of(&view_of(Stage::Arms)));
    let mut steps = statistics.steps(templates, view_of);
    steps.push(Step {
        stage: Stage::Inferred,
        columns: columns_of_inferred(plan, &horizon),
        query: infer(templates, prefix, plan, &horizon, &moments),
    });
    Some((steps, results(templates, plan, reading, &all_of(&view_of(Stage::Inferred)))))
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

fn infer(templates: &Templates, prefix: &str, plan: &Plan, horizon: &Horizon, moments: &Sql) -> Sql {
    let own = has_own_variants(plan).then(|| of_experiment(plan, &exposures::own_variants));
    templates.fill(
        "inferred",
        context! {
            p => Value::from(Sql::new(prefix)),
            given => false,
            own => own.map_or(Value::from(false), Value::from),
            by_day => horizon.by_day(),
            segments => plan.has_dimensions(),
            statistics => Value::from(moments.clone()),
            aggregation => Value::from(of_metric(plan, &|metric| Sql::string(aggregation(plan.measure_of(metric))))),
            lower_is_better => Value::from(of_metric(plan, &lower_is_better)),
            options => Value::from(options(plan, horizon.reading())),
            expected_shares => Value::from(exposures::expected_shares(plan, experiment_number(plan).as_str())),
            ..Arm::of(plan, horizon).context(),
        },
    )
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

fn columns_of_inferred(plan: &Plan, horizon: &Horizon) -> Vec<Column> {
    let mut columns = vec![Column::new("metric_number", "UInt32", "")];
    if horizon.by_day() {
        columns.push(Column::new("day_number", "UInt64", ""));
    }
    if plan.has_dimensions() {
        columns.extend(["dimension", "segment"].map(|name| Column::new(name, "String", "")));
    }
    let types = [
        ("arm", Arm::of(plan, horizon).ty()),
        ("inferred_arm", ArmScore::TYPE.to_string()),
        ("srm", SampleRatio::TYPE.to_string()),
        ("lacks_numbers", "Bool".to_owned()),
    ];
    columns.extend(types.map(|(name, ty)| Column::new(name, &ty, "")));
    columns
}

fn results(templates: &Templates, plan: &Plan, reading: Reading, inferred: &Sql) -> Sql {
    let horizon = Horizon::new(plan, reading);
    let by_day = horizon.by_day();
    let of = |item: &dyn Fn(&Metric) -> Sql| of_metric(plan, item);
    let start = of_experiment(plan, &|experiment| instant::literal(experiment.start));
    let end = of_experiment(plan, &|experiment| end_or_never(experiment.end));
    let until = format!("least({end}, {})", moment_of_reading(reading));
    let own = has_own_variants(plan);
    let segments = plan.has_dimensions();
    let arm = Arm::of(plan, &horizon);
    let expression = |column: &Column| -> Sql {
        let name = column.name.as_str();
        match name {
            "experiment" => of_experiment(plan, &|experiment| Sql::string(&experiment.name)),
            "metric" => of(&|metric| Sql::string(&metric.name)),
            "role" => of(&|metric| Sql::string(role(metric.role))),
            "day" => Sql::new("toDate(day_number)"),
            "day_since_exposure" => Sql::new("intDiv(day_number, 2)"),
            "cumulative" => Sql::new("CAST(day_number % 2 = 1 AS Bool)"),
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
    let selected = columns(reading)
        .into_iter()
        .map(|column| Sql::new(format!("{} AS {}", expression(&column), column.name)));
    templates.fill(
        "results",
        context! {
            given => false,
            by_day,
            segments,
            inferred => Value::from(inferred.clone()),
            columns => Value::from(Sql::join(selected, ",\n")),
        },
    )
}

/// What is carried of an arm from its statistics to the result, as a tuple.
struct Arm<'p> {
    plan: &'p Plan,
    names: Vec<&'static str>,
}

impl<'p> Arm<'p> {
    fn of(plan: &'p Plan, horizon: &Horizon) -> Arm<'p> {
        let mut names = vec!["variant", "n", "sum", "sum_squares", "invalid_values", "expected_values"];
        if horizon.flags().is_some() {
            names.push("identities");
        }
        if plan.has_second_values() {
            names.extend(["other_sum", "other_sum_squares", "product"]);
        }
        names.extend(Bent::of(plan, horizon.by_day()).iter().flat_map(Bent::added));
        Arm { plan, names }
    }

    /// The type of the tuple.
    fn ty(&self) -> String {
        let types = self.names.iter().map(|name| match *name {
            "variant" => "String",
            "n" | "identities" | "invalid_values" | "expected_values" => "UInt64",
            "sum" | "sum_squares" | "other_sum" | "other_sum_squares" | "product" => "Float64",
            _ => "Nullable(Float64)",
        });
        format!("Tuple({})", types.collect::<Vec<_>>().join(", "))
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// The element of the tuple `arm`.
    fn element(&self, name: &str) -> Sql {
        let index =
            self.names.iter().position(|known| *known == name).expect("only what is carried is asked for");
        Sql::new(format!("arm.{}", index + 1))
    }

    /// A column that is made of the arm's statistics; None where it is none of those.
    fn column(&self, name: &str) -> Option<Sql> {
        let quantiles = |measure: &Measure| measure.quantile.is_some();
        Some(match name {
            "variant" | "n" | "invalid_values" => self.element(name),
            "sum" | "sum_squares" => self.only(|measure| !quantiles(measure), self.element(name)),
            "quantile" | "quantile_standard_error" if self.has(name) => self.element(name),
            "quantile" | "quantile_standard_error" => Sql::new("NULL"),
            _ => {
                let (which, rest) = name.split_once('_')?;
                match (which, rest) {
                    ("cap", side) => self.bound(side, "", &|measure| Some(&measure.value)),
                    ("denominator", _) => self.second(rest, &|measure| match &measure.other {
                        Some(Other::Denominator(part)) => Some(part),
                        _ => None,
                    })?,
                    ("covariate", _) => self.second(rest, &|measure| match &measure.other {
                        Some(Other::Covariate(part)) => Some(part),
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
            return Some(self.bound(side, "other_", part));
        }
        let moment = match name {
            "sum" => "other_sum",
            "sum_squares" => "other_sum_squares",
            "product" => "product",
            _ => return None,
        };
        if !self.has(moment) {
            return Some(Sql::new("NULL"));
        }
        Some(self.only(|measure| part(measure).is_some(), self.element(moment)))
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
        self.choose(&percentile, self.element(&name).as_str(), fixed.as_str())
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

    /// What the inference needs of it.
    fn context(&self) -> Value {
        let mut given: Vec<Sql> =
            ["variant", "n", "sum", "sum_squares"].map(|name| self.element(name)).into();
        let mut types = vec![Sql::new("variant String, n UInt64, sum Float64, sum_squares Float64")];
        for name in columns::of_parts().iter().map(|column| column.name.as_str()) {
            if name.contains("cap_") {
                continue;
            }
            let value = self.column(name).unwrap_or_else(|| Sql::new("NULL"));
            if value.as_str() != "NULL" {
                given.push(value);
                types.push(Sql::new(format!("{name} Nullable(Float64)")));
            }
        }
        let identities = if self.has("identities") { "identities" } else { "n" };
        context! {
            arm => Value::from(Sql::new(self.names.join(", "))),
            given_moments => Value::from(Sql::join(given, ", ")),
            types_of_moments => Value::from(Sql::join(types, ", ")),
            identities => Value::from(self.element(identities)),
            lacks_numbers => Value::from(columns::lacks_numbers(
                &self.element("invalid_values"),
                &self.element("expected_values"),
            )),
        }
    }
}

/// A field of what is inferred of an arm; something else for an arm that is shown only.
fn unless_shown_only(otherwise: &str, field: &str) -> Sql {
    let of_arm = |field| Sql::field("inferred_arm", field);
    Sql::new(format!("if({} = '', {otherwise}, {})", of_arm("verdict"), of_arm(field)))
}

pub(super) fn statistics<'p>(
    templates: &Templates,
    prefix: &'p str,
    plan: &'p Plan,
    horizon: &Horizon,
) -> Statistics<'p> {
    let by_day = horizon.by_day();
    let rows = scan::rows(
        templates,
        prefix,
        &plan.rows,
        &[],
        ValueOf::Metric,
        Identity::Hash,
        &scan::extras_of(&plan.rows),
    );
    let deduplicates = plan.facts.iter().any(|fact| fact.deduplicate);
    let joins = plan.experiments.len() == 1 && !by_day && !deduplicates;
    let bundles = if joins { joined::bundles(plan) } else { gathered::bundles(plan) };
    let values = if joins {
        Values::Joined(joined::joined(templates, prefix, plan, &bundles, &rows, horizon))
    } else {
        let taken = Taken::new(plan, &bundles, horizon);
        Values::Gathered(Box::new((gathered::Rows::new(plan, rows), taken)))
    };
    let kept = |slot: usize| Kept {
        values: Bent::kept(&bundles, slot, plan.has_second_values()),
        lists: bundles.of_kind(slot, &bent::is_list),
    };
    let names = exposures::dimension_names(plan, &RowColumns(prefix).column("number"));
    let segments =
        exposures::first_segments(plan, RowColumns(prefix)).zip(names).map(|(first, names)| Segments {
            keys: Sql::new(format!(
                "arrayConcat(\n    [toUInt64(0)],\n    arrayMap(\n        (segment, dimension_number) -> \
             cityHash64(dimension_number, segment),\n        {} AS first_segments,\n        \
             arrayEnumerate(first_segments)\n    )\n)",
                first.indented(8)
            )),
            dimension: Sql::new(format!("{names}[dimension_number]")),
        });
    Statistics {
        prefix,
        given: None,
        exposures: exposures::rows(templates, prefix, plan, Identity::Hash),
        identity: Sql::new(RowColumns(prefix).column("identity")),
        days: horizon.days(),
        values,
        other: plan.has_second_values(),
        slots: bundles.slots().map(kept).collect(),
        slot: bundles.slot_of("measure"),
        segments,
        bent: Bent::of(plan, by_day),
        flags: horizon.flags(),
        flag: horizon.flag_of("measure_told"),
        metrics: of_metrics_of_experiment(plan, &|number, _| number),
        measures: of_metrics_of_experiment(plan, &|_, metric| metric.measure),
        absent: absent(plan),
        only: None,
        tells_expected: true,
        columns: Sql::new("metric_number"),
    }
}

/// Something of each metric of `experiment`, by its number and itself, as an array.
fn of_metrics_of_experiment(plan: &Plan, item: &dyn Fn(usize, &Metric) -> usize) -> Sql {
    let mut items = vec![Vec::new(); plan.experiments.len()];
    for (number, metric) in (1..).zip(&plan.metrics) {
        items[metric.experiment - 1].push(Sql::whole(item(number, metric) as u64));
    }
    let arrays = items.into_iter().map(|of| Sql::new(format!("CAST({} AS Array(UInt32))", Sql::array(of))));
    lookup(&arrays.collect::<Vec<_>>(), "experiment")
}

/// What identities without rows add to each measure; None where it is nothing.
fn absent(plan: &Plan) -> Option<Absent> {
    let of = |part: &dyn Fn(&Measure) -> Option<f64>| -> (bool, Sql) {
        let values: Vec<f64> = plan.measures.iter().map(|measure| part(measure).unwrap_or(0.0)).collect();
        let items: Vec<Sql> = values.iter().map(|value| Sql::float(*value)).collect();
        (values.iter().any(|value| *value != 0.0), lookup(&items, "measure_told"))
    };
    // Percentiles bend all identities together.
    let own = |measure: &Measure| {
        (!bent::has_percentile_cap(measure)).then(|| aggregations::of_nothing(&measure.value))
    };
    let other = |measure: &Measure| {
        let part = measure.other.as_ref().filter(|_| !bent::has_percentile_cap(measure))?.part();
        Some(aggregations::of_nothing(part))
    };
    let ((some, value), (some_other, other)) = (of(&own), of(&other));
    (some || some_other).then_some(Absent { value, other })
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
    let inferred_as = match (&measure.other, measure.value.function) {
        _ if measure.quantile.is_some() => inference::Aggregation::Quantile,
        (Some(Other::Denominator(_)), _) => inference::Aggregation::Ratio,
        _ if measure.value.at_least.is_some() => inference::Aggregation::Occurrence,
        (_, Function::Aggregation(aggregation)) => aggregation.inferred_as(),
        (_, Function::Funnel { .. }) => inference::Aggregation::Occurrence,
        // A list has no moments.
        (_, Function::Values) => inference::Aggregation::Quantile,
    };
    inferred_as.name()
}
