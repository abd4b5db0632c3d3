//! The real engine under the tests: a fresh database with everything installed, and queries on it.
//!
//! ```ignore
//! let mut database = support::shared_database();
//! let rows = database.query("SELECT 1 AS one").expect("a row");   // "one\n1\n"
//! ```
//!
//! The engine starts once per test process; tests that ask for a database run one after another. One that
//! creates, drops or alters anything asks for a [`fresh_database`].
//!
//! - `SCORECARD_ENGINE` is the ClickHouse version: 26.9, 26.3 or 25.8, each in its `.venv/VERSION`.
//!   Unset, it is `clickhouse local` where that is present, else 26.9.
//! - `SCORECARD_FORMAT` is the wire format of the functions: `RowBinary` (default), `TabSeparated`,
//!   `JSONEachRow` or `ArrowStream`.
//! - `SCORECARD_BINARY` is the program to install and run, by default the one this `cargo test` built.
pub mod diff;
pub mod engine;
pub mod program;
pub mod script;

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use engine::Engine;

/// The format of an answer unless a statement or a caller names another.
pub const DEFAULT_FORMAT: &str = "TabSeparatedWithNames";

/// The wire format unless `SCORECARD_FORMAT` names another.
const DEFAULT_WIRE_FORMAT: &str = "RowBinary";

/// The wire format of the functions.
fn format() -> String {
    env::var("SCORECARD_FORMAT").unwrap_or_else(|_| DEFAULT_WIRE_FORMAT.to_owned())
}

/// Whether the functions speak the format in which all is tried; in the others only what depends on it is.
pub fn speaks_default_format() -> bool {
    format() == DEFAULT_WIRE_FORMAT
}

static ENGINE: LazyLock<Result<Mutex<Engine>, String>> = LazyLock::new(|| Engine::start().map(Mutex::new));

/// A database of its own, current in its session, with `sql/*.sql` installed. Dropped with the value.
///
/// It holds the engine until it is dropped: a test must not ask for a second one meanwhile.
///
/// # Panics
///
/// With one line that says what to do, when the engine or the installation is missing or broken.
pub fn fresh_database(name: &str) -> Database {
    let mut database = empty_database(name);
    if let Err(message) = database.install() {
        panic!("{message}");
    }
    database
}

/// The database that tests share which only insert and read, installed once; empty, and emptied with the
/// value.
///
/// # Panics
///
/// As [`fresh_database`].
pub fn shared_database() -> Database {
    const NAME: &str = "t_shared";
    let mut database = Database { engine: engine(), name: NAME.to_string(), keep: true };
    let known = format!("SELECT count() FROM system.databases WHERE name = '{NAME}'");
    let outcome = match database.query_as(&known, "TabSeparated") {
        Ok(count) if count.trim() == "1" => database.query(&format!("USE `{NAME}`")).map(drop),
        Ok(_) => database.create().and_then(|()| database.install()),
        Err(message) => Err(message),
    };
    if let Err(message) = outcome {
        panic!("database {NAME}: {message}");
    }
    database
}

fn engine() -> MutexGuard<'static, Engine> {
    match ENGINE.as_ref() {
        Ok(engine) => engine.lock().unwrap_or_else(PoisonError::into_inner),
        Err(message) => panic!("{message}"),
    }
}

/// As [`fresh_database`], with nothing installed in it.
pub fn empty_database(name: &str) -> Database {
    let mut database = Database { engine: engine(), name: format!("t_{name}"), keep: false };
    if let Err(message) = database.create() {
        panic!("database {}: {message}", database.name);
    }
    database
}

/// A session in a database that one test has for itself.
pub struct Database {
    engine: MutexGuard<'static, Engine>,
    name: String,
    /// Emptied, not dropped, for the next test.
    keep: bool,
}

impl Database {
    /// What one statement returns, in [`DEFAULT_FORMAT`] unless it has a FORMAT of its own.
    ///
    /// # Errors
    ///
    /// The engine's message.
    pub fn query(&mut self, sql: &str) -> Result<String, String> {
        self.query_as(sql, DEFAULT_FORMAT)
    }

    /// As [`Database::query`], in another default format.
    pub fn query_as(&mut self, sql: &str, format: &str) -> Result<String, String> {
        self.engine.query(sql, format)
    }

    /// Runs every statement of a script; the results are dropped.
    ///
    /// # Errors
    ///
    /// The line and the engine's message of the first statement that fails.
    pub fn run(&mut self, script: &str) -> Result<(), String> {
        for statement in script::statements(script) {
            self.query(&statement.sql).map_err(|message| format!("line {}: {message}", statement.line))?;
        }
        Ok(())
    }

    /// Runs `sql/*.sql` in name order, as a user would.
    pub fn install(&mut self) -> Result<(), String> {
        for (name, script) in engine::installed_sql(self.engine.prefix())? {
            self.run(&script).map_err(|message| format!("sql/{name}, {message}"))?;
        }
        Ok(())
    }

    /// The script that the installed program compiles from files of a directory.
    ///
    /// # Errors
    ///
    /// What the program says is wrong with them.
    pub fn compile(&self, directory: &Path, files: &[String]) -> Result<String, String> {
        let program = self.prefix().join("user_scripts/scorecard");
        let done = Command::new(program).arg("compile").args(files).current_dir(directory).output();
        let done = done.map_err(|error| format!("the program does not start: {error}"))?;
        if !done.status.success() {
            return Err(format!("not compiled: {}", String::from_utf8_lossy(&done.stderr)));
        }
        String::from_utf8(done.stdout).map_err(|error| format!("the script: {error}"))
    }

    /// Where `make install` put the program, its configuration and the SQL.
    pub fn prefix(&self) -> &Path {
        self.engine.prefix()
    }

    fn create(&mut self) -> Result<(), String> {
        let name = self.name.clone();
        self.query(&format!("DROP DATABASE IF EXISTS `{name}`"))?;
        self.query(&format!("CREATE DATABASE `{name}`"))?;
        self.query(&format!("USE `{name}`"))?;
        Ok(())
    }

    fn drop_database(&mut self) -> Result<(), String> {
        self.query(&format!("DROP DATABASE IF EXISTS `{}`", self.name)).map(drop)
    }

    fn empty(&mut self) -> Result<(), String> {
        let name = self.name.clone();
        let tables = format!(
            "SELECT name FROM system.tables WHERE database = '{name}' AND engine LIKE '%MergeTree' \
             AND total_rows != 0"
        );
        for table in self.query_as(&tables, "TabSeparated")?.lines() {
            self.query(&format!("TRUNCATE TABLE `{name}`.`{table}`"))?;
        }
        Ok(())
    }
}

impl Drop for Database {
    /// Leaves nothing behind for the next test: neither data nor settings.
    fn drop(&mut self) {
        let cleared =
            self.engine.reset().and_then(|()| if self.keep { self.empty() } else { self.drop_database() });
        if let Err(message) = cleared {
            eprintln!("database {} is left behind: {message}", self.name);
        }
    }
}
