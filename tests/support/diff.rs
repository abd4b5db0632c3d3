//! A difference between two texts that a person can read.

use similar::TextDiff;

/// Lines of agreement that are shown around a difference.
const CONTEXT: usize = 2;

/// What turns `expected` (`-`) into `actual` (`+`), line by line, or nothing if they are equal.
pub fn lines(expected: &str, actual: &str) -> Option<String> {
    let differ = expected != actual;
    differ.then(|| TextDiff::from_lines(expected, actual).unified_diff().context_radius(CONTEXT).to_string())
}
