//! Data that is odd but no mistake of the caller: answered, with a reason, the same in every format.

use scorecard::functions::FunctionName;

use super::formats::{Format, Settings, answers, chunk, chunk_with};
use super::process::serve;
use super::values::{Function, Row, Value, arm, call, quantile_arm, ratio, text};

/// What every format answers to the rows; they agree to the last bit.
#[track_caller]
fn answers_in_every_format(function: Function, rows: &[Row]) -> Vec<Value> {
    // Without this JSON has no way to tell the infinities from NaN.
    let settings = Settings { quoted_denormals: true, ..Settings::default() };
    let each = Format::ALL.map(|format| {
        let output = serve(function, format, &chunk_with(function, format, rows, settings)).success();
        answers(function, format, &output, &[rows.len()])
    });
    for (format, answers) in Format::ALL.iter().zip(&each) {
        for (row, (answer, expected)) in answers.iter().zip(&each[0]).enumerate() {
            assert_eq!(answer, expected, "{format:?}, row {} {:?}", row + 1, rows[row]);
        }
    }
    let [answers, ..] = each;
    answers
}

/// The second arm's verdict and reason, and whether it has a lift with its interval.
fn second_arm(answer: &Value) -> (&str, &str, bool) {
    let score = &answer.elements()[1];
    let inferred = ["lift", "ci_low", "ci_high"].map(|name| score.score(name).float().is_some());
    assert!(inferred.iter().all(|there| *there == inferred[0]), "all or nothing: {score:?}");
    (score.score("verdict").text(), score.score("reason").text(), inferred[0])
}

/// The second arm's numbers that are there, by name.
fn numbers_of_second_arm(answer: &Value) -> Vec<&'static str> {
    let score = &answer.elements()[1];
    let fields =
        FunctionName::ExperimentInference.signature().returns.fields().iter().map(|field| field.name);
    let raw =
        ["variant", "is_control", "n", "mean", "variance", "verdict", "reason", "caution", "anytime_reason"];
    fields.filter(|name| !raw.contains(name) && score.score(name).float().is_some()).collect()
}

#[test]
fn moments_that_no_data_has_give_a_reason_and_no_error() {
    let odd = [
        (1000, f64::NAN, 1.0),
        (1000, 1.0, f64::NAN),
        (1000, f64::INFINITY, 1.0),
        (1000, f64::NEG_INFINITY, 1.0),
        (1000, 1.0, f64::INFINITY),
        (1000, 1.0, -1.0),
        (1000, 100.0, 1.0),
        (1000, f64::MAX, f64::MAX),
        ((1 << 53) + 1, 100.0, 100.0),
        (u64::MAX, 100.0, 100.0),
    ];
    let control = || arm("control", 1000, 100.0, 100.0);
    let rows: Vec<Row> = odd
        .iter()
        .map(|&(n, sum, squares)| call(vec![control(), arm("b", n, sum, squares)], "sum", ""))
        .collect();
    for (answer, moments) in answers_in_every_format(Function::Inference, &rows).iter().zip(odd) {
        assert_eq!(second_arm(answer), ("undefined", "invalid_moments", false), "{moments:?}");
        assert_eq!(answer.elements()[1].score("n"), &Value::UInt(moments.0));
        assert_eq!(answer.elements()[0].score("verdict").text(), "control");
    }
    // The same as control: nobody can be compared with it.
    let rows: Vec<Row> = odd
        .iter()
        .map(|&(n, sum, squares)| {
            call(vec![arm("control", n, sum, squares), arm("b", 1000, 100.0, 100.0)], "sum", "")
        })
        .collect();
    for (answer, moments) in answers_in_every_format(Function::Inference, &rows).iter().zip(odd) {
        assert_eq!(second_arm(answer), ("undefined", "invalid_moments", false), "{moments:?}");
    }
}

#[test]
fn identities_that_are_none_or_few_give_a_reason() {
    let few = [(0, 0.0, 0.0), (1, 2.0, 4.0), (49, 10.0, 10.0)];
    let rows: Vec<Row> = few
        .iter()
        .map(|&(n, sum, squares)| {
            call(vec![arm("control", 1000, 100.0, 100.0), arm("b", n, sum, squares)], "sum", "")
        })
        .collect();
    for answer in answers_in_every_format(Function::Inference, &rows) {
        assert_eq!(second_arm(&answer), ("collecting_data", "too_few_identities", false));
    }
}

#[test]
fn constant_values_are_exact_or_say_that_precision_is_lost() {
    let rows = [
        call(vec![arm("control", 1000, 1000.0, 1000.0), arm("b", 1000, 2000.0, 4000.0)], "sum", ""),
        call(vec![arm("control", 1000, 1000.0, 1000.0), arm("b", 1000, 1000.0, 1000.0)], "sum", ""),
        call(
            vec![arm("control", 1000, 100.0, 100.0), arm("b", 1000, 100.00000000000001, 10.000000000000002)],
            "sum",
            "",
        ),
    ];
    let answers = answers_in_every_format(Function::Inference, &rows);
    assert_eq!(second_arm(&answers[0]), ("winning", "", true));
    let exact = |name| answers[0].elements()[1].score(name).float();
    assert_eq!(["lift", "ci_low", "ci_high", "chance_to_win"].map(exact), [Some(1.0); 4]);
    assert_eq!(second_arm(&answers[1]), ("inconclusive", "", true));
    assert_eq!(answers[1].elements()[1].score("chance_to_win").float(), Some(0.5));
    assert_eq!(second_arm(&answers[2]), ("undefined", "precision_lost", false));
}

#[test]
fn a_control_without_a_positive_mean_gives_a_reason() {
    let rows = [0.0, -100.0]
        .map(|sum| call(vec![arm("control", 1000, sum, 100.0), arm("b", 1000, 100.0, 100.0)], "sum", ""));
    for answer in answers_in_every_format(Function::Inference, &rows) {
        assert_eq!(second_arm(&answer), ("winning", "control_mean_not_positive", false));
        // What is not relative to that mean stands.
        let stands = [
            "chance_to_win",
            "difference",
            "difference_ci_low",
            "difference_ci_high",
            "p_value",
            "p_value_adjusted",
            "anytime_p_value",
            "chance_to_be_best",
        ];
        assert_eq!(numbers_of_second_arm(&answer), stands);
        assert_eq!(answer.elements()[1].score("anytime_reason").text(), "control_mean_not_positive");
    }
    // A margin is a share of that mean, unless it is 0.
    for (options, verdict) in [
        (r#"{"non_inferiority_margin": 0.05}"#, "undefined"),
        (r#"{"non_inferiority_margin": 0.05, "verdict": "anytime"}"#, "undefined"),
        (r#"{"non_inferiority_margin": 0}"#, "safe"),
        (r#"{"non_inferiority_margin": 0, "verdict": "anytime"}"#, "safe"),
        (r#"{"interval": "delta"}"#, "undefined"),
        (r#"{"interval": "delta", "verdict": "anytime"}"#, "winning"),
    ] {
        let arms = vec![arm("control", 1000, -100.0, 100.0), arm("b", 1000, 100.0, 100.0)];
        let answers = answers_in_every_format(Function::Inference, &[call(arms, "sum", options)]);
        assert_eq!(second_arm(&answers[0]), (verdict, "control_mean_not_positive", false), "{options}");
    }
}

#[test]
fn conversions_that_vanish_in_one_arm_are_tested_exactly() {
    let few = |converted: f64| vec![arm("control", 100, 30.0, 30.0), arm("b", 100, converted, converted)];
    let margin = r#"{"non_inferiority_margin": 0.05}"#;
    for (arms, options, verdict) in [
        (few(0.0), "", "losing"),
        (few(0.0), r#"{"verdict": "anytime"}"#, "losing"),
        (few(0.0), margin, "harmful"),
        (few(0.0), r#"{"non_inferiority_margin": 0.05, "verdict": "anytime"}"#, "harmful"),
        (vec![arm("control", 2000, 600.0, 600.0), arm("b", 2000, 4.0, 4.0)], "", "losing"),
        // The smaller arm may be control.
        (vec![arm("control", 100, 0.0, 0.0), arm("b", 100, 30.0, 30.0)], "", "winning"),
        // Not enough to call.
        (vec![arm("control", 100, 6.0, 6.0), arm("b", 100, 4.0, 4.0)], "", "collecting_data"),
    ] {
        let answers = answers_in_every_format(Function::Inference, &[call(arms, "occurrence", options)]);
        assert_eq!(second_arm(&answers[0]), (verdict, "too_few_conversions", false), "{options}");
        let stands = ["difference", "p_value", "p_value_adjusted", "anytime_p_value"];
        assert_eq!(numbers_of_second_arm(&answers[0]), stands, "{options}");
    }
    // Where both arms have too few, nothing is said.
    let both = call(vec![arm("control", 100, 4.0, 4.0), arm("b", 100, 0.0, 0.0)], "occurrence", "");
    let answers = answers_in_every_format(Function::Inference, &[both]);
    assert_eq!(second_arm(&answers[0]), ("collecting_data", "too_few_conversions", false));
    assert_eq!(numbers_of_second_arm(&answers[0]), [""; 0]);
}

/// A call of a quantile metric: n, quantile and its standard error of control and of one treatment.
fn quantiles(control: (u64, Option<f64>, Option<f64>), treatment: (u64, Option<f64>, Option<f64>)) -> Row {
    let arm = |name, (n, quantile, error)| quantile_arm(name, n, quantile, error);
    call(vec![arm("control", control), arm("b", treatment)], "quantile", "")
}

#[test]
fn a_quantile_is_compared_by_its_standard_error_and_no_sum_is_read() {
    let rows = [quantiles((1000, Some(100.0), Some(1.0)), (4000, Some(110.0), Some(2.0)))];
    let answers = answers_in_every_format(Function::Inference, &rows);
    let of = |arm: usize, field| answers[0].elements()[arm].score(field).float();
    assert_eq!(second_arm(&answers[0]), ("winning", "", true));
    assert_eq!([0, 1].map(|arm| of(arm, "mean")), [Some(100.0), Some(110.0)]);
    assert_eq!([0, 1].map(|arm| of(arm, "variance")), [Some(1000.0), Some(16000.0)]);
    assert_eq!((of(1, "lift"), of(1, "difference")), (Some(0.1), Some(10.0)));
    // √(2²/100² + 1.1²·1²/100²)
    assert!((of(1, "standard_error").unwrap() - 5.21f64.sqrt() / 100.0).abs() < 1e-15);
    let anytime = ["anytime_ci_low", "anytime_ci_high", "anytime_p_value"].map(|field| of(1, field));
    assert!(anytime.iter().all(Option::is_some), "{anytime:?}");
}

#[test]
fn a_quantile_without_a_standard_error_waits_for_more_data() {
    let sound = (1000, Some(100.0), Some(1.0));
    for error in [None, Some(f64::NAN)] {
        let rows = [quantiles(sound, (60, Some(90.0), error)), quantiles((60, Some(90.0), error), sound)];
        for (row, answer) in answers_in_every_format(Function::Inference, &rows).iter().enumerate() {
            assert_eq!(second_arm(answer), ("collecting_data", "too_few_for_quantile", false));
            let [with, without] = if row == 0 { [0, 1] } else { [1, 0] };
            let of = |arm: usize, field| answer.elements()[arm].score(field).float();
            assert_eq!((of(with, "mean"), of(without, "mean")), (Some(100.0), Some(90.0)));
            assert_eq!((of(with, "variance"), of(without, "variance")), (Some(1000.0), None));
            let own = if row == 0 { "" } else { "too_few_for_quantile" };
            assert_eq!(answer.elements()[0].score("reason").text(), own);
        }
    }
}

#[test]
fn quantiles_that_are_not_there_or_that_no_data_has_give_a_reason_and_no_error() {
    let sound = (1000, Some(100.0), Some(1.0));
    let cases = [
        ((1000, None, None), "missing_moments", None),
        ((1000, Some(f64::NAN), Some(1.0)), "missing_moments", None),
        ((1000, None, Some(1.0)), "missing_moments", None),
        ((1000, Some(f64::INFINITY), Some(1.0)), "invalid_moments", None),
        ((1000, Some(f64::NEG_INFINITY), None), "invalid_moments", None),
        ((1000, Some(100.0), Some(-1.0)), "invalid_moments", None),
        ((1000, Some(100.0), Some(-0.5e-300)), "invalid_moments", None),
        ((1000, Some(100.0), Some(f64::INFINITY)), "invalid_moments", None),
        ((1000, Some(100.0), Some(f64::NEG_INFINITY)), "invalid_moments", None),
        ((1000, Some(100.0), Some(f64::MAX)), "invalid_moments", None),
        (((1 << 53) + 1, Some(100.0), Some(1.0)), "invalid_moments", None),
        ((u64::MAX, Some(100.0), None), "invalid_moments", None),
        // Ties around the quantile, and a square that is too small for a double, are no certainty.
        ((1000, Some(100.0), Some(0.0)), "precision_lost", Some(100.0)),
        ((1000, Some(100.0), Some(-0.0)), "precision_lost", Some(100.0)),
        ((1000, Some(100.0), Some(1e-170)), "precision_lost", Some(100.0)),
    ];
    let rows: Vec<Row> = cases.iter().map(|&(arm, ..)| quantiles(sound, arm)).collect();
    for (answer, case) in answers_in_every_format(Function::Inference, &rows).iter().zip(cases) {
        assert_eq!(second_arm(answer), ("undefined", case.1, false), "{case:?}");
        let of = |field| answer.elements()[1].score(field).float();
        assert_eq!((of("mean"), of("variance")), (case.2, None), "{case:?}");
    }
    // The same as control: nobody can be compared with it, and it says so itself.
    let rows: Vec<Row> = cases.iter().map(|&(arm, ..)| quantiles(arm, sound)).collect();
    for (answer, case) in answers_in_every_format(Function::Inference, &rows).iter().zip(cases) {
        assert_eq!(second_arm(answer), ("undefined", case.1, false), "{case:?}");
        assert_eq!(answer.elements()[0].score("reason").text(), case.1, "{case:?}");
    }
}

#[test]
fn quantiles_of_few_identities_or_over_no_positive_control_give_a_reason() {
    let sound = (1000, Some(100.0), Some(1.0));
    for few in [(0, None, None), (0, Some(1.0), Some(1.0)), (1, Some(1.0), Some(1.0)), (49, Some(1.0), None)]
    {
        for answer in
            answers_in_every_format(Function::Inference, &[quantiles(sound, few), quantiles(few, sound)])
        {
            assert_eq!(second_arm(&answer), ("collecting_data", "too_few_identities", false), "{few:?}");
        }
    }
    for control in [0.0, -5.0] {
        let row = quantiles((1000, Some(control), Some(1.0)), sound);
        let answers = answers_in_every_format(Function::Inference, &[row]);
        assert_eq!(second_arm(&answers[0]), ("winning", "control_mean_not_positive", false));
        assert_eq!(answers[0].elements()[0].score("reason").text(), "");
    }
}

#[test]
fn arms_may_be_none_or_one_or_without_control() {
    let rows = [
        call(vec![], "count", ""),
        call(vec![arm("control", 1000, 100.0, 100.0)], "count", ""),
        call(vec![arm("b", 1000, 100.0, 100.0)], "count", ""),
        call(vec![arm("a", 1000, 100.0, 100.0), arm("b", 1000, 130.0, 150.0)], "count", ""),
        call(
            vec![arm("a", 1000, 100.0, 100.0), arm("b", 1000, 130.0, 150.0)],
            "count",
            r#"{"control": "a"}"#,
        ),
    ];
    let answers = answers_in_every_format(Function::Inference, &rows);
    assert_eq!(answers[0], Value::Array(vec![]));
    assert_eq!(answers[1].elements()[0].score("verdict").text(), "control");
    assert_eq!(answers[2].elements()[0].score("reason").text(), "no_control");
    assert_eq!(second_arm(&answers[3]), ("collecting_data", "no_control", false));
    assert!(second_arm(&answers[4]).2);
}

#[test]
fn arguments_that_are_all_defaults_are_no_error() {
    // ClickHouse calls with them for LowCardinality columns.
    let rows = [vec![Value::Array(vec![]), text(""), Value::Bool(false), text("")]];
    assert_eq!(answers_in_every_format(Function::Inference, &rows), [Value::Array(vec![])]);
    let rows = [vec![Value::Map(vec![]), Value::Map(vec![])]];
    let answers = answers_in_every_format(Function::SampleRatio, &rows);
    assert_eq!(answers[0].elements()[3].text(), "too_few_identities");
}

#[test]
fn sample_ratios_that_cannot_be_tested_give_a_reason() {
    let cases = [
        (ratio(&[("a", 50), ("b", 49)], &[("a", 0.5), ("b", 0.5)]), "collecting_data", "too_few_identities"),
        (ratio(&[("a", 500)], &[]), "undefined", "no_expected_shares"),
        (ratio(&[("a", 500)], &[("a", 1.0)]), "undefined", "single_variant"),
        (ratio(&[("a", 500)], &[("a", 0.0), ("b", 1.0)]), "undefined", "single_variant"),
        (ratio(&[("a", 500)], &[("a", 0.0), ("b", 0.0)]), "undefined", "no_expected_shares"),
        // Nobody is sent to c.
        (ratio(&[("a", 500), ("b", 490)], &[("a", 0.5), ("b", 0.5), ("c", 0.0)]), "ok", ""),
        (
            ratio(&[("a", 500), ("b", 490), ("c", 1)], &[("a", 0.5), ("b", 0.5), ("c", 0.0)]),
            "mismatch",
            "unexpected_variant",
        ),
        (ratio(&[("a", 500)], &[("a", -1.0), ("b", 1.0)]), "undefined", "invalid_expected_shares"),
        (ratio(&[("a", 500)], &[("a", f64::NAN), ("b", 1.0)]), "undefined", "invalid_expected_shares"),
        (ratio(&[("a", 500)], &[("a", f64::INFINITY), ("b", 1.0)]), "undefined", "invalid_expected_shares"),
        (
            ratio(&[("a", u64::MAX), ("b", 1)], &[("a", 0.5), ("b", 0.5)]),
            "undefined",
            "invalid_observed_counts",
        ),
        (ratio(&[("a", 500), ("c", 1)], &[("a", 0.5), ("b", 0.5)]), "mismatch", "unexpected_variant"),
        (ratio(&[("a", 500), ("b", 400)], &[("a", 0.5), ("b", 0.5)]), "mismatch", ""),
        (ratio(&[("a", 500), ("b", 500)], &[("a", 2.0), ("b", 2.0)]), "ok", ""),
    ];
    let rows: Vec<Row> = cases.iter().map(|(row, ..)| row.clone()).collect();
    for (answer, (row, verdict, reason)) in
        answers_in_every_format(Function::SampleRatio, &rows).iter().zip(&cases)
    {
        assert_eq!(
            (answer.elements()[2].text(), answer.elements()[3].text()),
            (*verdict, *reason),
            "{row:?}"
        );
    }
}

#[test]
fn names_come_back_unchanged_in_every_format() {
    let names = [
        "ünïcode 🧪 变体",
        "it's",
        "\"quoted\"",
        "a\tb",
        "a\nb",
        "a\\b",
        "a\0b",
        "a\rb",
        "\\n",
        "\\",
        "'",
        "",
        " ",
        "\u{8}\u{c}\u{b}\u{7}\u{1b}\u{1}",
        "a,b)]}:",
        "\\N",
        "NULL",
        "null",
        "/",
        "\u{2028}\u{feff}",
        "a/b",
    ];
    let arms: Vec<Value> = names.iter().map(|name| arm(name, 1000, 100.0, 100.0)).collect();
    let options = serde_json::json!({ "control": "it's" }).to_string();
    let answers = answers_in_every_format(Function::Inference, &[call(arms, "count", &options)]);
    let returned: Vec<&str> =
        answers[0].elements().iter().map(|score| score.score("variant").text()).collect();
    assert_eq!(returned, names);
    assert_eq!(answers[0].elements()[1].score("is_control"), &Value::Bool(true));
    // As keys of a map, and as the control's name in the options.
    for name in names {
        let options = serde_json::json!({ "control": name }).to_string();
        let row = call(vec![arm(name, 1000, 100.0, 100.0)], "count", options);
        for format in Format::ALL {
            let output = serve(
                Function::Inference,
                format,
                &chunk(Function::Inference, format, std::slice::from_ref(&row)),
            );
            let answer = &answers_of(format, &output.success())[0];
            assert_eq!(answer.elements()[0].score("is_control"), &Value::Bool(true), "{name:?} {format:?}");
        }
        let row = ratio(&[(name, 500), ("other", 500)], &[(name, 0.5), ("other", 0.5)]);
        let answers = answers_in_every_format(Function::SampleRatio, &[row]);
        assert_eq!(answers[0].elements()[2].text(), "ok", "{name:?}");
    }
}

fn answers_of(format: Format, output: &[u8]) -> Vec<Value> {
    answers(Function::Inference, format, output, &[1])
}

#[test]
fn names_that_are_no_utf8_come_back_unchanged_where_the_format_can_carry_them() {
    let names: [&[u8]; 4] = [b"\xff", b"a\xc3", b"\xed\xa0\x80", &[0x80, b'\\', b'\'', b'\n', 0xfe, 0]];
    let arms = names.iter().map(|name| arm(name, 1000, 100.0, 100.0)).collect();
    let row = call(arms, "count", "");
    let binary = Settings { strings_as_binary: true, ..Settings::default() };
    for (format, settings) in [
        (Format::RowBinary, Settings::default()),
        (Format::TabSeparated, Settings::default()),
        (Format::ArrowStream, binary),
    ] {
        let bytes = chunk_with(Function::Inference, format, std::slice::from_ref(&row), settings);
        let output = serve(Function::Inference, format, &bytes).success();
        let answer = &answers_of(format, &output)[0];
        for (score, name) in answer.elements().iter().zip(names) {
            assert_eq!(score.score("variant"), &text(name), "{format:?}");
        }
    }
}

#[test]
fn two_hundred_arms_are_answered_in_their_order() {
    let name = |index: u64| if index == 123 { "control".to_string() } else { format!("arm {index}") };
    let arms = (0..200).map(|index| arm(name(index), 1000 + index, 100.0 + index as f64, 300.0)).collect();
    let answers = answers_in_every_format(Function::Inference, &[call(arms, "sum", "")]);
    assert_eq!(answers[0].elements().len(), 200);
    for (index, score) in answers[0].elements().iter().enumerate() {
        assert_eq!(score.score("variant").text(), name(index as u64));
        assert_eq!(score.score("n"), &Value::UInt(1000 + index as u64));
        assert_eq!(score.score("is_control"), &Value::Bool(index == 123));
        assert_eq!(score.score("reason").text(), "");
    }
}

#[test]
fn the_same_rows_have_the_same_answers_to_the_last_bit_in_every_format() {
    let mut numbers = Numbers(0x5eed);
    let rows: Vec<Row> = (0..2000)
        .map(|_| {
            let arms = numbers.below(5);
            let arms = (0..arms).map(|index| numbers.arm(index)).collect();
            let aggregation = ["occurrence", "count", "sum", "mean"][numbers.below(4) as usize];
            let options =
                ["", "{}", r#"{"min_identities": 2, "min_conversions": 0}"#, r#"{"confidence": 0.999}"#];
            let mut row = call(arms, aggregation, options[numbers.below(4) as usize]);
            row[2] = Value::Bool(numbers.below(2) == 1);
            row
        })
        .collect();
    let answers = answers_in_every_format(Function::Inference, &rows);
    let inferred =
        answers.iter().flat_map(Value::elements).filter(|score| score.score("lift").float().is_some());
    assert!(inferred.count() > 500, "most of the rows are to have numbers");

    let rows: Vec<Row> = (0..2000)
        .map(|_| {
            let counts = ["a", "b", "c"].map(|name| (name, numbers.count()));
            let shares = ["a", "b", "c"].map(|name| (name, numbers.float().abs()));
            ratio(&counts[..1 + numbers.below(3) as usize], &shares[..1 + numbers.below(3) as usize])
        })
        .collect();
    let answers = answers_in_every_format(Function::SampleRatio, &rows);
    assert!(answers.iter().filter(|answer| answer.elements()[0].float().is_some()).count() > 200);
}

/// Numbers of every kind, the same in every run.
struct Numbers(u64);

impl Numbers {
    /// Steele, Lea and Flood's SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Of any size up to 10^12.
    fn count(&mut self) -> u64 {
        10f64.powf(self.unit() * 12.0) as u64
    }

    /// Any double now and then, mostly one that data has.
    fn float(&mut self) -> f64 {
        match self.below(10) {
            0 => f64::from_bits(self.next()),
            1 => -0.0,
            _ => 10f64.powf(self.unit() * 24.0 - 12.0),
        }
    }

    /// Mostly an arm that data has: of mean and deviation.
    fn arm(&mut self, index: u64) -> Value {
        let name = if index == 0 { "control".to_string() } else { format!("arm {index}") };
        let n = self.count();
        if self.below(5) == 0 {
            return arm(name, n, self.float(), self.float());
        }
        let (mean, deviation) = (self.unit() * 10.0, self.unit());
        arm(name, n, mean * n as f64, (mean * mean + deviation) * n as f64)
    }
}
