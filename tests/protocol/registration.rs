//! What registers the functions and makes the views: kept files equal what the program prints, and hold keys that exist.

use std::fs;

use super::formats::Format;
use super::process::run;
use super::values::Function;

/// The keys of a `<function>` that ClickHouse documents; it ignores any other without a word.
const KEYS: [&str; 19] = [
    "type",
    "name",
    "return_type",
    "return_name",
    "argument",
    "format",
    "command",
    "pool_size",
    "command_termination_timeout",
    "command_read_timeout",
    "command_write_timeout",
    "max_command_execution_time",
    "send_chunk_header",
    "execute_direct",
    "lifetime",
    "deterministic",
    "stderr_reaction",
    "check_exit_code",
    "parameters",
];

fn kept(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments, b"").success()).expect("UTF-8")
}

fn kept_xml(format: Format) -> String {
    kept(&match format {
        Format::RowBinary => "clickhouse-config/scorecard_function.xml".to_string(),
        _ => format!("clickhouse-config/formats/scorecard_function.{}.xml", format.name()),
    })
}

#[test]
fn the_kept_xml_is_what_the_program_prints() {
    for format in Format::ALL {
        let printed = printed(&["registration", "xml", "--format", format.name()]);
        assert!(kept_xml(format) == printed, "{}: make the file again", format.name());
    }
    assert_eq!(printed(&["registration", "xml"]), printed(&["registration", "xml", "--format", "RowBinary"]));
}

#[test]
fn the_kept_sql_is_what_the_program_prints() {
    assert_eq!(kept("sql/10_functions.sql"), printed(&["registration", "sql"]));
}

#[test]
fn the_kept_views_are_what_the_program_prints() {
    let directory = format!("{}/sql", env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{directory}: {error}"));
    let files = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_suffix(".sql").map(str::to_owned)
    });
    let mut kept_names: Vec<String> = files.collect();
    kept_names.retain(|name| name != "00_events" && name != "10_functions");
    kept_names.sort();
    assert_eq!(kept_names, scorecard::sql::parameterized::names(), "files of sql/ and views that are made");
    for name in kept_names {
        let printed = printed(&["registration", "view", &name]);
        assert!(kept(&format!("sql/{name}.sql")) == printed, "sql/{name}.sql: run `make registration`");
    }
}

/// An element: where it stands, and its text if it has no elements in it.
#[derive(Debug)]
struct Element {
    path: String,
    text: String,
}

/// The elements of XML without attributes, in the order of their ends.
fn elements(xml: &str) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml;
    while let Some((before, from_tag)) = rest.split_once('<') {
        if let Some(comment) = from_tag.strip_prefix("!--") {
            rest = comment.split_once("-->").expect("a comment has its end").1;
            continue;
        }
        let (tag, after) = from_tag.split_once('>').expect("a tag has its end");
        match tag.strip_prefix('/') {
            None => open.push(tag),
            Some(name) => {
                elements.push(Element { path: open.join("/"), text: before.trim().to_string() });
                assert_eq!(open.pop(), Some(name), "tags are nested");
            }
        }
        rest = after;
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    elements
}

#[test]
fn the_xml_has_only_keys_that_clickhouse_knows() {
    for format in Format::ALL {
        let xml = kept_xml(format);
        for Element { path, .. } in elements(&xml) {
            let known = match path.split('/').collect::<Vec<_>>()[..] {
                ["functions"] | ["functions", "function"] => true,
                ["functions", "function", key] => KEYS.contains(&key),
                ["functions", "function", "argument", key] => ["type", "name"].contains(&key),
                _ => false,
            };
            assert!(known, "{}: ClickHouse knows no {path}", format.name());
        }
    }
}

#[test]
fn the_xml_sets_everything_that_matters_for_each_function() {
    for format in Format::ALL {
        let elements = elements(&kept_xml(format));
        let values = |key: &str| -> Vec<&str> {
            let path = format!("functions/function/{key}");
            elements
                .iter()
                .filter(|element| element.path == path)
                .map(|element| element.text.as_str())
                .collect()
        };
        let names = [
            "scorecardInference",
            "scorecardSampleRatio",
            "scorecardAdjustPValues",
            "scorecardSampleSize",
            "scorecardPower",
        ];
        assert_eq!(values("name"), names);
        assert_eq!(values("type"), ["executable_pool"; 5]);
        assert_eq!(values("format"), [format.name(); 5]);
        assert_eq!(values("send_chunk_header"), ["1"; 5]);
        assert_eq!(values("return_name"), ["result"; 5]);
        let command =
            |function: Function| format!("scorecard serve {} --format {}", function.name(), format.name());
        assert_eq!(values("command"), Function::ALL.map(command));
        for key in [
            "pool_size",
            "max_command_execution_time",
            "command_read_timeout",
            "command_write_timeout",
            "command_termination_timeout",
            "stderr_reaction",
            "check_exit_code",
            "deterministic",
            "return_type",
        ] {
            let values = values(key);
            assert!(values.len() == 5 && values.iter().all(|value| !value.is_empty()), "{key}: {values:?}");
        }
    }
}
