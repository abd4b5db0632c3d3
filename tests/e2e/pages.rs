//! What README.md and `docs/*.md` show runs as shown, their links lead somewhere, and tables of keys are complete.
//!
//! Each page is read from top to bottom in a fresh database, with `sql/*.sql` installed and the events of
//! `tests/data` loaded, and in an empty directory:
//!
//! - A block `sql` runs. A `text` or `yaml` block right after it claims its output, in the format PrettyCompact.
//!   `<!-- setup: NAME -->` before it runs that script of `tests/pages` first: what the page takes for granted.
//! - A block `yaml` after `<!-- file: NAME -->` becomes that file; a later command must read it.
//! - In a block `console`, each line `$ command` runs in the directory, with the installed program in PATH, and
//!   claims the lines below it, none included. What it sends to `clickhouse-client --multiquery` runs in
//!   the database. It may fail only if it shows what it says.
//! - A block after `<!-- not run: reason -->` is skipped, and so are those in other languages.
//!
//! Claims are compared line by line, apart from blanks at the ends. `BLESS=1` writes the results into the
//! pages; `PAGES=part` runs only the pages with that in their name.

mod keys;
mod links;
mod markdown;
mod page;
mod run;

use std::env;

use page::Page;
use run::Reader;

#[test]
fn every_page_does_what_it_shows() {
    let filter = env::var("PAGES").unwrap_or_default();
    let pages: Vec<Page> = Page::all().into_iter().filter(|page| page.name.contains(&filter)).collect();
    assert!(!pages.is_empty(), "no page has '{filter}' in its name");
    let bless = env::var("BLESS").is_ok_and(|value| value == "1");
    let failures: Vec<String> = pages.iter().flat_map(|page| check(page, bless)).collect();
    assert!(failures.is_empty(), "{} blocks of the pages fail\n\n{}", failures.len(), failures.join("\n"));
}

fn check(page: &Page, bless: bool) -> Vec<String> {
    let gaps = page.text.lines().filter(|line| line.starts_with('@')).count();
    assert_eq!(gaps, 0, "{} has gaps that nobody filled, in lines that start with @", page.name);
    let steps = match page.steps() {
        Ok(steps) if steps.is_empty() => return Vec::new(),
        Ok(steps) => steps,
        Err(message) => return vec![message],
    };
    let mut reader = Reader::new(page);
    let results: Vec<Result<String, String>> = steps.iter().map(|step| reader.take(step)).collect();
    if bless {
        page.bless(&steps, &results);
    }
    let unread = run::unread(&steps).into_iter().map(|what| format!("=== {}, {what}\n", page.name));
    let failed = steps
        .iter()
        .zip(&results)
        .filter(|(_, result)| result.is_err() || !bless)
        .filter_map(|(step, result)| page.failure(step, result));
    unread.chain(failed).collect()
}
