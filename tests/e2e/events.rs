//! Every adversarial event set in `tests/golden/events`, from raw events to the scorecard, and the real
//! experiment in `tests/data`: what the views say is what the independent reference says.

use std::{env, fs};

use serde_json::Value;

use crate::support::{Database, shared_database};

/// Relative, beyond what summing in another order may change (the set's own `tolerance`).
const TOLERANCE: f64 = 2e-12;

/// The published experiment's expected values come from double arithmetic.
const THORNTON_TOLERANCE: f64 = 1e-9;

fn directory(name: &str) -> String {
    format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn read_json(path: &str) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows(database: &mut Database, sql: &str) -> Vec<Value> {
    let settings = "SETTINGS output_format_json_quote_64bit_integers = 0";
    let text = database.query_as(&format!("{sql} {settings}"), "JSONEachRow");
    let text = text.unwrap_or_else(|message| panic!("{sql}\n{message}"));
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

fn quoted(text: &Value) -> String {
    let text = text.as_str().expect("a string");
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The parameters that every view takes.
fn window(parameters: &Value) -> String {
    ["environment_key", "feature_name", "window_start", "window_end"]
        .map(|name| format!("{name} = {}", quoted(&parameters[name])))
        .join(", ")
}

fn metrics(parameters: &Value) -> String {
    let metric = |metric: &Value| {
        let (event, aggregation) = (quoted(&metric["event"]), quoted(&metric["aggregation"]));
        format!("({}, {event}, {aggregation}, {})", metric["metric_id"], metric["lower_is_better"])
    };
    let metrics: Vec<String> =
        parameters["metrics"].as_array().expect("metrics").iter().map(metric).collect();
    format!("[{}]", metrics.join(", "))
}

fn shares(parameters: &Value) -> String {
    let shares = parameters["expected_shares"].as_object().expect("shares").iter();
    let pairs: Vec<String> = shares
        .map(|(variant, share)| format!("{}, {share}", quoted(&Value::from(variant.as_str()))))
        .collect();
    format!("map({})", pairs.join(", "))
}

/// Collects what differs, so that one run shows everything.
struct Comparison {
    set: String,
    differences: Vec<String>,
}

impl Comparison {
    fn equal(&mut self, what: &str, got: &Value, expected: &Value) {
        if got != expected {
            self.differences.push(format!("{}: {what}: got {got}, expected {expected}", self.set));
        }
    }

    /// Equal within an absolute bound, or both missing.
    fn near(&mut self, what: &str, got: &Value, expected: &Value, bound: f64) {
        let near = match (got.as_f64(), expected.as_f64()) {
            (Some(got), Some(expected)) => (got - expected).abs() <= bound,
            (None, None) => got.is_null() && expected.is_null(),
            _ => false,
        };
        if !near {
            self.differences.push(format!("{}: {what}: got {got}, expected {expected}", self.set));
        }
    }
}

fn load(database: &mut Database, path: &str) {
    let sql = format!("INSERT INTO events SELECT * FROM file('{path}', 'TabSeparatedWithNames')");
    database.query(&sql).unwrap_or_else(|message| panic!("{path}: {message}"));
}

fn check_exposures(database: &mut Database, window: &str, expected: &Value, found: &mut Comparison) {
    let sql = format!(
        "SELECT identifier, variant, quarantined, toString(first_exposure) AS first_exposure \
         FROM experiment_exposures({window}) ORDER BY identifier"
    );
    let got = rows(database, &sql);
    let expected = expected.as_array().expect("exposures");
    found.equal("number of exposures", &got.len().into(), &expected.len().into());
    for (got, expected) in got.iter().zip(expected) {
        found.equal("exposure", got, expected);
    }
}

fn check_traffic(database: &mut Database, parameters: &Value, expected: &Value, found: &mut Comparison) {
    let (window, shares) = (window(parameters), shares(parameters));
    let got =
        rows(database, &format!("SELECT * FROM experiment_traffic({window}, expected_shares = {shares})"));
    let mut identities = serde_json::Map::new();
    for row in &got {
        let variant = row["variant"].as_str().expect("variant").to_owned();
        if row["identities"] != 0 {
            identities.insert(variant, row["identities"].clone());
        }
        let ratio = &expected["sample_ratio"];
        found.equal("quarantined", &row["quarantined_identities"], &expected["quarantined_identities"]);
        found.equal("srm_verdict", &row["srm_verdict"], &ratio["verdict"]);
        found.equal("srm_reason", &row["srm_reason"], &ratio["reason"]);
        let bound = TOLERANCE * ratio["p_value"].as_f64().unwrap_or(0.0);
        found.near("srm_p_value", &row["srm_p_value"], &ratio["p_value"], bound);
    }
    found.equal("identities", &Value::Object(identities), &expected["identities"]);
}

fn check_results(database: &mut Database, parameters: &Value, expected: &Value, found: &mut Comparison) {
    let sql = format!(
        "SELECT * FROM experiment_results({}, metrics = {}, expected_shares = {}, options = {})",
        window(parameters),
        metrics(parameters),
        shares(parameters),
        quoted(&Value::from(parameters["options"].to_string())),
    );
    let got = rows(database, &sql);
    let expected = expected["results"].as_array().expect("results");
    found.equal("number of results", &got.len().into(), &expected.len().into());
    for (got, expected) in got.iter().zip(expected) {
        let metric =
            format!("metric {} {} {}", expected["metric_id"], expected["aggregation"], expected["variant"]);
        for (field, value) in expected.as_object().expect("a result") {
            let what = format!("{metric}: {field}");
            match (field.as_str(), value) {
                ("tolerance", _) => {}
                (_, Value::Number(number)) if number.is_f64() => {
                    let own = expected["tolerance"][field].as_f64().unwrap_or(0.0);
                    // A small lift is a difference of means, so its scale is theirs.
                    let scale =
                        if ["lift", "ci_low", "ci_high"].contains(&field.as_str()) { 1.0 } else { 0.0 };
                    let bound = own + TOLERANCE * (scale + value.as_f64().unwrap_or(0.0).abs());
                    found.near(&what, &got[field], value, bound);
                }
                _ => found.equal(&what, &got[field], value),
            }
        }
    }
}

#[test]
fn the_views_agree_with_the_reference_on_every_event_set() {
    let directory = directory("golden/events");
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{directory}: {error}"));
    let mut sets: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    sets.sort();
    assert!(sets.len() >= 10, "{directory} holds only {sets:?}");
    let mut differences = Vec::new();
    for set in sets {
        let mut database = shared_database();
        load(&mut database, &format!("{directory}/{set}.tsv"));
        let golden = read_json(&format!("{directory}/{set}.json"));
        let (parameters, expected) = (&golden["parameters"], &golden["expected"]);
        let mut found = Comparison { set, differences: Vec::new() };
        check_exposures(&mut database, &window(parameters), &expected["exposures"], &mut found);
        check_traffic(&mut database, parameters, expected, &mut found);
        check_results(&mut database, parameters, expected, &mut found);
        differences.extend(found.differences);
    }
    let shown: Vec<&String> = differences.iter().take(20).collect();
    assert!(differences.is_empty(), "{} differences, the first: {shown:#?}", differences.len());
}

#[test]
fn the_real_experiment_has_its_published_numbers() {
    let mut database = shared_database();
    load(&mut database, &directory("data/thornton_2008_events.tsv"));
    let golden = read_json(&directory("data/thornton_2008_expected.json"));
    let metric = &golden["metric"];
    // The reference has the formulas of the delta method.
    let sql = format!(
        "SELECT * FROM experiment_results({}, metrics = [({}, {}, {}, {})], expected_shares = map(), \
         options = '{{\"interval\": \"delta\"}}')",
        window(&golden),
        metric["metric_id"],
        quoted(&metric["event"]),
        quoted(&metric["aggregation"]),
        metric["lower_is_better"],
    );
    let got = rows(&mut database, &sql);
    let arms = golden["arms"].as_object().expect("arms");
    assert_eq!(got.len(), arms.len());
    let mut found = Comparison { set: "thornton".to_owned(), differences: Vec::new() };
    for row in &got {
        let variant = row["variant"].as_str().expect("variant");
        for (field, expected) in arms[variant].as_object().expect("an arm") {
            let bound = THORNTON_TOLERANCE * expected.as_f64().expect("a number").abs();
            found.near(&format!("{variant} {field}"), &row[field], expected, bound);
        }
    }
    assert!(found.differences.is_empty(), "{:#?}", found.differences);
}
