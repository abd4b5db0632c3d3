//! One engine process: `tests/engine/engine.py` over an installation of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::{env, io};

use serde_json::{Value, json};

/// The version whose environment is used when `SCORECARD_ENGINE` is not set.
const DEFAULT_VERSION: &str = "26.9";

/// A running engine. It ends when its standard input closes: with this value, or with this process.
pub struct Engine {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    process: Child,
    prefix: PathBuf,
}

impl Engine {
    /// Installs into a directory below `target/` and starts the engine there.
    pub fn start() -> Result<Self, String> {
        let asked = env::var("SCORECARD_ENGINE").ok();
        let version = asked.as_deref().unwrap_or(DEFAULT_VERSION);
        let python = engine_python(version)?;
        let prefix = install(version)?;
        let mut process = spawn(&python, &prefix, asked.is_some())
            .map_err(|error| format!("{} does not start: {error}", python.display()))?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the engine has no standard streams".to_owned());
        };
        let mut engine = Self { requests, answers: BufReader::new(answers), process, prefix };
        let started = engine.receive()?;
        if asked.is_some() && !started.starts_with(&format!("{version}.")) {
            return Err(format!(
                "SCORECARD_ENGINE={version}, but the engine is {started}: run `make clean venv`"
            ));
        }
        Ok(engine)
    }

    /// What one statement returns, or the engine's message.
    pub fn query(&mut self, sql: &str, format: &str) -> Result<String, String> {
        self.ask(&json!({"sql": sql, "format": format}))
    }

    /// A new session: no settings, the default database, the data as they were.
    pub fn reset(&mut self) -> Result<(), String> {
        self.ask(&json!({"reset": true})).map(drop)
    }

    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    fn ask(&mut self, request: &Value) -> Result<String, String> {
        writeln!(self.requests, "{request}").map_err(|error| self.ended(&error))?;
        self.receive()
    }

    fn receive(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(0) => return Err(self.ended(&io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => {}
            Err(error) => return Err(self.ended(&error)),
        }
        let answer: Value = serde_json::from_str(&line)
            .map_err(|error| format!("the engine answers no JSON ({error}): {line}"))?;
        match (answer["ok"].as_str(), answer["error"].as_str()) {
            (Some(text), _) => Ok(text.to_owned()),
            (None, Some(message)) => Err(message.to_owned()),
            (None, None) => Err(format!("the engine answers neither ok nor error: {line}")),
        }
    }

    fn ended(&mut self, error: &io::Error) -> String {
        let status = match self.process.try_wait() {
            Ok(Some(status)) => format!("{status}"),
            _ => "no exit status yet".to_owned(),
        };
        let log = log_file(&self.prefix);
        format!("the engine is gone ({error}; {status}); its log is {}", log.display())
    }
}

/// The scripts of `DIR/sql` in name order: name and text.
pub fn installed_sql(prefix: &Path) -> Result<Vec<(String, String)>, String> {
    let directory = prefix.join("sql");
    let failed = |error: io::Error| format!("{}: {error}", directory.display());
    let mut scripts = Vec::new();
    for entry in fs::read_dir(&directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            scripts.push((name, fs::read_to_string(&path).map_err(failed)?));
        }
    }
    scripts.sort();
    Ok(scripts)
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn log_file(prefix: &Path) -> PathBuf {
    prefix.join("engine.log")
}

fn engine_python(version: &str) -> Result<PathBuf, String> {
    let environment = repository().join(".venv").join(version);
    if environment.join("ready").is_file() {
        return Ok(environment.join("bin").join("python"));
    }
    Err(match version {
        DEFAULT_VERSION => "no .venv/26.9: run `make venv`".to_owned(),
        other => format!("no .venv/{other}: run `make .venv/{other}/ready` or `make test-matrix`"),
    })
}

/// `make install` of the program under test, once per test process.
fn install(version: &str) -> Result<PathBuf, String> {
    let format = super::format();
    let binary = super::program::program();
    let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("e2e/{version}-{format}"));
    remove_installed_sql(&prefix)?;
    let done = Command::new("make")
        .current_dir(repository())
        .args(["--no-print-directory", "--silent", "install"])
        .arg(format!("PREFIX={}", prefix.display()))
        .arg(format!("FORMAT={format}"))
        .arg(format!("BINARY={binary}"))
        .env_remove("MAKEFLAGS")
        .env_remove("MAKELEVEL")
        .env_remove("MFLAGS")
        .output()
        .map_err(|error| format!("make does not start: {error}"))?;
    if done.status.success() {
        return Ok(prefix);
    }
    let message = String::from_utf8_lossy(&done.stderr);
    Err(format!("make install FORMAT={format} fails: {}", message.trim()))
}

/// A script that was renamed since must not be installed a second time.
fn remove_installed_sql(prefix: &Path) -> Result<(), String> {
    match fs::remove_dir_all(prefix.join("sql")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", prefix.join("sql").display()))
        }
        _ => Ok(()),
    }
}

fn spawn(python: &Path, prefix: &Path, only_chdb: bool) -> io::Result<Child> {
    Command::new(python)
        .current_dir(repository())
        .arg("tests/engine/engine.py")
        .arg("--prefix")
        .arg(prefix)
        .args(["--backend", if only_chdb { "chdb" } else { "auto" }])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(log_file(prefix))?)
        .spawn()
}
