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
            // Rows equal in time and value are one.
            let mut items: Vec<String> = kept.iter().map(|(_, column)| column.clone()).collect();
            items.push(columns.column("copy"));
            let rows = names.of_fact(number, "rows");
            select =
                select.column(gathered("groupUniqArray", &format!("({})", items.join(", "))), rows.clone());
            for (position, (name, _)) in (1..).zip(kept) {
                select = select.column(format!("arrayMap(row -> row.{position}, {rows})"), name);
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
