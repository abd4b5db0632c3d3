//! A red flag: what is wrong, when that is so, and how it is said.

use crate::query::{Query, Select, Sql};

/// A kind of red flag, over the rows of a subject.
pub(super) struct Flag {
    /// What stands in the column `flag`.
    pub code: &'static str,
    /// Whether a row raises it: an expression in the columns of the subject.
    pub condition: Sql,
    /// The same in words, with the numbers: an expression too.
    pub sentence: Sql,
}

impl Flag {
    pub(super) fn new(code: &'static str, condition: impl Into<Sql>, sentence: Sql) -> Flag {
        Flag { code, condition: condition.into(), sentence }
    }
}

/// A sentence made of texts and expressions in turn, the first a text.
pub(super) fn sentence(parts: &[&str]) -> Sql {
    let part = |(index, part): (usize, &&str)| {
        if index % 2 == 0 { Sql::string(part) } else { Sql::new(*part) }
    };
    match parts {
        [only] => Sql::string(only),
        _ => Sql::new(format!("concat({})", Sql::join(parts.iter().enumerate().map(part), ", "))),
    }
}

/// The flags that the rows of a subject raise, as (experiment, flag, explanation).
pub(super) fn raised(subject: impl Into<Query>, flags: Vec<Flag>) -> Select {
    let flags = flags.into_iter().map(|Flag { code, condition, sentence }| {
        Sql::new(format!("(\n    {condition},\n    {},\n    {sentence}\n)", Sql::string(code)))
    });
    let all = Sql::join(flags, ",\n").indented(8);
    Select::from_query(subject)
        .take("experiment")
        .column("found.2", "flag")
        .column("found.3", "explanation")
        .array_join([(format!("arrayFilter(\n    one -> one.1,\n    [\n        {all}\n    ]\n)"), "found")])
}
