//! What tells ClickHouse of the functions: the XML of the executables and the SQL over them.
//!
//! Both are made from the types that the codecs use, and kept in the repository; a test holds the
//! kept files against these. `make registration` writes them anew.

use std::fmt::Write;

use crate::functions::{FunctionName, Signature};
use crate::wire::{Field, Format};

/// How the server runs the executables. ClickHouse ignores keys it does not know, so every key here
/// is one that its documentation lists.
const POOL: &[(&str, &str, &str)] = &[
    ("pool_size", "16", "workers at most; each is started when first needed and then kept"),
    ("max_command_execution_time", "10", "seconds to wait for a free worker"),
    ("command_termination_timeout", "5", "seconds a worker has to end after its input was closed"),
    ("command_read_timeout", "600000", "milliseconds to wait for an answer"),
    ("command_write_timeout", "60000", "milliseconds to wait until a worker takes its input"),
    ("send_chunk_header", "1", "the number of rows goes before each block"),
    ("stderr_reaction", "throw", "the last words of a worker become the query's error"),
    ("check_exit_code", "1", "a worker that fails makes the query fail"),
    ("deterministic", "1", "same arguments, same answer"),
    ("execute_direct", "1", "no shell between server and worker"),
];

/// The XML that registers every executable in one format.
pub fn xml(format: Format) -> String {
    let mut xml = String::from("<functions>\n");
    for name in FunctionName::ALL {
        write_function(&mut xml, &name.signature(), format);
    }
    xml.push_str("</functions>\n");
    xml
}

fn write_function(xml: &mut String, signature: &Signature, format: Format) {
    let Signature { name, executable, arguments, returns } = signature;
    let mut line = |indent: usize, text: &str| {
        let _ = writeln!(xml, "{:1$}{text}", "", indent * 4);
    };
    line(1, &format!("<!-- Called through the SQL function {name}, which casts the arguments. -->"));
    line(1, "<function>");
    line(2, "<type>executable_pool</type>");
    line(2, &format!("<name>{executable}</name>"));
    line(2, &format!("<return_type>{returns}</return_type>"));
    line(2, "<return_name>result</return_name>");
    for Field { name, ty, .. } in *arguments {
        line(2, "<argument>");
        line(3, &format!("<name>{name}</name>"));
        line(3, &format!("<type>{ty}</type>"));
        line(2, "</argument>");
    }
    line(2, &format!("<format>{}</format>", format.name()));
    line(2, &format!("<command>scorecard serve {name} --format {}</command>", format.name()));
    for (key, value, meaning) in POOL {
        line(2, &format!("<!-- {meaning} -->"));
        line(2, &format!("<{key}>{value}</{key}>"));
    }
    line(1, "</function>");
}

/// The SQL functions that users call.
///
/// The CAST makes the bytes independent of the caller's types: some versions hand an executable its
/// arguments as they are. It also matches named tuples by name, so a caller passes what there is.
pub fn sql() -> String {
    let mut sql = String::from(SQL_HEAD);
    for Signature { name, executable, arguments, .. } in FunctionName::ALL.map(FunctionName::signature) {
        let names: Vec<&str> = arguments.iter().map(|field| field.name).collect();
        let casts: Vec<String> =
            arguments.iter().map(|field| format!("    CAST({} AS {})", field.name, field.ty)).collect();
        let _ = write!(
            sql,
            "\nCREATE OR REPLACE FUNCTION {name} AS ({}) -> {executable}(\n{}\n);\n",
            names.join(", "),
            casts.join(",\n"),
        );
    }
    let _ = write!(
        sql,
        "\n-- The version, for the health view to compare with.\n\
         CREATE OR REPLACE FUNCTION scorecardVersion AS () -> '{}'\n;\n",
        env!("CARGO_PKG_VERSION"),
    );
    sql
}

const SQL_HEAD: &str = "\
-- The functions users call, over the executables that scorecard_function.xml registers.
--
-- Each argument is cast, so that any tuple with the right names will do and the bytes that reach
-- the executable never follow the caller's types. Written by `make registration`.
";
