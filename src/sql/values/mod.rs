//! From rows to sums: the one way in which every result comes about, of one experiment and of many, once and by day.
//!
//! ```text
//! rows of exposures ─> exposed          per identity and experiment: the arm, the instant
//! rows of metrics   ─> done             per identity: arrays of the rows of each fact
//! done, exposed     ─> identity_values  per identity and experiment: a column for each measure
//!                   ─> arms             per arm: the sums of each measure
//!                   ─> sums             per metric and arm: the same as a row
//! ```

mod arms;
mod days;
mod done;
mod exposed;
mod names;
mod parameterized;
mod time;
mod value;

use crate::plan::{Measure, Part, Plan, Reads, Second};
use crate::query::{Select, Sql};

use super::columns::{Column, Stage, Step};
use super::order_statistics::is_list;
use super::prefix::Prefix;
use names::Names;
use time::{Horizon, Maturity};
use value::Rows;

pub(super) use arms::{MOST_SEGMENTS, columns};
pub(super) use exposed::Exposures;
pub(super) use parameterized::metric_sums;
pub(super) use time::Reading;

/// The sums of the metrics of a plan.
pub(super) struct Sums<'p> {
    prefix: &'p Prefix,
    plan: &'p Plan,
    names: Names,
    horizon: Horizon<'p>,
}

impl<'p> Sums<'p> {
    pub(super) fn new(prefix: &'p Prefix, plan: &'p Plan, reading: Reading) -> Sums<'p> {
        Sums { prefix, plan, names: Names::new(plan), horizon: Horizon::new(plan, reading) }
    }

    /// The step, to be a view.
    pub(super) fn step(&self) -> Step {
        let columns = columns(self.plan, self.horizon.reading).into_iter();
        let columns = columns.map(|(name, ty)| Column::new(name, ty, "")).collect();
        Step { stage: Stage::Arms, columns, query: self.query().print() }
    }

    /// A row per metric and arm.
    fn query(&self) -> Select {
        let exposures = Exposures::of(self.prefix, self.plan);
        let [exposed, done, values] =
            ["exposed", "done", "identity_values"].map(|step| self.prefix.step(step));
        self.arms(&values)
            .with(
                &exposed,
                "Who is in the experiment: in which arm, since when. Seen with several variants: in no arm.",
                exposures.of_reading(&self.horizon),
            )
            .with(
                &done,
                "What each identity did: one pair of arrays per kind of rows.",
                done::done(self.prefix, self.plan, &self.names, self.horizon.reading),
            )
            .with(
                &values,
                "What each exposed identity is worth, a column per metric; one without rows is kept.",
                self.values(&exposed, &done),
            )
    }

    /// The values of each exposed identity, and whether it counts.
    fn values(&self, exposed: &str, done: &str) -> Select {
        let joined = Select::from(done).join("RIGHT JOIN", exposed, None, Sql::new("USING (identity)"));
        let keys = self.keys_of_values();
        let spans = days::spans(joined, self.plan, &self.names, &self.horizon, &keys);
        let mut select = spans.take_all(keys);
        for maturity in self.horizon.maturities() {
            select = select.column(self.horizon.is_mature(maturity), maturity.column());
        }
        for (number, measure) in (1..).zip(&self.plan.measures) {
            select = self.value(select, number, measure);
        }
        select
    }

    /// What tells in which arms an identity counts.
    fn keys_of_values(&self) -> Vec<&'static str> {
        let mut keys = vec!["arm", "variant"];
        if self.has_experiments() {
            keys.push("experiment");
        }
        if self.plan.has_dimensions() {
            keys.push("segments");
        }
        if self.by_day() {
            keys.extend(["from_day", "to_day"]);
        }
        if self.horizon.reading == Reading::SinceExposure {
            keys.push("cumulative");
        }
        keys
    }

    fn has_experiments(&self) -> bool {
        self.plan.experiments.len() > 1
    }

    fn by_day(&self) -> bool {
        self.horizon.reading != Reading::Now
    }

    /// The columns of a measure: its values, and how many of its rows have a number.
    fn value(&self, mut select: Select, number: usize, measure: &Measure) -> Select {
        let name = |what: &str| self.names.of_measure(number, what);
        let parts = [Some(("value", &measure.value)), self.second(measure)];
        let mut first = Some(self.describe(number, measure));
        let (mut expected, mut numbers) = (Vec::new(), Vec::new());
        for (what, part) in parts.into_iter().flatten() {
            let rows: Vec<Rows> =
                part.facts.iter().map(|fact| self.rows(number, measure, part, *fact, what)).collect();
            let mut add = |select: Select, expression: Sql, name: Sql| {
                let select = select.column(expression, name);
                match first.take() {
                    Some(words) => select.noted(&words),
                    None => select,
                }
            };
            if let [rows] = rows.as_slice()
                && value::takes_numbers(part.function)
            {
                select = add(select, value::has_number(rows), rows.counted.clone());
                if measure.numeric_parts().any(|numeric| numeric == part) {
                    expected.push(value::how_many(rows));
                    numbers.push(Sql::new(format!("arraySum({})", rows.counted)));
                }
            }
            select = if is_list(measure) {
                add(select, value::list(&rows[0]), name("list"))
            } else {
                add(select, value::of_part(part, &rows), name(what))
            };
        }
        if !expected.is_empty() {
            select = select
                .column(Sql::join(expected, " + "), name("rows"))
                .column(Sql::join(numbers, " + "), name("rows_with_number"));
        }
        select
    }

    /// The second value of a measure, by its name.
    fn second<'m>(&self, measure: &'m Measure) -> Option<(&'static str, &'m Part)> {
        names::second(measure).zip(measure.second.as_ref().map(Second::part))
    }

    /// The rows of a fact as a part of a measure takes them.
    fn rows(&self, number: usize, measure: &Measure, part: &Part, fact: usize, what: &str) -> Rows {
        let of_fact = |what: &str| self.names.of_fact(fact, what);
        Rows {
            times: of_fact("times"),
            numbers: of_fact("numbers"),
            texts: of_fact("texts"),
            counts: self.horizon.counts(measure, part),
            counted: self.names.of_measure(number, &format!("{what}_counted")),
        }
    }

    /// What a measure is, in words.
    fn describe(&self, number: usize, measure: &Measure) -> String {
        let facts = |part: &Part| {
            let names = part.facts.iter().map(|fact| format!("'{}'", self.plan.facts[fact - 1].name));
            names.collect::<Vec<_>>().join(", then ")
        };
        let of_part = |part: &Part| format!("{} of {}", part.function.name(), facts(part));
        let mut words = format!("{}: {}", self.names.measure(number), of_part(&measure.value));
        match &measure.second {
            Some(Second::Denominator(part)) => words.push_str(&format!(", over {}", of_part(part))),
            Some(Second::Covariate(_)) => words.push_str(", with what was before the exposure"),
            None => {}
        }
        if let Some(maturity) = Maturity::of(measure) {
            words.push_str(&format!(
                ", of identities exposed {} ago",
                value::duration_in_words(maturity.wait)
            ));
        }
        words
    }

    /// Whether some rows should have numbers.
    fn reads_numbers(measure: &Measure) -> bool {
        measure.numeric_parts().any(|part| part.function.reads() == Reads::Number)
    }
}
