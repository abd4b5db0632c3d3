//! The seeds of the fuzz targets: inputs that the decoders should know before they are led astray.
//!
//! A target's input is one byte that chooses the function, and then standard input. `cargo test --test
//! protocol -- --ignored fuzz_seeds` writes the seeds anew.

use std::fs;
use std::path::Path;

use arrow::ipc::CompressionType;

use super::formats::{Format, Settings, chunk, chunk_with};
use super::process::serve;
use super::values::{
    Function, Row, arm, arm_with, call, p_values, plain_rows, power, quantile_arm, ratio, sample_size,
};

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
            call(
                ["control", "b", "c"].map(paired_arm).to_vec(),
                "ratio",
                r#"{"correction": "hochberg", "interval": "fieller"}"#,
            ),
            call(
                ["control", "b"].map(paired_arm).to_vec(),
                "mean",
                r#"{"prior": {"mean": 0, "stddev": 0.1}, "non_inferiority_margin": 0.02}"#,
            ),
            call(
                vec![arm("control", 900, 0.0, 0.0), arm("b", 1000, 9.0, 9.0)],
                "occurrence",
                r#"{"model": "beta_binomial", "beta_prior": {"alpha": 0.5, "beta": 0.5}}"#,
            ),
            call(
                vec![
                    quantile_arm("control", 900, Some(120.5), Some(2.5)),
                    quantile_arm("b", 1000, Some(118.0), None),
                ],
                "quantile",
                "",
            ),
        ],
        Function::SampleRatio => vec![
            ratio(&[], &[]),
            ratio(&[("a", 500), ("b", 1)], &[("a", 0.5), ("b", 0.5)]),
            ratio(&[("'", u64::MAX)], &[("\\", f64::INFINITY), ("b", -1.0)]),
        ],
        Function::AdjustPValues => vec![
            p_values(&[], "none"),
            p_values(&[Some(0.01), None, Some(1.0), Some(f64::NAN)], "benjamini_hochberg"),
        ],
        Function::SampleSize => vec![
            sample_size(0.1, None, -0.1, r#"{"arms": 3, "allocation_ratio": 2, "sequential": true}"#),
            sample_size(f64::NAN, Some(1.0), 0.0, "{}"),
        ],
        Function::Power => vec![
            power(10.0, Some(3.0), 0.01, 5000, r#"{"correction": "none", "power": 0.9}"#),
            power(0.5, None, 1.5, u64::MAX, ""),
        ],
    }
}

/// An arm with a denominator and a covariate.
fn paired_arm(name: &str) -> super::values::Value {
    let moments = [name.len() as f64 * 100.0, 4500.5];
    arm_with(
        name,
        1000,
        moments,
        [Some(900.0), Some(2000.0), Some(700.25)],
        [Some(800.0), Some(1500.0), None],
    )
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

const OPTIONS: [(&str, &str); 6] = [
    ("none", ""),
    ("empty", "{}"),
    (
        "every",
        r#"{"control": "a", "confidence": 0.9, "min_identities": 2, "min_conversions": 0, "win_threshold": 0.99}"#,
    ),
    (
        "models",
        r#"{"prior": {"mean": 0.1, "stddev": 1}, "model": "beta_binomial", "beta_prior": {"alpha": 2, "beta": 3}, "correction": "none", "sequential_tuning": 1e4, "power": 0.9, "non_inferiority_margin": 0}"#,
    ),
    (
        "design",
        r#"{"arms": 4, "allocation_ratio": 0.5, "correction": "none", "sequential": true, "power": 0.9}"#,
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
