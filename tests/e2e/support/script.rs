//! SQL scripts as statements: each ends with `;` at the end of a line that is no comment.

/// One statement of a script, with the comment lines that stand before it.
#[derive(Debug, PartialEq, Eq)]
pub struct Statement {
    /// The text without its final `;`.
    pub sql: String,
    /// The line of the script on which the statement itself begins, from 1.
    pub line: usize,
    /// From a line `-- error: text` directly before it: it must fail with a message that has the text.
    pub expected_error: Option<String>,
}

/// The statements in order. Comments after the last one are no statement.
pub fn statements(script: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut pending: Vec<(usize, &str)> = Vec::new();
    for (index, line) in script.lines().enumerate() {
        pending.push((index + 1, line));
        if !is_comment(line) && line.trim_end().ends_with(';') {
            found.extend(statement(&pending));
            pending.clear();
        }
    }
    found.extend(statement(&pending));
    found
}

fn statement(lines: &[(usize, &str)]) -> Option<Statement> {
    let first = lines.iter().position(|(_, line)| !is_comment(line) && !line.trim().is_empty())?;
    let text: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
    let before = first.checked_sub(1).map_or("", |index| text[index]);
    Some(Statement {
        sql: text.join("\n").trim().trim_end_matches(';').to_owned(),
        line: lines[first].0,
        expected_error: before.trim_start().strip_prefix("-- error:").map(|text| text.trim().to_owned()),
    })
}

/// The comment lines at the head of a script, without their dashes.
pub fn head_comment(script: &str) -> String {
    let lines: Vec<&str> = script
        .lines()
        .take_while(|line| is_comment(line) && !line.trim_start().starts_with("-- error:"))
        .map(|line| line.trim_start().trim_start_matches('-').trim())
        .collect();
    lines.join("\n")
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("--")
}
