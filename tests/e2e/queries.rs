//! Every `tests/queries/SUBJECT/NAME.sql` gives what stands in `NAME.reference` beside it, on the real engine.
//!
//! A file runs in an empty database with `sql/*.sql` installed: one of its own if it creates, drops or alters
//! anything, else one that is emptied for the next. The result of each statement that returns
//! rows is appended, in `TabSeparatedWithNames` unless the statement has its own FORMAT. A statement after
//! `-- error: text` must fail with a message that has the text.
//!
//! `-- compile: FILE…` compiles these definitions with the installed program and runs the script; `-- run: FILE` runs the
//! statements of another file. Both are named as seen from the file itself; what several files use is in
//! `tests/queries/shared`.
//!
//! `QUERIES=part` runs only the files with that in their subject and name, as in `QUERIES=health/`; `BLESS=1` writes the references. In a format other than
//! the default those that compile definitions are left out: what compiled views ask of the functions does not depend on
//! it, and that each format carries every argument is told by the others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::support::script::{Statement, Step};
use crate::support::{self, Database, diff, script};

#[test]
fn every_query_gives_its_reference() {
    let filter = env::var("QUERIES").unwrap_or_default();
    let bless = env::var("BLESS").is_ok_and(|value| value == "1");
    let cases = cases();
    let chosen: Vec<&Case> = cases
        .iter()
        .filter(|case| case.name.contains(&filter))
        .filter(|case| support::speaks_default_format() || !case.compiles())
        .collect();
    assert!(!chosen.is_empty(), "no file in tests/queries has '{filter}' in its name");

    let failures: Vec<String> = chosen.iter().filter_map(|case| case.check(bless).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} files in tests/queries differ\n\n{}",
        failures.len(),
        chosen.len(),
        failures.join("\n")
    );
}

#[test]
fn every_definition_is_compiled_by_a_query() {
    let mut used = BTreeSet::new();
    for case in cases() {
        let beside = |file: String| case.directory().join(file).canonicalize().ok();
        for step in case.steps() {
            match step {
                Step::Compile(files) => used.extend(files.into_iter().filter_map(beside)),
                Step::Run(file) => used.extend(beside(file)),
                Step::Statement(_) => {}
            }
        }
    }
    let is_used = |path: &PathBuf| path.canonicalize().is_ok_and(|path| used.contains(&path));
    let definitions =
        files().into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    let unused: Vec<PathBuf> = definitions.chain(shared()).filter(|path| !is_used(path)).collect();
    assert!(unused.is_empty(), "no file in tests/queries uses {unused:?}");
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries")
}

/// What several cases use.
fn shared() -> BTreeSet<PathBuf> {
    entries(&directory().join("shared"))
}

/// The files of all subjects.
fn files() -> BTreeSet<PathBuf> {
    let subjects = entries(&directory()).into_iter().filter(|path| !path.ends_with("shared"));
    subjects.flat_map(|subject| entries(&subject)).collect()
}

fn entries(directory: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    entries.flatten().map(|entry| entry.path()).collect()
}

/// All pairs, also those with one half missing.
fn cases() -> Vec<Case> {
    let halves = ["sql", "reference"];
    let is_half =
        |path: &PathBuf| path.extension().is_some_and(|ending| halves.iter().any(|half| ending == *half));
    let scripts: BTreeSet<PathBuf> =
        files().into_iter().filter(is_half).map(|path| path.with_extension("sql")).collect();
    scripts.into_iter().map(Case::new).collect()
}

/// Whether more is left of the step than rows in a table.
fn changes_more_than_rows(step: &Step) -> bool {
    let Step::Statement(statement) = step else {
        return true;
    };
    let first =
        statement.sql.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with("--"));
    let word = first.and_then(|line| line.split_whitespace().next()).unwrap_or_default();
    !["INSERT", "SELECT", "WITH", "EXPLAIN", "SET", "DESCRIBE"].contains(&word)
}

/// What the statement returns; nothing where it fails as it should.
fn run_statement(database: &mut Database, statement: Statement) -> Result<String, String> {
    let Statement { sql, line, expected_error } = statement;
    match (database.query(&sql), expected_error) {
        (Ok(text), None) => Ok(text),
        (Err(message), None) => Err(format!("line {line} fails: {message}")),
        (Ok(text), Some(expected)) => {
            Err(format!("line {line} should fail with '{expected}', but returns:\n{text}"))
        }
        (Err(message), Some(expected)) if !message.contains(&expected) => {
            Err(format!("line {line} should fail with '{expected}', but fails with: {message}"))
        }
        (Err(_), Some(_)) => Ok(String::new()),
    }
}

/// One pair.
struct Case {
    /// "values/sum_totals_values_per_identity".
    name: String,
    script: PathBuf,
    reference: PathBuf,
}

impl Case {
    fn new(script: PathBuf) -> Self {
        let name = script.strip_prefix(directory()).unwrap_or(&script).with_extension("");
        let reference = script.with_extension("reference");
        Self { name: name.to_string_lossy().into_owned(), script, reference }
    }

    /// "sum_totals_values_per_identity".
    fn stem(&self) -> String {
        self.script.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn directory(&self) -> PathBuf {
        self.script.parent().map(Path::to_owned).unwrap_or_default()
    }

    fn steps(&self) -> Vec<Step> {
        script::steps(&fs::read_to_string(&self.script).unwrap_or_default())
    }

    fn compiles(&self) -> bool {
        self.steps().iter().any(|step| matches!(step, Step::Compile(_)))
    }

    /// Nothing, or all that a reader needs to see what broke.
    fn check(&self, bless: bool) -> Result<(), String> {
        let script = fs::read_to_string(&self.script)
            .map_err(|_| self.failure("", "an orphan: the reference has no .sql file"))?;
        let claim = script::head_comment(&script);
        let output = self.run(&script).map_err(|message| self.failure(&claim, &message))?;
        if bless {
            return fs::write(&self.reference, output)
                .map_err(|error| self.failure(&claim, &format!("reference not written: {error}")));
        }
        let Ok(reference) = fs::read_to_string(&self.reference) else {
            let advice = "no .reference file; if this is right, write it with BLESS=1:";
            return Err(self.failure(&claim, &format!("{advice}\n{output}")));
        };
        match diff::lines(&reference, &output) {
            None => Ok(()),
            Some(difference) => Err(self.failure(&claim, &difference)),
        }
    }

    fn run(&self, script: &str) -> Result<String, String> {
        let steps = script::steps(script);
        let mut database = if steps.iter().any(changes_more_than_rows) {
            support::fresh_database(&self.stem())
        } else {
            support::shared_database()
        };
        let mut output = String::new();
        for step in steps {
            match step {
                Step::Statement(statement) => output.push_str(&run_statement(&mut database, statement)?),
                Step::Compile(files) => {
                    let script = database.compile(&self.directory(), &files)?;
                    database.query(&script).map_err(|message| format!("{files:?}: {message}"))?;
                }
                Step::Run(file) => {
                    let text = fs::read_to_string(self.directory().join(&file));
                    let text = text.map_err(|error| format!("{file}: {error}"))?;
                    database.run(&text).map_err(|message| format!("{file}, {message}"))?;
                }
            }
        }
        Ok(output)
    }

    fn failure(&self, claim: &str, what: &str) -> String {
        let mut text = format!("=== tests/queries/{}.sql\n", self.name);
        for line in claim.lines().filter(|line| !line.is_empty()) {
            text.push_str(&format!("    {line}\n"));
        }
        for line in what.lines() {
            text.push_str(&format!("{line}\n"));
        }
        text
    }
}
