//! The tables of arguments, fields, options and types in the documentation are those of the program.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use scorecard::definition::{Options, Type};
use scorecard::functions::FunctionName;
use scorecard::functions::options::Range;
use scorecard::names::Named;
use scorecard::wire::Field;

fn table(fields: &[Field]) -> String {
    let mut rows = String::new();
    for Field { name, ty, doc } in fields {
        let _ = writeln!(rows, "| {name} | {ty} | {doc} |");
    }
    rows
}

fn page(name: &str) -> String {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_page_of_functions_lists_every_argument_and_field_as_the_codecs_have_them() {
    let page = page("functions.md");
    for function in FunctionName::ALL {
        let signature = function.signature();
        for rows in [table(signature.arguments), table(signature.returns.fields())] {
            assert!(page.contains(&rows), "docs/functions.md lacks this part of {}:\n{rows}", signature.name);
        }
    }
}

#[test]
fn the_page_of_definitions_says_what_each_type_is_as_an_editor_does() {
    let mut table = "| type | value of an identity |\n|---|---|\n".to_owned();
    for (word, ty) in Type::NAMES {
        let _ = writeln!(table, "| {word} | {} |", ty.meaning());
    }
    assert!(page("definitions.md").contains(&format!("{table}\n")), "docs/definitions.md lacks\n{table}");
}

#[test]
fn the_page_of_definitions_explains_every_verdict_that_they_may_choose() {
    let verdict = Options::table().into_iter().find(|option| option.name == "verdict").expect("an option");
    let Range::Names(names) = verdict.range else { panic!("{:?}", verdict.range) };
    let page = page("definitions.md");
    let rows = page.lines().skip_while(|line| !line.starts_with("| verdict |")).skip(2);
    let explained: Vec<&str> = rows.map_while(|line| line.strip_prefix("| ")?.split(" |").next()).collect();
    assert_eq!(explained, names());
}

/// The pages that may hold the reference.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_page = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md");
    docs.filter(is_page).chain([root.join("README.md")]).collect()
}

/// The rows of the first table of options below the heading that begins with `function`.
fn documented_options(function: &str) -> Vec<Vec<String>> {
    const COLUMNS: [&str; 4] = ["key", "default", "range", "meaning"];
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_string()).collect()
    };
    let mut tables = pages().into_iter().filter_map(|path| {
        let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let is_heading = |line: &&str| {
            line.starts_with('#') && line.trim_start_matches(['#', ' ', '`']).starts_with(function)
        };
        let mut lines =
            page.lines().skip_while(|line| !is_heading(line)).skip_while(|line| cells(line) != COLUMNS);
        // The line of dashes below the names.
        lines.next().and(lines.next())?;
        Some(lines.take_while(|line| line.starts_with('|')).map(cells).collect())
    });
    tables.next().unwrap_or_else(|| panic!("no page has a table of options below a heading {function}"))
}

#[test]
fn the_documentation_lists_every_option_as_it_is_parsed() {
    for function in [FunctionName::ExperimentInference, FunctionName::ExperimentSampleSize] {
        let known: Vec<Vec<String>> = function
            .options()
            .iter()
            .map(|option| {
                let (name, doc) = (option.name.to_string(), option.doc.to_string());
                vec![name, option.default_text(), option.range.to_string(), doc]
            })
            .collect();
        assert_eq!(documented_options(function.signature().name), known, "{function:?}");
    }
}
