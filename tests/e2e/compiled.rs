//! What `scorecard compile` makes, beyond what a query with a file beside it can claim: names of any text in every place
//! where a name can be, and many experiments under the default limits.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use serde_json::{Value, json};

use crate::support::{self, Database, fresh_database, script};

/// Compiles the definitions, which are JSON and so YAML.
fn compile(database: &Database, name: &str, definitions: &Value) -> String {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    fs::create_dir_all(&directory).expect("a directory");
    let file = format!("{name}-{}.yaml", std::process::id());
    fs::write(directory.join(&file), definitions.to_string()).expect("a file");
    let script = database
        .compile(&directory, std::slice::from_ref(&file))
        .unwrap_or_else(|message| panic!("{message}"));
    fs::remove_file(directory.join(file)).expect("a file");
    script
}

fn ask(database: &mut Database, sql: &str) -> Vec<Vec<String>> {
    let answer =
        database.query_as(sql, "JSONCompactEachRow").unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let rows = answer.lines().map(|line| serde_json::from_str::<Vec<Value>>(line).expect("a row"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rows.map(|row| row.iter().map(text).collect()).collect()
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn name(text: &str) -> String {
    format!("`{}`", text.replace('\\', "\\\\").replace('`', "\\`"))
}

/// What a name may hold to get out of where it is put.
const HOSTILE: &str =
    "it's \"x\" \\ \\' `tick` \n*/ /* -- # {x:String} {{ x }} ;\nDROP TABLE events;\r\t$$ % ü🙂\u{2028}";

#[test]
fn any_name_is_itself_in_every_place() {
    let mut database = fresh_database("hostile");
    let current = "t_hostile it's `odd` \\ -- */ ü";
    for statement in ["DROP DATABASE IF EXISTS", "CREATE DATABASE", "USE"] {
        database.query(&format!("{statement} {}", name(current))).expect("a database");
    }
    database.install().expect("an installation");
    let own = |what: &str| format!("{what} {HOSTILE}");
    // An experiment's name is in that of a file, in which each of these characters counts three.
    let [experiment, second] =
        ["one", "two"].map(|what| format!("{what} it's \\ `t`\n*/ -- {{x:String}} ;\nü"));
    let [event, feature, environment, control, b, metric, total, source, seen] =
        ["event", "feature", "environment", "control", "b", "metric", "total", "source", "seen"].map(own);
    // A table is a file, or part of one, to some engines; the database has a name of its own.
    let table = "it's a `table` \\ -- */ {x:String} ü\u{1F642}";
    let elsewhere = "t_it's a `database` \\ -- ü";
    let setup = [
        format!("DROP DATABASE IF EXISTS {}", name(elsewhere)),
        format!("CREATE DATABASE {}", name(elsewhere)),
        format!(
            "CREATE TABLE {}.{} (who String, at DateTime('UTC'), amount Float64) ENGINE = MergeTree ORDER BY at",
            name(elsewhere),
            name(table)
        ),
        format!(
            "INSERT INTO {}.{} VALUES ('1', '2026-03-02 02:00:00', 5), ('2', '2026-03-02 02:00:00', 7)",
            name(elsewhere),
            name(table)
        ),
        format!(
            "INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value) VALUES \
             ({env}, '$flag_exposure', {feature}, '2026-03-02 01:00:00', '1', {control}), \
             ({env}, '$flag_exposure', {feature}, '2026-03-02 01:00:00', '2', {b}), \
             ({env}, {seen}, '', '2026-03-02 01:00:00', '1', {b}), \
             ({env}, {event}, '', '2026-03-02 03:00:00', '2', {event})",
            env = literal(&environment),
            feature = literal(&feature),
            control = literal(&control),
            b = literal(&b),
            seen = literal(&seen),
            event = literal(&event),
        ),
    ];
    for statement in setup {
        database.query(&statement).unwrap_or_else(|error| panic!("{statement}\n{error}"));
    }
    let quoted = |text: &str| format!("`{}`", text.replace('`', "``"));
    let definitions = json!({
        "version": 1,
        "sources": [{
            "name": source, "table": format!("{}.{}", quoted(elsewhere), quoted(table)),
            "identifier": "who", "timestamp": "at", "value": "amount",
        }],
        "metrics": [
            {"name": metric, "description": HOSTILE, "type": "count", "event": event,
             "filter": format!("value = {} -- {}", literal(&event), "it's `odd` */")},
            {"name": total, "type": "sum", "source": source},
        ],
        "experiments": [
            {"name": experiment, "description": HOSTILE, "environment": environment, "feature": feature,
             "control": control, "shares": {&control: 1, &b: 1}, "start": "2026-03-01", "end": "2026-04-01",
             "metrics": {"goals": [metric, {"metric": total, "as": own("renamed")}]}},
            {"name": second, "environment": environment, "exposure": {"event": seen}, "start": "2026-03-01",
             "control": b, "end": "2026-04-01", "status": "completed", "metrics": {"goals": [total]}},
        ],
    });
    // Twice, and as one text, which is how a client gets it.
    for _ in 0..2 {
        let script = compile(&database, "hostile", &definitions);
        database.query(&script).unwrap_or_else(|error| panic!("{error}"));
    }

    let row = |experiment: &str, metric: &str, variant: &str, sum: &str| -> Vec<String> {
        [experiment, metric, variant, "1", sum].map(str::to_owned).into()
    };
    let columns = "SELECT experiment, metric, variant, toUInt8(n), toUInt8(sum)";
    let expected = vec![
        row(&experiment, &metric, &b, "1"),
        row(&experiment, &metric, &control, "0"),
        row(&experiment, &own("renamed"), &b, "7"),
        row(&experiment, &own("renamed"), &control, "5"),
    ];
    let order = "ORDER BY metric, variant";
    assert_eq!(ask(&mut database, &format!("{columns} FROM experiment_scorecard {order}")), expected);
    let view = name(&format!("experiment_scorecard_{experiment}"));
    assert_eq!(ask(&mut database, &format!("{columns} FROM {view} {order}")), expected);
    let view = name(&format!("experiment_results_by_day_{experiment}"));
    let last = "day = '2026-03-02'";
    assert_eq!(ask(&mut database, &format!("{columns} FROM {view} WHERE {last} {order}")), expected);
    assert_eq!(
        ask(&mut database, &format!("{columns} FROM experiment_results_by_day WHERE {last} {order}")),
        expected
    );
    let view = name(&format!("experiment_scorecard_{}", second));
    let of_second = [row(&second, &total, &b, "5")];
    assert_eq!(ask(&mut database, &format!("{columns} FROM {view}")), of_second);

    database
        .run("SYSTEM REFRESH VIEW experiment_results_refresh;\nSYSTEM WAIT VIEW experiment_results_refresh;")
        .expect("refresh");
    let both: Vec<Vec<String>> = expected.iter().chain(&of_second).cloned().collect();
    let latest = format!("{columns} FROM experiment_results_latest ORDER BY experiment, metric, variant");
    assert_eq!(ask(&mut database, &latest), both);

    let told = ask(
        &mut database,
        "SELECT name, description, environment, feature, control, arrayJoin(mapKeys(shares)) AS variant \
         FROM experiments WHERE description != '' ORDER BY variant",
    );
    let listed = |variant| [&experiment, HOSTILE, &environment, &feature, &control, variant];
    assert_eq!(told, [listed(&b), listed(&control)]);
    let told = ask(&mut database, "SELECT name, description, event FROM metrics WHERE event != ''");
    assert_eq!(told, [[&metric, HOSTILE, &event]]);
    let told = ask(&mut database, "SELECT name, source FROM metrics WHERE source != ''");
    assert_eq!(told, [[total.as_str(), &source]]);
    let told = ask(
        &mut database,
        "SELECT DISTINCT experiment, environment, variant FROM experiment_scorecard_exposures ORDER BY variant",
    );
    assert_eq!(told, [[experiment.as_str(), &environment, &b], [&experiment, &environment, &control]]);
    let told = ask(
        &mut database,
        "SELECT experiment, variant, toUInt8(identities) FROM experiment_scorecard_traffic ORDER BY variant",
    );
    assert_eq!(told, [[experiment.as_str(), &b, "1"], [&experiment, &control, "1"]]);
    let told = ask(&mut database, "SELECT DISTINCT experiment, flag FROM experiment_health ORDER BY flag");
    assert_eq!(told, [[experiment.as_str(), "too_little_data"], [&experiment, "window_over"]]);

    // What is left over when nothing is defined is dropped by the statements that health gives.
    database.query(&compile(&database, "nothing", &json!({"version": 1}))).expect("a script");
    let drops = ask(&mut database, "SELECT extract(explanation, '(?s)DROP VIEW.*') FROM experiment_health");
    // Three views of each of three results of two experiments. The results of all are those of the one that runs.
    assert_eq!(drops.len(), 3 * 3 * 2);
    for drop in drops {
        database.query(&drop[0]).unwrap_or_else(|error| panic!("{}\n{error}", drop[0]));
    }
    assert_eq!(ask(&mut database, "SELECT * FROM experiment_health"), Vec::<Vec<String>>::new());
    for gone in [elsewhere, current] {
        database.query(&format!("DROP DATABASE {}", name(gone))).expect("dropped");
    }
}

/// What 300 identities, of which each has one purchase of its own number, say of 300 thresholds: the rows of all are
/// the same, alone and in one pass with another experiment.
#[test]
fn three_hundred_measures_of_the_same_rows_keep_apart() {
    let metrics = (1..=300).map(|threshold| {
        json!({"name": format!("from_{threshold}"), "type": "sum", "event": "purchase", "at_least": threshold})
    });
    let names: Vec<String> = (1..=300).map(|threshold| format!("from_{threshold}")).collect();
    let experiments = ["one", "another"].map(|name| {
        json!({
            "name": name, "environment": "production", "feature": "feature", "control": "control",
            "start": "2026-03-01", "end": "2026-04-01", "metrics": {"goals": names},
        })
    });
    let definitions =
        json!({"version": 1, "metrics": metrics.collect::<Vec<_>>(), "experiments": experiments});
    let mut database = fresh_database("measures");
    let rows = "
        INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
        SELECT 'production', '$flag_exposure', 'feature', '2026-03-02 00:00:00', toString(number), 'control'
        FROM numbers(1, 300);
        INSERT INTO events (environment_key, event, timestamp, identifier, value)
        SELECT 'production', 'purchase', '2026-03-03 00:00:00', toString(number), toString(number)
        FROM numbers(1, 300)";
    database.run(rows).expect("the rows are inserted");
    let script = compile(&database, "measures", &definitions);
    database.run(&script).expect("the script runs");
    for (view, experiments) in [("experiment_scorecard", 2), ("experiment_scorecard_one", 1)] {
        let wrong = "n != 300 OR sum != 301 - toUInt16(substring(metric, 6))";
        let counts = ask(&mut database, &format!("SELECT count(), countIf({wrong}) FROM {view}"));
        assert_eq!(counts, [[(300 * experiments).to_string(), "0".to_owned()]], "{view}");
    }
}

/// 26.9 takes the values for a constant now and then, and failed where their rows met others: so they are asked for
/// more than once.
#[test]
fn a_value_that_is_null_in_every_row_is_an_invalid_one() {
    let experiments = ["one", "another"].map(|name| {
        json!({
            "name": name, "environment": "production", "feature": "feature", "start": "2026-03-01",
            "end": "2026-04-01", "metrics": {"goals": ["paid", "refunds", "clicks"]},
        })
    });
    let definitions = json!({
        "version": 1,
        "sources": [{"name": "clicks", "table": "clicks", "identifier": "who", "timestamp": "at"}],
        "metrics": [
            {"name": "paid", "type": "first", "event": "purchase", "value": "CAST(NULL AS Nullable(Float64))"},
            {"name": "refunds", "type": "count", "event": "refund"},
            {"name": "clicks", "type": "count", "source": "clicks"},
        ],
        "experiments": experiments,
    });
    let mut database = fresh_database("nulls");
    let rows = "
        CREATE TABLE clicks (who String, at DateTime('UTC')) ENGINE = MergeTree ORDER BY who;
        INSERT INTO clicks SELECT toString(number), '2026-03-03 00:00:00' FROM numbers(20);
        INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
        SELECT 'production', '$flag_exposure', 'feature', '2026-03-02 00:00:00', toString(number), 'control'
        FROM numbers(20);
        INSERT INTO events (environment_key, event, timestamp, identifier, value)
        SELECT 'production', ['purchase', 'refund'][number % 2 + 1], '2026-03-03 00:00:00', toString(number), '1'
        FROM numbers(20)";
    database.run(rows).expect("the rows are inserted");
    let script = compile(&database, "nulls", &definitions);
    database.run(&script).expect("the script runs");
    for view in ["experiment_scorecard WHERE experiment = 'one'", "experiment_scorecard_one"] {
        let query = format!("SELECT metric, sum, invalid_values FROM (SELECT * FROM {view}) ORDER BY metric");
        let expected = [["clicks", "20", "0"], ["paid", "0", "10"], ["refunds", "10", "0"]];
        for _ in 0..20 {
            assert_eq!(ask(&mut database, &query), expected, "{view}");
        }
    }
}

const ENUM_OR_FIXED: &str = "metric paid: value is an Enum or a FixedString; use toString(...) of it";

/// ClickHouse would say so only to who reads the views.
#[test]
fn an_expression_that_cannot_be_read_fails_the_script_before_it_changes_anything() {
    let cases = [
        (json!({"value": "amuont"}), "amuont"),
        (json!({"value": "toUUID(value)"}), "UUID"),
        (json!({"value": "[1, 2]"}), "Array"),
        (json!({"value": "toFixedString(event, 20)"}), ENUM_OR_FIXED),
        (json!({"value": "CAST('1' AS Enum8('1' = 10))"}), ENUM_OR_FIXED),
        (json!({"value": "sum(toFloat64OrZero(value))"}), "ggregate function"),
        (json!({"filter": "count() > 0"}), "ggregate function"),
        (json!({"filter": "value + "}), "Syntax error"),
        (json!({"filter": "tuple(value)"}), "Tuple"),
    ];
    let mut database = fresh_database("expressions");
    let row = "INSERT INTO events (environment_key, event, timestamp, identifier, value) \
               VALUES ('production', 'purchase', '2026-03-03 00:00:00', '1', '61f0c404-5cb3-11e7-907b-a6006ad3dba0')";
    database.query(row).expect("the row is inserted");
    for (part, expected) in cases {
        let mut metric = json!({"name": "paid", "type": "sum", "event": "purchase"});
        for (key, value) in part.as_object().expect("keys") {
            metric[key] = value.clone();
        }
        let definitions = json!({
            "version": 1,
            "metrics": [metric],
            "experiments": [{
                "name": "one", "environment": "production", "feature": "feature", "start": "2026-03-01",
                "end": "2026-04-01", "metrics": {"goals": ["paid"]},
            }],
        });
        let script = compile(&database, "expressions", &definitions);
        let problem = database.run(&script).expect_err(&part.to_string());
        assert!(problem.contains(expected), "{part}: {problem}");
        let views =
            ask(&mut database, "SELECT name FROM system.tables WHERE name = 'experiment_scorecard_one'");
        assert!(views.is_empty(), "{part}: {views:?}");
    }
}

const EXPERIMENTS: usize = 200;
const METRICS: usize = 20;
const TYPES: [&str; 4] = ["occurrence", "count", "sum", "mean"];

/// Experiments with as many metrics each, which are the same for all or each one's own.
fn many(shared: bool) -> Value {
    let metric_name = |experiment: usize, metric: usize| {
        if shared { format!("metric_{metric}") } else { format!("metric_{experiment}_{metric}") }
    };
    let mut metrics = Vec::new();
    for experiment in 0..if shared { 1 } else { EXPERIMENTS } {
        metrics.extend((0..METRICS).map(|metric| {
            json!({
                "name": metric_name(experiment, metric),
                "type": TYPES[metric % TYPES.len()],
                "event": format!("event_{}", if shared { metric } else { (experiment + metric) % 50 }),
                "filter": format!("toFloat64OrZero(value) > {}", experiment * METRICS + metric),
            })
        }));
    }
    let experiments = (0..EXPERIMENTS).map(|experiment| {
        let names: Vec<String> = (0..METRICS).map(|metric| metric_name(experiment, metric)).collect();
        json!({
            "name": format!("experiment_{experiment}"), "environment": "production",
            "feature": format!("feature_{experiment}"), "shares": {"control": 1, "treatment": 1},
            "start": format!("2026-03-{:02}", 1 + experiment % 20), "end": "2026-04-01", "metrics": {"goals": names},
        })
    });
    json!({"version": 1, "metrics": metrics, "experiments": experiments.collect::<Vec<_>>()})
}

const FEW_EVENTS: &str = "
INSERT INTO events (environment_key, event, feature_name, timestamp, identifier, value)
SELECT 'production', '$flag_exposure', concat('feature_', toString(feature)), '2026-03-21 00:00:00', toString(number), if(number % 2 = 0, 'control', 'treatment')
FROM numbers(20)
ARRAY JOIN range(200) AS feature;
INSERT INTO events (environment_key, event, timestamp, identifier, value)
SELECT 'production', concat('event_', toString(event)), '2026-03-21 01:00:00', toString(number), '10000'
FROM numbers(20)
ARRAY JOIN range(50) AS event;
";

/// Compiles and runs them as they are, and reads the views; what fails, with the sizes of what did not.
fn run_many(shared: bool) -> Result<(), String> {
    let mut database = fresh_database("many");
    database.run(FEW_EVENTS)?;
    let script = compile(&database, "many", &many(shared));
    let statements = script::statements(&script);
    let longest = statements.iter().map(|statement| statement.sql.len()).max().unwrap_or_default();
    let mut failures = String::new();
    let mut run = |sql: &str| {
        if let Err(message) = database.query(sql) {
            let head: String = sql.chars().take(80).collect();
            let _ = writeln!(failures, "{} bytes: {head}…: {message:.300}", sql.len());
        }
    };
    statements
        .iter()
        .filter(|statement| !is_of_another(&statement.sql))
        .for_each(|statement| run(&statement.sql));
    // What a view reads is looked at when it is asked. The older versions take minutes for those of days.
    let of_days = ["experiment_results_by_day", "experiment_effect_by_day"];
    for view in of_days.iter().filter(|_| !is_older_engine()) {
        run(&format!("EXPLAIN PIPELINE SELECT * FROM {view}"));
        run(&format!("EXPLAIN PIPELINE SELECT * FROM {view}_experiment_7"));
    }
    if !failures.is_empty() {
        return Err(format!("{} statements, the longest of {longest} bytes\n{failures}", statements.len()));
    }
    // Of metrics that no two experiments share there are a hundred passes, which older versions plan for minutes.
    if shared || !is_older_engine() {
        let (sql, expected) =
            ("SELECT count(), uniqExact(experiment), sum(n) FROM experiment_scorecard", "8000\t200\t80000");
        answers(&mut database, sql, expected)?;
    }
    for (sql, expected) in [
        ("SELECT count(), sum(n), sum(sum) FROM experiment_scorecard_experiment_7", "40\t400\t"),
        ("SELECT count() FROM experiment_health WHERE flag = 'window_over'", "200"),
        ("SELECT count(), sum(identities) FROM experiment_scorecard_traffic", "400\t4000"),
        ("SELECT count() FROM experiment_scorecard_exposures", "4000"),
    ] {
        answers(&mut database, sql, expected)?;
    }
    Ok(())
}

/// Fails if the answer does not begin as expected.
fn answers(database: &mut Database, sql: &str, expected: &str) -> Result<(), String> {
    let answer =
        database.query_as(sql, "TabSeparated").map_err(|message| format!("{sql}: {message:.500}"))?;
    if answer.starts_with(expected) { Ok(()) } else { Err(format!("{sql}: {answer}, expected {expected}")) }
}

/// Whether a statement tries an expression of the metrics of one experiment, like those of the seventh.
fn is_of_another(sql: &str) -> bool {
    let metric = sql.split("    'metric metric_").nth(1).and_then(|rest| rest.split('\'').next());
    metric.is_some_and(|metric| metric.contains('_') && !metric.starts_with("7_"))
}

/// Whether the engine is not the one for everyday use.
fn is_older_engine() -> bool {
    env::var("SCORECARD_ENGINE").is_ok_and(|engine| !engine.is_empty())
}

#[test]
fn two_hundred_experiments_with_metrics_in_common_keep_to_the_default_limits() {
    // The limits do not depend on the format in which the functions are called.
    if support::speaks_default_format() {
        run_many(true).unwrap_or_else(|message| panic!("{message}"));
    }
}

#[test]
fn four_thousand_metrics_keep_to_the_default_limits() {
    // The limits do not depend on the format in which the functions are called.
    if support::speaks_default_format() {
        run_many(false).unwrap_or_else(|message| panic!("{message}"));
    }
}
