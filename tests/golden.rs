//! Every number of the two functions against the independent references in `tests/golden/`.

use std::fs;

use scorecard::functions::experiment_inference::{ArmMoments, ArmScore, Row};
use scorecard::functions::sample_ratio_mismatch;
use scorecard::functions::{ExperimentInference, Function, SampleRatioMismatch};
use scorecard::wire::Text;
use scorecard::wire::value::Map;
use serde_json::Value;

/// Relative. Measured are 8e-13: a far tail at z multiplies the last bit of z by z².
const TOLERANCE: f64 = 2e-12;

fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(cases.len() > 100, "{path} holds only {} cases", cases.len());
    cases
}

/// A number, or one of the words that stand for what JSON cannot write.
fn number(value: &Value) -> f64 {
    match value {
        Value::String(word) => word.parse().expect("nan, inf or -inf"),
        number => number.as_f64().expect("a number"),
    }
}

fn text(value: &Value) -> Text<'_> {
    Text::borrowed(value.as_str().expect("a string").as_bytes())
}

/// Compares answers with expectations and keeps what differs.
#[derive(Default)]
struct Findings {
    numbers: usize,
    words: usize,
    worst: f64,
    differences: Vec<String>,
}

impl Findings {
    fn compare(&mut self, case: &str, field: &str, got: Option<f64>, expected: &Value) {
        let difference = match (got, expected.is_null()) {
            (None, true) => {
                self.words += 1;
                return;
            }
            (Some(got), false) => {
                let expected = number(expected);
                self.numbers += 1;
                if got == expected { 0.0 } else { (got - expected).abs() / expected.abs() }
            }
            _ => f64::INFINITY,
        };
        self.worst = self.worst.max(difference);
        if difference.is_nan() || difference > TOLERANCE {
            self.differences.push(format!("{case}: {field}: got {got:?}, expected {expected}"));
        }
    }

    fn compare_word(&mut self, case: &str, field: &str, got: &str, expected: &Value) {
        self.words += 1;
        if expected.as_str() != Some(got) {
            self.differences.push(format!("{case}: {field}: got {got}, expected {expected}"));
        }
    }

    fn report(self, what: &str) {
        let Self { numbers, words, worst, .. } = self;
        println!("{what}: {numbers} numbers, worst relative difference {worst:.1e}; {words} NULLs and words");
        let shown = self.differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.differences.is_empty(), "{} differences:\n{shown}", self.differences.len());
    }
}

fn moments(arm: &Value) -> ArmMoments<'_> {
    ArmMoments {
        variant: text(&arm["variant"]),
        n: arm["n"].as_u64().expect("n"),
        sum: number(&arm["sum"]),
        sum_squares: number(&arm["sum_squares"]),
        denominator_sum: None,
        denominator_sum_squares: None,
        denominator_product: None,
        covariate_sum: None,
        covariate_sum_squares: None,
        covariate_product: None,
    }
}

fn compare_arm(findings: &mut Findings, case: &str, got: &ArmScore<'_>, expected: &Value) {
    let case = format!("{case}, arm {}", expected["variant"]);
    assert_eq!(got.variant, text(&expected["variant"]), "{case}");
    assert_eq!(got.is_control, expected["is_control"].as_bool().expect("is_control"), "{case}");
    assert_eq!(got.n, expected["n"].as_u64().expect("n"), "{case}");
    for (field, value) in [
        ("mean", got.mean),
        ("variance", got.variance),
        ("lift", got.lift),
        ("ci_low", got.ci_low),
        ("ci_high", got.ci_high),
        ("chance_to_win", got.chance_to_win),
    ] {
        findings.compare(&case, field, value, &expected[field]);
    }
    findings.compare_word(&case, "verdict", got.verdict, &expected["verdict"]);
    findings.compare_word(&case, "reason", got.reason, &expected["reason"]);
}

#[test]
fn inference_agrees_with_mpmath() {
    let mut findings = Findings::default();
    for case in cases("inference.jsonl") {
        let options = case["options"].to_string();
        let row = Row {
            arms: case["arms"].as_array().expect("arms").iter().map(moments).collect(),
            aggregation: text(&case["aggregation"]),
            lower_is_better: case["lower_is_better"].as_bool().expect("lower_is_better"),
            options: Text::borrowed(options.as_bytes()),
        };
        let name = case["name"].to_string();
        let answer =
            ExperimentInference::default().answer(row).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = case["expected"].as_array().expect("expected");
        assert_eq!(answer.len(), expected.len(), "{name}");
        for (got, expected) in answer.iter().zip(expected) {
            compare_arm(&mut findings, &name, got, expected);
        }
    }
    findings.report("experimentInference");
}

fn entries<'v, T>(map: &'v Value, value: impl Fn(&'v Value) -> T) -> Map<'v, T> {
    let entries = map.as_object().expect("a map").iter();
    Map(entries.map(|(key, json)| (Text::borrowed(key.as_bytes()), value(json))).collect())
}

#[test]
fn sample_ratio_agrees_with_mpmath() {
    let mut findings = Findings::default();
    for case in cases("sample_ratio.jsonl") {
        let row = sample_ratio_mismatch::Row {
            observed: entries(&case["observed"], |count| count.as_u64().expect("a count")),
            expected: entries(&case["expected"], number),
        };
        let name = format!("{} against {}", case["observed"], case["expected"]);
        let got = SampleRatioMismatch.answer(row).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = &case["result"];
        findings.compare(&name, "p_value", got.p_value, &expected["p_value"]);
        findings.compare(&name, "chi_squared", got.chi_squared, &expected["chi_squared"]);
        findings.compare_word(&name, "verdict", got.verdict, &expected["verdict"]);
        findings.compare_word(&name, "reason", got.reason, &expected["reason"]);
    }
    findings.report("sampleRatioMismatch");
}
