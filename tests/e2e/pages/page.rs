//! A page as the steps that it shows: SQL, files and commands, each with the output it claims.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{env, fs};

use super::markdown::{Fence, fences};
use crate::support::diff;

pub struct Page {
    /// From the root of the repository, as in "docs/tour.md".
    pub name: String,
    pub text: String,
    path: PathBuf,
}

/// One thing that the reader is to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    pub action: Action,
    /// The line of the page on which it begins, from 1.
    pub line: usize,
    pub shown: Option<Shown>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Statements to run in the page's database.
    Query(String),
    /// A file to write into the page's directory.
    File { name: String, text: String },
    /// A command to run there.
    Command(String),
    /// What the page takes for granted: a script of `tests/pages`, not shown.
    Setup(String),
}

/// The output that the page shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Shown {
    pub text: String,
    /// Its lines in the page, from 0.
    pub lines: Range<usize>,
}

impl Page {
    /// README.md and the pages of `docs`, in the order of their names.
    pub fn all() -> Vec<Self> {
        let docs = root().join("docs");
        let entries = fs::read_dir(&docs).unwrap_or_else(|error| panic!("{}: {error}", docs.display()));
        let mut names: Vec<String> = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "md"))
            .map(|name| format!("docs/{name}"))
            .collect();
        names.push("README.md".to_owned());
        names.sort();
        names.into_iter().map(Self::read).collect()
    }

    pub fn read(name: String) -> Self {
        let path = root().join(&name);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, text, path }
    }

    /// The name of the page as part of other names: "tour".
    pub fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase()
    }

    /// # Errors
    ///
    /// A block that is neither run nor said not to be, or that nothing closes.
    pub fn steps(&self) -> Result<Vec<Step>, String> {
        steps(&self.text).map_err(|message| format!("=== {}, {message}\n", self.name))
    }

    pub fn failure(&self, step: &Step, result: &Result<String, String>) -> Option<String> {
        let what = match (result, &step.shown) {
            (Err(message), _) => Some(message.clone()),
            (Ok(output), Some(shown)) => diff::lines(&tidy(&shown.text), &tidy(output)),
            (Ok(_), None) => None,
        };
        what.map(|what| format!("=== {}, line {}\n{}\n", self.name, step.line, what.trim_end()))
    }

    /// Writes the results into the page, but for those of steps that failed.
    pub fn bless(&self, steps: &[Step], results: &[Result<String, String>]) {
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        for (step, result) in steps.iter().zip(results).rev() {
            if let (Ok(output), Some(shown)) = (result, &step.shown) {
                let output = tidy(output);
                let output = output.lines().filter(|_| output != "\n").map(str::to_owned);
                lines.splice(shown.lines.clone(), output);
            }
        }
        if let Err(error) = fs::write(&self.path, lines.join("\n") + "\n") {
            panic!("{} is not written: {error}", self.name);
        }
    }
}

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn steps(page: &str) -> Result<Vec<Step>, String> {
    let lines: Vec<&str> = page.lines().collect();
    let text = |range: &Range<usize>| -> String {
        lines[range.clone()].iter().map(|line| format!("{line}\n")).collect()
    };
    let fenced = fences(&lines);
    let mut found = Vec::new();
    for (index, fence) in fenced.iter().enumerate() {
        let note = fence.note.as_deref().unwrap_or_default();
        let line = fence.lines.start + 1;
        if !fence.is_closed {
            return Err(format!("line {line}: nothing closes this block"));
        }
        if note.starts_with("not run:") {
            continue;
        }
        if let Some(name) = note.strip_prefix("setup:") {
            found.push(Step { action: Action::Setup(name.trim().to_owned()), line, shown: None });
        }
        match fence.language.as_str() {
            "sql" => {
                let shown = fenced
                    .get(index + 1)
                    .filter(|next| ["text", "yaml"].contains(&next.language.as_str()))
                    .filter(|next| only_notes(&lines, fence, next))
                    .map(|next| Shown { text: text(&next.lines), lines: next.lines.clone() });
                found.push(Step { action: Action::Query(text(&fence.lines)), line, shown });
            }
            "yaml" => {
                let Some(name) = note.strip_prefix("file:") else {
                    return Err(format!(
                        "line {line}: neither `<!-- file: NAME -->` nor `<!-- not run: … -->`"
                    ));
                };
                let action = Action::File { name: name.trim().to_owned(), text: text(&fence.lines) };
                found.push(Step { action, line, shown: None });
            }
            "console" => found.extend(commands(&lines, &fence.lines)),
            _ => {}
        }
    }
    Ok(found)
}

/// Each `$ command` with the lines below it as its output.
fn commands(lines: &[&str], block: &Range<usize>) -> Vec<Step> {
    let starts: Vec<usize> = block.clone().filter(|index| lines[*index].starts_with("$ ")).collect();
    let ends = starts.iter().skip(1).chain([&block.end]);
    starts
        .iter()
        .zip(ends)
        .map(|(start, end)| Step {
            action: Action::Command(lines[*start][2..].to_owned()),
            line: start + 1,
            shown: Some(Shown {
                text: lines[start + 1..*end].iter().map(|line| format!("{line}\n")).collect(),
                lines: start + 1..*end,
            }),
        })
        .collect()
}

fn only_notes(lines: &[&str], block: &Fence, next: &Fence) -> bool {
    let between = &lines[block.lines.end + 1..next.lines.start - 1];
    between.iter().all(|line| line.trim().is_empty() || line.trim().starts_with("<!--"))
}

/// Without blanks at the ends of lines and empty lines at the end.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_end())
}

#[test]
fn steps_are_found_with_their_claims() {
    let page = "\
```sql
SELECT 1;
```

```text
one
```
<!-- not run: it needs a server -->
```sql
SELECT 2;
```
```sql
SELECT 3;
```
and prose
```text
no claim
```
<!-- file: a.yaml -->
```yaml
version: 1
```
```console
$ check a.yaml
a.yaml:1
$ compile a.yaml
```
<!-- setup: a.sql -->
```sql
SELECT 4;
```
<!-- file: b.yaml -->
```yaml
four
```
";
    let step = |action, line, shown: Option<(&str, Range<usize>)>| Step {
        action,
        line,
        shown: shown.map(|(text, lines)| Shown { text: text.to_owned(), lines }),
    };
    let file = Action::File { name: "a.yaml".to_owned(), text: "version: 1\n".to_owned() };
    assert_eq!(
        steps(page),
        Ok(vec![
            step(Action::Query("SELECT 1;\n".to_owned()), 2, Some(("one\n", 5..6))),
            step(Action::Query("SELECT 3;\n".to_owned()), 13, None),
            step(file, 21, None),
            step(Action::Command("check a.yaml".to_owned()), 24, Some(("a.yaml:1\n", 24..25))),
            step(Action::Command("compile a.yaml".to_owned()), 26, Some(("", 26..26))),
            step(Action::Setup("a.sql".to_owned()), 30, None),
            step(Action::Query("SELECT 4;\n".to_owned()), 30, Some(("four\n", 33..34))),
            step(Action::File { name: "b.yaml".to_owned(), text: "four\n".to_owned() }, 34, None),
        ])
    );
    assert!(steps("```yaml\nversion: 1\n```\n").is_err(), "a block of YAML that nobody reads");
    assert!(steps("```sql\nSELECT 1;\n").is_err(), "a block that nothing closes");
}
