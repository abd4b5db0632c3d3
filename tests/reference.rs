//! The tables of arguments and fields in docs/functions.md are those of the codecs.

use std::fmt::Write;

use scorecard::functions::FunctionName;
use scorecard::wire::Field;

fn table(fields: &[Field]) -> String {
    let mut rows = String::new();
    for Field { name, ty, doc } in fields {
        let _ = writeln!(rows, "| {name} | {ty} | {doc} |");
    }
    rows
}

#[test]
fn the_page_of_functions_lists_every_argument_and_field_as_the_codecs_have_them() {
    let path = format!("{}/docs/functions.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    for function in FunctionName::ALL {
        let signature = function.signature();
        for rows in [table(signature.arguments), table(signature.returns.fields())] {
            assert!(page.contains(&rows), "docs/functions.md lacks this part of {}:\n{rows}", signature.name);
        }
    }
}
