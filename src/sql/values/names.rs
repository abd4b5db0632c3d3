//! The names of the columns of a pass: those of its facts and of its metrics, each its own.

use std::collections::HashSet;

use crate::plan::{Fact, Measure, Plan, Second};
use crate::query::Sql;

use super::done::kept as kept_of;

/// The names of a plan's facts and measures.
pub(super) struct Names {
    facts: Vec<String>,
    measures: Vec<String>,
}

impl Names {
    /// A fact is called as its event or source, a measure as the first metric that it is of. One of whose columns another
    /// has the name gets a number: a metric `revenue_before` beside `revenue`, which has a sum of what was before.
    pub(super) fn new(plan: &Plan) -> Names {
        let metric_of = |measure: usize| {
            let metric = plan.metrics.iter().find(|metric| metric.measure == measure);
            metric.map_or_else(|| format!("measure {measure}"), |metric| metric.name.clone())
        };
        let mut taken: HashSet<String> = FIELDS.map(str::to_owned).into();
        let mut free = |name: String, ends: &[&str]| free(&mut taken, name, ends);
        Names {
            measures: (1..=plan.measures.len())
                .map(|measure| free(metric_of(measure), &OF_MEASURE))
                .collect(),
            facts: plan.facts.iter().map(|fact| free(fact.name.clone(), &OF_FACT)).collect(),
        }
    }

    /// An array of a fact's rows: `times`, `numbers` or `texts`.
    pub(super) fn of_fact(&self, fact: usize, what: &str) -> Sql {
        Sql::column(&format!("{}_{what}", self.facts[fact - 1]))
    }

    /// All arrays of all facts.
    pub(super) fn of_facts(&self, plan: &Plan) -> Vec<Sql> {
        let of_fact = |(number, fact): (usize, &Fact)| kept_of(fact).map(move |(what, _)| (number, what));
        let arrays = (1..).zip(&plan.facts).flat_map(of_fact);
        arrays.map(|(fact, what)| self.of_fact(fact, what)).collect()
    }

    /// Something of a measure.
    pub(super) fn of_measure(&self, measure: usize, what: &str) -> Sql {
        Sql::column(&format!("{}_{what}", self.measures[measure - 1]))
    }

    /// What a measure is called, without what follows.
    pub(super) fn measure(&self, measure: usize) -> &str {
        &self.measures[measure - 1]
    }
}

/// What a second value is called behind the name of its measure.
pub(super) fn second(measure: &Measure) -> Option<&'static str> {
    measure.second.as_ref().map(|second| match second {
        Second::Denominator(_) => "denominator",
        Second::Covariate(_) => "before",
    })
}

/// Fields of the sums that end as a column of a measure does.
const FIELDS: [&str; 5] =
    ["second_sum", "second_sum_squares", "second_values", "invalid_values", "expected_values"];

/// What follows the name of a fact, and of a measure.
const OF_FACT: [&str; 6] = ["times", "numbers", "texts", "times_seen", "copies", "occurrences"];
const OF_MEASURE: [&str; 24] = [
    "value",
    "value_counted",
    "before",
    "before_counted",
    "denominator",
    "denominator_counted",
    "rows",
    "rows_with_number",
    "sum_of_rows",
    "sum_of_rows_with_number",
    "list",
    "list_counted",
    "lists",
    "values",
    "before_values",
    "denominator_values",
    "sum",
    "sum_squares",
    "before_sum",
    "before_sum_squares",
    "before_product",
    "denominator_sum",
    "denominator_sum_squares",
    "denominator_product",
];

/// The name, with a number behind it where a column of it is taken; its columns are taken then.
fn free(taken: &mut HashSet<String>, name: String, ends: &[&str]) -> String {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let is_free = |name: &String| !ends.iter().any(|end| taken.contains(&format!("{name}_{end}")));
    let found = std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or(name);
    taken.extend(ends.iter().map(|end| format!("{found}_{end}")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_are_called_the_same() {
        let mut taken: HashSet<String> = FIELDS.map(str::to_owned).into();
        let names = ["buy", "buy", "buy_2", "buy_before", "second"];
        let names = names.map(|name| free(&mut taken, name.to_owned(), &OF_MEASURE));
        assert_eq!(names, ["buy", "buy_2", "buy_2_2", "buy_before_2", "second_2"]);
        assert_eq!(taken.len(), FIELDS.len() + names.len() * OF_MEASURE.len());
    }
}
