//! The built program as ClickHouse and people meet it: bytes through pipes, words, exit codes.
//!
//! Nothing here uses the crate's own codecs: what the program reads and writes is written and read by
//! small encoders and decoders of the tests' own.

#[path = "protocol/files.rs"]
mod files;
#[path = "protocol/formats.rs"]
mod formats;
#[path = "protocol/framing.rs"]
mod framing;
#[path = "protocol/fuzz_seeds.rs"]
mod fuzz_seeds;
#[path = "protocol/help.rs"]
mod help;
#[path = "protocol/infer.rs"]
mod infer;
#[path = "protocol/process.rs"]
mod process;
#[path = "e2e/support/program.rs"]
mod program;
#[path = "protocol/reasons.rs"]
mod reasons;
#[path = "protocol/registration.rs"]
mod registration;
#[path = "protocol/settings.rs"]
mod settings;
#[path = "protocol/values.rs"]
mod values;
#[path = "protocol/wrong_values.rs"]
mod wrong_values;
