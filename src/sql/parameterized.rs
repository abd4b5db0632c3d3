//! The parameterized views: what `sql/20_…` to `sql/41_…` are, for callers who give everything as parameters.
//!
//! They are made of the same steps as the views of definitions; what is read is known when they are asked.

use minijinja::{Value, context};

use crate::query::{Select, Sql};

use super::columns;
use super::inferred::{Inference, of_arm};
use super::scan::RowColumns;
use super::settings;
use super::template::Templates;
use super::values::{Exposures, metric_sums};

/// Goes before our names, of which `value` alone is also one of `events`.
const PREFIX: &str = "scorecard_";

const METRIC_LIST: &str =
    "{metrics:Array(Tuple(metric_id UInt64, event String, aggregation String, lower_is_better Bool))}";

/// What is said of metrics before anything is read.
const GIVEN: [(&str, &str); 3] = [
    ("metric_events", "arrayDistinct(arrayMap(metric -> metric.event, metric_list))"),
    (
        "value_events",
        "arrayDistinct(arrayMap(
    metric -> metric.event,
    arrayFilter(metric -> metric.aggregation IN ('sum', 'mean'), metric_list)
))",
    ),
    (
        "unknown",
        "arrayFilter(metric -> metric.aggregation NOT IN ('occurrence', 'count', 'sum', 'mean'), metric_list)",
    ),
];

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

/// The metrics of `metric_list` in each arm.
fn sums(templates: &Templates) -> Select {
    let exposures = Exposures {
        rows: exposure_rows(templates),
        columns: RowColumns(PREFIX),
        identity: Sql::new(format!("cityHash64({PREFIX}identity)")),
        several: false,
        segments: None,
    };
    metric_sums(&exposures, metric_rows(templates)).filter(ALL_KNOWN)
}

/// A query with what is said of metrics before anything is read.
fn given(query: Select) -> Select {
    GIVEN.iter().fold(query.with_expression("metric_list", METRIC_LIST), |query, (name, expression)| {
        query.with_expression(name, *expression)
    })
}

fn metric_stats(templates: &Templates) -> Sql {
    let select = Select::from_query(given(sums(templates)));
    let select =
        METRIC_FIELDS.iter().fold(select.with_expression("metric_list", METRIC_LIST), |select, field| {
            select.column(of_metric(field), *field)
        });
    select
        .take_all(["variant", "n", "sum", "sum_squares", "invalid_values"])
        .order_by(["metric_number", "variant"])
        .print()
}

const METRIC_FIELDS: [&str; 4] = ["metric_id", "event", "aggregation", "lower_is_better"];

fn of_metric(field: &str) -> Sql {
    Sql::new(format!("metric_list[metric_number].{field}"))
}

fn results(templates: &Templates) -> Sql {
    let arm = [
        ("variant", "String"),
        ("n", "UInt64"),
        ("sum", "Float64"),
        ("sum_squares", "Float64"),
        ("invalid_values", "UInt64"),
        ("expected_values", "UInt64"),
        ("identities", "UInt64"),
    ];
    let inference = Inference {
        prefix: String::new(),
        given: Some(("metric_list", Sql::new(METRIC_LIST))),
        sums: given(sums(templates)).into(),
        keys: Vec::new(),
        moments: arm[..4].iter().map(|(name, ty)| (of_arm(name), format!("{name} {ty}"))).collect(),
        arm: arm.into(),
        own: None,
        aggregation: of_metric("aggregation"),
        lower_is_better: of_metric("lower_is_better"),
        options: Sql::new("{options:String}"),
        expected_shares: Sql::new("{expected_shares:Map(String, Float64)}"),
    };
    let ordered = Select::from_query(inference.query())
        .take("*")
        .order_by([Sql::new("metric_number"), of_arm("variant")]);
    let select = Select::from_query(ordered).with_expression("metric_list", METRIC_LIST);
    let select = METRIC_FIELDS.iter().fold(select, |select, field| select.column(of_metric(field), *field));
    // How many rows should have numbers is told by the caution alone.
    let select = arm[..5].iter().fold(select, |select, (name, _)| select.column(of_arm(name), *name));
    // The fields that were there first, with the sample ratio behind them, then those that came later.
    let fields = columns::of_inference();
    let reason = fields.iter().position(|column| column.name == "reason").map_or(0, |index| index + 1);
    let (first, later) = fields.split_at(reason);
    let inferred = |select: Select, column: &columns::Column| match column.name.as_str() {
        "caution" => select.column(columns::caution(), "caution"),
        name => select.column(Sql::field("inferred_arm", name), name),
    };
    let tested =
        |select: Select, field: &str| select.column(Sql::field("srm", field), format!("srm_{field}"));
    let select = first.iter().fold(select, inferred);
    let select = ["p_value", "verdict"].into_iter().fold(select, tested);
    let select = later.iter().fold(select, inferred);
    tested(select, "sequential_p_value").print()
}
