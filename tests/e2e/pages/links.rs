//! Every link of every page leads to a file, a heading or a well-formed address. Nothing is fetched.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::markdown::{anchors, link_definitions, links};
use super::page::{Page, root};

const MOST_LINES_OF_THE_README: usize = 300;

#[test]
fn every_link_leads_somewhere() {
    let broken: Vec<String> = pages_with_links().iter().flat_map(broken_links).collect();
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn the_readme_is_short_and_leads_to_every_page() {
    let readme = Page::read("README.md".to_owned());
    let lines = readme.text.lines().count();
    assert!(lines <= MOST_LINES_OF_THE_README, "README.md has {lines} lines");
    let targets: BTreeSet<String> = links(&readme.text).into_iter().map(|link| link.target).collect();
    for page in Page::all() {
        assert!(page.name == readme.name || targets.contains(&page.name), "README.md lacks {}", page.name);
    }
}

#[test]
fn a_broken_link_is_named() {
    let link = |target: &str| problem(Path::new("docs/tour.md"), target);
    assert_eq!(link("../README.md#scorecard"), None);
    assert_eq!(link("https://example.org/a?b#c"), None);
    for broken in
        ["nowhere.md", "../README.md#nowhere", "#nowhere", "../../elsewhere", "https://a b", "ftp://a.b"]
    {
        assert!(link(broken).is_some(), "{broken}");
    }
}

/// The pages, and the Markdown files beside them and beside the tests.
fn pages_with_links() -> Vec<Page> {
    let mut pages = Page::all();
    pages.push(Page::read("CHANGELOG.md".to_owned()));
    let tests = root().join("tests");
    let entries = fs::read_dir(&tests).unwrap_or_else(|error| panic!("{}: {error}", tests.display()));
    for entry in entries.flatten() {
        if entry.path().join("README.md").is_file() {
            pages.push(Page::read(format!("tests/{}/README.md", entry.file_name().to_string_lossy())));
        }
    }
    pages
}

fn broken_links(page: &Page) -> Vec<String> {
    let name = Path::new(&page.name);
    let broken = links(&page.text).into_iter().filter_map(|link| {
        problem(name, &link.target)
            .map(|problem| format!("{}, line {}: {}: {problem}", page.name, link.line, link.target))
    });
    let definitions = link_definitions(&page.text)
        .into_iter()
        .map(|line| format!("{}, line {line}: a link defined apart is not checked", page.name));
    broken.chain(definitions).collect()
}

fn problem(page: &Path, target: &str) -> Option<String> {
    if target.contains(':') {
        return (!is_address(target)).then(|| "no well-formed https address".to_owned());
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { Some(page.to_owned()) } else { resolved(page, file) };
    let Some(path) = path.map(|path| root().join(path)) else {
        return Some("outside of the repository".to_owned());
    };
    if !path.exists() {
        return Some("no such file".to_owned());
    }
    let anchor = anchor?;
    match fs::read_to_string(&path) {
        Ok(text) if anchors(&text).iter().any(|known| known == anchor) => None,
        Ok(_) => Some("no such heading".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// The path from the root of the repository, unless it leaves it.
fn resolved(page: &Path, file: &str) -> Option<PathBuf> {
    let mut path = page.parent()?.to_owned();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => path = path.parent()?.to_owned(),
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

fn is_address(target: &str) -> bool {
    let Some(rest) = target.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty() && label.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    };
    labels.len() >= 2 && labels.iter().all(is_label) && !rest.contains(|letter: char| letter.is_whitespace())
}
