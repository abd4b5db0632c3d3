//! Definitions files on the command line: `scorecard check`, `compile` and `schema`.

use std::fmt::Display;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use scorecard::definition::{self, Definitions, File};
use scorecard::sql;

/// Tells every problem of the files on standard error, one a line.
///
/// # Errors
/// Standard error cannot be written.
pub fn check(paths: &[PathBuf]) -> io::Result<ExitCode> {
    Ok(if checked(paths)?.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the script that makes the views and tables of the files, or tells every problem.
///
/// # Errors
/// Standard output or standard error cannot be written.
pub fn compile(paths: &[PathBuf]) -> io::Result<ExitCode> {
    match checked(paths)? {
        Some(definitions) => {
            io::stdout().write_all(sql::script(&definitions).as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        None => Ok(ExitCode::FAILURE),
    }
}

/// What the files define; None if there were problems, which are told.
fn checked(paths: &[PathBuf]) -> io::Result<Option<Definitions>> {
    let (files, unreadable) = read(paths);
    // What the others seem to lack may be in a file that could not be read.
    if !unreadable.is_empty() {
        tell(&unreadable)?;
        return Ok(None);
    }
    match definition::check(&files) {
        Ok(definitions) => Ok(Some(definitions)),
        Err(problems) => {
            tell(&problems)?;
            Ok(None)
        }
    }
}

/// Prints the JSON Schema of definitions files.
///
/// # Errors
/// Standard output cannot be written.
pub fn schema() -> io::Result<()> {
    writeln!(io::stdout(), "{:#}", definition::schema())
}

/// Writes lines to standard error.
fn tell(lines: &[impl Display]) -> io::Result<()> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    io::stderr().write_all(text.as_bytes())
}

/// The files that can be read, and what is wrong with the others.
fn read(paths: &[PathBuf]) -> (Vec<File>, Vec<String>) {
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    for path in paths {
        let is_pipe = path == Path::new("-");
        let name = if is_pipe { "<stdin>".to_string() } else { path.display().to_string() };
        match bytes(path, is_pipe)
            .map_err(|error| format!("{name}:1:1: cannot be read: {error}"))
            .and_then(|bytes| text(&name, bytes))
        {
            Ok(text) => files.push(File { name, text }),
            Err(problem) => unreadable.push(problem),
        }
    }
    (files, unreadable)
}

fn bytes(path: &Path, is_pipe: bool) -> io::Result<Vec<u8>> {
    if !is_pipe {
        return fs::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(name: &str, bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let in_line = good.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let column = String::from_utf8_lossy(in_line).chars().count() + 1;
        format!("{name}:{line}:{column}: not UTF-8")
    })
}
