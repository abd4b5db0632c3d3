//! Who is exposed: per identity and experiment the arm and the instant, out of rows of exposures.

use crate::plan::Plan;
use crate::query::{Query, Select, Sql};

use super::super::exposures;
use super::super::prefix::Prefix;
use super::super::scan::{Identity, RowColumns};
use super::time::{Horizon, Reading};
use super::value::DAY;

/// What is read of exposures.
pub(in crate::sql) struct Exposures<'a> {
    /// Rows with identity, number (of the experiment), time and value (the variant), and their segments if there are any.
    pub rows: Query,
    pub columns: RowColumns<'a>,
    /// What an identity is joined by.
    pub identity: Sql,
    /// There are several experiments, and `experiment` says which.
    pub several: bool,
    /// The segments of an identity, '' for the total first; None where nothing is broken down.
    pub segments: Option<Sql>,
}

impl<'a> Exposures<'a> {
    pub(super) fn of(prefix: &'a Prefix, plan: &Plan) -> Exposures<'a> {
        let columns = RowColumns(&prefix.rows);
        let segments = exposures::first_segments(plan, columns);
        Exposures {
            rows: exposures::rows(prefix, plan, Identity::Hash),
            columns,
            identity: Sql::new(columns.column("identity")),
            several: plan.experiments.len() > 1,
            segments: segments.map(|first| Sql::new(format!("arrayPushFront({first}, '')"))),
        }
    }

    /// One row per identity and experiment. One that was seen with several variants is in no arm.
    pub(in crate::sql) fn once(&self) -> Select {
        let [value, time, number] = ["value", "time", "number"].map(|name| self.columns.column(name));
        let hash = format!("cityHash64({value})");
        let mut select = Select::from_query(self.rows.clone()).column(self.identity.clone(), "identity");
        if self.several {
            select = select.column(number.as_str(), "experiment");
        }
        select =
            select.column(format!("groupBitOr({hash})"), "arm").column(format!("any({value})"), "variant");
        if let Some(segments) = &self.segments {
            select = select.column(segments.clone(), "segments");
        }
        let keys = [Some(self.columns.column("identity")), self.several.then_some(number)];
        select
            .column(format!("min({time})"), "exposed_at")
            .group_by(keys.into_iter().flatten())
            // Where all bits that some hash has are those that all have, there is one hash.
            .having(format!("arm = groupBitAnd({hash})"))
    }

    /// The same with what telling results by day needs.
    pub(super) fn of_reading(&self, horizon: &Horizon) -> Select {
        match horizon.reading {
            Reading::Now => self.once(),
            Reading::SinceExposure => {
                Select::from_query(self.once()).take("*").column(horizon.whole_days(), "whole_days")
            }
            Reading::EachDay => self.of_days(&horizon.settled()),
        }
    }

    /// One row per identity and experiment, with the UTC days on which it is in its arm: from its exposure on, up to the
    /// one before it was seen with a second variant, or the last one before `settled`.
    fn of_days(&self, settled: &Sql) -> Select {
        let [identity, value, time, number] =
            ["identity", "value", "time", "number"].map(|name| self.columns.column(name));
        let mut seen = Select::from_query(self.rows.clone()).column(identity, "identity");
        let mut keys = vec!["identity"];
        if self.several {
            seen = seen.column(number, "experiment");
            keys.push("experiment");
        }
        seen = seen
            .column(format!("cityHash64({value})"), "arm_seen")
            .column(format!("any({value})"), "variant_seen");
        if let Some(segments) = &self.segments {
            seen = seen.column(segments.clone(), "segments_seen");
        }
        seen = seen.column(format!("min({time})"), "seen").group_by(keys.iter().copied().chain(["arm_seen"]));
        let mut select = Select::from_query(seen)
            .take_all(keys.iter().copied())
            .column("argMin(arm_seen, seen)", "arm")
            .column("argMin(variant_seen, seen)", "variant");
        if self.segments.is_some() {
            select = select.column("argMin(segments_seen, seen)", "segments");
        }
        select
            .column("min(seen)", "exposed_at")
            .column(format!("intDiv(exposed_at, {DAY})"), "first_day")
            .column(
                format!(
                    "if(\n    count() = 1,\n    intDiv({settled} - 1, {DAY}),\n    \
                     intDiv(arraySort(groupArray(seen))[2], {DAY}) - 1\n)"
                ),
                "last_day",
            )
            .group_by(keys)
            .having("first_day <= last_day")
    }
}
