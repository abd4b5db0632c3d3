//! Until when rows are read, and which identities count by then, as SQL.

use crate::plan::{Experiment, Measure, Plan};

use super::lookup::lookup;
use super::text::Sql;

/// The moment of reading, in milliseconds.
const NOW: &str = "toUnixTimestamp64Milli(now64(3, 'UTC'))";

/// What ends the reading of rows. The texts are expressions in `experiment`, `measure`, `first_exposure` and, where
/// every day is told, `day_number`.
pub(super) struct Horizon<'p> {
    plan: &'p Plan,
    by_day: bool,
}

/// From when on identities count, and whether rows after the end do.
type Maturity = (Option<i64>, bool);

impl<'p> Horizon<'p> {
    pub(super) fn new(plan: &'p Plan, by_day: bool) -> Horizon<'p> {
        Horizon { plan, by_day }
    }

    /// The instant up to which rows count of a measure that does or does not collect after the end.
    fn until(&self, collects: bool) -> Sql {
        let mut ends = vec![NOW.to_owned()];
        if self.by_day {
            ends.push("(day_number + 1) * 86400000".to_owned());
        }
        if !collects && self.has_ends() {
            ends.push(self.end().to_string());
        }
        earliest(&ends)
    }

    /// The instant up to which exposures count, whatever the day.
    pub(super) fn of_exposures(&self) -> Sql {
        let mut ends = vec![NOW.to_owned()];
        if self.has_ends() {
            ends.push(self.end().to_string());
        }
        earliest(&ends)
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
        let ends = self.plan.ends_differ() || self.plan.measures.iter().any(|measure| measure.collects_after_end);
        let mut conditions = Vec::new();
        if !collects && ends {
            conditions.push(format!("{time} < {}", self.end()));
        }
        if self.by_day {
            conditions.push(format!("{time} < (day_number + 1) * 86400000"));
        }
        (!conditions.is_empty()).then(|| conditions.join(" AND "))
    }

    /// Every maturity that some measure has, once; the first is that of no wait.
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

    /// The condition that an identity counts for `measure`; None where all always do.
    pub(super) fn is_mature(&self) -> Option<Sql> {
        let measures = &self.plan.measures;
        if measures.iter().all(|measure| measure.matures_after.is_none()) {
            return None;
        }
        let wait = |measure: &Measure| Sql::whole(measure.matures_after.unwrap_or(0));
        let wait = lookup(&measures.iter().map(wait).collect::<Vec<_>>(), "measure");
        let collects = |measure: &Measure| maturity(measure).1;
        let until = if measures.iter().all(|measure| collects(measure) == collects(&measures[0])) {
            self.until(collects(&measures[0]))
        } else {
            let collects: Vec<Sql> =
                measures.iter().map(|measure| Sql::whole(u64::from(collects(measure)))).collect();
            Sql::new(format!(
                "if({} = 1, {}, {})",
                lookup(&collects, "measure"),
                self.until(true),
                self.until(false)
            ))
        };
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
        Some(Sql::new(format!("if(measure = 0, CAST({flags} AS Array(UInt64)), [])")))
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

/// What does not wait needs no horizon.
fn maturity(measure: &Measure) -> Maturity {
    match measure.matures_after {
        None => (None, false),
        wait => (wait, measure.collects_after_end),
    }
}
