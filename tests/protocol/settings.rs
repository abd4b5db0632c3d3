//! Query settings that change the bytes ClickHouse sends, and not the answers.

use arrow::ipc::CompressionType;

use super::formats::{Format, Settings, answers, chunk, chunk_that_claims, chunk_with};
use super::process::{refusal, serve};
use super::values::{Function, Row, Value, arm, call, p_values, plain_rows, power, ratio, sample_size};

/// Rows with something of everything.
fn rows(function: Function) -> Vec<Row> {
    let mut rows = plain_rows(function, 3);
    match function {
        Function::Inference => {
            let arms = vec![arm("control", u64::MAX, f64::NAN, -0.0), arm("it's\r", 1000, 1e-300, 5e-324)];
            rows.push(call(arms, "sum", r#"{"confidence": 0.9}"#));
        }
        Function::SampleRatio => {
            rows.push(ratio(&[("a", 1 << 53), ("b\t", 0)], &[("a", f64::NAN), ("b\t", 1.0)]))
        }
        Function::AdjustPValues => rows.push(p_values(&[Some(f64::NAN), None, Some(1e-300)], "none")),
        Function::SampleSize => rows.push(sample_size(f64::NAN, Some(1e-300), f64::INFINITY, "{}")),
        Function::Power => rows.push(power(0.5, None, -1e-300, u64::MAX, "{}")),
    }
    rows
}

#[track_caller]
fn answers_with(function: Function, format: Format, settings: Settings) -> Vec<Value> {
    let rows = rows(function);
    let output = serve(function, format, &chunk_with(function, format, &rows, settings)).success();
    answers(function, format, &output, &[rows.len()])
}

#[track_caller]
fn changes_nothing(format: Format, settings: Settings) {
    for function in Function::ALL {
        let plain = answers_with(function, format, Settings::default());
        assert_eq!(answers_with(function, format, settings), plain, "{function:?}");
    }
}

#[test]
fn lines_may_end_with_cr_lf() {
    for format in [Format::TabSeparated, Format::JsonEachRow] {
        changes_nothing(format, Settings { crlf: true, ..Settings::default() });
    }
}

#[test]
fn json_integers_and_floats_may_be_quoted() {
    changes_nothing(Format::JsonEachRow, Settings { quoted_integers: true, ..Settings::default() });
    changes_nothing(Format::JsonEachRow, Settings { quoted_floats: true, ..Settings::default() });
}

#[test]
fn json_tuples_may_be_arrays_and_maps_pairs() {
    changes_nothing(Format::JsonEachRow, Settings { tuples_as_arrays: true, ..Settings::default() });
    changes_nothing(Format::JsonEachRow, Settings { maps_as_pairs: true, ..Settings::default() });
}

#[test]
fn json_nan_may_be_null_or_quoted() {
    changes_nothing(Format::JsonEachRow, Settings { quoted_denormals: true, ..Settings::default() });
    let everything = Settings {
        crlf: true,
        quoted_integers: true,
        quoted_floats: true,
        quoted_denormals: true,
        tuples_as_arrays: true,
        maps_as_pairs: true,
        ..Settings::default()
    };
    changes_nothing(Format::JsonEachRow, everything);
}

#[test]
fn a_json_null_for_a_float_is_nan_and_never_zero() {
    // With a sum of 0 there would be nothing wrong with the arm.
    let row = |sum| call(vec![arm("control", 1000, 100.0, 100.0), arm("b", 1000, sum, 100.0)], "sum", "");
    let bytes = chunk(Function::Inference, Format::JsonEachRow, &[row(f64::NAN), row(0.0)]);
    assert!(String::from_utf8_lossy(&bytes).contains("\"sum\":null"));
    let output = serve(Function::Inference, Format::JsonEachRow, &bytes).success();
    let answers = answers(Function::Inference, Format::JsonEachRow, &output, &[2]);
    assert_eq!(answers[0].elements()[1].score("reason").text(), "invalid_moments");
    assert_eq!(answers[1].elements()[1].score("reason").text(), "");
}

#[test]
fn json_may_escape_characters_and_order_keys_as_it_likes() {
    let line = br#"1
 { "options" : "" , "lower_is_better":0, "unknown": [1, {"a": null}], "aggregation":"\u0063ount",
"#;
    let tail = r#""arms":[{"sum_squares":100,"sum":1e2,"n":"1000","variant":"\ud83e\uddea\u0000\/"}]}"#;
    let mut bytes = line[..line.len() - 1].to_vec();
    bytes.extend(tail.as_bytes());
    bytes.push(b'\n');
    let output = serve(Function::Inference, Format::JsonEachRow, &bytes).success();
    let answers = answers(Function::Inference, Format::JsonEachRow, &output, &[1]);
    assert_eq!(answers[0].elements()[0].score("variant").text(), "🧪\0/");
    assert_eq!(answers[0].elements()[0].score("n"), &Value::UInt(1000));
}

#[test]
fn arrow_buffers_may_be_compressed() {
    for method in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        changes_nothing(Format::ArrowStream, Settings { compression: Some(method), ..Settings::default() });
    }
    // Large enough that compression is worth it.
    let rows = plain_rows(Function::Inference, 5000);
    let [plain, lz4, zstd] =
        [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)].map(|compression| {
            let settings = Settings { compression, ..Settings::default() };
            let bytes = chunk_with(Function::Inference, Format::ArrowStream, &rows, settings);
            (bytes.len(), serve(Function::Inference, Format::ArrowStream, &bytes).success())
        });
    assert!(lz4.0 < plain.0 && zstd.0 < plain.0, "{} {} {}", plain.0, lz4.0, zstd.0);
    assert!(lz4.1 == plain.1 && zstd.1 == plain.1);
}

#[test]
fn arrow_strings_may_be_binary() {
    changes_nothing(Format::ArrowStream, Settings { strings_as_binary: true, ..Settings::default() });
}

#[test]
fn an_arrow_stream_may_hold_several_batches() {
    for batch_rows in [1, 2, 3] {
        changes_nothing(
            Format::ArrowStream,
            Settings { batch_rows: Some(batch_rows), ..Settings::default() },
        );
    }
}

#[test]
fn several_batches_must_hold_as_many_rows_as_the_header_says() {
    let rows = plain_rows(Function::SampleRatio, 4);
    let settings = Settings { batch_rows: Some(2), ..Settings::default() };
    for (claimed, place) in
        [(5, "row 5 of 5: "), (3, "after row 3 of 3: "), (1, "after row 1 of 1: "), (0, "after row 0 of 0: ")]
    {
        let bytes = chunk_that_claims(claimed, Function::SampleRatio, Format::ArrowStream, &rows, settings);
        let message = refusal(Function::SampleRatio, Format::ArrowStream, &bytes);
        assert!(message.starts_with(place), "{claimed}: {message}");
    }
}
