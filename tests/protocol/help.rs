//! The command line as a person meets it: help, the version, and what is said of a wrong command.

use super::process::{finish, program, run};
use super::values::ARM;

/// Runs with these arguments, which must end well, and gives what is printed.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments, b"").success()).expect("UTF-8")
}

#[track_caller]
fn names(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no {word:?} in:\n{text}");
    }
}

#[test]
fn help_names_every_subcommand() {
    for arguments in [["--help"], ["-h"], ["help"]] {
        names(&printed(&arguments), &["Usage: scorecard", "serve", "infer", "registration", "ClickHouse"]);
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    for arguments in [["--version"], ["-V"]] {
        assert_eq!(printed(&arguments), format!("scorecard {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn help_of_each_subcommand_names_what_a_person_needs() {
    let formats = ["--format", "RowBinary", "TabSeparated", "JSONEachRow", "ArrowStream"];
    let serve = printed(&["serve", "--help"]);
    names(&serve, &["experimentInference", "sampleRatioMismatch", "rows"]);
    names(&serve, &formats);
    let infer = printed(&["infer", "--help"]);
    names(&infer, &["<INPUT>", "<OUTPUT>", "--format", "--options", "--expected-shares"]);
    names(&infer, &["parquet", "arrow", "tsv", "jsonl", "aggregation", "lower_is_better", "invalid_values"]);
    let columns: Vec<&str> = ARM.iter().map(|(name, _)| *name).collect();
    names(&infer, &columns);
    names(&printed(&["registration", "--help"]), &["xml", "sql"]);
    names(&printed(&["registration", "xml", "--help"]), &formats);
    names(&printed(&["registration", "sql", "--help"]), &["CREATE FUNCTION"]);
}

#[test]
fn a_wrong_command_says_what_would_be_right() {
    for (arguments, words) in [
        (&["serve"][..], &["<FUNCTION>"][..]),
        (&["serve", "nonsense"], &["nonsense", "experimentInference", "sampleRatioMismatch"]),
        (&["serve", "experimentInference", "--format", "CSV"], &["CSV", "RowBinary", "ArrowStream"]),
        (&["nonsense"], &["nonsense"]),
        (&["--nonsense"], &["--nonsense"]),
        (&["infer", "a.tsv"], &["<OUTPUT>"]),
        (&["infer", "a.tsv", "b.tsv", "--expected-shares", "0.5"], &["--expected-shares"]),
        (&["registration"], &["xml", "sql"]),
    ] {
        let outcome = run(arguments, b"");
        assert_eq!((outcome.code, outcome.stdout.as_slice()), (Some(2), &b""[..]), "{arguments:?}");
        names(&outcome.stderr, words);
    }
}

#[test]
fn nobody_reading_what_is_printed_is_a_quiet_success() {
    for arguments in [&["registration", "xml"][..], &["registration", "sql"], &["--help"]] {
        let mut child = program(arguments).spawn().expect("the program starts");
        drop(child.stdout.take());
        let outcome = finish(child);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}
