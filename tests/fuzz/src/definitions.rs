//! What must hold of `scorecard check`, whatever the files hold.

use scorecard::definition::{Definitions, File, Problem, check};

use crate::{check_message, memory};

/// What begins another file in an input: no text has it.
const SEPARATOR: char = '\u{1e}';

/// Checks the input as files and that nothing about the outcome is broken.
pub fn check_definitions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let named = |(index, text): (usize, &str)| File { name: format!("{index}.yaml"), text: text.to_string() };
    let files: Vec<File> = text.split(SEPARATOR).enumerate().map(named).collect();

    let (checked, peak) = memory::peak_of(|| check(&files));
    assert!(peak <= memory::limit_of_text(data.len()), "{} bytes of input took {peak} bytes", data.len());
    check_outcome(&files, &checked);
}

fn check_outcome(files: &[File], outcome: &Result<Definitions, Vec<Problem>>) {
    let problems = match outcome {
        Err(problems) => problems,
        Ok(definitions) => {
            for experiment in &definitions.experiments {
                assert!(experiment.end.is_none_or(|end| end > experiment.start), "{experiment:?}");
                assert!(experiment.shares.is_empty() || experiment.shares.contains_key(&experiment.control));
            }
            return;
        }
    };
    assert!(!problems.is_empty(), "refused without a reason");
    let mut last = (0, 0, 0);
    for problem in problems {
        check_message(problem);
        let index = files.iter().position(|file| file.name == problem.file);
        let index = index.unwrap_or_else(|| panic!("a problem in no file: {problem:?}"));
        let lines: Vec<&str> = files[index].text.split(['\n', '\r']).collect();
        assert!((1..=lines.len()).contains(&problem.line), "a place beyond the text: {problem:?}");
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!((1..=longest + 1).contains(&problem.column), "a place beyond the line: {problem:?}");
        let place = (index, problem.line, problem.column);
        assert!(place >= last, "problems out of order: {problem:?}");
        last = place;
    }
}
