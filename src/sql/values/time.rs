//! Until when rows are read, and which identities count by then.

use crate::plan::{Experiment, Measure, Part, Plan};
use crate::query::Sql;

use super::super::instant;
use super::super::lookup::lookup;
use super::value::{DAY, duration, duration_in_words};

/// How often a result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Once, as of now.
    Now,
    /// As of the end of each UTC `day_number`.
    EachDay,
    /// Of each whole `day_number` since the identity's exposure, by itself and, where `cumulative`, with those before it.
    SinceExposure,
}

impl Reading {
    /// The columns that tell results of one metric and arm apart, with their types.
    pub(in crate::sql) fn keys(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Reading::Now => &[],
            Reading::EachDay => &[("day_number", "Int64")],
            Reading::SinceExposure => &[("day_number", "Int64"), ("cumulative", "Bool")],
        }
    }
}

/// How many days since the exposure are told.
pub(in crate::sql) const MOST_DAYS: u64 = 90;

/// The moment of reading, in milliseconds.
const NOW: &str = "toUnixTimestamp64Milli(now64(3, 'UTC'))";

/// What ends the reading of rows: expressions in `experiment`, `exposed_at` and, where results are told by day, in the
/// days `from_day` to `to_day` on which the values of an identity are the same.
pub(super) struct Horizon<'p> {
    plan: &'p Plan,
    pub reading: Reading,
}

/// From when on identities count, where they do not from their exposure on, and whether rows after the end do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Maturity {
    /// In milliseconds.
    pub wait: i64,
    collects_after_end: bool,
}

impl Maturity {
    pub(super) fn of(measure: &Measure) -> Option<Maturity> {
        let collects_after_end = measure.collects_after_end;
        measure.matures_after.map(|wait| Maturity { wait, collects_after_end })
    }

    /// The column that tells whether an identity counts: `had_7d`.
    pub(super) fn column(self) -> Sql {
        let beyond = if self.collects_after_end { "_beyond_end" } else { "" };
        Sql::new(format!("had_{}{beyond}", duration_in_words(self.wait)))
    }

    /// The column that tells how many do.
    pub(super) fn count(self) -> Sql {
        Sql::new(format!("n_{}", self.column()))
    }
}

impl<'p> Horizon<'p> {
    pub(super) fn new(plan: &'p Plan, reading: Reading) -> Horizon<'p> {
        Horizon { plan, reading }
    }

    /// The condition that a row at the time `t` counts for a part of a measure.
    pub(super) fn counts(&self, measure: &Measure, part: &Part) -> Sql {
        let is_before = part.span.from < 0;
        let mut conditions = if self.reading == Reading::SinceExposure && !is_before {
            vec!["t >= counts_from".to_owned(), "t < counts_until".to_owned()]
        } else {
            let mut conditions = vec![format!("t >= {}", after_exposure(part.span.from))];
            conditions.extend(part.span.to.map(|to| format!("t < {}", after_exposure(to))));
            conditions
        };
        // The scans read up to the last end that any measure asks for.
        let ends =
            self.plan.ends_differ() || self.plan.measures.iter().any(|measure| measure.collects_after_end);
        if !measure.collects_after_end && ends {
            conditions.extend(self.end().map(|end| format!("t < {end}")));
        }
        if self.reading == Reading::EachDay {
            conditions.push("t < counts_until".to_owned());
        }
        Sql::new(conditions.join(" AND "))
    }

    /// The instants between which the rows of a span from `from_day` on count, by their names, where results are told by day.
    pub(super) fn bounds(&self) -> Vec<(String, &'static str)> {
        match self.reading {
            Reading::Now => Vec::new(),
            Reading::EachDay => vec![(format!("(from_day + 1) * {DAY}"), "counts_until")],
            Reading::SinceExposure => vec![
                (format!("exposed_at + if(cumulative, 0, from_day * {DAY})"), "counts_from"),
                (format!("exposed_at + (from_day + 1) * {DAY}"), "counts_until"),
            ],
        }
    }

    /// Every maturity that some measure has, once.
    pub(super) fn maturities(&self) -> Vec<Maturity> {
        let mut known = Vec::new();
        for maturity in self.plan.measures.iter().filter_map(Maturity::of) {
            if !known.contains(&maturity) {
                known.push(maturity);
            }
        }
        known
    }

    /// The condition that an identity counts.
    pub(super) fn is_mature(&self, maturity: Maturity) -> Sql {
        let mut ends = vec![NOW.to_owned()];
        if self.reading == Reading::EachDay {
            ends.push("counts_until".to_owned());
        }
        if !maturity.collects_after_end {
            ends.extend(self.end());
        }
        Sql::new(format!("{} <= {}", after_exposure(maturity.wait), earliest(&ends)))
    }

    /// The instant from which on nothing of an experiment changes any more.
    pub(super) fn settled(&self) -> Sql {
        let settled = (1..=self.plan.experiments.len()).map(|number| self.plan.settled_from(number));
        let settled: Vec<Option<i64>> = settled.collect();
        let mut ends = vec![NOW.to_owned()];
        if settled.iter().any(Option::is_some) {
            ends.push(by_experiment(settled).to_string());
        }
        earliest(&ends)
    }

    /// How many days since its exposure an identity had whole, of those that are told.
    pub(super) fn whole_days(&self) -> Sql {
        let ends = self
            .plan
            .experiments
            .iter()
            .map(|experiment| experiment.end.filter(|_| !experiment.collects_after_end));
        let ends: Vec<Option<i64>> = ends.collect();
        let mut until = vec![NOW.to_owned()];
        if ends.iter().any(Option::is_some) {
            until.push(by_experiment(ends).to_string());
        }
        Sql::new(format!("least({MOST_DAYS}, intDiv({} - exposed_at, {DAY}))", earliest(&until)))
    }

    /// The end of `experiment` in milliseconds; None where none has one.
    fn end(&self) -> Option<String> {
        let end = |experiment: &Experiment| experiment.end;
        let ends: Vec<Option<i64>> = self.plan.experiments.iter().map(end).collect();
        ends.iter().any(Option::is_some).then(|| by_experiment(ends).to_string())
    }
}

/// An instant of `experiment`; one without is later than all.
fn by_experiment(instants: Vec<Option<i64>>) -> Sql {
    if let [Some(only)] = instants.as_slice() {
        return Sql::new(format!("toUnixTimestamp64Milli({})", instant::literal(*only)));
    }
    let instants = instants.into_iter().map(|instant| Sql::whole(instant.unwrap_or(i64::MAX)));
    lookup(&instants.collect::<Vec<_>>(), "experiment")
}

/// The instant that is so long after the exposure, or before it.
fn after_exposure(milliseconds: i64) -> String {
    match milliseconds {
        0 => "exposed_at".to_owned(),
        1.. => format!("exposed_at + {}", duration(milliseconds)),
        _ => format!("exposed_at - {}", duration(-milliseconds)),
    }
}

fn earliest(instants: &[String]) -> Sql {
    match instants {
        [only] => Sql::new(only.as_str()),
        _ => Sql::new(format!("least({})", instants.join(", "))),
    }
}
