//! The program under test.

use std::env;

/// The file that `SCORECARD_BINARY` names, by default the program that this `cargo test` built.
pub fn program() -> String {
    let built = option_env!("CARGO_BIN_EXE_scorecard").map(str::to_owned);
    let named = env::var("SCORECARD_BINARY").ok().or(built);
    named.expect(
        "SCORECARD_BINARY says which program to test, where none is built: the feature `program` is off",
    )
}
