//! Values that are not what their column declares: refused with the row, the column and the value, and
//! with no answer to the rows before.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::formats::{Format, arrow_stream_of, chunk, chunk_with, varint};
use super::process::{refusal, serve};
use super::values::{
    Function, Row, Value, arm, call, p_values, plain_row, plain_rows, power, ratio, raw, sample_size, text,
};

/// A row whose second arm has `value` for the field.
fn row_with_arm_field(field: usize, value: Value) -> Row {
    let mut row = plain_row(Function::Inference, 0);
    let Value::Array(arms) = &mut row[0] else { panic!("arms") };
    let Value::Tuple(fields) = &mut arms[1] else { panic!("an arm") };
    fields[field] = value;
    row
}

/// A row with `value` as that argument.
fn row_with(function: Function, argument: usize, value: Value) -> Row {
    let mut row = plain_row(function, 0);
    row[argument] = value;
    row
}

/// Refuses a chunk whose second row of three is `row`; the message has all the `parts`.
#[track_caller]
fn refuses(function: Function, format: Format, row: Row, parts: &[&str]) {
    let mut rows = plain_rows(function, 3);
    rows[1] = row;
    let message = refusal(function, format, &chunk(function, format, &rows));
    assert!(message.starts_with("row 2 of 3: "), "{format:?}: {message}");
    for part in parts {
        assert!(message.contains(part), "{format:?}: no {part:?} in: {message}");
    }
}

#[test]
fn what_is_no_count_is_refused() {
    let n = |value: &str| row_with_arm_field(1, raw(value));
    for wrong in ["abc", "-1", "1.5", "18446744073709551616", "1e3", "", "NULL", "nan", "'5'"] {
        let shown = format!("expected UInt64, found {wrong:?}");
        refuses(Function::Inference, Format::TabSeparated, n(wrong), &["column arms[2].n: ", &shown]);
    }
    for (wrong, shown) in [
        (r#""abc""#, r#""abc""#),
        ("-1", "-1"),
        ("1.5", "1.5"),
        ("18446744073709551616", "1.8446744073709552e19"),
        ("null", "null"),
        ("true", "true"),
        ("[5]", "an array of 1"),
        ("{}", "an object of 0"),
        (r#""""#, r#""""#),
    ] {
        let shown = format!("expected UInt64, found {shown}");
        refuses(Function::Inference, Format::JsonEachRow, n(wrong), &["column arms[2].n: ", &shown]);
    }
    refuses(
        Function::Inference,
        Format::ArrowStream,
        row_with_arm_field(1, Value::Null),
        &["column arms[2].n: ", "expected UInt64, found null"],
    );
}

#[test]
fn what_is_no_number_is_refused() {
    let sum = |value: &str| row_with_arm_field(2, raw(value));
    for wrong in ["abc", "", "1,5", "0x10", "NULL", "1e", "'1'"] {
        refuses(Function::Inference, Format::TabSeparated, sum(wrong), &["column arms[2]"]);
    }
    for (wrong, shown) in
        [(r#""abc""#, r#""abc""#), ("true", "true"), ("[]", "an array of 0"), (r#""""#, r#""""#)]
    {
        let shown = format!("expected Float64, found {shown}");
        refuses(Function::Inference, Format::JsonEachRow, sum(wrong), &["column arms[2].sum: ", &shown]);
    }
}

#[test]
fn a_number_beyond_a_double_in_json_is_refused() {
    refuses(Function::Inference, Format::JsonEachRow, row_with_arm_field(2, raw("1e400")), &["out of range"]);
}

#[test]
fn what_is_no_nullable_number_is_refused() {
    let sum = |value: &[u8]| row_with_arm_field(4, raw(value));
    for wrong in ["abc", "", "null", "'1'", r"\M"] {
        let row = sum(wrong.as_bytes());
        refuses(Function::Inference, Format::TabSeparated, row, &["column arms[2].denominator_sum: "]);
    }
    for wrong in [r#""abc""#, "true", "[]", r#""""#] {
        let row = sum(wrong.as_bytes());
        refuses(Function::Inference, Format::JsonEachRow, row, &["column arms[2].denominator_sum: "]);
    }
    let message = ["column arms[2].denominator_sum: ", "expected Nullable(Float64), found mark"];
    refuses(Function::Inference, Format::RowBinary, sum(&[2]), &message);
}

#[test]
fn what_is_no_p_value_is_refused_in_every_format() {
    for format in Format::ALL {
        for wrong in [-0.5, 1.5] {
            let row = p_values(&[Some(0.5), None, Some(wrong)], "holm");
            refuses(Function::AdjustPValues, format, row, &["column p_values[3]: ", "is no p-value"]);
        }
        let row = p_values(&[Some(0.5)], "sidak");
        refuses(Function::AdjustPValues, format, row, &["column method: ", "sidak", "benjamini_hochberg"]);
    }
}

#[test]
fn a_wrong_design_is_named_in_every_format() {
    for format in Format::ALL {
        let row = sample_size(0.1, None, 0.1, r#"{"arms": 1}"#);
        refuses(Function::SampleSize, format, row, &["column options.arms: 1 is out of range"]);
        let row = power(0.1, None, 0.1, 100, r#"{"allocation": 1}"#);
        refuses(Function::Power, format, row, &["column options", "allocation"]);
    }
}

#[test]
fn what_is_no_bool_is_refused() {
    let flag = |value: &[u8]| row_with(Function::Inference, 2, raw(value));
    let place = "column lower_is_better: expected Bool, found ";
    refuses(Function::Inference, Format::RowBinary, flag(&[7]), &[place, "u{7}"]);
    for wrong in ["2", "yes", "", "TRUE", "NULL"] {
        refuses(Function::Inference, Format::TabSeparated, flag(wrong.as_bytes()), &[place, wrong]);
    }
    for wrong in ["2", "1.0", "null", r#""yes""#] {
        refuses(Function::Inference, Format::JsonEachRow, flag(wrong.as_bytes()), &[place, wrong]);
    }
    let null = row_with(Function::Inference, 2, Value::Null);
    refuses(Function::Inference, Format::ArrowStream, null, &[place, "null"]);
}

#[test]
fn what_is_no_text_is_refused() {
    for (wrong, shown) in [("5", "5"), ("null", "null"), ("[]", "an array of 0")] {
        let row = row_with_arm_field(0, raw(wrong));
        let shown = format!("column arms[2].variant: expected String, found {shown}");
        refuses(Function::Inference, Format::JsonEachRow, row, &[&shown]);
    }
    refuses(
        Function::Inference,
        Format::TabSeparated,
        row_with_arm_field(0, raw("b")),
        &["column arms[2].variant"],
    );
    refuses(
        Function::Inference,
        Format::ArrowStream,
        row_with_arm_field(0, Value::Null),
        &["column arms[2].variant: expected String, found null"],
    );
}

#[test]
fn what_is_no_array_is_refused() {
    for wrong in
        ["5", "(1)", "", "[", "[(", "[('a',1,2,3)", "[('a',1,2,3),", "[('a',1,2)]", "[('a',1,2,3,4)]"]
    {
        let row = row_with(Function::Inference, 0, raw(wrong));
        refuses(Function::Inference, Format::TabSeparated, row, &["column arms"]);
    }
    for wrong in ["5", "null", "{}", r#""[]""#, "[1]", "[null]", "[[]]", "[{}]"] {
        let row = row_with(Function::Inference, 0, raw(wrong));
        refuses(Function::Inference, Format::JsonEachRow, row, &["column arms"]);
    }
    for row in [
        row_with(Function::Inference, 0, Value::Null),
        row_with(Function::Inference, 0, Value::Array(vec![Value::Null])),
    ] {
        refuses(Function::Inference, Format::ArrowStream, row, &["column arms", "found null"]);
    }
}

#[test]
fn what_is_no_map_is_refused() {
    for wrong in ["5", "[]", "{'a'}", "{'a':}", "{'a':1", "{a:1}", "{'a':x}"] {
        let row = row_with(Function::SampleRatio, 0, raw(wrong));
        refuses(Function::SampleRatio, Format::TabSeparated, row, &["column observed"]);
    }
    for wrong in ["5", "null", r#"{"a":"x"}"#, r#"{"a":-1}"#, r#"[["a"]]"#, r#"[["a",1,2]]"#, r#"[[1,1]]"#] {
        let row = row_with(Function::SampleRatio, 0, raw(wrong));
        refuses(Function::SampleRatio, Format::JsonEachRow, row, &["column observed"]);
    }
    let row = row_with(Function::SampleRatio, 1, Value::Null);
    refuses(Function::SampleRatio, Format::ArrowStream, row, &["column expected: ", "found null"]);
}

#[test]
fn a_key_that_json_lacks_is_named() {
    for key in ["arms", "aggregation", "lower_is_better", "options"] {
        let line = r#"{"arms":[],"aggregation":"count","lower_is_better":false,"options":""}"#;
        let line = line.replace(&format!("\"{key}\""), "\"misnamed\"");
        let message = refusal(Function::Inference, Format::JsonEachRow, format!("1\n{line}\n").as_bytes());
        assert_eq!(message, format!("row 1 of 1: column {key}: the key is missing"));
    }
    let arm = raw(r#"{"variant":"b","n":10,"sum":1}"#);
    let row = row_with(Function::Inference, 0, Value::Array(vec![arm]));
    refuses(
        Function::Inference,
        Format::JsonEachRow,
        row,
        &["column arms[1].sum_squares: the key is missing"],
    );
}

#[test]
fn a_line_that_is_no_json_object_is_refused() {
    for line in ["", "5", "[]", "null", "{", "{}{}", "{\"arms\":[]}x", "\u{feff}{}"] {
        let message = refusal(Function::Inference, Format::JsonEachRow, format!("1\n{line}\n").as_bytes());
        assert!(
            message.starts_with("row 1 of 1: ") && message.contains("JSON object"),
            "{line:?}: {message}"
        );
    }
    let deep = "[".repeat(100_000);
    let message = refusal(Function::Inference, Format::JsonEachRow, format!("1\n{deep}\n").as_bytes());
    assert!(message.contains("recursion limit") && message.len() < 400, "{message}");
}

#[test]
fn a_line_with_too_few_or_too_many_columns_is_refused() {
    for line in ["", "[]", "[]\tcount", "[]\tcount\tfalse", "[]\tcount\tfalse\t\t", "[]\tcount\tfalse\t\tx"] {
        let message = refusal(Function::Inference, Format::TabSeparated, format!("1\n{line}\n").as_bytes());
        assert!(message.starts_with("row 1 of 1: "), "{line:?}: {message}");
    }
    let message = refusal(Function::Inference, Format::TabSeparated, b"1\n[]\tcount\tfalse\ta\\\n");
    assert!(message.contains("column options: ") && message.contains("backslash"), "{message}");
}

#[test]
fn arrow_columns_of_other_types_or_names_are_refused() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let strings: ArrayRef = Arc::new(StringArray::from(vec!["count"]));
    for (columns, parts) in [
        (vec![("arms", floats.clone())], ["column arms: ", "expected a list, found Arrow's Float64"]),
        (vec![("weapons", floats.clone())], ["column arms: ", "the column is missing"]),
    ] {
        let batch = RecordBatch::try_from_iter(columns).expect("a batch");
        let stream = arrow_stream_of(batch.schema(), &[batch], None);
        let message = refusal(Function::Inference, Format::ArrowStream, &[b"1\n".to_vec(), stream].concat());
        assert!(message.starts_with("row 1 of 1: "), "{message}");
        for part in parts {
            assert!(message.contains(part), "no {part:?} in: {message}");
        }
    }
    let batch =
        RecordBatch::try_from_iter(vec![("observed", strings), ("expected", floats)]).expect("a batch");
    let stream = arrow_stream_of(batch.schema(), &[batch], None);
    let message = refusal(Function::SampleRatio, Format::ArrowStream, &[b"1\n".to_vec(), stream].concat());
    assert!(message.contains("column observed: expected a map, found Arrow's Utf8"), "{message}");
}

#[test]
fn what_is_no_arrow_stream_is_refused() {
    let good = chunk(Function::SampleRatio, Format::ArrowStream, &[plain_row(Function::SampleRatio, 0)]);
    for bytes in
        [&b"nonsense, and much more of it than four bytes"[..], &[0xff; 64], &[0x7f; 64], b"ARROW1\0\0"]
    {
        let message = refusal(Function::SampleRatio, Format::ArrowStream, &[b"1\n", bytes].concat());
        assert!(message.starts_with("row 1 of 1: "), "{message}");
    }
    // Any one byte turned over: refused or answered, and nothing else.
    for at in (2..good.len()).step_by(5) {
        let mut broken = good.clone();
        broken[at] ^= 0xff;
        let outcome = serve(Function::SampleRatio, Format::ArrowStream, &broken);
        assert!(matches!(outcome.code, Some(0 | 1)), "byte {at}: {outcome:?}");
        assert!(outcome.stderr.lines().count() <= 1, "byte {at}: {:?}", outcome.stderr);
        assert!(!outcome.stderr.contains("internal error"), "byte {at}: {:?}", outcome.stderr);
    }
}

#[test]
fn an_arrow_column_whose_name_has_many_lines_is_refused_on_one() {
    // Declared without nulls, and then with one: a message of the Arrow library names the column.
    let column: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None]));
    let schema = Schema::new(vec![Field::new("a\nb", DataType::Float64, false)]);
    let nulls = RecordBatch::try_from_iter(vec![("a\nb", column)]).expect("a batch");
    let plain = arrow_stream_of(Arc::new(schema), &[], None);
    let batches = arrow_stream_of(nulls.schema(), &[nulls], None);
    let schema_bytes =
        |stream: &[u8]| 8 + u32::from_le_bytes(stream[4..8].try_into().expect("four bytes")) as usize;
    let stream = [&plain[..schema_bytes(&plain)], &batches[schema_bytes(&batches)..]].concat();
    let message = refusal(Function::SampleRatio, Format::ArrowStream, &[b"2\n", stream.as_slice()].concat());
    assert!(message.contains("non-nullable"), "{message}");
}

#[test]
fn an_arrow_stream_of_endless_rows_without_columns_is_refused() {
    let schema = Arc::new(Schema::empty());
    for (rows, batches) in [(usize::MAX >> 1, 3), (1 << 62, 4), (1 << 62, 1)] {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema.clone(), vec![], &options).expect("a batch");
        let stream = arrow_stream_of(schema.clone(), &vec![batch; batches], None);
        for (claimed, place) in [("0", "after row 0 of 0: "), ("1", "row 1 of 1: column observed: ")] {
            let bytes = [claimed.as_bytes(), b"\n", &stream].concat();
            let message = refusal(Function::SampleRatio, Format::ArrowStream, &bytes);
            assert!(message.starts_with(place), "{batches} of {rows}: {message}");
        }
    }
}

#[test]
fn an_unknown_aggregation_is_named_in_every_format() {
    for format in Format::ALL {
        let row = call(vec![arm("control", 100, 1.0, 1.0)], "median", "");
        refuses(
            Function::Inference,
            format,
            row,
            &["column aggregation: ", r#""median""#, "occurrence, count, sum, mean"],
        );
    }
}

#[test]
fn a_wrong_option_is_named_in_every_format() {
    for format in Format::ALL {
        for (options, parts) in [
            (r#"{"contol": "a"}"#, ["contol", "unknown"]),
            (r#"{"confidence": 95}"#, ["confidence", "95"]),
            (r#"{"confidence": 1}"#, ["confidence", "1"]),
            (r#"{"min_identities": "many"}"#, ["min_identities", "many"]),
            (r#"{"min_identities": -1}"#, ["min_identities", "-1"]),
            (r#"{"win_threshold": 0.5}"#, ["win_threshold", "0.5"]),
            (r#"{"confidence": 0.9, "confidence": 0.8}"#, ["confidence", "duplicate"]),
            ("[]", ["JSON object", "[]"]),
            ("0.95", ["JSON object", "0.95"]),
        ] {
            let row = call(vec![arm("control", 100, 1.0, 1.0)], "count", options);
            refuses(Function::Inference, format, row, &[&["column options"][..], &parts].concat());
        }
    }
}

#[test]
fn an_unknown_option_of_many_lines_is_still_one_line() {
    for format in Format::ALL {
        for options in [r#"{"a\nb\r\nc": 1}"#, r#"{"confidence": "a\nb"}"#, "{\n\n\"a\": 1}"] {
            let row = call(vec![arm("control", 100, 1.0, 1.0)], "count", options);
            refuses(Function::Inference, format, row, &["column options"]);
        }
    }
}

#[test]
fn an_unknown_option_of_any_length_gives_a_message_that_can_be_shown() {
    let options = format!(r#"{{"{}": 1}}"#, "x".repeat(1_000_000));
    let row = call(vec![arm("control", 100, 1.0, 1.0)], "count", options);
    let bytes = chunk(Function::Inference, Format::RowBinary, &[row]);
    let message = refusal(Function::Inference, Format::RowBinary, &bytes);
    assert!(message.len() < 1000, "{} bytes", message.len());
}

#[test]
fn two_arms_of_one_name_are_refused_in_every_format() {
    for format in Format::ALL {
        let arms = ["control", "b", "c", "b"].map(|name| arm(name, 1000, 100.0, 100.0)).to_vec();
        refuses(
            Function::Inference,
            format,
            call(arms, "count", ""),
            &["column arms[4].variant: ", r#""b" is there twice"#],
        );
        let twice = ratio(&[("a", 1000), ("a", 1000)], &[("a", 0.5), ("b", 0.5)]);
        refuses(Function::SampleRatio, format, twice, &["column observed[2]: ", r#""a" is there twice"#]);
        let twice = ratio(&[("a", 1000)], &[("b", 0.5), ("c", 0.5), ("b", 0.5)]);
        refuses(Function::SampleRatio, format, twice, &["column expected[3]: ", r#""b" is there twice"#]);
    }
}

#[test]
fn a_name_that_is_no_utf8_is_a_clear_error_where_the_format_is_utf8() {
    for format in [Format::JsonEachRow, Format::ArrowStream] {
        let row = call(vec![arm(b"b\xff", 1000, 100.0, 100.0)], "count", "");
        let message = refusal(Function::Inference, format, &chunk(Function::Inference, format, &[row]));
        let lower = message.to_lowercase();
        assert!(message.starts_with("row 1 of 1: "), "{message}");
        assert!(lower.contains("utf8") || lower.contains("utf-8") || lower.contains("unicode"), "{message}");
    }
}

#[test]
fn a_wrong_value_is_shown_short_and_on_one_line() {
    let long = format!("{}\n\t\0'", "x".repeat(100_000));
    let row = row_with(Function::Inference, 1, text(&long));
    for format in Format::ALL {
        let message = refusal(
            Function::Inference,
            format,
            &chunk(Function::Inference, format, std::slice::from_ref(&row)),
        );
        assert!(message.contains("column aggregation: ") && message.len() < 400, "{message}");
    }
    let row = row_with(Function::Inference, 0, raw([&varint(3)[..], &[0xff; 100]].concat()));
    let bytes = chunk_with(Function::Inference, Format::RowBinary, &[row], Default::default());
    assert!(refusal(Function::Inference, Format::RowBinary, &bytes).contains("column arms"));
}
