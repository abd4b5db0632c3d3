//! The built program as ClickHouse and people meet it: bytes through pipes, words, exit codes.
//!
//! Nothing here uses the crate's own codecs: what the program reads and writes is written and read by
//! small encoders and decoders of the tests' own.

mod files;
mod formats;
mod framing;
mod fuzz_seeds;
mod help;
mod infer;
mod process;
mod reasons;
mod registration;
mod settings;
mod values;
mod wrong_values;
