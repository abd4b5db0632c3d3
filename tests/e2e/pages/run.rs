//! Does what a page shows, in a database and a directory of its own.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use super::page::{Action, Page, Step, root};
use crate::support::{self, Database, script};

const LOAD_EVENTS: &str =
    "INSERT INTO events SELECT * FROM file('tests/data/thornton_2008_events.tsv', 'TabSeparatedWithNames')";

/// Stands for the client: it keeps the script, which then runs in the page's database.
const CLIENT: &str = "\
#!/bin/sh
[ \"$*\" = --multiquery ] || { echo \"clickhouse-client: only --multiquery is known here, not: $*\"; exit 1; }
cat > \"$SCRIPT\"
";

pub struct Reader {
    database: Database,
    directory: PathBuf,
    programs: PathBuf,
    script: PathBuf,
}

impl Reader {
    /// With everything installed, the events loaded, and an empty directory.
    pub fn new(page: &Page) -> Self {
        let mut database = support::fresh_database(&format!("page_{}", page.stem()));
        if let Err(message) = database.query(LOAD_EVENTS) {
            panic!("the events of tests/data are not loaded: {message}");
        }
        let home = database.prefix().join("pages").join(page.stem());
        let reader = Self {
            database,
            directory: home.join("files"),
            programs: home.join("programs"),
            script: home.join("script.sql"),
        };
        if let Err(error) = reader.empty_directory(&home) {
            panic!("{}: {error}", home.display());
        }
        reader
    }

    fn empty_directory(&self, home: &Path) -> io::Result<()> {
        if home.exists() {
            fs::remove_dir_all(home)?;
        }
        fs::create_dir_all(&self.directory)?;
        fs::create_dir_all(&self.programs)?;
        let client = self.programs.join("clickhouse-client");
        fs::write(&client, CLIENT)?;
        fs::set_permissions(&client, fs::Permissions::from_mode(0o755))
    }

    /// What the step prints.
    pub fn take(&mut self, step: &Step) -> Result<String, String> {
        match &step.action {
            Action::Query(sql) => self.query(sql),
            Action::File { name, text } => self.write(name, text).map_err(|error| format!("{name}: {error}")),
            Action::Command(command) => self.command(command, step),
            Action::Setup(name) => self.set_up(name),
        }
    }

    /// The results of all statements, one after another.
    fn query(&mut self, sql: &str) -> Result<String, String> {
        if is_loaded_already(sql) {
            return Ok(String::new());
        }
        let mut output = String::new();
        for statement in script::statements(sql) {
            output.push_str(&self.database.query_as(&statement.sql, "PrettyCompact")?);
        }
        Ok(output)
    }

    fn set_up(&mut self, name: &str) -> Result<String, String> {
        let path = root().join("tests/pages").join(name);
        let script = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        self.database.run(&script).map_err(|message| format!("{name}, {message}"))?;
        Ok(String::new())
    }

    fn write(&self, name: &str, text: &str) -> io::Result<String> {
        let path = self.directory.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
        Ok(String::new())
    }

    fn command(&mut self, command: &str, step: &Step) -> Result<String, String> {
        let installed = self.database.prefix().join("user_scripts");
        let search = env::var_os("PATH").unwrap_or_default();
        let paths = [self.programs.clone(), installed].into_iter().chain(env::split_paths(&search));
        let search = env::join_paths(paths).map_err(|error| error.to_string())?;
        let done = Command::new("bash")
            .args(["-o", "pipefail", "-c", &format!("exec 2>&1; {command}")])
            .current_dir(&self.directory)
            .env("PATH", search)
            .env("SCRIPT", &self.script)
            .output()
            .map_err(|error| format!("bash does not start: {error}"))?;
        let output = String::from_utf8_lossy(&done.stdout).into_owned();
        if !done.status.success() && step.shown.as_ref().is_none_or(|shown| shown.text.is_empty()) {
            return Err(format!("{}\n{output}", done.status));
        }
        self.run_script()?;
        Ok(output)
    }

    /// What the command sent to the client.
    fn run_script(&mut self) -> Result<(), String> {
        if !self.script.exists() {
            return Ok(());
        }
        let failed = |error: io::Error| format!("{}: {error}", self.script.display());
        let script = fs::read_to_string(&self.script).map_err(failed)?;
        fs::remove_file(&self.script).map_err(failed)?;
        self.database.run(&script).map_err(|message| format!("the script for the client, {message}"))
    }
}

/// The files of the page that none of its later commands names, and so nothing reads.
pub fn unread(steps: &[Step]) -> Vec<String> {
    let is_read = |name: &str, after: usize| {
        let whole = Path::new(name).parent().map(|parent| parent.join("*.yaml"));
        steps[after..].iter().any(|step| match &step.action {
            Action::Command(command) => command
                .split_whitespace()
                .any(|word| word == name || whole.as_deref() == Some(Path::new(word))),
            _ => false,
        })
    };
    steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| match &step.action {
            Action::File { name, .. } if !is_read(name, index) => {
                Some(format!("line {}: no command after it reads {name}", step.line))
            }
            _ => None,
        })
        .collect()
}

/// Whether the block is what loaded the events before the first step: twice would double them.
fn is_loaded_already(sql: &str) -> bool {
    sql.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(';') == LOAD_EVENTS
}
