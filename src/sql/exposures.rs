//! Traffic and exposures of a plan's experiments as SQL.

use minijinja::{Value, context};

use crate::plan::{Experiment, Plan};

use super::columns::{self, Column, Made};
use super::lookup::lookup;
use super::scan::{self, Extra, Identity, RowColumns, ValueOf};
use super::template::Templates;
use super::values::MOST_SEGMENTS;
use crate::query::Sql;

/// The columns of [`traffic`].
pub(super) fn traffic_columns() -> Vec<Column> {
    let mut columns = of_segment();
    columns.extend(columns::of_traffic().into_iter().map(|made| made.column));
    columns
}

/// How many identities each variant of each experiment got, and whether the split is the intended one.
pub(super) fn traffic(templates: &Templates, prefix: &str, plan: &Plan) -> Option<Sql> {
    let segments = plan.has_dimensions();
    let of_segment = if segments { ["dimension", "segment"] } else { ["'' AS dimension", "'' AS segment"] };
    let segment = [format!("{} AS experiment", name(plan, "experiment_number"))]
        .into_iter()
        .chain(of_segment.map(str::to_owned))
        .map(Sql::new);
    let told = columns::of_traffic();
    let columns = segment.chain(told.iter().map(Made::selected));
    let tested = tested(templates, prefix, plan)?;
    Some(templates.fill(
        "traffic",
        context! {
            tested => Value::from(tested),
            segments,
            columns => Value::from(Sql::join(columns, ",\n")),
        },
    ))
}

/// One row per experiment: who was seen, and the sample ratio test.
pub(super) fn tested(templates: &Templates, prefix: &str, plan: &Plan) -> Option<Sql> {
    if plan.experiments.is_empty() {
        return None;
    }
    Some(templates.fill(
        "tested",
        context! {
            p => Value::from(Sql::new(prefix)),
            exposures => Value::from(exposed(templates, prefix, plan)),
            expected => Value::from(expected_shares(plan, "experiments.experiment")),
            experiments => Value::from(Sql::whole(plan.experiments.len() as u64)),
            segments => dimension_names(plan, "experiment").map_or(Value::from(false), Value::from),
            most => Value::from(Sql::whole(MOST_SEGMENTS)),
        },
    ))
}

/// The columns of [`exposures`].
pub(super) fn exposure_columns() -> Vec<Column> {
    [
        ("experiment", "String", "Name of the experiment"),
        ("environment", "String", "Environment that the experiment reads; empty where it reads no events"),
        ("identifier", "String", "The identity, as it is"),
        ("variant", "String", "The variant it was exposed to; empty when quarantined"),
        ("quarantined", "Bool", "It was exposed to more than one variant, and is in no arm"),
        ("first_exposure", "DateTime64(3, 'UTC')", "Its first exposure in the experiment's window, UTC"),
    ]
    .map(|(name, ty, comment)| Column::new(name, ty, comment))
    .into()
}

/// Who was exposed to what, since when, in each experiment.
pub(super) fn exposures(templates: &Templates, prefix: &str, plan: &Plan) -> Option<Sql> {
    if plan.experiments.is_empty() {
        return None;
    }
    let environments: Vec<Sql> =
        plan.experiments.iter().map(|experiment| Sql::string(&experiment.environment)).collect();
    Some(Sql::new(format!(
        "SELECT\n    {} AS experiment,\n    {} AS environment,\n    identifier,\n    variant,\n    quarantined,\n    \
         first_exposure\nFROM\n(\n    {}\n) AS exposed",
        name(plan, "exposed.experiment"),
        lookup(&environments, "exposed.experiment"),
        exposed(templates, prefix, plan).indented(4),
    )))
}

/// One row per identity and experiment, identities as they are.
fn exposed(templates: &Templates, prefix: &str, plan: &Plan) -> Sql {
    templates.fill(
        "exposures",
        context! {
            p => Value::from(Sql::new(prefix)),
            rows => Value::from(rows(templates, prefix, plan, Identity::Text)),
            segments => first_segments(plan, RowColumns(prefix)).map_or(Value::from(false), Value::from),
        },
    )
}

/// The segments of an identity out of the times and segments of its exposures: those of the first one, and at the
/// same instant the smallest text of each; None where no experiment has dimensions.
///
/// The minimum is of texts that begin with the time, in bytes that sort as it does: of tuples it takes twice as long.
pub(super) fn first_segments(plan: &Plan, rows: RowColumns) -> Option<Sql> {
    let [time, segments] = ["time", "segments"].map(|name| rows.column(name));
    let key = |segment: &str| {
        format!(
            "concat(\n    reinterpretAsFixedString(byteSwap(bitXor(reinterpretAsUInt64({time}), \
             9223372036854775808))),\n    {segment}\n)"
        )
    };
    let of_first = plan.experiments.first()?.dimensions.len();
    if plan.experiments.iter().any(|experiment| experiment.dimensions.len() != of_first) {
        let keys = Sql::new(key("segment")).indented(8);
        return Some(Sql::new(format!(
            "arrayMap(\n    key -> substring(key, 9),\n    minForEach(arrayMap(\n        segment -> {keys},\n        \
             {segments}\n    ))\n)"
        )));
    }
    // Where all have as many, each by itself: arrays of minima take longer.
    let first = |number| {
        let key = Sql::new(key(&format!("{segments}[{number}]"))).indented(4);
        Sql::new(format!("substring(\n    min({key}),\n    9\n)"))
    };
    (of_first > 0).then(|| Sql::array((1..=of_first).map(first)))
}

/// The names of the dimensions of the experiment whose number the expression gives; None where none has any.
pub(super) fn dimension_names(plan: &Plan, number: &str) -> Option<Sql> {
    let names = |experiment: &Experiment| {
        let names = Sql::array(experiment.dimensions.iter().map(|name| Sql::string(name)));
        Sql::new(format!("CAST({names} AS Array(String))"))
    };
    plan.has_dimensions().then(|| lookup(&plan.experiments.iter().map(names).collect::<Vec<_>>(), number))
}

/// The exposures of all experiments, each within its own time.
pub(super) fn rows(templates: &Templates, prefix: &str, plan: &Plan, identity: Identity) -> Sql {
    let [number, value, time] = ["number", "value", "time"].map(|name| RowColumns(prefix).column(name));
    let mut only = vec![format!("{value} != ''")];
    let of = |item: fn(&Experiment) -> Sql| {
        lookup(&plan.experiments.iter().map(item).collect::<Vec<_>>(), &number)
    };
    if plan.starts_differ() {
        only.push(format!("{time} >= {}", of(|experiment| Sql::whole(experiment.start))));
    }
    if plan.ends_differ() {
        only.push(format!("{time} < {}", of(|experiment| Sql::whole(experiment.end.unwrap_or(i64::MAX)))));
    }
    let extras: &[Extra] = if plan.has_dimensions() { &[Extra::Segments] } else { &[] };
    scan::rows(templates, prefix, &plan.exposures, &only, ValueOf::Exposure, identity, extras)
}

/// The variants that an experiment has by design, as an array.
pub(super) fn own_variants(experiment: &Experiment) -> Sql {
    Sql::array(experiment.shares.keys().map(|name| Sql::string(name)))
}

/// The name of the experiment whose number the expression gives.
pub(super) fn name(plan: &Plan, number: &str) -> Sql {
    let names: Vec<Sql> = plan.experiments.iter().map(|experiment| Sql::string(&experiment.name)).collect();
    lookup(&names, number)
}

/// The shares by design of the experiment whose number the expression gives, as a map.
pub(super) fn expected_shares(plan: &Plan, number: &str) -> Sql {
    let of =
        |item: fn(&Experiment) -> Sql| lookup(&plan.experiments.iter().map(item).collect::<Vec<_>>(), number);
    let names = of(own_variants);
    let shares = of(|experiment| Sql::array(experiment.shares.values().map(|share| Sql::float(*share))));
    Sql::new(format!("CAST(({names}, {shares}) AS Map(String, Float64))"))
}

fn of_segment() -> Vec<Column> {
    columns::of_metric()
        .into_iter()
        .filter(|column| ["experiment", "dimension", "segment"].contains(&column.name.as_str()))
        .collect()
}
