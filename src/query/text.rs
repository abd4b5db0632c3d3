//! The one type that SQL text is made of, and the one place where a value becomes SQL.
//!
//! What a user named (an event, a variant, a table) can only become a quoted literal or a quoted identifier;
//! what a user wrote as SQL only a fragment in brackets of its own.

use std::fmt;

use crate::definition::Fragment;

/// Stands for a line break inside a user's fragment while text is put together: it must not be indented,
/// for it may be inside a string. No definition holds this character.
const KEPT_BREAK: char = '\0';

/// A piece of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sql(String);

impl Sql {
    /// SQL of ours.
    pub fn new(text: impl Into<String>) -> Sql {
        Sql(text.into())
    }

    /// A string literal, on one line.
    pub fn string(value: &str) -> Sql {
        let mut literal = String::with_capacity(value.len() + 2);
        literal.push('\'');
        for character in value.chars() {
            match character {
                '\\' => literal.push_str("\\\\"),
                '\'' => literal.push_str("\\'"),
                '\n' => literal.push_str("\\n"),
                '\r' => literal.push_str("\\r"),
                '\t' => literal.push_str("\\t"),
                KEPT_BREAK => literal.push_str("\\0"),
                other => literal.push(other),
            }
        }
        literal.push('\'');
        Sql(literal)
    }

    /// A quoted identifier.
    pub fn name(name: &str) -> Sql {
        let literal = Sql::string(name).0.replace('`', "\\`");
        Sql(format!("`{}`", &literal[1..literal.len() - 1]))
    }

    /// The name of a column of ours, with quotes where it needs them.
    pub fn column(name: &str) -> Sql {
        let is_plain = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
            && !name.starts_with(|char: char| char.is_ascii_digit());
        if is_plain { Sql::new(name) } else { Sql::name(name) }
    }

    /// What a user wrote, in brackets. Where it may end in a comment, the closing one has a line of its own.
    pub fn fragment(fragment: &Fragment) -> Sql {
        let kept = fragment.0.replace('\n', &KEPT_BREAK.to_string());
        let may_end_in_a_comment = ["--", "#", "//"].iter().any(|sign| kept.contains(sign));
        Sql(if may_end_in_a_comment { format!("({kept}{KEPT_BREAK})") } else { format!("({kept})") })
    }

    /// A field of a tuple. Not as `tuple.field`: for that, ClickHouse (26.9) looks up the name in all that the tuple is
    /// made of, which takes it a millisecond or more each.
    pub fn field(tuple: &str, field: &str) -> Sql {
        Sql(format!("tupleElement({tuple}, {})", Sql::string(field)))
    }

    /// A whole number.
    pub fn whole(number: impl Into<i128>) -> Sql {
        Sql(number.into().to_string())
    }

    /// A finite number, to the last digit.
    pub fn float(number: f64) -> Sql {
        Sql(format!("{number:?}"))
    }

    /// A literal array.
    pub fn array(items: impl IntoIterator<Item = Sql>) -> Sql {
        let items: Vec<String> = items.into_iter().map(|item| item.0).collect();
        Sql(format!("[{}]", items.join(", ")))
    }

    /// Pieces with a text between them.
    pub fn join(items: impl IntoIterator<Item = Sql>, between: &str) -> Sql {
        let items: Vec<String> = items.into_iter().map(|item| item.0).collect();
        Sql(items.join(between))
    }

    /// The same with so many blanks before each line but the first, as far as the line is ours.
    pub fn indented(&self, width: usize) -> Sql {
        let mut lines = self.0.split('\n');
        let mut text = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            text.push('\n');
            if !line.is_empty() {
                text.extend(std::iter::repeat_n(' ', width));
                text.push_str(line);
            }
        }
        Sql(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as ClickHouse gets it.
    pub fn finish(&self) -> String {
        self.0.replace(KEPT_BREAK, "\n")
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Sql {
    fn from(text: &str) -> Sql {
        Sql::new(text)
    }
}

impl From<String> for Sql {
    fn from(text: String) -> Sql {
        Sql::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_its_quotes() {
        assert_eq!(Sql::string("it's \\ a\nb").as_str(), r"'it\'s \\ a\nb'");
        assert_eq!(Sql::name("a`b\\").as_str(), r"`a\`b\\`");
        assert_eq!(Sql::name("it's").as_str(), r"`it\'s`");
    }

    #[test]
    fn a_fragment_keeps_its_lines_as_they_are() {
        let fragment = Sql::fragment(&Fragment("a = 'x\n  y' -- why".to_owned()));
        let text = Sql::new(format!("WHERE\n{fragment}")).indented(4);
        assert_eq!(text.finish(), "WHERE\n    (a = 'x\n  y' -- why\n)");
    }

    #[test]
    fn numbers_are_written_to_the_last_digit() {
        assert_eq!(Sql::float(0.1 + 0.2).as_str(), "0.30000000000000004");
        assert_eq!(Sql::float(1.0).as_str(), "1.0");
        assert_eq!(Sql::float(1e300).as_str(), "1e300");
    }
}
