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
    /// A fact is called as its event or source, a measure as the first metric that it is of; what is called the same gets
    /// a number. What follows a name never ends as another thing that follows one does, so that no two columns are
    /// called the same.
    pub(super) fn new(plan: &Plan) -> Names {
        let metric_of = |measure: usize| {
            let metric = plan.metrics.iter().find(|metric| metric.measure == measure);
            metric.map_or_else(|| format!("measure {measure}"), |metric| metric.name.clone())
        };
        Names {
            facts: distinct(&[], plan.facts.iter().map(|fact| fact.name.clone())),
            measures: distinct(&RESERVED, (1..=plan.measures.len()).map(metric_of)),
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

/// What begins the name of a field of the sums: `second_sum` is no sum of a metric `second`.
const RESERVED: [&str; 3] = ["second", "invalid", "expected"];

/// The names, with a number behind those that were there before, or are reserved.
fn distinct(reserved: &[&str], names: impl Iterator<Item = String>) -> Vec<String> {
    let names: Vec<String> = names.collect();
    let mut taken: HashSet<String> = names.iter().cloned().collect();
    let mut seen: HashSet<String> = reserved.iter().map(|name| (*name).to_owned()).collect();
    let numbered = |name: String| {
        if seen.insert(name.clone()) {
            return name;
        }
        let free = (2..).map(|number| format!("{name}_{number}")).find(|other| taken.insert(other.clone()));
        free.unwrap_or(name)
    };
    names.into_iter().map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_the_same_gets_a_number_that_nothing_else_has() {
        let names = ["buy", "buy", "buy_2", "buy", "second"].map(str::to_owned);
        let distinct = distinct(&RESERVED, names.into_iter());
        assert_eq!(distinct, ["buy", "buy_3", "buy_2", "buy_4", "second_2"]);
    }
}
