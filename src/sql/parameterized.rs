//! The parameterized views: what `sql/20_…` to `sql/41_…` are, for callers who give everything as parameters.
//!
//! They are made of the same steps as the views of definitions; what is read is known when they are asked.

use minijinja::{Value, context};

use crate::definition::Aggregation;
use crate::plan::{Function, Reads};

use super::aggregations;
use super::bundles::Slot;
use super::columns;
use super::gathered::{self, Taken};
use super::settings;
use super::statistics::{Kept, Statistics, Values};
use super::template::Templates;
use super::text::Sql;

/// Goes before our names, of which `value` alone is also one of `events`.
const PREFIX: &str = "scorecard_";

const METRIC_LIST: &str = "{metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, \
                           lower_is_better Bool))} AS metric_list";

/// What is said of metrics before anything is read.
const GIVEN: &str = "\
arrayDistinct(arrayMap(metric -> metric.event, metric_list)) AS metric_events,

arrayDistinct(arrayMap(
    metric -> metric.event,
    arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
)) AS value_events,

arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list) AS unknown";

/// No aggregation is unknown. A scalar subquery is evaluated while the query is analysed, so the refusal comes
/// whatever the data.
const ALL_KNOWN: &str = "(
    SELECT throwIf(
        notEmpty(unknown),
        concat(
            'Unknown aggregation ''', unknown[1].aggregation,
            ''' of metric ', toString(unknown[1].metric_id),
            ': it must be occurrence, count, sum or mean'
        )
    )
) = 0";

/// A file of `sql/` that makes a view: its name, and what is put into its template.
type File = (&'static str, fn(&Templates) -> Value);

const FILES: [File; 6] = [
    ("20_experiment_exposures", |templates| context! { exposures => Value::from(exposures(templates)) }),
    ("21_experiment_exposure_timeseries", |templates| {
        context! { exposures => Value::from(exposures(templates)) }
    }),
    ("22_experiment_traffic", |templates| context! { traffic => Value::from(traffic(templates)) }),
    ("30_experiment_metric_stats", |templates| {
        context! { statistics => Value::from(metric_stats(templates)) }
    }),
    ("40_experiment_results", |templates| context! { results => Value::from(results(templates)) }),
    ("41_experiment_summary", |templates| {
        context! { results => Value::from(results(templates)), traffic => Value::from(traffic(templates)) }
    }),
];

/// The names of the files, without their ending.
pub fn names() -> [&'static str; FILES.len()] {
    FILES.map(|(name, _)| name)
}

/// The text of a file; None where there is none of the name.
pub fn text(name: &str) -> Option<String> {
    let (name, gaps) = FILES.into_iter().find(|(known, _)| *known == name)?;
    let templates = Templates::new();
    let settings = Value::from(Sql::new(settings::clause()));
    let filled = templates.fill(name, context! { settings, ..gaps(&templates) });
    Some(format!("{}\n", filled.finish()))
}

/// Rows of `events` in the window.
fn rows(templates: &Templates, columns: &[(&str, &str)], conditions: &[&str]) -> Sql {
    let window =
        ["timestamp >= {window_start:DateTime64(3, 'UTC')}", "timestamp < {window_end:DateTime64(3, 'UTC')}"];
    let conditions = ["environment_key = {environment_key:String}"].iter().chain(conditions).chain(&window);
    let of_row = |(name, expression): &(&str, &str)| Sql::new(format!("{expression} AS {PREFIX}{name}"));
    let time = ("time", "toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC'))");
    templates.fill(
        "scan",
        context! {
            columns => Value::from(Sql::join(columns.iter().chain(&[time]).map(of_row), ",\n")),
            relation => Value::from(Sql::new("events")),
            conditions => Value::from(Sql::join(conditions.map(|condition| Sql::new(*condition)), "\nAND ")),
        },
    )
}

fn exposure_rows(templates: &Templates) -> Sql {
    rows(
        templates,
        &[("identity", "identifier"), ("number", "toUInt32(1)"), ("value", "value")],
        &["event = '$flag_exposure'", "feature_name = {feature_name:String}", "value != ''"],
    )
}

/// The names are a subquery because that form uses the primary key on every supported version; an expression
/// after IN does not (26.9) or fails (25.8, 26.3), and has() does not on 25.8.
fn metric_rows(templates: &Templates) -> Sql {
    rows(
        templates,
        &[
            ("identity", "cityHash64(identifier)"),
            ("number", "transform(event, metric_events, arrayEnumerate(metric_events), CAST(0 AS UInt32))"),
            (
                "value",
                "if(isFinite(multiIf(\n    empty(value_events), nan,\n    has(value_events, event), \
                 ifNull(accurateCastOrNull(value, 'Float64'), nan),\n    nan\n) AS parsed), parsed, nan)",
            ),
        ],
        &["event IN (SELECT arrayJoin(metric_events))"],
    )
}

fn exposures(templates: &Templates) -> Sql {
    templates.fill(
        "exposures",
        context! {
            p => Value::from(Sql::new(PREFIX)),
            rows => Value::from(exposure_rows(templates)),
            segments => false,
        },
    )
}

fn traffic(templates: &Templates) -> Sql {
    let tested = templates.fill(
        "tested",
        context! {
            p => Value::from(Sql::new(PREFIX)),
            exposures => Value::from(exposures(templates)),
            expected => Value::from(Sql::new("{expected_shares:Map(String, Float64)}")),
            experiments => Value::from(Sql::whole(1)),
            segments => false,
        },
    );
    templates.fill(
        "traffic",
        context! {
            tested => Value::from(tested),
            segments => false,
            columns => Value::from(Sql::join(columns::of_traffic().iter().map(columns::Made::selected), ",\n")),
        },
    )
}

fn metric_stats(templates: &Templates) -> Sql {
    statistics(
        templates,
        "metric_list[metric_number].metric_id AS metric_id,\nmetric_list[metric_number].event AS event,\n\
         metric_list[metric_number].aggregation AS aggregation,\n\
         metric_list[metric_number].lower_is_better AS lower_is_better",
        false,
    )
}

fn statistics(templates: &Templates, columns: &str, tells_expected: bool) -> Sql {
    let statistics = Statistics {
        prefix: PREFIX,
        given: Some(Sql::new(format!("{METRIC_LIST},\n\n{GIVEN}"))),
        exposures: exposure_rows(templates),
        identity: Sql::new(format!("cityHash64({PREFIX}identity)")),
        days: None,
        values: Values::Gathered(Box::new((
            gathered::Rows { rows: metric_rows(templates), numbers: true, texts: false, deduplicated: None },
            taken(),
        ))),
        other: false,
        slots: vec![Kept::default(); SLOTS.len()],
        slot: slot_of_aggregation(),
        segments: None,
        bent: None,
        flags: None,
        flag: Sql::whole(1),
        metrics: Sql::new("arrayEnumerate(metric_list)"),
        measures: Sql::new("arrayEnumerate(metric_list)"),
        absent: None,
        only: Some(Sql::new(ALL_KNOWN)),
        tells_expected,
        columns: Sql::new(columns),
    };
    statistics.query(templates, &statistics.arms_at_once(templates))
}

/// What may be asked of the rows of an event.
const SLOTS: [Aggregation; 4] =
    [Aggregation::Occurrence, Aggregation::Count, Aggregation::Sum, Aggregation::Mean];

/// A bundle is an event; each metric is a measure of it, in the slot of its aggregation.
fn slot_of_aggregation() -> Sql {
    let slots = Sql::array(SLOTS.map(|aggregation| Sql::string(aggregation.name())));
    Sql::new(format!(
        "if(bundle != 0 AND metric_list[measure].event = metric_events[bundle], \
         indexOf({slots}, metric_list[measure].aggregation), 0)"
    ))
}

fn taken() -> Taken {
    let slot = |aggregation| {
        let function = Function::Aggregation(aggregation);
        let of_numbers = |rows: Sql| if function.reads() == Reads::Number { rows } else { Sql::new("0") };
        Slot {
            value: match aggregation {
                Aggregation::Mean => aggregations::mean_with_blanks_as_0(),
                _ => aggregations::of_arrays(function, "", true),
            },
            other: None,
            invalid: of_numbers(Sql::new("arraySum(blanks_counted)")),
            expected: of_numbers(aggregations::rows_of_arrays("")),
            list: None,
        }
    };
    Taken {
        bundles_of_fact: None,
        joint: Vec::new(),
        counts: Sql::new("t >= first_exposure"),
        other_counts: None,
        slots: SLOTS.map(slot).into(),
        only: None,
    }
}

fn results(templates: &Templates) -> Sql {
    let metric = |field: &str| Sql::new(format!("metric_list[metric_number].{field}"));
    let mut selected: Vec<Sql> = ["metric_id", "event", "aggregation", "lower_is_better"]
        .map(|field| Sql::new(format!("{} AS {field}", metric(field))))
        .into();
    let arm = ["variant", "n", "sum", "sum_squares", "invalid_values", "expected_values"];
    // How many rows should have numbers is told by the caution alone.
    selected
        .extend((1..).zip(&arm[..5]).map(|(position, name)| Sql::new(format!("arm.{position} AS {name}"))));
    // The fields that were there first, with the sample ratio behind them, then those that came later.
    let inference = columns::of_inference();
    let reason = inference.iter().position(|column| column.name == "reason").map_or(0, |index| index + 1);
    let (first, later) = inference.split_at(reason);
    let inferred = |column: &columns::Column| {
        let value = match column.name.as_str() {
            "caution" => columns::caution(),
            name => Sql::field("inferred_arm", name),
        };
        Sql::new(format!("{value} AS {}", column.name))
    };
    selected.extend(first.iter().map(inferred));
    let tested = |field: &str| Sql::new(format!("{} AS srm_{field}", Sql::field("srm", field)));
    selected.extend(["p_value", "verdict"].map(tested));
    selected.extend(later.iter().map(inferred));
    selected.push(tested("sequential_p_value"));
    let inferred = templates.fill(
        "inferred",
        context! {
            p => Value::from(Sql::new(PREFIX)),
            given => Value::from(Sql::new(METRIC_LIST)),
            by_day => false,
            segments => false,
            own => false,
            statistics => Value::from(statistics(templates, "metric_number", true)),
            aggregation => Value::from(metric("aggregation")),
            lower_is_better => Value::from(metric("lower_is_better")),
            options => Value::from(Sql::new("{options:String}")),
            expected_shares => Value::from(Sql::new("{expected_shares:Map(String, Float64)}")),
            arm => Value::from(Sql::new(arm.join(", "))),
            given_moments => Value::from(Sql::new("arm.1, arm.2, arm.3, arm.4")),
            types_of_moments => Value::from(Sql::new(
                "variant String, n UInt64, sum Float64, sum_squares Float64",
            )),
            identities => Value::from(Sql::new("arm.2")),
            lacks_numbers => Value::from(columns::lacks_numbers(&Sql::new("arm.5"), &Sql::new("arm.6"))),
        },
    );
    templates.fill(
        "results",
        context! {
            given => Value::from(Sql::new(METRIC_LIST)),
            by_day => false,
            segments => false,
            inferred => Value::from(inferred),
            columns => Value::from(Sql::join(selected, ",\n")),
        },
    )
}
