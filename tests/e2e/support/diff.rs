//! A difference between two texts that a person can read: lines with `-`, `+` or a blank before them.

/// Lines of agreement that are shown around a difference.
const CONTEXT: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Expected,
    Actual,
}

/// What turns `expected` (`-`) into `actual` (`+`), line by line, or nothing if they are equal.
pub fn lines(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let (expected, actual) = (text_lines(expected), text_lines(actual));
    Some(shown(&edits(&expected, &actual)))
}

/// A text's lines; one without a final newline says so, for that is a difference too.
fn text_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if !text.is_empty() && !text.ends_with('\n') {
        lines.push("(no newline at the end)".to_owned());
    }
    lines
}

/// The shortest sequence of edits, by the longest common subsequence.
fn edits<'a>(expected: &'a [String], actual: &'a [String]) -> Vec<(Side, &'a str)> {
    let common = common_lengths(expected, actual);
    let (mut left, mut right) = (0, 0);
    let mut found = Vec::new();
    while left < expected.len() || right < actual.len() {
        let both_left = left < expected.len() && right < actual.len();
        if both_left && expected[left] == actual[right] {
            found.push((Side::Both, expected[left].as_str()));
            left += 1;
            right += 1;
        } else if right == actual.len() || (both_left && common[left + 1][right] >= common[left][right + 1]) {
            found.push((Side::Expected, expected[left].as_str()));
            left += 1;
        } else {
            found.push((Side::Actual, actual[right].as_str()));
            right += 1;
        }
    }
    found
}

/// `table[i][j]` is the length of the longest common subsequence of `expected[i..]` and `actual[j..]`.
fn common_lengths(expected: &[String], actual: &[String]) -> Vec<Vec<usize>> {
    let mut table = vec![vec![0; actual.len() + 1]; expected.len() + 1];
    for left in (0..expected.len()).rev() {
        for right in (0..actual.len()).rev() {
            table[left][right] = if expected[left] == actual[right] {
                table[left + 1][right + 1] + 1
            } else {
                table[left + 1][right].max(table[left][right + 1])
            };
        }
    }
    table
}

fn shown(edits: &[(Side, &str)]) -> String {
    let near = |index: usize| {
        let from = index.saturating_sub(CONTEXT);
        let to = (index + CONTEXT + 1).min(edits.len());
        edits[from..to].iter().any(|(side, _)| *side != Side::Both)
    };
    let mut text = String::new();
    let mut skipped = false;
    for (index, (side, line)) in edits.iter().enumerate() {
        if near(index) {
            let mark = match side {
                Side::Both => ' ',
                Side::Expected => '-',
                Side::Actual => '+',
            };
            text.push_str(&format!("{mark} {line}\n"));
            skipped = false;
        } else if !skipped {
            text.push_str("  …\n");
            skipped = true;
        }
    }
    text
}
