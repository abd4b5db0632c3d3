//! What each identity did: its rows as arrays, one or two for each fact.

use crate::plan::{Fact, Plan, Reads};
use crate::query::{Select, Sql};

use super::super::prefix::Prefix;
use super::super::scan::{self, Identity, RowColumns, ValueOf};
use super::days;
use super::names::Names;
use super::time::Reading;

/// One row per identity that has rows.
pub(super) fn done(prefix: &Prefix, plan: &Plan, names: &Names, reading: Reading) -> Select {
    let columns = RowColumns(&prefix.rows);
    let extras = scan::extras_of(&plan.rows);
    let rows = scan::rows(prefix, &plan.rows, &[], ValueOf::Metric, Identity::Hash, &extras);
    let mut select = Select::from_query(rows).column(columns.column("identity"), "identity");
    for (number, fact) in (1..).zip(&plan.facts) {
        let is_its_own = (plan.facts.len() > 1).then(|| format!("{} = {number}", columns.column("number")));
        let gathered = |function: &str, item: &str| match &is_its_own {
            Some(condition) => format!("{function}If({item}, {condition})"),
            None => format!("{function}({item})"),
        };
        let kept = kept(fact).map(|(what, column)| (names.of_fact(number, what), columns.column(column)));
        let kept = kept.collect::<Vec<_>>();
        if fact.deduplicate {
            // Of rows equal in time and value the first one counts.
            let [seen, copies, occurrences] =
                ["times_seen", "copies", "occurrences"].map(|what| names.of_fact(number, what));
            select = select
                .column(gathered("groupArray", &columns.column("time")), seen.clone())
                .column(gathered("groupArray", &columns.column("copy")), copies.clone())
                .column(format!("arrayEnumerateUniq({seen}, {copies})"), occurrences.clone());
            for (name, column) in kept {
                let rows = gathered("groupArray", &column);
                select = select.column(
                    format!("arrayFilter((row, occurrence) -> occurrence = 1, {rows}, {occurrences})"),
                    name,
                );
            }
        } else {
            for (name, column) in kept {
                select = select.column(gathered("groupArray", &column), name);
            }
        }
    }
    if let Some((expression, name)) = days::of_rows(reading, &columns.column("time")) {
        select = select.column(expression, name);
    }
    select.group_by([Sql::new(columns.column("identity"))])
}

/// What is kept of the rows of a fact: the name of the array, and the column of the rows.
pub(super) fn kept(fact: &Fact) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let value = match fact.reads {
        Reads::Nothing => None,
        Reads::Number => Some(("numbers", "value")),
        Reads::Text => Some(("texts", "text")),
    };
    [Some(("times", "time")), value].into_iter().flatten()
}
