//! Every SQL block of README.md runs, in order, and gives the result that the README shows for it.
//!
//! They run in one fresh database with `sql/*.sql` installed and the events of `tests/data` loaded. A
//! block followed by a `text` block claims that output, in the format PrettyCompact, compared line by line
//! apart from blanks at the ends. A block after `<!-- not run: reason -->` is skipped.
//!
//! `BLESS=1` writes the results into the README.

use std::ops::Range;
use std::path::Path;
use std::{env, fs};

use crate::support::{self, Database, diff, script};

const LOAD_EVENTS: &str =
    "INSERT INTO events SELECT * FROM file('tests/data/thornton_2008_events.tsv', 'TabSeparatedWithNames')";

#[test]
fn every_sql_block_of_the_readme_runs_and_gives_what_it_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = match fs::read_to_string(&path) {
        Ok(readme) => readme,
        Err(error) => panic!("README.md cannot be read: {error}"),
    };
    let gaps: Vec<&str> = readme.lines().filter(|line| line.starts_with('@')).collect();
    assert!(gaps.is_empty(), "README.md has gaps that nobody filled: {gaps:?}");
    let blocks = sql_blocks(&readme);
    assert!(!blocks.is_empty(), "README.md has no block of SQL to run");

    let mut database = support::fresh_database("readme");
    if let Err(message) = database.query(LOAD_EVENTS) {
        panic!("the events of tests/data are not loaded: {message}");
    }
    let results: Vec<Result<String, String>> =
        blocks.iter().map(|block| run(&mut database, &block.sql)).collect();
    if env::var("BLESS").is_ok_and(|value| value == "1") {
        bless(&path, &readme, &blocks, &results);
        return;
    }
    let failures: Vec<String> =
        blocks.iter().zip(&results).filter_map(|(block, result)| block.failure(result)).collect();
    assert!(
        failures.is_empty(),
        "{} of {} blocks of SQL in README.md fail\n\n{}",
        failures.len(),
        blocks.len(),
        failures.join("\n")
    );
}

#[test]
fn blocks_are_found_with_their_claims() {
    let readme = "\
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
";
    let blocks = sql_blocks(readme);
    assert_eq!(blocks.len(), 2);
    assert_eq!((blocks[0].sql.as_str(), blocks[0].line), ("SELECT 1;\n", 2));
    assert_eq!(blocks[0].shown.as_ref().map(|shown| shown.text.as_str()), Some("one\n"));
    assert_eq!(blocks[0].shown.as_ref().map(|shown| shown.lines.clone()), Some(5..6));
    assert_eq!((blocks[1].sql.as_str(), blocks[1].line), ("SELECT 3;\n", 13));
    assert!(blocks[1].shown.is_none());
}

/// A block of SQL that is to be run.
struct Block {
    sql: String,
    /// The line of the README on which the SQL begins, from 1.
    line: usize,
    shown: Option<Shown>,
}

/// The output that the README shows below a block.
struct Shown {
    text: String,
    /// Its lines in the README, from 0.
    lines: Range<usize>,
}

impl Block {
    fn failure(&self, result: &Result<String, String>) -> Option<String> {
        let what = match (result, &self.shown) {
            (Err(message), _) => Some(message.clone()),
            (Ok(output), Some(shown)) => diff::lines(&tidy(&shown.text), &tidy(output)),
            (Ok(_), None) => None,
        };
        what.map(|what| format!("=== README.md, line {}\n{}\n", self.line, what.trim_end()))
    }
}

/// A fenced block: its language, and the lines between its fences, from 0.
struct Fenced {
    language: String,
    lines: Range<usize>,
}

fn sql_blocks(readme: &str) -> Vec<Block> {
    let lines: Vec<&str> = readme.lines().collect();
    let fenced = fenced_blocks(&lines);
    let text = |range: &Range<usize>| -> String {
        lines[range.clone()].iter().map(|line| format!("{line}\n")).collect()
    };
    fenced
        .iter()
        .enumerate()
        .filter(|(_, block)| block.language == "sql" && !is_skipped(&lines, block.lines.start - 1))
        .map(|(index, block)| Block {
            sql: text(&block.lines),
            line: block.lines.start + 1,
            shown: fenced
                .get(index + 1)
                .filter(|next| next.language == "text" && only_blanks(&lines, block, next))
                .map(|next| Shown { text: text(&next.lines), lines: next.lines.clone() }),
        })
        .collect()
}

fn fenced_blocks(lines: &[&str]) -> Vec<Fenced> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize)> = None;
    for (index, line) in lines.iter().enumerate() {
        let Some(language) = line.strip_prefix("```") else { continue };
        open = match open {
            None => Some((language.trim().to_owned(), index + 1)),
            Some((language, start)) => {
                found.push(Fenced { language, lines: start..index });
                None
            }
        };
    }
    found
}

/// Whether the last line with text before the fence says that the block is not run.
fn is_skipped(lines: &[&str], fence: usize) -> bool {
    let before = lines[..fence].iter().rev().find(|line| !line.trim().is_empty());
    before.is_some_and(|line| line.trim_start().starts_with("<!-- not run:"))
}

fn only_blanks(lines: &[&str], block: &Fenced, next: &Fenced) -> bool {
    lines[block.lines.end + 1..next.lines.start - 1].iter().all(|line| line.trim().is_empty())
}

/// The results of all statements, one after another.
fn run(database: &mut Database, sql: &str) -> Result<String, String> {
    if is_loaded_already(sql) {
        return Ok(String::new());
    }
    let mut output = String::new();
    for statement in script::statements(sql) {
        output.push_str(&database.query_as(&statement.sql, "PrettyCompact")?);
    }
    Ok(output)
}

/// Whether the block is what loaded the events before the first block: twice would double them.
fn is_loaded_already(sql: &str) -> bool {
    sql.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(';') == LOAD_EVENTS
}

/// Without blanks at the ends of lines and empty lines at the end.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_end())
}

fn bless(path: &Path, readme: &str, blocks: &[Block], results: &[Result<String, String>]) {
    let mut lines: Vec<String> = readme.lines().map(str::to_owned).collect();
    for (block, result) in blocks.iter().zip(results).rev() {
        match (result, &block.shown) {
            (Ok(output), Some(shown)) => {
                let output = tidy(output);
                lines.splice(shown.lines.clone(), output.lines().map(str::to_owned));
            }
            (Err(message), _) => panic!("README.md, line {}: {message}", block.line),
            (Ok(_), None) => {}
        }
    }
    if let Err(error) = fs::write(path, lines.join("\n") + "\n") {
        panic!("README.md is not written: {error}");
    }
}
