//! YAML text → a tree of nodes, each with its place.
//!
//! What this takes is YAML 1.2, without what would make a file mean something else than it shows: anchors,
//! aliases, merge keys, tags and several documents are refused, and so is a key given twice. The tree is
//! built without recursion and only so deep.

use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

use super::problem::{Place, Problems};
use super::words::shown;

/// How deep lists and objects may nest: far deeper than any definition is.
const MAX_DEPTH: usize = 64;

/// A value in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub place: Place,
    pub content: Content,
}

/// What a value is, as far as YAML says it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// A plain text may also be a number, true, false or nothing: see [`super::scalar`].
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Object(Vec<(Node, Node)>),
    /// Nothing that can be used; the problem is told already.
    Broken,
}

impl Node {
    /// A value that no file shows: a default.
    pub fn plain(text: &str, place: Place) -> Self {
        Self { place, content: Content::Scalar { text: text.to_string(), plain: true } }
    }
}

/// The one value that a file holds; None when it is no YAML or holds none.
pub(super) fn parse(file: usize, text: &str, problems: &mut Problems) -> Option<Node> {
    // The scanner tells a mark at the start of a file from content by itself, but counts it as a column.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = Place { file, line: 1, column: 1 };
    if let Some(at) = text.find('\0') {
        // The scanner takes it for the end of the text.
        problems.add(place_of(file, &text[..at]), "a NUL byte is not allowed");
        return None;
    }
    let mut builder = Builder { file, open: Vec::new(), root: None, documents: 0, problems };
    let options = granit_parser::options! { emit_unresolved_aliases: true };
    for event in Parser::new_from_str_with_options(text, options) {
        let step = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => Err(builder.syntax_error(&error)),
        };
        if let Err(Stop) = step {
            return None;
        }
    }
    let root = builder.root.take();
    if root.as_ref().is_none_or(Node::is_null) {
        problems.add(start, "the file is empty, expected at least version: 1");
        return None;
    }
    root
}

/// The place behind `text`, which starts a file. As in all of YAML, \r ends a line too.
fn place_of(file: usize, text: &str) -> Place {
    let text = text.replace("\r\n", "\n");
    let mut lines = text.split(['\n', '\r']).rev();
    let column = lines.next().unwrap_or_default().chars().count() + 1;
    Place { file, line: lines.count() + 1, column }
}

/// The rest of a file cannot be read; why is told already.
struct Stop;

/// A list or an object whose end has not come yet.
enum Open {
    List { place: Place, items: Vec<Node> },
    Object { place: Place, entries: Vec<(Node, Node)>, key: Option<Node>, seen: HashMap<String, Place> },
}

struct Builder<'p, 'f> {
    file: usize,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    problems: &'p mut Problems<'f>,
}

impl Builder<'_, '_> {
    fn take(&mut self, event: Event, span: Span) -> Result<(), Stop> {
        let place = self.place(&span.start);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.problems.add(place, "a second document (---), expected one in a file");
                    return Err(Stop);
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let content = Content::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                let refused = self.refuse_properties(place, anchor, tag.is_some());
                self.close(Node { place, content: if refused { Content::Broken } else { content } });
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_properties(place, anchor, tag.is_some());
                self.deepen(place, Open::List { place, items: Vec::new() })?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_properties(place, anchor, tag.is_some());
                let (entries, seen) = (Vec::new(), HashMap::new());
                self.deepen(place, Open::Object { place, entries, key: None, seen })?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop() {
                    Some(Open::List { place, items }) => Node { place, content: Content::List(items) },
                    Some(Open::Object { place, entries, .. }) => {
                        Node { place, content: Content::Object(entries) }
                    }
                    None => return Ok(()),
                };
                self.close(node);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.problems.add(place, "an alias (*) is not supported: write the value out");
                self.close(Node { place, content: Content::Broken });
            }
            _ => {}
        }
        Ok(())
    }

    fn place(&self, mark: &Marker) -> Place {
        Place { file: self.file, line: mark.line().max(1), column: mark.col() + 1 }
    }

    fn syntax_error(&mut self, error: &ScanError) -> Stop {
        let place = self.place(error.marker());
        self.problems.add(place, format!("no YAML: {}", error.info()));
        Stop
    }

    fn refuse_properties(&mut self, place: Place, anchor: usize, tagged: bool) -> bool {
        if anchor > 0 {
            self.problems.add(place, "an anchor (&) is not supported: write the value out where it is used");
        }
        if tagged {
            self.problems.add(place, "a tag (!) is not supported");
        }
        anchor > 0 || tagged
    }

    fn deepen(&mut self, place: Place, open: Open) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            self.problems.add(place, format!("nested deeper than {MAX_DEPTH} levels"));
            return Err(Stop);
        }
        self.open.push(open);
        Ok(())
    }

    /// Puts a whole value where it belongs.
    fn close(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Object { entries, key, seen, .. }) => match key.take() {
                None => *key = Some(node),
                Some(name) => {
                    if is_usable_key(&name, seen, self.problems) {
                        entries.push((name, node));
                    }
                }
            },
        }
    }
}

fn is_usable_key(key: &Node, seen: &mut HashMap<String, Place>, problems: &mut Problems) -> bool {
    let problem = match &key.content {
        Content::Broken => return false,
        Content::Scalar { text, plain: true } if text == "<<" => {
            "a merge key (<<) is not supported: write the keys out".to_string()
        }
        Content::Scalar { text, .. } => match seen.get(text) {
            None => {
                seen.insert(text.clone(), key.place);
                return true;
            }
            Some(first) => {
                format!("key {} is given twice, first at {}", shown(text), problems.show(*first))
            }
        },
        Content::List(_) | Content::Object(_) => "expected a text as key".to_string(),
    };
    problems.add(key.place, problem);
    false
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::definition::problem::File;

    /// What the text is, in JSON, or all that is wrong with it.
    fn read(text: &str) -> Result<String, Vec<String>> {
        let files = [File { name: "f".to_string(), text: text.to_string() }];
        let mut problems = Problems::new(&files);
        let node = parse(0, text, &mut problems);
        let json =
            node.map(|node| node.to_json().map_or_else(|_| "broken".to_string(), |json| json.to_string()));
        let told = problems.or(json).map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        told.map(Option::unwrap_or_default)
    }

    fn problem(text: &str) -> String {
        read(text).unwrap_err().join("\n")
    }

    #[test]
    fn what_is_quoted_is_a_text() {
        let text = "{a: '1', b: \"true\", c: 1, d: true, e: off, f: 2026-03-01, g: 1e3, h: 0x1F, i: }";
        let json =
            r#"{"a":"1","b":"true","c":1,"d":true,"e":"off","f":"2026-03-01","g":1000.0,"h":31,"i":null}"#;
        assert_eq!(read(text).unwrap(), json);
        assert_eq!(read("|\n  1\n").unwrap(), r#""1\n""#);
    }

    #[test]
    fn json_is_yaml() {
        let text = "{\n\t\"a\": [\n\t\t1.5e3,\n\t\tnull,\n\t\t\"\\ud83d\\ude00 \\/ \\u00f6\"\n\t]\n}";
        assert_eq!(read(text).unwrap(), r#"{"a":[1500.0,null,"😀 / ö"]}"#);
        assert_eq!(read(r#"{"a":{"b":"c"},"d":[]}"#).unwrap(), r#"{"a":{"b":"c"},"d":[]}"#);
    }

    #[test]
    fn a_place_counts_characters_whatever_ends_the_lines() {
        for text in ["ä: 😀\nb: {é: &x 1}\n", "ä: 😀\r\nb: {é: &x 1}\r\n", "\u{feff}ä: 😀\nb: {é: &x 1}\n"]
        {
            assert!(problem(text).starts_with("f:2:11: an anchor"), "{text:?}: {}", problem(text));
        }
        assert!(problem("\u{feff}&x a").starts_with("f:1:4: an anchor"), "{}", problem("\u{feff}&x a"));
    }

    #[test]
    fn lines_are_counted_through_block_scalars() {
        let text = "a: |\n  one\n\n  two\nb: >-\n  three\n  four\nc: *d\n";
        assert!(problem(text).starts_with("f:8:4: an alias"), "{}", problem(text));
        assert_eq!(read(&text.replace("*d", "5")).unwrap(), r#"{"a":"one\n\ntwo\n","b":"three four","c":5}"#);
    }

    #[test]
    fn a_file_holds_one_document() {
        for text in ["", "\n\n", "# nothing\n", "\u{feff}", "---\n...\n"] {
            let problem = problem(text);
            assert!(problem.starts_with("f:1:1: the file is empty"), "{text:?}: {problem}");
        }
        assert_eq!(read("---\na: 1\n...\n").unwrap(), r#"{"a":1}"#);
        assert!(problem("a: 1\n---\nb: 2\n").starts_with("f:2:1: a second document"));
        assert!(problem("a: 1\n...\nb: 2\n").starts_with("f:3:1: a second document"));
    }

    #[test]
    fn what_hides_its_meaning_is_refused() {
        assert!(problem("a: &x 1").contains("an anchor (&)"));
        assert!(problem("a: *x").contains("an alias (*)"));
        assert!(problem("{<<: {a: 1}}").contains("a merge key (<<)"));
        assert!(problem("a: !!str 1").contains("a tag (!)"));
        assert!(problem("a: !mine {b: 1}").contains("a tag (!)"));
        assert!(problem("{[a]: 1}").contains("expected a text as key"));
        assert_eq!(problem("a: 1\nb: 2\n'a': 3"), r#"f:3:1: key "a" is given twice, first at f:1:1"#);
        assert!(problem("a: \"\0\"").starts_with("f:1:5: a NUL byte"));
        assert!(problem("a:\r\nb:\rc: \0").starts_with("f:3:4: a NUL byte"));
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        for text in
            ["a: [", "a: }", "a: b: c", "a: 'b", "a:\n\t- b", "{a: 1}}", "\"\\q\"", "@", "%", "a\nb: c"]
        {
            let problem = problem(text);
            assert!(problem.contains(": no YAML: ") && !problem.contains('\n'), "{text:?}: {problem}");
        }
    }

    #[test]
    fn aliases_do_not_multiply() {
        let mut text = "a0: &a0 [x, x]\n".to_string();
        for level in 1..40 {
            let before = level - 1;
            writeln!(text, "a{level}: &a{level} [*a{before}, *a{before}]").unwrap();
        }
        assert_eq!(read(&text).unwrap_err().len(), 40 + 2 * 39);
    }

    #[test]
    fn deep_nesting_ends_in_a_problem_and_not_in_a_crash() {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
            for depth in [65, 100_000] {
                let problem = problem(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
                assert!(
                    problem.starts_with("f:1:") && problem.lines().count() == 1,
                    "{open}: {problem:.200}"
                );
            }
        }
        assert!(read(&format!("{}1{}", "[".repeat(64), "]".repeat(64))).is_ok());
        let mut steps = String::new();
        for depth in 0..5000 {
            writeln!(steps, "{}a:", " ".repeat(depth)).unwrap();
        }
        assert!(problem(&steps).contains("nested deeper than 64 levels"));
    }
}
