//! Until when rows are read, and which identities count by then, as SQL.

use crate::plan::{Experiment, Measure, Plan};

use super::bundles::Bundles;
use super::lookup::{choose, lookup};
use super::statistics::Days;
use super::text::Sql;

/// How often a result is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Once, as of now.
    Now,
    /// As of the end of each UTC day, which is `day_number`.
    EachDay,
    /// Of each whole day since the identity's first exposure, by itself where `day_number` is even and together with
    /// those before it where it is odd: twice the number of the day.
    SinceExposure,
}

/// How many days since the exposure are told.
pub(super) const MOST_DAYS: u64 = 90;

/// The moment of reading, in milliseconds.
const NOW: &str = "toUnixTimestamp64Milli(now64(3, 'UTC'))";

/// What ends the reading of rows. The texts are expressions in `experiment`, `bundle`, `first_exposure` and, where every
/// day is told, `day_number`.
pub(super) struct Horizon<'p> {
    plan: &'p Plan,
    reading: Reading,
}

/// From when on identities count, and whether rows after the end do.
pub(super) type Maturity = (Option<i64>, bool);

impl<'p> Horizon<'p> {
    pub(super) fn new(plan: &'p Plan, reading: Reading) -> Horizon<'p> {
        Horizon { plan, reading }
    }

    pub(super) fn reading(&self) -> Reading {
        self.reading
    }

    /// Whether a result is told more than once, and `day_number` says which.
    pub(super) fn by_day(&self) -> bool {
        self.reading != Reading::Now
    }

    /// The instant at which it is decided whether a window is over, of a measure that does or does not collect after
    /// the end.
    fn until(&self, collects: bool) -> Sql {
        let mut ends = vec![NOW.to_owned()];
        if self.reading == Reading::EachDay {
            ends.push("(toInt64(day_number) + 1) * 86400000".to_owned());
        }
        if !collects && self.has_ends() {
            ends.push(self.end().to_string());
        }
        earliest(&ends)
    }

    /// Of which days of an identity a result is told; None where it is told once.
    pub(super) fn days(&self) -> Option<Days> {
        match self.reading {
            Reading::Now => None,
            Reading::EachDay => Some(Days::Until(self.of_rows())),
            Reading::SinceExposure => Some(Days::Array(self.days_since_exposure())),
        }
    }

    /// The instant up to which exposures count, whatever the day.
    fn of_exposures(&self) -> Sql {
        let mut ends = vec![NOW.to_owned()];
        if self.has_ends() {
            ends.push(self.end().to_string());
        }
        earliest(&ends)
    }

    /// The instant from which on nothing changes any more.
    fn of_rows(&self) -> Sql {
        let mut ends = vec![NOW.to_owned()];
        if self.has_ends() {
            let settled = (1..=self.plan.experiments.len())
                .map(|number| Sql::whole(self.plan.settled_from(number).unwrap_or(i64::MAX)));
            ends.push(lookup(&settled.collect::<Vec<_>>(), "experiment").to_string());
        }
        earliest(&ends)
    }

    /// The days since the exposure that an identity had whole, twice each, from `first_exposure` and `experiment`.
    fn days_since_exposure(&self) -> Sql {
        let collects = self.plan.experiments.iter().map(|experiment| experiment.collects_after_end);
        let until = choose(collects, "experiment", NOW, self.of_exposures().as_str());
        Sql::new(format!(
            "range(toUInt32(2 * least({MOST_DAYS}, intDiv({until} - first_exposure, 86400000))))"
        ))
    }

    /// The span of rows that count in place of a measure's own; None where that holds.
    pub(super) fn span(&self) -> Option<[Sql; 2]> {
        (self.reading == Reading::SinceExposure).then(|| {
            [
                Sql::new("if(day_number % 2 = 1, 0, intDiv(day_number, 2) * 86400000)"),
                Sql::new("(toInt64(intDiv(day_number, 2)) + 1) * 86400000"),
            ]
        })
    }

    fn has_ends(&self) -> bool {
        self.plan.experiments.iter().any(|experiment| experiment.end.is_some())
    }

    fn end(&self) -> Sql {
        let end = |experiment: &Experiment| Sql::whole(experiment.end.unwrap_or(i64::MAX));
        lookup(&self.plan.experiments.iter().map(end).collect::<Vec<_>>(), "experiment")
    }

    /// The condition on a row of the time `time` that it is not too late, as far as the scans do not see to that: they
    /// read up to the last end that any measure asks for, and up to the moment of reading.
    pub(super) fn of_row(&self, time: &str, collects: bool) -> Option<String> {
        let ends =
            self.plan.ends_differ() || self.plan.measures.iter().any(|measure| measure.collects_after_end);
        let mut conditions = Vec::new();
        if !collects && ends {
            conditions.push(format!("{time} < {}", self.end()));
        }
        if self.reading == Reading::EachDay {
            conditions.push(format!("{time} < (toInt64(day_number) + 1) * 86400000"));
        }
        (!conditions.is_empty()).then(|| conditions.join(" AND "))
    }

    /// That of no wait, and every other maturity that some measure has, once.
    fn maturities(&self) -> Vec<Maturity> {
        let mut known = vec![(None, false)];
        for measure in &self.plan.measures {
            let maturity = maturity(measure);
            if !known.contains(&maturity) {
                known.push(maturity);
            }
        }
        known
    }

    /// The condition that an identity counts for the measures of `bundle`; None where all always do.
    pub(super) fn is_mature(&self, bundles: &Bundles) -> Option<Sql> {
        if self.maturities().len() == 1 {
            return None;
        }
        let wait = bundles.of_bundle(&|measure| Sql::whole(measure.matures_after.unwrap_or(0)));
        let [collecting, dropping] = [true, false].map(|collects| self.until(collects).to_string());
        let until = bundles.choose(&|measure| maturity(measure).1, &collecting, &dropping);
        Some(Sql::new(format!("first_exposure + {wait} <= {until}")))
    }

    /// For each maturity whether an identity has it, as an array; None where all measures have the same one from the
    /// exposure on.
    pub(super) fn flags(&self) -> Option<Sql> {
        let maturities = self.maturities();
        if maturities.len() == 1 {
            return None;
        }
        let flag = |(wait, collects): &Maturity| match wait {
            None => Sql::new("1"),
            Some(wait) => Sql::new(format!("first_exposure + {wait} <= {}", self.until(*collects))),
        };
        let flags = Sql::array(maturities.iter().map(flag));
        Some(Sql::new(format!("CAST({flags} AS Array(UInt64))")))
    }

    /// Which of the flags tells whether an identity counts for the measure that `number` names.
    pub(super) fn flag_of(&self, number: &str) -> Sql {
        let maturities = self.maturities();
        let position = |measure: &Measure| {
            let position = maturities.iter().position(|known| *known == maturity(measure)).unwrap_or(0);
            Sql::whole(position as u64 + 1)
        };
        lookup(&self.plan.measures.iter().map(position).collect::<Vec<_>>(), number)
    }
}

fn earliest(instants: &[String]) -> Sql {
    match instants {
        [only] => Sql::new(only.as_str()),
        _ => Sql::new(format!("least({})", instants.join(", "))),
    }
}

/// When identities count for a measure. What does not wait is the same whether or not it collects after the end.
pub(super) fn maturity(measure: &Measure) -> Maturity {
    match measure.matures_after {
        None => (None, false),
        wait => (wait, measure.collects_after_end),
    }
}
