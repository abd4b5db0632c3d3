//! The `scorecard` program: arguments in, one subcommand run, an exit code out.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
