//! Every `tests/definitions/NAME.yaml` is what stands beside it: `NAME.problems`, all that `scorecard check` finds wrong
//! with it, or `NAME.model`, what it means.
//!
//! `DEFINITIONS=part` runs only the files with that in their name; `BLESS=1` writes what stands beside them.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use scorecard::definition::{File, check};

use crate::support::{diff, program};

#[test]
fn every_checked_file_is_what_stands_beside_it() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions");
    let filter = env::var("DEFINITIONS").unwrap_or_default();
    let names = names(&directory);
    assert!(!names.is_empty(), "no file in {}", directory.display());
    let chosen = names.iter().filter(|name| name.contains(&filter));
    let failures: Vec<String> = chosen.filter_map(|name| check_one(&directory, name).err()).collect();
    let (wrong, all) = (failures.len(), names.len());
    assert!(failures.is_empty(), "{wrong} of {all} files differ\n\n{}", failures.join("\n"));
}

/// The names of all pairs, also of those with one half missing.
fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).collect()
}

/// Nothing, or all that a reader needs to see what broke.
fn check_one(directory: &Path, name: &str) -> Result<(), String> {
    let [yaml, problems, model] =
        ["yaml", "problems", "model"].map(|ending| directory.join(format!("{name}.{ending}")));
    let text = fs::read_to_string(&yaml).map_err(|error| format!("=== {}: {error}\n", yaml.display()))?;
    let claim = text.lines().next().unwrap_or_default().to_string();
    let (told, found, missing) = match check(&[File { name: format!("{name}.yaml"), text }]) {
        Ok(definitions) => (&model, format!("{definitions:#?}\n"), &problems),
        Err(found) => (&problems, found.iter().map(|problem| format!("{problem}\n")).collect(), &model),
    };
    if env::var("BLESS").is_ok_and(|value| value == "1") {
        let _ = fs::remove_file(missing);
        return fs::write(told, found).map_err(|error| format!("=== {}: {error}\n", told.display()));
    }
    let expected = fs::read_to_string(told).unwrap_or_default();
    let difference = match (diff::lines(&expected, &found), missing.exists()) {
        (None, false) => return Ok(()),
        (None, true) => format!("{} should not be there\n", missing.display()),
        (Some(difference), _) => difference,
    };
    Err(format!("=== {}\n    {claim}\n{difference}\n", told.display()))
}

/// Runs the program with these arguments and this on standard input.
fn scorecard(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(program::program());
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions")).args(arguments);
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().expect("the program starts");
    // It may end without reading it all.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("the program ends")
}

#[test]
fn check_says_nothing_of_good_files_and_one_line_of_each_problem_of_others() {
    let good = scorecard(&["check", "supported.yaml"], b"");
    assert!(good.status.success() && good.stdout.is_empty() && good.stderr.is_empty(), "{good:?}");

    let again = b"version: 2\nmetrics:\n  - {name: a, type: count, event: x}\n";
    let bad = scorecard(&["check", "supported.yaml", "-"], again);
    let told = String::from_utf8(bad.stderr).expect("text");
    assert_eq!(bad.status.code(), Some(1));
    assert!(bad.stdout.is_empty());
    assert!(told.starts_with("<stdin>:1:10: expected 1, found the number 2\n"), "{told}");
    let twice = "\n<stdin>:3:12: metric \"a\" is defined twice, first at supported.yaml:6:12\n";
    assert!(told.ends_with(twice), "{told}");
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_too() {
    let output = scorecard(&["check", "no_such.yaml", "-"], b"version: \xff");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).expect("text");
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].starts_with("no_such.yaml:1:1: cannot be read: "), "{told}");
    assert_eq!(lines[1..], ["<stdin>:1:10: not UTF-8"]);
    assert!(!scorecard(&["check"], b"").status.success(), "no file is a mistake");
}

#[test]
fn what_is_not_utf_8_is_told_with_its_place() {
    let output = scorecard(&["check", "-"], b"a: \xc3\xb6\nb: \xc3\xa9\xff\n");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stderr).expect("text"), "<stdin>:2:5: not UTF-8\n");
}

#[test]
fn schema_prints_a_json_schema() {
    let output = scorecard(&["schema"], b"");
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(output.status.success() && output.stderr.is_empty());
}
