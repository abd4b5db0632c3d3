//! What is wrong with a set of files, and where.

use std::collections::BTreeSet;
use std::fmt;

/// A file to check: its name, for messages, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub text: String,
}

/// A mistake in a file, as `file:line:column: message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// One line.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message } = self;
        write!(f, "{file}:{line}:{column}: {message}")
    }
}

impl std::error::Error for Problem {}

/// A place in one of the files; places are ordered as a reader meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// Index of the file.
    pub file: usize,
    pub line: usize,
    pub column: usize,
}

/// Collects the problems of all files; the same one twice is one.
pub(super) struct Problems<'a> {
    files: &'a [File],
    found: BTreeSet<(Place, String)>,
}

impl<'a> Problems<'a> {
    pub fn new(files: &'a [File]) -> Self {
        Self { files, found: BTreeSet::new() }
    }

    pub fn add(&mut self, place: Place, message: impl Into<String>) {
        self.found.insert((place, message.into()));
    }

    /// A place as a message tells it.
    pub fn show(&self, place: Place) -> String {
        let Place { file, line, column } = place;
        format!("{}:{line}:{column}", self.file_name(file))
    }

    /// How many there are: more than before when something went wrong in between.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// `value` when nothing is wrong, else all problems in the order of files and places.
    pub fn or<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.found.is_empty() {
            return Ok(value);
        }
        let problem = |(place, message): &(Place, String)| Problem {
            file: self.file_name(place.file).to_string(),
            line: place.line,
            column: place.column,
            message: message.clone(),
        };
        Err(self.found.iter().map(problem).collect())
    }

    fn file_name(&self, index: usize) -> &str {
        self.files.get(index).map_or("", |file| &file.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_in_the_order_of_files_and_places_and_once_each() {
        let file = |name: &str| File { name: name.to_string(), text: String::new() };
        let files = [file("z.yaml"), file("a.yaml")];
        let mut problems = Problems::new(&files);
        problems.add(Place { file: 1, line: 1, column: 1 }, "third");
        problems.add(Place { file: 0, line: 10, column: 2 }, "second");
        problems.add(Place { file: 0, line: 9, column: 30 }, "first");
        problems.add(Place { file: 1, line: 1, column: 1 }, "third");
        let told: Vec<String> = problems.or(()).unwrap_err().iter().map(Problem::to_string).collect();
        assert_eq!(told, ["z.yaml:9:30: first", "z.yaml:10:2: second", "a.yaml:1:1: third"]);
    }
}
