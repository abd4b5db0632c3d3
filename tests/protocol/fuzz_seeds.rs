//! The seeds of the fuzz targets: inputs that the decoders should know before they are led astray.
//!
//! A target's input is one byte that chooses the function, and then standard input. `cargo test --test
//! protocol -- --ignored fuzz_seeds` writes the seeds anew.

use std::fs;
use std::path::Path;

use arrow::ipc::CompressionType;

use crate::formats::{Format, Settings, chunk, chunk_with};
use crate::process::serve;
use crate::values::{Function, Row, arm, call, plain_rows, ratio};

struct Seed {
    name: String,
    function: Function,
    stdin: Vec<u8>,
}

fn rows(function: Function) -> Vec<Row> {
    match function {
        Function::Inference => vec![
            call(vec![], "", ""),
            call(
                vec![arm("control", 1000, 100.0, 100.0), arm("it's\t\"b\"\\", 1100, 130.5, 150.25)],
                "mean",
                r#"{"control": "a", "confidence": 0.9, "min_identities": 2, "min_conversions": 0, "win_threshold": 0.99}"#,
            ),
            call(vec![arm("a\n", u64::MAX, f64::NAN, -0.0), arm("", 60, 5.0, 5.0)], "occurrence", "{}"),
        ],
        Function::SampleRatio => vec![
            ratio(&[], &[]),
            ratio(&[("a", 500), ("b", 1)], &[("a", 0.5), ("b", 0.5)]),
            ratio(&[("'", u64::MAX)], &[("\\", f64::INFINITY), ("b", -1.0)]),
        ],
    }
}

fn seeds(format: Format) -> Vec<Seed> {
    let plain = Settings::default();
    let variations: &[(&str, Settings)] = match format {
        Format::RowBinary => &[("plain", plain)],
        Format::TabSeparated => &[("plain", plain), ("crlf", Settings { crlf: true, ..plain })],
        Format::JsonEachRow => &[
            ("plain", plain),
            (
                "quoted",
                Settings { quoted_integers: true, quoted_floats: true, quoted_denormals: true, ..plain },
            ),
            ("arrays", Settings { tuples_as_arrays: true, maps_as_pairs: true, ..plain }),
        ],
        Format::ArrowStream => &[
            ("plain", plain),
            ("lz4", Settings { compression: Some(CompressionType::LZ4_FRAME), ..plain }),
            ("zstd", Settings { compression: Some(CompressionType::ZSTD), ..plain }),
            ("batches", Settings { batch_rows: Some(1), ..plain }),
            ("binary", Settings { strings_as_binary: true, ..plain }),
        ],
    };
    let mut seeds = Vec::new();
    for function in Function::ALL {
        for &(what, settings) in variations {
            let stdin = chunk_with(function, format, &rows(function), settings);
            seeds.push(Seed { name: format!("{what}-{}", function.name()), function, stdin });
        }
        let mut stdin = chunk(function, format, &[]);
        stdin.extend(chunk(function, format, &plain_rows(function, 1)));
        stdin.extend(chunk(function, format, &plain_rows(function, 2)));
        seeds.push(Seed { name: format!("chunks-{}", function.name()), function, stdin });
    }
    seeds
}

const OPTIONS: [(&str, &str); 4] = [
    ("none", ""),
    ("empty", "{}"),
    (
        "every",
        r#"{"control": "a", "confidence": 0.9, "min_identities": 2, "min_conversions": 0, "win_threshold": 0.99}"#,
    ),
    ("escaped", r#" {"\u0063ontrol": "\ud83e\uddea\"\\\n", "confidence": 9.5e-1} "#),
];

#[test]
fn every_seed_is_answered() {
    for format in Format::ALL {
        for Seed { name, function, stdin } in seeds(format) {
            let outcome = serve(function, format, &stdin);
            assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{format:?} {name}");
        }
    }
}

#[test]
#[ignore = "writes tests/fuzz/seeds anew"]
fn fuzz_seeds_are_written() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
    for (target, format) in
        ["row_binary", "tab_separated", "json_each_row", "arrow_stream"].into_iter().zip(Format::ALL)
    {
        let directory = directory.join(target);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).expect("a directory can be made");
        for Seed { name, function, stdin } in seeds(format) {
            let choice = function as u8;
            fs::write(directory.join(name), [&[choice], stdin.as_slice()].concat())
                .expect("a seed can be written");
        }
    }
    let directory = directory.join("options");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory can be made");
    for (name, options) in OPTIONS {
        fs::write(directory.join(name), options).expect("a seed can be written");
    }
}
