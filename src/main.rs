//! The `scorecard` program: arguments in, one subcommand run, an exit code out.

mod cli;
mod definition_files;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
