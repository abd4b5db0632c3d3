//! The parameterized views: what `sql/20_…` to `sql/41_…` are, for callers who give everything as parameters.
//!
//! They are made of the same steps as the views of definitions; what is read is known when they are asked.

use crate::query::{Select, Sql};

use super::columns;
use super::exposures::{Traffic, exposed_identities, with_traffic_columns};
use super::inferred::{Inference, of_arm};
use super::prefix::Prefix;
use super::scan::RowColumns;
use super::settings;
use super::values::{Exposures, metric_sums};

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

/// A file of `sql/` that makes a view: its name, its text with gaps, and what is put into them.
struct File {
    name: &'static str,
    text: &'static str,
    gaps: fn() -> Vec<(&'static str, Sql)>,
}

macro_rules! file {
    ($name:literal, $gaps:expr) => {
        File { name: $name, text: include_str!(concat!("views/", $name, ".sql")), gaps: $gaps }
    };
}

const FILES: [File; 6] = [
    file!("20_experiment_exposures", || vec![("exposures", exposures().print())]),
    file!("21_experiment_exposure_timeseries", || vec![("exposures", exposures().print())]),
    file!("22_experiment_traffic", || vec![("traffic", traffic())]),
    file!("30_experiment_metric_stats", || vec![("statistics", metric_stats())]),
    file!("40_experiment_results", || vec![("results", results())]),
    file!("41_experiment_summary", || vec![("results", results()), ("traffic", traffic())]),
];

/// The names of the files, without their ending.
pub fn names() -> [&'static str; FILES.len()] {
    FILES.map(|file| file.name)
}

/// The text of a file; None where there is none of the name.
pub fn text(name: &str) -> Option<String> {
    let file = FILES.into_iter().find(|file| file.name == name)?;
    let settings = ("settings", Sql::new(settings::clause()));
    let gaps: Vec<(&str, Sql)> = (file.gaps)().into_iter().chain([settings]).collect();
    let line = |line: &str| {
        let gap = gaps.iter().find(|(gap, _)| line.trim_start() == format!("{{{{ {gap} }}}}"));
        gap.map_or_else(
            || line.to_owned(),
            |(_, sql)| {
                let indent = line.len() - line.trim_start().len();
                format!("{}{}", &line[..indent], sql.indented(indent))
            },
        )
    };
    let lines: Vec<String> = file.text.trim_end().lines().map(line).collect();
    Some(format!("{}\n", Sql::new(lines.join("\n")).finish()))
}

/// Rows of `events` in the window.
fn rows(columns: &[(&str, &str)], conditions: &[&str]) -> Select {
    let prefix = Prefix::of_events();
    let window =
        ["timestamp >= {window_start:DateTime64(3, 'UTC')}", "timestamp < {window_end:DateTime64(3, 'UTC')}"];
    let conditions = ["environment_key = {environment_key:String}"].iter().chain(conditions).chain(&window);
    let time = ("time", "toUnixTimestamp64Milli(toDateTime64(timestamp, 3, 'UTC'))");
    let select = columns.iter().chain(&[time]).fold(Select::from("events"), |select, (name, expression)| {
        select.column(*expression, RowColumns(&prefix.rows).column(name))
    });
    conditions.fold(select, |select, condition| select.filter(*condition))
}

fn exposure_rows() -> Select {
    rows(
        &[("identity", "identifier"), ("number", "toUInt32(1)"), ("value", "value")],
        &["event = '$flag_exposure'", "feature_name = {feature_name:String}", "value != ''"],
    )
}

/// The names are a subquery because that form uses the primary key on every supported version; an expression
/// after IN does not (26.9) or fails (25.8, 26.3), and has() does not on 25.8.
fn metric_rows() -> Select {
    rows(
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

fn exposures() -> Select {
    exposed_identities(&Prefix::of_events(), exposure_rows().into())
}

fn traffic() -> Sql {
    let traffic = Traffic {
        exposed: exposures().into(),
        expected: Sql::new("{expected_shares:Map(String, Float64)}"),
        experiments: 1,
        dimensions: None,
    };
    with_traffic_columns(traffic.by_variant()).print()
}

/// The metrics of `metric_list` in each arm.
fn sums() -> Select {
    let prefix = Prefix::of_events();
    let exposures = Exposures {
        rows: exposure_rows().into(),
        columns: RowColumns(&prefix.rows),
        identity: Sql::new(format!("cityHash64({})", RowColumns(&prefix.rows).column("identity"))),
        several: false,
        segments: None,
    };
    metric_sums(&exposures, metric_rows().into()).filter(ALL_KNOWN)
}

/// A query with what is said of metrics before anything is read.
fn given(query: Select) -> Select {
    GIVEN.iter().fold(query.with_expression("metric_list", METRIC_LIST), |query, (name, expression)| {
        query.with_expression(name, *expression)
    })
}

fn metric_stats() -> Sql {
    let select = Select::from_query(given(sums()));
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

fn results() -> Sql {
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
        prefix: Prefix::of_events(),
        given: Some(("metric_list", Sql::new(METRIC_LIST))),
        sums: given(sums()).into(),
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
