//! Every number of the functions against the independent references in `tests/golden/`.

use std::collections::BTreeMap;
use std::fs;

use scorecard::functions::experiment_inference::{ArmMoments, ArmScore, Row};
use scorecard::functions::{
    AdjustPValues, ExperimentInference, ExperimentPower, ExperimentSampleSize, Function, SampleRatioMismatch,
};
use scorecard::functions::{
    adjust_p_values, experiment_power, experiment_sample_size, sample_ratio_mismatch,
};
use scorecard::statistics::normal;
use scorecard::statistics::students_t::{two_sided_critical_value, two_sided_p_value};
use scorecard::wire::Text;
use scorecard::wire::value::Map;
use serde_json::Value;

/// Relative. Measured are 8e-13: a far tail at z multiplies the last bit of z by z².
const PLAIN: f64 = 2e-12;
/// Relative, of the closed forms: a covariate or a prior may cancel three digits of an answer.
const CLOSED_FORM: f64 = 1e-9;
/// Absolute, of what an integral gives: probabilities, and lifts beside 1.
const QUADRATURE: f64 = 1e-9;
/// Relative, of an expected loss on top of a tail's: its two terms may cancel a digit.
const LOSS: f64 = 1e-11;
/// Relative, of a p-value with the logarithm ln p, on top of [`PLAIN`]: a distance that is off by a
/// relative ε moves ln p by up to 2·ε·|ln p|, and the distance here is off by a few ε.
const TAIL_BY_LOG: f64 = 4e-15;
/// Relative, of a quantile of Student's t.
const CRITICAL_VALUE: f64 = 1e-12;
/// Relative, of sizes and powers: within it two sizes from 1e9 up may be rounded up to neighbours.
const PLANNING: f64 = 1e-9;
/// Below this a double may be subnormal on the way, with a coarse last bit.
const UNDERFLOW: f64 = 1e-305;

/// What the arms have by themselves, and the lift.
const OWN_NUMBERS: [&str; 3] = ["mean", "variance", "lift"];
/// Closed forms of the delta method.
const OF_DELTA: [&str; 3] = ["ci_low", "ci_high", "chance_to_win"];
const P_VALUES: [&str; 3] = ["p_value", "p_value_adjusted", "anytime_p_value"];
/// Read from a tail, as p-values are.
const TAILS: [&str; 3] = ["chance_to_win", "chance_to_be_non_inferior", "expected_loss"];

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

/// A number that may be NULL or left out.
fn optional(value: &Value) -> Option<f64> {
    (!value.is_null()).then(|| number(value))
}

fn text(value: &Value) -> Text<'_> {
    Text::borrowed(value.as_str().expect("a string").as_bytes())
}

/// How far a number may be off: relative to its own size or to `scale`, whichever is larger.
#[derive(Clone, Copy)]
struct Tolerance {
    relative: f64,
    scale: f64,
    absolute: f64,
}

impl Tolerance {
    fn relative(relative: f64) -> Self {
        Self { relative, scale: 0.0, absolute: 0.0 }
    }

    fn beside(self, scale: f64) -> Self {
        Self { scale, ..self }
    }

    fn or_underflow(self) -> Self {
        Self { absolute: UNDERFLOW, ..self }
    }

    /// Of a p-value, whose error grows with its logarithm.
    fn of_tail(expected: Option<f64>) -> Self {
        let log = expected.filter(|p| *p > 0.0).map_or(0.0, |p| p.ln().abs());
        Self::relative(PLAIN + TAIL_BY_LOG * log).or_underflow()
    }
}

/// The worst of one field.
#[derive(Default)]
struct Worst {
    numbers: usize,
    difference: f64,
    share: f64,
}

/// Compares answers with expectations and keeps what differs.
#[derive(Default)]
struct Findings {
    fields: BTreeMap<String, Worst>,
    words: usize,
    differences: Vec<String>,
}

impl Findings {
    fn compare(
        &mut self,
        case: &str,
        field: &str,
        got: Option<f64>,
        expected: Option<f64>,
        tolerance: Tolerance,
    ) {
        let (got, expected) = match (got, expected) {
            (None, None) => {
                self.words += 1;
                return;
            }
            (Some(got), Some(expected)) => (got, expected),
            _ => {
                self.differences.push(format!("{case}: {field}: got {got:?}, expected {expected:?}"));
                return;
            }
        };
        let size = expected.abs().max(tolerance.scale);
        let off = (got - expected).abs();
        let allowed = tolerance.relative * size + tolerance.absolute;
        let worst = self.fields.entry(field.to_owned()).or_default();
        worst.numbers += 1;
        if off > 0.0 {
            worst.difference = worst.difference.max(if off > tolerance.absolute { off / size } else { 0.0 });
            worst.share = worst.share.max(off / allowed);
        }
        if off.is_nan() || off > allowed {
            self.differences.push(format!("{case}: {field}: got {got:?}, expected {expected:?}"));
        }
    }

    fn compare_word(&mut self, case: &str, field: &str, got: &str, expected: &Value) {
        self.words += 1;
        if expected.as_str() != Some(got) {
            self.differences.push(format!("{case}: {field}: got {got}, expected {expected}"));
        }
    }

    fn report(self, what: &str) {
        let numbers: usize = self.fields.values().map(|worst| worst.numbers).sum();
        println!("{what}: {numbers} numbers; {} NULLs and words", self.words);
        for (field, Worst { numbers, difference, share }) in &self.fields {
            println!(
                "  {field}: {numbers} numbers, worst difference {difference:.1e}, {:.1} % of the tolerance",
                100.0 * share
            );
        }
        let shown = self.differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.differences.is_empty(), "{} differences:\n{shown}", self.differences.len());
    }
}

// experimentInference

fn moments(arm: &Value) -> ArmMoments<'_> {
    ArmMoments {
        variant: text(&arm["variant"]),
        n: arm["n"].as_u64().expect("n"),
        sum: number(&arm["sum"]),
        sum_squares: number(&arm["sum_squares"]),
        denominator_sum: optional(&arm["denominator_sum"]),
        denominator_sum_squares: optional(&arm["denominator_sum_squares"]),
        denominator_product: optional(&arm["denominator_product"]),
        covariate_sum: optional(&arm["covariate_sum"]),
        covariate_sum_squares: optional(&arm["covariate_sum_squares"]),
        covariate_product: optional(&arm["covariate_product"]),
        quantile: optional(&arm["quantile"]),
        quantile_standard_error: optional(&arm["quantile_standard_error"]),
    }
}

/// What a case does with its numbers, as far as tolerances go.
#[derive(Clone, Copy)]
struct Method {
    /// Means of doubles, or quantiles, under a flat prior: every difference is exact.
    is_plain: bool,
    is_delta: bool,
    is_beta_binomial: bool,
}

impl Method {
    fn of(case: &Value) -> Self {
        let options = &case["options"];
        let is_beta_binomial = options["model"] == "beta_binomial" && case["aggregation"] == "occurrence";
        let arms = case["arms"].as_array().expect("arms");
        let reads_optional_moments = case["aggregation"] != "quantile"
            && arms.iter().any(|arm| arm.as_object().expect("an arm").len() > 4);
        Self {
            is_plain: !reads_optional_moments && options["prior"].is_null(),
            is_delta: options["interval"] == "delta",
            is_beta_binomial,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self { is_beta_binomial: true, .. } => " (beta)",
            Self { is_plain: true, is_delta: true, .. } => " (delta)",
            Self { is_plain: true, .. } => "",
            _ => " (ratio, covariate or prior)",
        }
    }

    /// The tolerance of a field in an expected row.
    fn tolerance(self, field: &str, row: &Value) -> Tolerance {
        let value = |name: &str| optional(&row[name]).unwrap_or(0.0);
        let width = |low: &str, high: &str| value(high) - value(low);
        let by_quadrature =
            ["ci_low", "ci_high", "chance_to_win", "expected_loss", "chance_to_be_non_inferior"];
        if field == "chance_to_be_best" || (self.is_beta_binomial && by_quadrature.contains(&field)) {
            return Tolerance::relative(QUADRATURE).beside(1.0);
        }
        if self.is_plain && (OWN_NUMBERS.contains(&field) || (self.is_delta && OF_DELTA.contains(&field))) {
            return Tolerance::relative(PLAIN);
        }
        if P_VALUES.contains(&field) || (TAILS.contains(&field) && !self.is_delta) {
            let tail = Tolerance::of_tail(optional(&row[field]));
            let further = if field == "expected_loss" { LOSS } else { 0.0 };
            let relative = if self.is_plain { tail.relative + further } else { CLOSED_FORM };
            return Tolerance { relative, ..tail };
        }
        let closed_form = Tolerance::relative(CLOSED_FORM);
        match field {
            "lift" => closed_form.beside(value("standard_error")),
            "ci_low" | "ci_high" => closed_form.beside(width("ci_low", "ci_high")),
            "difference" if !self.is_plain => {
                closed_form.beside(width("difference_ci_low", "difference_ci_high"))
            }
            "difference_ci_low" | "difference_ci_high" => {
                closed_form.beside(width("difference_ci_low", "difference_ci_high"))
            }
            "anytime_ci_low" | "anytime_ci_high" => {
                closed_form.beside(width("anytime_ci_low", "anytime_ci_high"))
            }
            // The adjusted mean is the raw one and a correction, the reduction a difference from 1.
            "mean_adjusted" => closed_form.beside(value("mean").abs()),
            "variance_reduction" => closed_form.beside(1.0),
            _ => closed_form.or_underflow(),
        }
    }
}

fn compare_arm(findings: &mut Findings, case: &str, method: Method, got: &ArmScore<'_>, expected: &Value) {
    let case = format!("{case}, arm {}", expected["variant"]);
    assert_eq!(got.variant, text(&expected["variant"]), "{case}");
    assert_eq!(got.is_control, expected["is_control"].as_bool().expect("is_control"), "{case}");
    assert_eq!(got.n, expected["n"].as_u64().expect("n"), "{case}");
    let fields = [
        ("mean", got.mean),
        ("variance", got.variance),
        ("lift", got.lift),
        ("ci_low", got.ci_low),
        ("ci_high", got.ci_high),
        ("chance_to_win", got.chance_to_win),
        ("standard_error", got.standard_error),
        ("expected_loss", got.expected_loss),
        ("difference", got.difference),
        ("difference_ci_low", got.difference_ci_low),
        ("difference_ci_high", got.difference_ci_high),
        ("p_value", got.p_value),
        ("p_value_adjusted", got.p_value_adjusted),
        ("anytime_ci_low", got.anytime_ci_low),
        ("anytime_ci_high", got.anytime_ci_high),
        ("anytime_p_value", got.anytime_p_value),
        ("chance_to_be_best", got.chance_to_be_best),
        ("minimum_detectable_effect", got.minimum_detectable_effect),
        ("mean_adjusted", got.mean_adjusted),
        ("variance_adjusted", got.variance_adjusted),
        ("variance_reduction", got.variance_reduction),
        ("chance_to_be_non_inferior", got.chance_to_be_non_inferior),
    ];
    let words = ["variant", "is_control", "n", "verdict", "reason", "caution", "anytime_reason"];
    for name in expected.as_object().expect("a row").keys().map(String::as_str) {
        let is_compared = words.contains(&name) || fields.iter().any(|(field, _)| *field == name);
        assert!(is_compared, "{case}: {name} is not compared");
    }
    for (field, value) in fields {
        let tolerance = method.tolerance(field, expected);
        let name = format!("{field}{}", method.label());
        findings.compare(&case, &name, value, optional(&expected[field]), tolerance);
    }
    findings.compare_word(&case, "verdict", got.verdict, &expected["verdict"]);
    findings.compare_word(&case, "reason", got.reason, &expected["reason"]);
    findings.compare_word(&case, "caution", got.caution, &expected["caution"]);
    findings.compare_word(&case, "anytime_reason", got.anytime_reason, &expected["anytime_reason"]);
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
        let method = Method::of(&case);
        for (got, expected) in answer.iter().zip(expected) {
            compare_arm(&mut findings, &name, method, got, expected);
        }
    }
    findings.report("experimentInference");
}

// The other functions

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
        let plain = Tolerance::relative(PLAIN);
        findings.compare(&name, "p_value", got.p_value, optional(&expected["p_value"]), plain);
        findings.compare(&name, "chi_squared", got.chi_squared, optional(&expected["chi_squared"]), plain);
        findings.compare(
            &name,
            "sequential_p_value",
            got.sequential_p_value,
            optional(&expected["sequential_p_value"]),
            Tolerance::relative(CLOSED_FORM).or_underflow(),
        );
        findings.compare_word(&name, "verdict", got.verdict, &expected["verdict"]);
        findings.compare_word(&name, "reason", got.reason, &expected["reason"]);
    }
    findings.report("sampleRatioMismatch");
}

#[test]
fn adjusted_p_values_agree_with_exact_products() {
    let mut findings = Findings::default();
    for case in cases("adjust_p_values.jsonl") {
        let p_values = case["p_values"].as_array().expect("p_values");
        let row = adjust_p_values::Row {
            p_values: p_values.iter().map(optional).collect(),
            method: text(&case["method"]),
        };
        let name = format!("{} of {}", case["method"], case["p_values"]);
        let got = AdjustPValues.answer(row).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = case["expected"].as_array().expect("expected");
        assert_eq!(got.len(), expected.len(), "{name}");
        for (got, expected) in got.into_iter().zip(expected) {
            findings.compare(&name, "adjusted", got, optional(expected), Tolerance::relative(PLAIN));
        }
    }
    findings.report("adjustPValues");
}

#[test]
fn sizes_and_powers_agree_with_mpmath() {
    let mut findings = Findings::default();
    for case in cases("sample_size.jsonl") {
        let options = case["options"].to_string();
        let (mean, variance) = (number(&case["mean"]), optional(&case["variance"]));
        let minimum_effect = number(&case["minimum_effect"]);
        let text = Text::borrowed(options.as_bytes());
        let name = case.to_string();
        let expected = &case["expected"];
        let tolerance = Tolerance::relative(PLANNING).or_underflow();
        if case["function"] == "experimentSampleSize" {
            let row = experiment_sample_size::Row { mean, variance, minimum_effect, options: text };
            let got = ExperimentSampleSize::default().answer(row);
            let got = got.unwrap_or_else(|error| panic!("{name}: {error}"));
            for (field, value) in
                [("control", got.control), ("treatment", got.treatment), ("total", got.total)]
            {
                findings.compare(&name, field, value, optional(&expected[field]), tolerance);
            }
            findings.compare_word(&name, "reason", got.reason, &expected["reason"]);
        } else {
            let identities = case["identities"].as_u64().expect("identities");
            let row = experiment_power::Row { mean, variance, minimum_effect, identities, options: text };
            let got = ExperimentPower::default().answer(row);
            let got = got.unwrap_or_else(|error| panic!("{name}: {error}"));
            findings.compare(&name, "power", got.power, optional(&expected["power"]), tolerance);
            findings.compare_word(&name, "reason", got.reason, &expected["reason"]);
        }
    }
    findings.report("experimentSampleSize and experimentPower");
}

#[test]
fn students_t_agrees_with_mpmath() {
    let mut findings = Findings::default();
    for case in cases("students_t.jsonl") {
        let (name, degrees) = (case.to_string(), number(&case["degrees"]));
        let function = case["function"].as_str().expect("a function");
        let expected = optional(&case["expected"]);
        let (got, tolerance) = match function {
            "two_sided_p_value" => {
                (two_sided_p_value(number(&case["t"]), degrees), Tolerance::of_tail(expected))
            }
            "two_sided_critical_value" => {
                let tails = number(&case["tails"]);
                let z = normal::two_sided_critical_value(tails);
                (two_sided_critical_value(z, tails, degrees), Tolerance::relative(CRITICAL_VALUE))
            }
            unknown => panic!("unknown function {unknown}"),
        };
        findings.compare(&name, function, Some(got), expected, tolerance);
    }
    findings.report("Student's t");
}
