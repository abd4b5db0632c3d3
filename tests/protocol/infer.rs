//! `scorecard infer`: files in, files out, the same numbers in each format.

use std::fs;
use std::path::Path;

use super::files::{self, Cell, FileKind, Table, column};
use super::formats::{Format, answers, chunk};
use super::process::{Outcome, run, scratch, serve};
use super::values::{Function, SCORE, arm, call};

fn texts(values: &[&str]) -> Vec<Cell> {
    values.iter().map(|value| Cell::Text(value.to_string())).collect()
}

fn counts(values: &[u64]) -> Vec<Cell> {
    values.iter().map(|&value| Cell::Count(value)).collect()
}

fn numbers(values: &[f64]) -> Vec<Cell> {
    values.iter().map(|&value| Cell::Number(value)).collect()
}

/// Two metrics of two arms, their rows not side by side, and columns that are the caller's own.
fn statistics() -> Table {
    let column = |name: &str, cells: Vec<Cell>| (name.to_string(), cells);
    vec![
        column("metric_id", counts(&[7, 8, 7, 8])),
        column("event", texts(&["buy", "it's\t\"odd\"\\ \u{1f9ea}", "buy", "it's\t\"odd\"\\ \u{1f9ea}"])),
        column("aggregation", texts(&["sum", "occurrence", "sum", "occurrence"])),
        column("lower_is_better", [false, true, false, true].map(Cell::Truth).to_vec()),
        column("variant", texts(&["control", "control", "b", "b"])),
        column("n", counts(&[1000, 1000, 1100, 1100])),
        column("sum", numbers(&[100.1, 300.0, 130.7, 250.0])),
        column("sum_squares", numbers(&[200.3, 300.0, 301.9, 250.0])),
        column("invalid_values", counts(&[0, 0, 3, 0])),
        column("weight", vec![Cell::Null, Cell::Number(0.1), Cell::Null, Cell::Number(0.1)]),
    ]
}

/// The statistics with one cell, in row 2, replaced.
fn with_cell(name: &str, cell: &str) -> Vec<u8> {
    let directory = scratch(&format!("with_cell_{name}_{}", cell.len()));
    let path = directory.join("in.tsv");
    let mut table = statistics();
    let column = table.iter_mut().find(|(column, _)| column == name).expect("a column");
    column.1[1] = Cell::Text(cell.to_string());
    files::write(&path, FileKind::Tsv, &table);
    fs::read(path).expect("the file is there")
}

fn infer(input: &Path, output: &Path, more: &[&str]) -> Outcome {
    let (input, output) = (input.to_str().expect("UTF-8"), output.to_str().expect("UTF-8"));
    run(&[&["infer", input, output], more].concat(), b"")
}

/// The words of a failure; nothing is written.
#[track_caller]
fn infer_failure(input: &Path, output: &Path, more: &[&str]) -> String {
    let outcome = infer(input, output, more);
    assert_eq!(outcome.stdout, b"");
    assert!(!output.exists(), "{output:?} is written in spite of the failure");
    outcome.failure().to_string()
}

/// The words of a failure on a TSV table that comes through a pipe.
#[track_caller]
fn pipe_failure(table: &[u8]) -> String {
    let outcome = run(&["infer", "-", "-", "--format", "tsv"], table);
    assert_eq!(outcome.stdout, b"");
    outcome.failure().to_string()
}

#[test]
fn every_format_gives_the_same_scores_in_every_format() {
    let directory = scratch("every_format");
    let shares = ["--expected-shares", r#"{"control": 0.5, "b": 0.5}"#];
    let mut tables = Vec::new();
    for kind in FileKind::ALL {
        let input = directory.join(format!("{kind:?}.{}", kind.ending()));
        files::write(&input, kind, &statistics());
        for written in FileKind::WRITTEN {
            let output = directory.join(format!("{kind:?}-{written:?}.{}", written.ending()));
            assert_eq!(infer(&input, &output, &shares).success(), b"");
            tables.push((format!("{kind:?} to {written:?}"), files::read(&output)));
        }
    }
    let (_, first) = &tables[0];
    for (what, table) in &tables {
        assert_eq!(table.len(), first.len(), "{what}");
        for (name, cells) in first {
            assert_eq!(column(table, name), cells, "{what}, column {name}");
        }
    }
    // The columns of the input come first, as they were.
    for ((name, cells), (expected, expected_cells)) in first.iter().zip(statistics()) {
        assert_eq!((name, cells), (&expected, &expected_cells));
    }
    let appended: Vec<&str> = first[statistics().len()..].iter().map(|(name, _)| name.as_str()).collect();
    let result: Vec<&str> =
        SCORE.iter().map(|(name, _)| *name).filter(|name| !["variant", "n"].contains(name)).collect();
    let (first, later) = result.split_at(9);
    let expected = [first, &["srm_p_value", "srm_verdict"], later, &["srm_sequential_p_value"]].concat();
    assert_eq!(appended, expected);
}

#[test]
fn a_quantile_is_scored_from_its_columns_in_every_format() {
    let directory = scratch("quantile");
    let column = |name: &str, cells: Vec<Cell>| (name.to_string(), cells);
    let table = vec![
        column("aggregation", texts(&["quantile", "quantile", "quantile"])),
        column("lower_is_better", [true, true, true].map(Cell::Truth).to_vec()),
        column("variant", texts(&["control", "b", "c"])),
        column("n", counts(&[1000, 4000, 60])),
        column("sum", vec![Cell::Null, Cell::Null, Cell::Number(7.0)]),
        column("sum_squares", vec![Cell::Null, Cell::Null, Cell::Number(3.0)]),
        column("quantile", numbers(&[100.0, 110.0, 90.0])),
        column("quantile_standard_error", vec![Cell::Number(1.0), Cell::Number(2.0), Cell::Null]),
    ];
    for kind in FileKind::ALL {
        let input = directory.join(format!("in.{}", kind.ending()));
        let output = directory.join(format!("{kind:?}.parquet"));
        files::write(&input, kind, &table);
        infer(&input, &output, &[]).success();
        let scores = files::read(&output);
        let of = |name| files::column(&scores, name).to_vec();
        assert_eq!(of("mean"), numbers(&[100.0, 110.0, 90.0]), "{kind:?}");
        assert_eq!(of("lift"), [Cell::Null, Cell::Number(0.1), Cell::Null], "{kind:?}");
        assert_eq!(of("verdict"), texts(&["control", "losing", "collecting_data"]), "{kind:?}");
        assert_eq!(of("reason"), texts(&["", "", "too_few_for_quantile"]), "{kind:?}");
    }
}

#[test]
fn the_scores_are_those_of_the_function() {
    let directory = scratch("scores");
    let (input, output) = (directory.join("in.parquet"), directory.join("out.parquet"));
    files::write(&input, FileKind::Parquet, &statistics());
    let options = r#"{"confidence": 0.9}"#;
    infer(&input, &output, &["--options", options]).success();
    let table = files::read(&output);
    let row = call(vec![arm("control", 1000, 100.1, 200.3), arm("b", 1100, 130.7, 301.9)], "sum", options);
    let answer =
        serve(Function::Inference, Format::RowBinary, &chunk(Function::Inference, Format::RowBinary, &[row]));
    let answer = &answers(Function::Inference, Format::RowBinary, &answer.success(), &[1])[0];
    for (row, score) in [0, 2].into_iter().zip(answer.elements()) {
        for name in ["mean", "variance", "lift", "ci_low", "ci_high", "chance_to_win"] {
            let expected = score.score(name).float().map_or(Cell::Null, Cell::Number);
            assert_eq!(column(&table, name)[row], expected, "{name}");
        }
        assert_eq!(column(&table, "verdict")[row], Cell::Text(score.score("verdict").text().to_string()));
    }
    assert_eq!(column(&table, "srm_verdict")[0], Cell::Text("undefined".to_string()));
}

#[test]
fn a_pipe_takes_and_gives_the_format_that_is_named() {
    let directory = scratch("pipe");
    for (kind, name) in [
        (FileKind::Parquet, "parquet"),
        (FileKind::ArrowFile, "arrow"),
        (FileKind::Tsv, "tsv"),
        (FileKind::Jsonl, "jsonl"),
    ] {
        let (input, output) = (directory.join(format!("in.{name}")), directory.join(format!("out.{name}")));
        files::write(&input, kind, &statistics());
        infer(&input, &output, &[]).success();
        let piped =
            run(&["infer", "-", "-", "--format", name], &fs::read(&input).expect("the input")).success();
        assert_eq!(files::parse(kind, piped), files::read(&output), "{name}");
    }
    for places in [["-", "out.tsv"], ["in.tsv", "-"]] {
        let outcome = run(&["infer", places[0], places[1]], b"");
        assert!(outcome.failure().contains("--format"), "{}", outcome.failure());
    }
}

#[test]
fn nobody_reading_the_scores_is_a_quiet_success() {
    let directory = scratch("nobody_reading");
    let input = directory.join("in.tsv");
    files::write(&input, FileKind::Tsv, &statistics());
    let path = input.to_str().expect("UTF-8");
    let mut child =
        super::process::program(&["infer", path, "-", "--format", "tsv"]).spawn().expect("the program");
    drop(child.stdout.take());
    let outcome = super::process::finish(child);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_table_of_no_rows_gives_none() {
    let directory = scratch("no_rows");
    let empty: Table = statistics().into_iter().map(|(name, _)| (name, Vec::new())).collect();
    for kind in [FileKind::Parquet, FileKind::ArrowFile, FileKind::ArrowStream, FileKind::Tsv] {
        let input = directory.join(format!("{kind:?}.{}", kind.ending()));
        files::write(&input, kind, &empty);
        let output = directory.join(format!("{kind:?}-out.tsv"));
        infer(&input, &output, &[]).success();
        assert!(column(&files::read(&output), "lift").is_empty());
    }
}

#[test]
fn a_missing_column_is_named() {
    for name in ["variant", "n", "sum", "sum_squares", "aggregation", "lower_is_better"] {
        let directory = scratch(&format!("missing_{name}"));
        let table: Table = statistics().into_iter().filter(|(column, _)| column != name).collect();
        for kind in FileKind::ALL {
            let input = directory.join(format!("{kind:?}.{}", kind.ending()));
            files::write(&input, kind, &table);
            let message = infer_failure(&input, &directory.join("out.tsv"), &[]);
            assert!(message.contains(&format!("column {name} is missing")), "{kind:?}: {message}");
        }
    }
}

#[test]
fn a_wrong_value_is_named_with_its_row_and_column() {
    for (name, wrong) in [
        ("n", "many"),
        ("n", "-1"),
        ("n", "1.5"),
        ("n", "18446744073709551616"),
        ("sum", "lots"),
        ("sum_squares", "1,5"),
        ("lower_is_better", "maybe"),
    ] {
        let message = pipe_failure(&with_cell(name, wrong));
        for part in ["row 2", &format!("column {name}"), wrong] {
            assert!(message.contains(part), "no {part:?} in: {message}");
        }
    }
    let message = pipe_failure(&with_cell("aggregation", "median"));
    for part in ["row 2", "column aggregation", "median"] {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}

#[test]
fn a_missing_value_is_named_with_its_row_and_column() {
    for name in ["variant", "n", "aggregation", "lower_is_better"] {
        let directory = scratch(&format!("null_{name}"));
        let mut table = statistics();
        table.iter_mut().find(|(column, _)| column == name).expect("a column").1[1] = Cell::Null;
        for kind in FileKind::ALL {
            let input = directory.join(format!("{kind:?}.{}", kind.ending()));
            files::write(&input, kind, &table);
            let message = infer_failure(&input, &directory.join("out.tsv"), &[]);
            for part in ["row 2", &format!("column {name}"), "null"] {
                assert!(message.contains(part), "{kind:?}: no {part:?} in: {message}");
            }
        }
    }
}

#[test]
fn two_arms_of_one_name_in_a_metric_are_named() {
    let mut table = statistics();
    table.iter_mut().find(|(column, _)| column == "variant").expect("a column").1[3] =
        Cell::Text("control".into());
    let directory = scratch("two_arms");
    let input = directory.join("in.jsonl");
    files::write(&input, FileKind::Jsonl, &table);
    let message = infer_failure(&input, &directory.join("out.jsonl"), &[]);
    assert!(message.contains("metric that begins in row 2"), "{message}");
    assert!(message.contains(r#""control" is there twice"#), "{message}");
}

#[test]
fn a_column_of_the_result_that_is_there_already_is_named() {
    for name in ["lift", "verdict", "srm_p_value"] {
        let directory = scratch(&format!("duplicate_{name}"));
        let mut table = statistics();
        let cell = if name == "verdict" { Cell::Text("x".into()) } else { Cell::Number(1.0) };
        table.push((name.to_string(), vec![cell; 4]));
        let input = directory.join("in.parquet");
        files::write(&input, FileKind::Parquet, &table);
        let message = infer_failure(&input, &directory.join("out.parquet"), &[]);
        assert!(message.contains(&format!("column {name} is there already")), "{message}");
    }
}

#[test]
fn a_file_that_is_unknown_missing_or_broken_is_named() {
    let directory = scratch("broken");
    let output = directory.join("out.tsv");
    for name in ["in.csv", "in", "in.txt"] {
        let message = infer_failure(&directory.join(name), &output, &[]);
        assert!(message.contains(name) && message.contains(".parquet, .arrow, .tsv, .jsonl"), "{message}");
    }
    let message = infer_failure(&directory.join("absent.tsv"), &output, &[]);
    assert!(message.contains("cannot read") && message.contains("absent.tsv"), "{message}");
    for kind in FileKind::ALL {
        let input = directory.join(format!("{kind:?}.{}", kind.ending()));
        files::write(&input, kind, &statistics());
        files::truncate(&input);
        let message = infer_failure(&input, &output, &[]);
        assert!(message.contains(&format!("{kind:?}.")) || message.contains("column"), "{message}");
        fs::write(&input, b"\0\xff nonsense\n\n\xfe").expect("a file can be written");
        infer_failure(&input, &output, &[]);
        fs::write(&input, b"").expect("a file can be written");
        infer_failure(&input, &output, &[]);
    }
    let input = directory.join("good.tsv");
    files::write(&input, FileKind::Tsv, &statistics());
    let outcome = infer(&input, &directory.join("absent").join("out.tsv"), &[]);
    assert!(outcome.failure().contains("cannot write"), "{}", outcome.failure());
}

#[test]
fn a_tsv_line_of_another_width_is_named() {
    let mut table = with_cell("event", "x");
    table.extend(b"one\ttwo\n");
    let message = pipe_failure(&table);
    assert!(message.contains("line 6") && message.contains("2 columns"), "{message}");
}

#[test]
fn wrong_options_and_shares_are_named() {
    let directory = scratch("options");
    let input = directory.join("in.tsv");
    files::write(&input, FileKind::Tsv, &statistics());
    let output = directory.join("out.tsv");
    let message = infer_failure(&input, &output, &["--options", r#"{"confidence": 95}"#]);
    assert!(message.contains("confidence") && message.contains("95"), "{message}");
    let message = infer_failure(&input, &output, &["--options", r#"{"contol": "b"}"#]);
    assert!(message.contains("contol"), "{message}");
}

#[test]
fn a_null_or_nan_moment_gives_a_reason() {
    let directory = scratch("nan");
    for (kind, cell) in [
        (FileKind::Tsv, Cell::Text("nan".into())),
        (FileKind::Tsv, Cell::Null),
        (FileKind::Jsonl, Cell::Null),
        (FileKind::Parquet, Cell::Number(f64::NAN)),
    ] {
        let mut table = statistics();
        table.iter_mut().find(|(column, _)| column == "sum").expect("a column").1[2] = cell;
        let (input, output) = (directory.join(format!("in.{}", kind.ending())), directory.join("out.tsv"));
        files::write(&input, kind, &table);
        infer(&input, &output, &[]).success();
        let table = files::read(&output);
        assert_eq!(column(&table, "reason")[2], Cell::Text("invalid_moments".to_string()));
        assert_eq!(column(&table, "lift")[2], Cell::Null);
        assert_eq!(column(&table, "lift")[3..].iter().filter(|cell| **cell == Cell::Null).count(), 0);
    }
}
