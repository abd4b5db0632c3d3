//! Every `tests/queries/NAME.sql` gives what stands in `NAME.reference`, on the real engine.
//!
//! A file runs in an empty database with `sql/*.sql` installed: one of its own if it creates, drops or alters
//! anything, else one that is emptied for the next. The result of each statement that returns
//! rows is appended, in `TabSeparatedWithNames` unless the statement has its own FORMAT. A statement after
//! `-- error: text` must fail with a message that has the text.
//!
//! `-- compile: FILE…` compiles these definitions with the installed program and runs the script; `-- run: FILE` runs the
//! statements of another file. Both are named as seen from `tests/queries`; what several files use is in
//! `tests/queries/shared`.
//!
//! `QUERIES=part` runs only the files with that in their name; `BLESS=1` writes the references. In a format other than
//! the default those that compile definitions are left out: what compiled views ask of the functions does not depend on
//! it, and that each format carries every argument is told by the others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::support::script::{Statement, Step};
use crate::support::{self, Database, diff, script};

#[test]
fn every_query_gives_its_reference() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries");
    let filter = env::var("QUERIES").unwrap_or_default();
    let bless = env::var("BLESS").is_ok_and(|value| value == "1");
    let names = names(&directory);
    let chosen: Vec<&String> = names
        .iter()
        .filter(|name| name.contains(&filter))
        .filter(|name| support::speaks_default_format() || !compiles(&directory, name))
        .collect();
    assert!(!chosen.is_empty(), "no file in tests/queries has '{filter}' in its name");

    let failures: Vec<String> =
        chosen.iter().filter_map(|name| Case::new(&directory, name).check(bless).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} files in tests/queries differ\n\n{}",
        failures.len(),
        chosen.len(),
        failures.join("\n")
    );
}

/// Whether a file compiles definitions.
fn compiles(directory: &Path, name: &str) -> bool {
    let text = fs::read_to_string(directory.join(format!("{name}.sql"))).unwrap_or_default();
    script::steps(&text).iter().any(|step| matches!(step, Step::Compile(_)))
}

#[test]
fn every_definition_is_compiled_by_a_query() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries");
    let mut used = BTreeSet::new();
    for name in names(&directory) {
        let text = fs::read_to_string(directory.join(format!("{name}.sql"))).unwrap_or_default();
        for step in script::steps(&text) {
            match step {
                Step::Compile(files) => used.extend(files),
                Step::Run(file) => drop(used.insert(file)),
                Step::Statement(_) => {}
            }
        }
    }
    let shared = files(&directory.join("shared")).into_iter().map(|name| format!("shared/{name}"));
    let own = files(&directory).into_iter().filter(|name| name.ends_with(".yaml"));
    let unused: Vec<String> = own.chain(shared).filter(|name| !used.contains(name)).collect();
    assert!(unused.is_empty(), "no file in tests/queries uses {unused:?}");
}

fn files(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The names of all pairs, also of those with one half missing.
fn names(directory: &Path) -> BTreeSet<String> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => panic!("{}: {error}", directory.display()),
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension().is_some_and(|extension| extension == "sql" || extension == "reference")
        })
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect()
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
struct Case<'a> {
    name: &'a str,
    script: PathBuf,
    reference: PathBuf,
}

impl<'a> Case<'a> {
    fn new(directory: &Path, name: &'a str) -> Self {
        Self {
            name,
            script: directory.join(format!("{name}.sql")),
            reference: directory.join(format!("{name}.reference")),
        }
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
            support::fresh_database(self.name)
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

    fn directory(&self) -> PathBuf {
        self.script.parent().map(Path::to_owned).unwrap_or_default()
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
