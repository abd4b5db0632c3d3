//! Definitions: what a team keeps in its files, read and checked.
//!
//! Text → nodes with their places (`yaml`) → typed objects as they are written (`decode`, `written`) → the model,
//! with every name resolved and every default filled in (`resolve`, `model`). Each step tells every problem that
//! it finds and goes on, so that all mistakes of all files are told at once.

mod declare;
mod decode;
mod fragment;
mod model;
mod name;
mod not_yet;
mod options;
mod problem;
mod resolve;
mod scalar;
mod schema;
mod time;
mod words;
mod written;
mod yaml;

use decode::Decode;
use written::Document;

pub use model::*;
pub use problem::{File, Problem};

/// Checks files and makes one model of all of them.
///
/// # Errors
/// Every problem of every file, in the order of the files and of their places.
///
/// ```
/// use scorecard::definition::{File, check};
///
/// let text = "version: 1\nmetrics:\n  - {name: bought, type: occurence, event: purchase}\n";
/// let problems = check(&[File { name: "metrics.yaml".into(), text: text.into() }]).unwrap_err();
/// assert!(problems[0].to_string().starts_with("metrics.yaml:3:27: \"occurence\" is not a type of metric"));
/// ```
pub fn check(files: &[File]) -> Result<Definitions, Vec<Problem>> {
    read(files, not_yet::refuse)
}

/// The same with what the compiler cannot compile yet.
///
/// # Errors
/// As those of [`check`].
#[doc(hidden)]
pub fn check_language(files: &[File]) -> Result<Definitions, Vec<Problem>> {
    read(files, |_, _| {})
}

fn read(
    files: &[File],
    refuse: impl FnOnce(&[Document], &mut problem::Problems),
) -> Result<Definitions, Vec<Problem>> {
    let mut problems = problem::Problems::new(files);
    let mut documents = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let node = yaml::parse(index, &file.text, &mut problems);
        documents.extend(node.and_then(|node| Document::decode(&node, &mut problems)));
    }
    refuse(&documents, &mut problems);
    let definitions = resolve::resolve(&documents, &mut problems);
    problems.or(definitions)
}

/// The JSON Schema (draft 2020-12) of a file, for editors.
pub fn schema() -> serde_json::Value {
    let mut schemas = schema::Schemas::default();
    let root = Document::schema(&mut schemas);
    schemas.finish(root)
}
