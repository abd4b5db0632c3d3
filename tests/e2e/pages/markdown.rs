//! The parts of a Markdown page that tests care for: fenced blocks, the notes before them, links and headings.

use std::collections::HashMap;
use std::ops::Range;

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub struct Fence {
    pub language: String,
    /// The lines between its fences, from 0.
    pub lines: Range<usize>,
    pub is_closed: bool,
    /// What the comment says that stands right before it: `<!-- note -->`.
    pub note: Option<String>,
}

/// All fenced blocks; one that nothing closes goes on to the end, as on a rendered page.
pub fn fences(lines: &[&str]) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize)> = None;
    for (index, line) in lines.iter().enumerate() {
        let Some(language) = line.strip_prefix("```") else { continue };
        open = match open {
            None => Some((language.trim().to_owned(), index + 1)),
            Some((language, start)) => {
                found.push(Fence {
                    language,
                    lines: start..index,
                    is_closed: true,
                    note: note_before(lines, start - 1),
                });
                None
            }
        };
    }
    if let Some((language, start)) = open {
        let note = note_before(lines, start - 1);
        found.push(Fence { language, lines: start..lines.len(), is_closed: false, note });
    }
    found
}

/// The comment in the last line with text before the fence.
fn note_before(lines: &[&str], fence: usize) -> Option<String> {
    let before = lines[..fence].iter().rev().find(|line| !line.trim().is_empty())?;
    let note = before.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(note.trim().to_owned())
}

/// A link or an image: where it leads to, and its line, from 1.
#[derive(Debug, PartialEq, Eq)]
pub struct Link {
    pub target: String,
    pub line: usize,
}

/// What stands between `](` and `)`, and `<https://…>`, outside of code.
pub fn links(text: &str) -> Vec<Link> {
    let prose = without_code(text);
    let mut found = Vec::new();
    for (line, content) in prose.lines().enumerate() {
        let mut collect = |opening: &str, closing: char, prefix: &str| {
            for (at, _) in content.match_indices(opening) {
                let rest = &content[at + opening.len() - prefix.len()..];
                let target = rest.split(closing).next().unwrap_or_default().to_owned();
                found.push(Link { target, line: line + 1 });
            }
        };
        collect("](", ')', "");
        collect("<http", '>', "http");
    }
    found
}

/// Lines that define a link elsewhere (`[name]: target`), which `links` does not follow.
pub fn link_definitions(text: &str) -> Vec<usize> {
    let is_definition = |line: &str| line.starts_with('[') && line.contains("]: ");
    without_code(text)
        .lines()
        .enumerate()
        .filter(|(_, line)| is_definition(line))
        .map(|(index, _)| index + 1)
        .collect()
}

/// The anchors of the headings, as GitHub makes them.
pub fn anchors(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let fenced = fences(&lines);
    let mut seen: HashMap<String, usize> = HashMap::new();
    lines
        .iter()
        .enumerate()
        .filter(|(index, _)| !fenced.iter().any(|fence| fence.lines.contains(index)))
        .filter_map(|(_, line)| heading(line))
        .map(|title| {
            let anchor = anchor(title);
            let times = seen.entry(anchor.clone()).or_insert(0);
            *times += 1;
            if *times == 1 { anchor } else { format!("{anchor}-{}", *times - 1) }
        })
        .collect()
}

fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start_matches('#');
    (title.len() < line.len()).then(|| title.strip_prefix(' ')).flatten().map(str::trim)
}

fn anchor(title: &str) -> String {
    title
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

/// The text with fenced blocks and code in lines left out, line for line.
fn without_code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let fenced = fences(&lines);
    let mut prose = String::new();
    for (index, line) in lines.iter().enumerate() {
        if !fenced.iter().any(|fence| fence.lines.contains(&index)) {
            prose.push_str(line);
        }
        prose.push('\n');
    }
    let mut found = String::new();
    let mut rest = prose.as_str();
    while let Some((before, code, after)) = code_span(rest) {
        found.push_str(before);
        // Lines stay where they are.
        found.extend(code.chars().filter(|letter| *letter == '\n'));
        rest = after;
    }
    found + rest
}

/// The first code in the text, with its backticks, and what stands before and after it. As many backticks close it as
/// opened it; those that nothing closes are text.
fn code_span(text: &str) -> Option<(&str, &str, &str)> {
    let run = |from: usize| text[from..].chars().take_while(|letter| *letter == '`').count();
    let mut start = 0;
    while let Some(offset) = text[start..].find('`') {
        let open = start + offset;
        let inside = open + run(open);
        let mut at = inside;
        while let Some(offset) = text[at..].find('`') {
            let close = at + offset;
            at = close + run(close);
            if at - close == inside - open {
                return Some((&text[..open], &text[open..at], &text[at..]));
            }
        }
        start = inside;
    }
    None
}

#[test]
fn fences_have_their_language_and_note() {
    let lines = ["<!-- not run: why -->", "", "```sql", "SELECT 1;", "```", "text", "```", "```", "```sh"];
    let note = Some("not run: why".to_owned());
    assert_eq!(
        fences(&lines),
        [
            Fence { language: "sql".to_owned(), lines: 3..4, is_closed: true, note },
            Fence { language: String::new(), lines: 7..7, is_closed: true, note: None },
            Fence { language: "sh".to_owned(), lines: 9..9, is_closed: false, note: None },
        ]
    );
}

#[test]
fn links_are_found_outside_of_code() {
    let text = "[a](b.md#c) and\n![d](e.png), `[f](g)`\n```\n[h](i)\n```\n<https://example.org/j>\n";
    let found: Vec<(String, usize)> = links(text).into_iter().map(|link| (link.target, link.line)).collect();
    let expected = [("b.md#c", 1), ("e.png", 2), ("https://example.org/j", 6)];
    assert_eq!(found, expected.map(|(target, line)| (target.to_owned(), line)));
    assert_eq!(link_definitions("text\n[name]: target\n"), [2]);

    let targets = |text| links(text).into_iter().map(|link| link.target).collect::<Vec<_>>();
    assert_eq!(targets("`` a ` [b](c) `` [d](e)"), ["e"], "a backtick inside of code");
    assert_eq!(targets("`` [a](b) ` [c](d)"), ["b", "d"], "backticks that nothing closes");
}

#[test]
fn anchors_are_those_of_github() {
    let text = "# One `two`, three!\n```sh\n# no heading\n```\n## f(a, b_c)\n## f(a, b_c)\n#no heading\n";
    assert_eq!(anchors(text), ["one-two-three", "fa-b_c", "fa-b_c-1"]);
}
