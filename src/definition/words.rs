//! How messages name things: what a file holds, and the nearest of what it may hold.

use crate::wire::value::quoted;

/// A text of a file, quoted, on one line and not too long.
pub(super) fn shown(text: &str) -> String {
    quoted(text.as_bytes())
}

/// Names in a row: `a, b, c`.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The texts of a file in a row, each quoted; of many, the first.
pub(super) fn listed_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 5;
    let mut texts: Vec<String> = texts.into_iter().take(MOST + 1).map(shown).collect();
    if let Some(last) = texts.get_mut(MOST) {
        *last = "…".to_string();
    }
    texts.join(", ")
}

/// `: did you mean "name"?`, or nothing when no name is near.
pub(super) fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let length = wrong.chars().count();
    let near = names.into_iter().filter_map(|name| {
        let most = length.max(name.chars().count()) / 3;
        Some((distance(wrong, name, most.min(3))?, name))
    });
    near.min().map_or_else(String::new, |(_, name)| format!(": did you mean {}?", shown(name)))
}

/// The longest name that is compared with others.
const MAX_COMPARED: usize = 64;

/// How many characters must be put in, taken out, replaced or swapped with their neighbour to make one word of
/// the other, case aside; None above `most`.
fn distance(left: &str, right: &str, most: usize) -> Option<usize> {
    // Bytes first: characters cost more to count.
    if left.len().max(right.len()) > 4 * MAX_COMPARED {
        return None;
    }
    let left: Vec<char> = left.chars().flat_map(char::to_lowercase).collect();
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).collect();
    if left.len().abs_diff(right.len()) > most || left.len().max(right.len()) > MAX_COMPARED {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let replaced = row[j] + usize::from(a != b);
            let mut best = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    Some(row[right.len()]).filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_when_it_is_close() {
        let names = ["length", "start", "lookback"];
        assert_eq!(did_you_mean("lenght", names), ": did you mean \"length\"?");
        assert_eq!(did_you_mean("Start", names), ": did you mean \"start\"?");
        assert_eq!(did_you_mean("look_back", names), ": did you mean \"lookback\"?");
        assert_eq!(did_you_mean("window", names), "");
        assert_eq!(did_you_mean("", names), "");
    }

    #[test]
    fn a_short_name_is_not_near_to_a_wholly_different_one() {
        assert_eq!(did_you_mean("ab", ["cd", "b", "xyz"]), "");
        assert_eq!(did_you_mean("al", ["all"]), ": did you mean \"all\"?");
        assert_eq!(did_you_mean("A", ["b", "a"]), ": did you mean \"a\"?");
    }

    #[test]
    fn a_long_list_is_cut() {
        assert_eq!(listed_texts(["a", "b\n"]), r#""a", "b\n""#);
        assert_eq!(listed_texts(["a"; 5]), r#""a", "a", "a", "a", "a""#);
        assert_eq!(listed_texts(["a"; 6]), r#""a", "a", "a", "a", "a", …"#);
    }

    #[test]
    fn the_distance_counts_a_swap_once() {
        assert_eq!(distance("ab", "ba", 2), Some(1));
        assert_eq!(distance("kitten", "sitting", 3), Some(3));
        assert_eq!(distance("kitten", "sitting", 2), None);
        assert_eq!(distance("größe", "grösse", 3), Some(2));
    }
}
