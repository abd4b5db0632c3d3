//! Every `tests/definitions/language/NAME.yaml` is what stands beside it: `NAME.problems`, all that is wrong with it,
//! or `NAME.model`, what it means. `tests/definitions/check` is the same for what `scorecard check` says, which refuses
//! what cannot be compiled yet.
//!
//! `DEFINITIONS=part` runs only the files with that in their name; `BLESS=1` writes what stands beside them.

#[path = "support/diff.rs"]
mod diff;

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use scorecard::definition::{Definitions, File, Problem, check, check_language};

type Check = fn(&[File]) -> Result<Definitions, Vec<Problem>>;

#[test]
fn every_file_of_the_language_is_what_stands_beside_it() {
    check_all("language", check_language);
}

#[test]
fn every_checked_file_is_what_stands_beside_it() {
    check_all("check", check);
}

fn check_all(folder: &str, check: Check) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/definitions").join(folder);
    let filter = env::var("DEFINITIONS").unwrap_or_default();
    let names = names(&directory);
    assert!(!names.is_empty(), "no file in {}", directory.display());
    let chosen = names.iter().filter(|name| name.contains(&filter));
    let failures: Vec<String> = chosen.filter_map(|name| check_one(&directory, name, check).err()).collect();
    let (wrong, all) = (failures.len(), names.len());
    assert!(failures.is_empty(), "{wrong} of {all} files in {folder} differ\n\n{}", failures.join("\n"));
}

/// The names of all pairs, also of those with one half missing.
fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).collect()
}

/// Nothing, or all that a reader needs to see what broke.
fn check_one(directory: &Path, name: &str, check: Check) -> Result<(), String> {
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
