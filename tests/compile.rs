//! Every `tests/compile/NAME.yaml` is planned as `NAME.plan` says and spelled as `NAME.sql` says.
//!
//! The plan is that of all running experiments. The first line of the file is its claim, the second, `# shows: NAME…`,
//! names the steps of the views below the scorecard that `NAME.sql` holds; `sums` is the whole first one, `script` all
//! that is compiled.
//!
//! `COMPILE=part` runs only the files with that in their name; `BLESS=1` writes what stands beside them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use scorecard::definition::{Definitions, File, Status, check};
use scorecard::plan::Plan;
use scorecard::sql;

use crate::support::diff;

#[test]
fn every_definition_is_planned_and_spelled_as_stands_beside_it() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile");
    let filter = env::var("COMPILE").unwrap_or_default();
    let names = names(&directory);
    let chosen: Vec<&String> = names.iter().filter(|name| name.contains(&filter)).collect();
    assert!(!chosen.is_empty(), "no file in {} has '{filter}' in its name", directory.display());
    let failures: Vec<String> = chosen.iter().flat_map(|name| check_one(&directory, name)).collect();
    assert!(failures.is_empty(), "{} texts differ\n\n{}", failures.len(), failures.join("\n"));
}

/// The names of all triples, also of those with a part missing.
fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).collect()
}

/// What differs, with the claim that broke.
fn check_one(directory: &Path, name: &str) -> Vec<String> {
    let path = |ending: &str| directory.join(format!("{name}.{ending}"));
    let yaml = path("yaml");
    let text = fs::read_to_string(&yaml).unwrap_or_else(|error| panic!("{}: {error}", yaml.display()));
    let (claim, shown) =
        head(&text).unwrap_or_else(|| panic!("{} has no claim or shows nothing", yaml.display()));
    let definitions = check(&[File { name: format!("{name}.yaml"), text: text.clone() }]);
    let definitions = definitions.unwrap_or_else(|problems| panic!("{problems:#?}"));
    let plan = format!("{:#?}\n", plan(&definitions));
    let script = sql::script(&definitions);
    let steps: Vec<String> = shown
        .iter()
        .map(|step| {
            cut(&script, step).unwrap_or_else(|| panic!("{}: the view has no step {step}", yaml.display()))
        })
        .collect();
    let found = [(path("plan"), plan), (path("sql"), steps.join("\n"))];
    let differences = found.into_iter().filter_map(|(path, text)| difference(path, &text));
    differences.map(|difference| format!("=== {claim}\n{difference}\n")).collect()
}

/// The claim of a file, and the steps that it shows.
fn head(text: &str) -> Option<(&str, Vec<&str>)> {
    let mut lines = text.lines();
    let claim = lines.next()?.strip_prefix("# ")?;
    Some((claim, lines.next()?.strip_prefix("# shows: ")?.split_whitespace().collect()))
}

fn plan(definitions: &Definitions) -> Plan {
    let running = definitions.experiments.iter().filter(|experiment| experiment.status == Status::Running);
    Plan::new(definitions, running)
}

/// The step with that name, without what surrounds it: of the sums of the scorecards, or of what is inferred of them.
/// `sums` is all of the former. Of one experiment they are its own views, of several those of the first pass.
fn cut(script: &str, step: &str) -> Option<String> {
    let query = |stage: &str| {
        let view = |of: &str| script.find(&format!("CREATE OR REPLACE VIEW `experiment_{stage}_{of}"));
        let view = &script[view("parts_scorecard_1`").or_else(|| view("scorecard_"))?..];
        let query = &view[view.find("\nAS\n")? + 4..];
        Some(&query[..=query.find("\nCOMMENT ")?])
    };
    if step == "script" {
        return Some(script.to_owned());
    }
    if step == "sums" {
        return query("arms").map(str::to_owned);
    }
    ["arms", "inferred"].into_iter().filter_map(query).find_map(|query| cut_step(query, step))
}

fn cut_step(query: &str, step: &str) -> Option<String> {
    let mut lines = query.lines();
    let begins = |line: &str| {
        let name = line.trim().strip_suffix(" AS")?;
        let name = name.strip_prefix("scorecard_").unwrap_or(name);
        (name.trim_start_matches('_') == step).then(|| line.len() - line.trim_start().len())
    };
    let (first, indent) = lines.by_ref().find_map(|line| begins(line).map(|indent| (line, indent)))?;
    let mut text = format!("{}\n", first.trim_start());
    for line in lines {
        let blank = line.bytes().take_while(|byte| *byte == b' ').count();
        text.push_str(&line[blank.min(indent)..]);
        text.push('\n');
        if blank == indent && line.trim_start().starts_with(')') {
            return Some(text);
        }
    }
    None
}

fn difference(path: PathBuf, found: &str) -> Option<String> {
    if env::var("BLESS").is_ok_and(|value| value == "1") {
        return fs::write(&path, found).err().map(|error| format!("{}: {error}", path.display()));
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    diff::lines(&expected, found).map(|difference| format!("{}\n{difference}", path.display()))
}
