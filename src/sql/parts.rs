//! Keeping statements below the limits of ClickHouse: what is too long for one is told by several.
//!
//! By default a server parses statements of up to 256 KiB and 50,000 elements. A set of experiments that needs
//! more is read in parts, each in one pass, instead of in one.

use crate::query::Sql;

/// Bytes of a query, below max_query_size (262,144) with room for columns, comments and settings.
const MAX_BYTES: usize = 200_000;

/// Elements of a query as reckoned here, which is three quarters of them or more, below max_ast_elements (50,000).
const MAX_ELEMENTS: usize = 36_000;

/// The items in groups, of which each has queries that are not too long; as few as halving gives. None where there is
/// nothing to ask.
pub(super) fn split<'i, T>(items: &'i [T], queries: &dyn Fn(&[T]) -> Vec<Sql>) -> Vec<&'i [T]> {
    let whole = queries(items);
    if whole.is_empty() {
        return Vec::new();
    }
    if items.len() < 2 || whole.iter().all(fits) {
        return vec![items];
    }
    let (first, second) = items.split_at(items.len() / 2);
    [split(first, queries), split(second, queries)].concat()
}

fn fits(query: &Sql) -> bool {
    query.as_str().len() <= MAX_BYTES && elements(query.as_str()) <= MAX_ELEMENTS
}

/// About how many elements a parser makes of a query: one of a word or a text, one more of a function's arguments, and
/// two of an operator, which is a function. A literal array is one.
fn elements(text: &str) -> usize {
    let mut count = 0;
    let mut depth = 0_usize;
    let (mut in_word, mut in_operator) = (false, false);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let is_word = character.is_alphanumeric() || "_.".contains(character);
        let is_operator = "+-*/%=<>|!".contains(character);
        if depth == 0 {
            count += usize::from((is_word && !in_word) || character == '\'');
            count += usize::from(in_word && character == '(');
            count += 2 * usize::from(is_operator && !in_operator);
        }
        (in_word, in_operator) = (is_word, is_operator);
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '\'' => skip_string(&mut characters),
            _ => {}
        }
    }
    count
}

fn skip_string(characters: &mut std::str::Chars<'_>) {
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '\'' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_halved_until_it_fits() {
        let queries = |items: &[usize]| vec![Sql::new("x"), Sql::new("x ".repeat(items.len() * 12_000))];
        assert_eq!(split(&[1, 2, 3], &queries), [&[1, 2, 3]]);
        assert_eq!(split(&[0; 8], &queries), [&[0, 0]; 4]);
        assert_eq!(split::<usize>(&[], &|_| Vec::new()).len(), 0);
    }

    #[test]
    fn a_literal_array_is_one_element_and_a_string_too() {
        assert_eq!(elements("SELECT [1, 2, 3][n] AS x"), 3);
        assert_eq!(elements(r"a = 'it\'s [ + b' AND c"), 6);
        assert_eq!(elements("f(a >= 1)"), 6);
    }
}
