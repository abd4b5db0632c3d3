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
mod options;
mod problem;
mod resolve;
mod scalar;
mod schema;
mod time;
mod types;
mod words;
mod written;
mod yaml;

use decode::Decode;
use written::Document;

pub use model::*;
pub use options::Options;
pub use problem::{File, Problem};
pub use types::{Aggregation, Reads, Type};

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
/// assert!(problems[0].to_string().starts_with("metrics.yaml:3:26: \"occurence\" is not a type of metric"));
/// ```
pub fn check(files: &[File]) -> Result<Definitions, Vec<Problem>> {
    let mut problems = problem::Problems::new(files);
    let mut documents = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let node = yaml::parse(index, &file.text, &mut problems);
        documents.extend(node.and_then(|node| Document::decode(&node, &mut problems)));
    }
    let definitions = resolve::resolve(&documents, documents.len() == files.len(), &mut problems);
    problems.or(definitions)
}

/// The JSON Schema (draft 2020-12) of a file, for editors.
pub fn schema() -> serde_json::Value {
    let mut schemas = schema::Schemas::default();
    let root = Document::schema(&mut schemas);
    schemas.finish(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> File {
        File { name: name.to_string(), text: text.to_string() }
    }

    #[test]
    fn files_are_read_together() {
        let metrics = file("m.yaml", "{version: 1, metrics: [{name: a, type: sum, source: o}]}");
        let sources = file(
            "s.yaml",
            "{version: 1, sources: [{name: o, table: t, identifier: i, timestamp: t, value: v}]}",
        );
        let experiment = file(
            "e.yaml",
            "{version: 1, experiments: [{name: x, start: 2026-03-01, exposure: {source: o}, metrics: {goals: [a]}}]}",
        );
        let files = [experiment, metrics.clone(), sources];
        let definitions = check(&files).unwrap();
        assert_eq!(definitions.experiments[0].metrics[0].metric, definitions.metrics[0]);
        assert_eq!(check(&files[..2]).unwrap_err().len(), 2);
        assert!(check(&[]).unwrap().metrics.is_empty());

        let again = file("again.yaml", &format!("\n{}", metrics.text));
        let problems = check(&[files[2].clone(), metrics, again]).unwrap_err();
        let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(told, [r#"again.yaml:2:31: metric "a" is defined twice, first at m.yaml:1:31"#]);
    }

    #[test]
    fn a_problem_is_one_line_whatever_the_file_holds() {
        let text = "version: 1\n\"a\\nb\": 1\nmetrics: [{name: \"a\\nb\", type: \"c\\rd\", options: {\"e\\nf\": 1}}]\n\"\\e[31m\": 1\n";
        let problems = check(&[file("f", text)]).unwrap_err();
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems.iter().all(|problem| !problem.message.contains(char::is_control)), "{problems:?}");
    }

    #[test]
    fn what_a_broken_file_may_define_is_not_missed() {
        let experiment = file(
            "e.yaml",
            "{version: 1, experiments: [{name: x, start: 2026-03-01, exposure: {source: o}, metrics: {goals: [a]}}]}",
        );
        for broken in
            ["metrics: [", "- a", "{version: 1, metrics: {name: a}}", "{version: 1, sources: 1}", ""]
        {
            let problems = check(&[experiment.clone(), file("m.yaml", broken)]).unwrap_err();
            assert!(problems.iter().all(|problem| problem.file == "m.yaml"), "{broken}: {problems:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_yaml_does_not_hide_what_is_wrong_with_the_others() {
        let problems = check(&[file("a", "{"), file("b", "version: 2\n")]).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.file.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }
}
