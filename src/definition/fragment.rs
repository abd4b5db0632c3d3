//! SQL that users write: looked over, so that a slip in one is told where it stands and not where the script breaks.
//!
//! This is ClickHouse's lexer as far as needed to know where quotes, comments and brackets end, and to refuse what would
//! reach other expressions: names, and what looks at or makes other rows. All else is the engine's to judge.

use std::borrow::Cow;

use super::decode::{Decode, text};
use super::model::Fragment;
use super::problem::Problems;
use super::schema::{Schema, Schemas};
use super::yaml::Node;

impl Decode for Fragment {
    fn expected() -> Cow<'static, str> {
        "an SQL expression".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        decode(node, &Self::expected(), Commas::Bracketed, problems)
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::text()
    }
}

/// A whole SELECT.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Query(pub Fragment);

impl Decode for Query {
    fn expected() -> Cow<'static, str> {
        "an SQL query".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        decode(node, &Self::expected(), Commas::Anywhere, problems).map(Self)
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::text()
    }
}

/// Where commas may stand.
#[derive(Clone, Copy, PartialEq)]
enum Commas {
    Anywhere,
    /// Inside of brackets only: an expression is one.
    Bracketed,
}

fn decode(node: &Node, expected: &str, commas: Commas, problems: &mut Problems) -> Option<Fragment> {
    let sql = text(node, expected, problems)?;
    match look_over(sql, commas) {
        Ok(()) => Some(Fragment(sql.to_string())),
        Err(problem) => {
            problems.add(node.place, format!("not {expected}: {problem}"));
            None
        }
    }
}

/// A bracket that is open.
struct Bracket {
    sign: char,
    /// Of a CAST: behind its AS there is a type.
    is_cast: bool,
    /// What is inside is a type, in which names and types stand side by side.
    is_type: bool,
    /// What is inside is a query of its own, and does nothing to the rows outside.
    is_query: bool,
    is_empty: bool,
}

/// Words between two operands, or behind one.
const INFIX: &[&str] = &[
    "AND", "OR", "XOR", "NOT", "IN", "GLOBAL", "LIKE", "ILIKE", "REGEXP", "RLIKE", "BETWEEN", "IS", "DIV",
    "MOD", "AS", "WHEN", "THEN", "ELSE", "END", "FROM", "FOR", "ESCAPE",
];

/// Words that an operand follows.
const PREFIX: &[&str] = &["CASE", "INTERVAL", "DISTINCT", "BOTH", "LEADING", "TRAILING", "EXISTS"];

const NAME_FOR_OTHERS: &str = "AS would give a name that other expressions could see";

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// How an expression that was right comes to end in its midst.
const CUT_OFF: &str = " (if it stands between { and }, it needs quotes: there YAML ends a text at a comma)";

/// Says what is wrong, if anything is.
fn look_over(sql: &str, commas: Commas) -> Result<(), String> {
    let mut brackets: Vec<Bracket> = Vec::new();
    let mut before = Before::default();
    let mut rest = sql;
    while let Some(char) = rest.chars().next() {
        let (length, token) = next_token(rest, char)?;
        let word = &rest[..length];
        rest = &rest[length..];
        if matches!(token, Token::Nothing) {
            continue;
        }
        let starts_a_query = is_one_of(word, &["SELECT", "WITH"]);
        if commas == Commas::Anywhere
            && before.word.is_empty()
            && !(starts_a_query || word == "(" || is_one_of(word, &["FROM"]))
        {
            return Err("it must begin with SELECT or WITH".to_string());
        }
        if let Some(bracket) = brackets.last_mut() {
            bracket.is_query |= bracket.is_empty && starts_a_query;
            // Unless it is the name of a column, as in f(with, 1).
            let is_column =
                is_one_of(before.word, &["SELECT", "WITH"]) && is_one_of(word, &[",", ")", "]", "="]);
            bracket.is_query &= !(is_column && before.is_first);
        }
        if commas == Commas::Bracketed && !brackets.iter().any(|bracket| bracket.is_query) {
            before.check_next(word, &token, brackets.last_mut())?;
        }
        let is_first =
            brackets.last_mut().is_some_and(|bracket| std::mem::replace(&mut bracket.is_empty, false));
        let (word_before, follows_type) = (before.word, before.is_type);
        before.pass(word, &token, is_first);
        let Token::Sign(sign) = token else { continue };
        match sign {
            '(' | '[' => brackets.push(Bracket {
                sign,
                is_cast: is_one_of(word_before, &["CAST"]),
                is_type: follows_type || brackets.last().is_some_and(|bracket| bracket.is_type),
                is_query: false,
                is_empty: true,
            }),
            ')' | ']' => close(&mut brackets, sign)?,
            '{' | '}' => return Err("a query parameter ({name:Type}) cannot stand in a view".to_string()),
            ';' => return Err("; would end the statement".to_string()),
            ',' if brackets.is_empty() && commas == Commas::Bracketed => {
                return Err(
                    "one expression is needed, and a comma stands outside of all brackets".to_string()
                );
            }
            '\0' => return Err("a NUL byte is not allowed".to_string()),
            _ => {}
        }
    }
    match brackets.last() {
        Some(open) => Err(format!("{} is not closed{CUT_OFF}", open.sign)),
        None if before.word.is_empty() => Err("it is empty".to_string()),
        None => Ok(()),
    }
}

/// What stands before a token.
#[derive(Default)]
struct Before<'s> {
    word: &'s str,
    /// It is the first in its bracket.
    is_first: bool,
    /// An operand ends with it: what follows is an operator, or would give it a name.
    is_operand: bool,
    /// It is the `::` before a type.
    expects_type: bool,
    /// It is the name of that type.
    is_type: bool,
    /// An INTERVAL whose unit is still to come.
    in_interval: bool,
}

impl<'s> Before<'s> {
    /// Refuses what gives names that other expressions could see, and what looks at or makes other rows.
    fn check_next(&self, word: &str, token: &Token, bracket: Option<&mut Bracket>) -> Result<(), String> {
        if let Token::Sign(sign) = token {
            let name = self.word.trim_matches(['`', '"']);
            if *sign == '(' && is_one_of(name, &["arrayJoin", "unnest"]) {
                return Err(format!(
                    "{name} would change how many rows others see: it belongs in a source's query"
                ));
            }
            if *sign == ',' && bracket.is_some_and(|bracket| bracket.is_cast && bracket.is_type) {
                return Err(NAME_FOR_OTHERS.to_string());
            }
            return Ok(());
        }
        if bracket.as_ref().is_some_and(|bracket| bracket.is_type) {
            return if is_one_of(word, &["AS"]) { Err(NAME_FOR_OTHERS.to_string()) } else { Ok(()) };
        }
        if !self.is_operand {
            return Ok(());
        }
        if is_one_of(word, &["AS"]) {
            let Some(bracket) = bracket.filter(|bracket| bracket.is_cast) else {
                return Err(NAME_FOR_OTHERS.to_string());
            };
            bracket.is_type = true;
            return Ok(());
        }
        if is_one_of(word, &["OVER", "IGNORE", "RESPECT"]) && self.word == ")" {
            return Err(
                "a window function would see rows of others: it belongs in a source's query".to_string()
            );
        }
        let is_text = word.starts_with(['\'', '‘']);
        if is_one_of(word, INFIX) || self.in_interval || is_text {
            return Ok(());
        }
        Err(format!("{word} behind {} would be a name that other expressions could see", self.word))
    }

    fn pass(&mut self, word: &'s str, token: &Token, is_first: bool) {
        let is_something = matches!(token, Token::Something);
        // The END of a CASE ends an operand.
        let is_operator = is_one_of(word, INFIX) && !is_one_of(word, &["END"]);
        self.is_type = self.expects_type && is_something;
        self.expects_type = self.word == ":" && word == ":";
        // The unit is the word behind an operand.
        let is_unit = is_something && self.is_operand;
        self.in_interval = is_one_of(word, &["INTERVAL"]) || (self.in_interval && !is_unit);
        self.is_operand = match token {
            Token::Something => !is_operator && !is_one_of(word, PREFIX),
            _ => [")", "]"].contains(&word),
        };
        self.is_first = is_first;
        self.word = word;
    }
}

fn close(brackets: &mut Vec<Bracket>, closing: char) -> Result<(), String> {
    let opening = if closing == ')' { '(' } else { '[' };
    match brackets.pop() {
        Some(open) if open.sign == opening => Ok(()),
        Some(open) => Err(format!("{} is closed by {closing}", open.sign)),
        None => Err(format!("{closing} closes nothing")),
    }
}

enum Token {
    /// White space or a comment.
    Nothing,
    /// A word, a number, something in quotes.
    Something,
    Sign(char),
}

/// The token that `rest` starts with, and its length in bytes.
fn next_token(rest: &str, first: char) -> Result<(usize, Token), String> {
    let something = |length| Ok((length, Token::Something));
    match first {
        '\'' | '"' | '`' => something(quoted(rest, first)?),
        // Quotes that word processors make: ClickHouse takes them, without escapes.
        '‘' => something(until(rest, '’')?),
        '“' => something(until(rest, '”')?),
        '-' | '/' if rest.starts_with("--") || rest.starts_with("//") => Ok((line(rest), Token::Nothing)),
        '#' if rest.starts_with("# ") || rest.starts_with("#!") => Ok((line(rest), Token::Nothing)),
        '/' if rest.starts_with("/*") => Ok((comment(rest)?, Token::Nothing)),
        '$' if heredoc(rest).is_some() => something(heredoc(rest).unwrap_or(1)),
        '\0' => Ok((1, Token::Sign('\0'))),
        _ if first.is_whitespace() => Ok((first.len_utf8(), Token::Nothing)),
        _ if is_word(first) => something(rest.find(|char| !is_word(char)).unwrap_or(rest.len())),
        _ => Ok((first.len_utf8(), Token::Sign(first))),
    }
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_' || char == '$'
}

/// The length of a text in quotes, in which the quote is escaped by a backslash or doubled.
fn quoted(rest: &str, quote: char) -> Result<usize, String> {
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => {
                chars.next();
            }
            '\0' => return Err("a NUL byte is not allowed".to_string()),
            _ if char == quote => {
                if chars.peek().is_none_or(|(_, next)| *next != quote) {
                    return Ok(at + 1);
                }
                chars.next();
            }
            _ => {}
        }
    }
    Err(format!("{quote} is not closed"))
}

fn until(rest: &str, quote: char) -> Result<usize, String> {
    match rest.find(quote) {
        Some(at) => Ok(at + quote.len_utf8()),
        None => Err(format!("{quote} is missing")),
    }
}

/// The length of `/* … */`; comments nest.
fn comment(rest: &str) -> Result<usize, String> {
    let mut depth = 0;
    let mut at = 0;
    while let Some(found) = rest[at..].find(['/', '*']) {
        let here = &rest[at + found..];
        at += found + 2;
        match here.get(..2) {
            Some("/*") => depth += 1,
            Some("*/") => depth -= 1,
            _ => at -= 1,
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err("a comment (/*, and they nest) is not closed".to_string())
}

fn line(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// The length of `$tag$ … $tag$`, if that is what stands here. The engine takes any tag, this a word or none: to
/// look for the end of whatever stands between two dollars would take long.
fn heredoc(rest: &str) -> Option<usize> {
    let behind = rest.strip_prefix('$')?;
    let name = behind.find(|char| !is_word(char) || char == '$')?;
    if !behind[name..].starts_with('$') {
        return None;
    }
    let (tag, body) = rest.split_at(name + 2);
    Some(tag.len() + body.find(tag)? + tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(sql: &str) -> Result<(), String> {
        look_over(sql, Commas::Bracketed)
    }

    #[test]
    fn a_name_that_others_could_see_is_refused() {
        for sql in [
            "(upper(v) AS v) = 'T'",
            "a as b",
            "f(CAST(x AS UInt8) AS y)",
            "((x) AS y) > 1",
            "accurateCast(concat(event, 'x') AS event, 'String') != ''",
            "CAST(concat(event, 'x') AS event, 'String') != ''",
            "CAST(1 v, 'UInt8')",
            "CAST(1 AS v AS UInt8)",
            "CASE concat(a, 'x') a WHEN 'y' THEN 0 ELSE 1 END",
            "CASE WHEN 1 THEN 2 ELSE 3 u END",
            "CASE WHEN 1 THEN 2 END u",
            "substring(concat(event, 'x') event, 1)",
            "substring(x `event`, 1)",
            "TRIM(BOTH ' ' FROM 'a' v)",
            "EXTRACT(DAY FROM t v)",
            "position('a' v IN 'ba')",
            "dateAdd(DAY, 1 v, t)",
            "x::UInt8 v",
            "INTERVAL 1 DAY v",
            "coalesce(from, 1 AS q)",
        ] {
            assert!(look_over(sql, Commas::Bracketed).is_err(), "{sql}");
        }
        let fine = [
            "CAST(x AS UInt8) > 1",
            "CAST(x AS Tuple(a String, b Nullable(UInt8))) = y AND CAST(z, 'UInt8') = 1",
            "x::Tuple(a String, b UInt8).a = 'y' AND z::String = 'AS'",
            "t > now() - INTERVAL 1 DAY AND t < now() + INTERVAL (1 + 1) WEEK",
            "t > DATE '2020-01-01' AND EXTRACT(YEAR FROM t) = 2026",
            "CASE WHEN a IS NOT NULL THEN 1 ELSE 2 END > 1 AND b NOT IN (1, 2)",
            "CASE a WHEN 'x' THEN b END = 1 OR NOT c",
            "substring(a FROM 2 FOR 3) ILIKE 'x%' ESCAPE '!' AND TRIM(BOTH ' ' FROM a) != ''",
            "a GLOBAL NOT IN (SELECT b c FROM d) AND EXISTS (SELECT 1 x)",
            "a BETWEEN 1 AND 2 AND b IS NOT DISTINCT FROM c",
            "arrayExists(x -> x > 1 AND NOT y, [1]) // it's a comment",
            "a DIV 2 = b MOD 3",
            "`a b`.c[1].2 = \"d e\"",
            "x IN (SELECT y AS z FROM t)",
            "'AS'",
            "x IN (/**/ WITH a AS b SELECT a)",
        ];
        for sql in fine {
            assert_eq!(look_over(sql, Commas::Bracketed), Ok(()), "{sql}");
        }
        assert_eq!(look_over("SELECT a AS b FROM t", Commas::Anywhere), Ok(()));
    }

    #[test]
    fn what_looks_beyond_its_row_is_refused() {
        let refused = [
            ("arrayJoin(items)", "arrayJoin would change"),
            ("1 + arrayJoin (items)", "arrayJoin would change"),
            ("unnest(items) = 'a'", "unnest would change"),
            ("row_number() OVER (PARTITION BY a) = 1", "a window function"),
            ("f(max(a) over w)", "a window function"),
        ];
        for (sql, problem) in refused {
            assert!(expression(sql).is_err_and(|told| told.starts_with(problem)), "{sql}");
        }
        for sql in [
            "arrayJoin = 1",
            "over > 1",
            "a IN (SELECT arrayJoin([1, (2)]))",
            "'arrayJoin(' = a",
            "a IN (WITH 1 AS b SELECT max(c) OVER ())",
        ] {
            assert_eq!(expression(sql), Ok(()), "{sql}");
        }
        assert_eq!(look_over("SELECT arrayJoin(a), max(b) OVER () FROM c", Commas::Anywhere), Ok(()));
    }

    #[test]
    fn an_expression_may_hold_whatever_the_engine_takes() {
        for sql in [
            "status = 'paid'",
            "JSONExtractString(metadata, 'currency') = 'EUR'",
            r"a = 'it\'s; (' AND b = 'it''s ]' AND `c;``(` = 1",
            r#""a;b" = '\\'"#,
            "a -- comment with ' and ( and ;",
            "a /* ' ( ; */ + 1",
            "a /* /* ( */ ( */ /***/ /*/ ( */ + 1",
            "a # ' comment\n + 1",
            "a = $$ it's ; ( $$",
            "a = $tag$ $$ ( $tag$ AND b",
            "price$ > 1 AND $x",
            "a = ‘it's (’ AND “b(” = 1",
            "arrayExists((x, y) -> x > y, [1, 2], [3, 4])",
            "größe > 1 AND 😀",
            "(a, b) = (1, 2)",
            "a = '{name:String}' /* {name:String} */",
            "x ? y : z",
            "x\n= 1\n",
        ] {
            assert_eq!(expression(sql), Ok(()), "{sql}");
        }
    }

    #[test]
    fn what_would_break_the_statement_is_refused() {
        for (sql, problem) in [
            ("", "it is empty"),
            (" \n ", "it is empty"),
            ("-- nothing", "it is empty"),
            ("/* nothing */", "it is empty"),
            ("a = 'b", "' is not closed"),
            (r"a = 'b\'", "' is not closed"),
            ("a = 'b''", "' is not closed"),
            ("`a", "` is not closed"),
            ("\"a", "\" is not closed"),
            ("‘a", "’ is missing"),
            ("“a", "” is missing"),
            ("a /* b", "a comment (/*, and they nest) is not closed"),
            ("a /* /* */", "a comment (/*, and they nest) is not closed"),
            ("a /*/*/", "a comment (/*, and they nest) is not closed"),
            ("a /* */ */ (", &format!("( is not closed{CUT_OFF}")),
            ("a /*/", "a comment (/*, and they nest) is not closed"),
            ("(a", &format!("( is not closed{CUT_OFF}")),
            ("a)", ") closes nothing"),
            ("a) OR (b", ") closes nothing"),
            ("[a)", "[ is closed by )"),
            ("a -- (\n)", ") closes nothing"),
            ("a; DROP TABLE b", "; would end the statement"),
            ("(a;)", "; would end the statement"),
            ("a\0", "a NUL byte is not allowed"),
            ("'a\0'", "a NUL byte is not allowed"),
            ("a, b", "one expression is needed, and a comma stands outside of all brackets"),
        ] {
            assert_eq!(expression(sql), Err(problem.to_string()), "{sql}");
        }
        for sql in [
            "a = {name:String}",
            "a = { name : String }",
            "a = {`name`:String}",
            "f({x:Array(String)})",
            "{'a': 1}",
            "a}",
        ] {
            assert!(expression(sql).unwrap_err().contains("query parameter"), "{sql}");
        }
    }

    #[test]
    fn a_query_may_hold_commas() {
        assert_eq!(look_over("SELECT a, b FROM c -- all", Commas::Anywhere), Ok(()));
        assert_eq!(look_over("(/**/ select a) UNION ALL SELECT b", Commas::Anywhere), Ok(()));
        for sql in ["SELECT 1;", "SHOW TABLES", "INSERT INTO a SELECT 1", "-- a\nDROP TABLE a", "events"] {
            assert!(look_over(sql, Commas::Anywhere).is_err(), "{sql}");
        }
    }

    #[test]
    fn any_text_ends_the_lexer() {
        for sql in [
            "$", "$$", "$$$", "$a$", "$ö$", "$aö", "/*ö/", "#", "/", "-", "'", "\\", "“", "{`", "{`a`", "{:",
            "\u{85}", "𝒳'",
        ] {
            let _ = expression(sql);
        }
    }
}
