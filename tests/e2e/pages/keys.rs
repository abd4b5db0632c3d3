//! The tables of keys in docs/definitions.md are those of the files' JSON Schema.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use super::page::Page;
use crate::support::program::program;

/// Each object of the schema, and how the line begins below which its table stands.
const TABLES: [(&str, &str); 12] = [
    ("Document", "## Every key"),
    ("Source", "### Sources"),
    ("Metric", "### Metrics"),
    ("Window", "**window**"),
    ("Cap", "**cap**"),
    ("Covariate", "**covariate**"),
    ("Part", "**numerator**"),
    ("Step", "**steps**"),
    ("Experiment", "### Experiments"),
    ("Exposure", "**exposure**"),
    ("Use", "**metrics**"),
    ("Dimension", "**dimensions**"),
];

#[test]
fn the_page_of_definitions_has_every_key_of_the_schema() {
    let page = Page::read("docs/definitions.md".to_owned());
    let schema = schema();
    for (object, start) in TABLES {
        let properties = schema["$defs"][object]["properties"].as_object();
        let known: BTreeSet<&str> =
            properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str)).collect();
        assert!(!known.is_empty(), "the schema has no keys of {object}");
        assert_eq!(keys(&page.text, start), known, "the table below '{start}'");
    }
}

fn schema() -> Value {
    let printed = Command::new(program()).arg("schema").output();
    let printed = printed.unwrap_or_else(|error| panic!("scorecard does not start: {error}"));
    serde_json::from_slice(&printed.stdout).unwrap_or_else(|error| panic!("scorecard schema: {error}"))
}

/// The first column of the first table below the line, without its head.
fn keys<'p>(page: &'p str, start: &str) -> BTreeSet<&'p str> {
    page.lines()
        .skip_while(|line| !line.starts_with(start))
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .collect()
}
