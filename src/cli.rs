//! The command line: what a person or ClickHouse can ask for, and how it ends.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::{CommandFactory, Parser, Subcommand};

use scorecard::functions::FunctionName;
use scorecard::registration;
use scorecard::serve::{ServeError, serve};
use scorecard::wire::Format;

/// A/B test scorecards for ClickHouse.
///
/// ClickHouse runs this program as an executable UDF; you call the SQL functions and views over it.
/// Without arguments it serves experimentInference in RowBinary, the way ClickHouse Cloud starts it.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Answer blocks of rows on standard input: what ClickHouse runs.
    ///
    /// Every block is "<rows>\n" followed by that many rows of arguments, and is answered with as
    /// many rows. The first wrong value ends the service with one line on standard error that names
    /// the row, the column and the value.
    Serve {
        /// The function to answer for
        function: FunctionName,
        /// The format of the rows, both ways
        #[arg(long, default_value = "RowBinary")]
        format: Format,
    },
    /// Print what registers the functions with ClickHouse.
    Registration {
        #[command(subcommand)]
        part: RegistrationPart,
    },
}

#[derive(Subcommand)]
enum RegistrationPart {
    /// Print scorecard_function.xml, which registers the executables.
    Xml {
        /// The format in which ClickHouse and the executables talk
        #[arg(long, default_value = "RowBinary")]
        format: Format,
    },
    /// Print the CREATE FUNCTION statements over the executables.
    Sql,
}

/// Runs the program; a failure is one line on standard error.
pub fn main() -> ExitCode {
    // A panic is reported below like any failure, on one line: ClickHouse shows the first one only.
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
        Err(anyhow!("internal error, please report it: {}", message.replace('\n', " ")))
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scorecard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    match Cli::parse().command {
        Some(Command::Serve { function, format }) => serve_stdio(function, format),
        Some(Command::Registration { part }) => {
            print!("{}", registration_text(part));
            Ok(())
        }
        None if io::stdin().is_terminal() => Ok(Cli::command().print_help()?),
        None => serve_stdio(FunctionName::ExperimentInference, Format::RowBinary),
    }
}

fn registration_text(part: RegistrationPart) -> String {
    match part {
        RegistrationPart::Xml { format } => registration::xml(format),
        RegistrationPart::Sql => registration::sql(),
    }
}

/// Serves on standard input and output, past the standard library's buffers: a block is one write.
fn serve_stdio(function: FunctionName, format: Format) -> Result<()> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned().context("standard input")?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned().context("standard output")?);
    match serve(function, format, input, output) {
        // Whoever asked has gone: nobody is left to tell.
        Err(ServeError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.with_context(|| function.signature().name),
    }
}
