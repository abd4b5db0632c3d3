//! The command line: what a person or ClickHouse can ask for, and how it ends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::builder::PossibleValuesParser;
use clap::{CommandFactory, Parser, Subcommand};

use crate::definition_files;
use scorecard::files::{FileFormat, Place};
use scorecard::functions::FunctionName;
use scorecard::registration;
use scorecard::scoring::{INVALID_VALUES, Request, arm_columns, metric_columns, score};
use scorecard::serve::serve;
use scorecard::sql;
use scorecard::wire::{Field, Format, Type};

/// A/B test scorecards for ClickHouse.
///
/// ClickHouse runs this program as an executable UDF; you call the SQL functions and views over it.
/// Without arguments it serves experimentInference in RowBinary, the way ClickHouse Cloud starts it.
#[derive(Parser)]
#[command(name = "scorecard", version)]
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
    /// Score a file of metric statistics.
    #[command(long_about = infer_help())]
    Infer {
        /// The file to read, or - for standard input
        input: PathBuf,
        /// The file to write, or - for standard output
        output: PathBuf,
        /// The format of standard input and output
        #[arg(long)]
        format: Option<FileFormat>,
        /// The options of experimentInference, as JSON: '{"confidence": 0.9}'
        #[arg(long, default_value = "")]
        options: String,
        /// The expected share of each variant, as JSON: '{"control": 0.5, "b": 0.5}'
        #[arg(long, default_value = "{}", value_parser = parse_shares)]
        expected_shares: BTreeMap<String, f64>,
    },
    /// Check files of metrics and experiments.
    ///
    /// Prints every mistake of all files to standard error, each as file:line:column: message, and fails if there
    /// is one. The files are read together: one may use what another defines.
    Check {
        /// Files of definitions, YAML or JSON, or - for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Compile files of metrics and experiments to SQL.
    ///
    /// Prints one script that makes the views and tables of the definitions in the current database, for the client
    /// to run: scorecard compile metrics.yaml experiments/*.yaml | clickhouse-client --multiquery. Run it again
    /// after every change. It is the same for the same files. Mistakes are told as by check, and nothing is
    /// printed.
    Compile {
        /// Files of definitions, YAML or JSON, or - for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Print the JSON Schema of files of metrics and experiments, for editors.
    Schema,
    /// Print what registers the functions with ClickHouse.
    Registration {
        #[command(subcommand)]
        part: RegistrationPart,
    },
}

/// What `scorecard infer` reads and writes, with the columns as the scoring knows them.
fn infer_help() -> String {
    let mut columns = String::new();
    for Field { name, ty, doc } in metric_columns().chain(arm_columns()) {
        let optional = if *ty == Type::NullableFloat64 { " (optional)" } else { "" };
        columns.push_str(&format!("  {name:<23}  {doc}{optional}\n"));
    }
    let arm: Vec<&str> = arm_columns().iter().map(|column| column.name).chain([INVALID_VALUES]).collect();
    format!(
        "Score a file of metric statistics.

Reads rows as the view experiment_metric_stats gives them, with these columns:

{columns}
Rows that agree in every column but those of the arm ({arm}) are one metric. Writes the same rows with the columns \
         of experiment_results behind them. The endings .parquet, .arrow, .tsv (TabSeparatedWithNames) and .jsonl \
         (JSONEachRow) name the format.",
        arm = arm.join(", "),
    )
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
    /// Print a file of sql/ that makes a parameterized view.
    View {
        /// Name of the file, such as 40_experiment_results
        #[arg(value_parser = PossibleValuesParser::new(sql::parameterized::names()))]
        name: String,
    },
}

/// Runs the program; a failure is one line on standard error, wrong usage what clap says of it.
pub fn main() -> ExitCode {
    // A panic is reported below like any failure, on one line: ClickHouse shows the first one only.
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
        Err(anyhow!("internal error, please report it: {}", message.replace('\n', " ")))
    });
    match result {
        Ok(code) => code,
        // Whoever asked has gone: nobody is left to tell.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// Says what went wrong, as one line in one write: ClickHouse may show no more than it reads at once.
fn report(error: &anyhow::Error) {
    let line = format!("scorecard: {error:#}\n");
    // Nobody is left to tell when standard error is closed too.
    let _ = io::stderr().write_all(line.as_bytes());
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run() -> Result<ExitCode> {
    match Cli::parse().command {
        Some(Command::Check { files }) => return Ok(definition_files::check(&files)?),
        Some(Command::Compile { files }) => return Ok(definition_files::compile(&files)?),
        Some(Command::Schema) => Ok(definition_files::schema()?),
        Some(Command::Serve { function, format }) => serve_stdio(function, format),
        Some(Command::Infer { input, output, format, options, expected_shares }) => {
            let (input, output) = (Place::new(&input, format)?, Place::new(&output, format)?);
            if format.is_some() && !input.is_pipe() && !output.is_pipe() {
                bail!("--format is for a pipe, and neither file is -");
            }
            output.write(&score(&input.read()?, &Request { options, expected_shares })?)
        }
        Some(Command::Registration { part }) => {
            Ok(io::stdout().write_all(registration_text(part).as_bytes())?)
        }
        None if io::stdin().is_terminal() => Ok(Cli::command().print_help()?),
        None => serve_stdio(FunctionName::ExperimentInference, Format::RowBinary),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn parse_shares(json: &str) -> Result<BTreeMap<String, f64>, serde_json::Error> {
    serde_json::from_str(json)
}

fn registration_text(part: RegistrationPart) -> String {
    match part {
        RegistrationPart::Xml { format } => registration::xml(format),
        RegistrationPart::Sql => registration::sql(),
        RegistrationPart::View { name } => sql::parameterized::text(&name).unwrap_or_default(),
    }
}

/// Serves on standard input and output, past the standard library's buffers: a block is one write.
fn serve_stdio(function: FunctionName, format: Format) -> Result<()> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned().context("standard input")?);
    let output = File::from(io::stdout().as_fd().try_clone_to_owned().context("standard output")?);
    serve(function, format, input, output).with_context(|| function.signature().name)
}
