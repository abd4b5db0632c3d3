//! The program under test.

use std::{env, path};

/// The file that `SCORECARD_BINARY` names, by default the program that this `cargo test` built.
pub fn program() -> String {
    // Cargo names a program here whether it built one or not.
    let built =
        option_env!("CARGO_BIN_EXE_scorecard").filter(|_| cfg!(feature = "program")).map(str::to_owned);
    let named = env::var("SCORECARD_BINARY").ok().or(built);
    let named =
        named.expect("no program is built without the feature `program`: name one in SCORECARD_BINARY");
    // Some tests run it in another directory.
    path::absolute(named).expect("a path").display().to_string()
}
