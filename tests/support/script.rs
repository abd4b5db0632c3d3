//! SQL scripts as statements: each ends with `;` at the end of a line that is no comment. A line `-- compile: FILE…`
//! or `-- run: FILE` is a step of its own.

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

/// What a script asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Statement(Statement),
    /// `-- compile: FILE…`: the script that these definitions compile to runs.
    Compile(Vec<String>),
    /// `-- run: FILE`: the statements of another script run.
    Run(String),
}

/// The steps in order. Comments after the last one are none.
pub fn steps(script: &str) -> Vec<Step> {
    let mut found = Vec::new();
    let mut pending: Vec<(usize, &str)> = Vec::new();
    for (index, line) in script.lines().enumerate() {
        pending.push((index + 1, line));
        let directive = directive(line);
        if directive.is_some() || (!is_comment(line) && line.trim_end().ends_with(';')) {
            found.extend(statement(&pending).map(Step::Statement));
            found.extend(directive);
            pending.clear();
        }
    }
    found.extend(statement(&pending).map(Step::Statement));
    found
}

/// The statements alone, in order.
pub fn statements(script: &str) -> Vec<Statement> {
    let statements = steps(script).into_iter().filter_map(|step| match step {
        Step::Statement(statement) => Some(statement),
        Step::Compile(_) | Step::Run(_) => None,
    });
    statements.collect()
}

fn directive(line: &str) -> Option<Step> {
    if let Some(files) = line.strip_prefix("-- compile: ") {
        return Some(Step::Compile(files.split_whitespace().map(str::to_owned).collect()));
    }
    line.strip_prefix("-- run: ").map(|file| Step::Run(file.trim().to_owned()))
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
        .take_while(|line| {
            is_comment(line) && directive(line).is_none() && !line.trim_start().starts_with("-- error:")
        })
        .map(|line| line.trim_start().trim_start_matches('-').trim())
        .collect();
    lines.join("\n")
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("--")
}
