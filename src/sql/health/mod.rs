//! The red flags of experiments: what is wrong with their traffic, rows, windows, stored results and views.
//!
//! Each subject is a query of its own with a row per thing that may be wrong; a [`Flag`](flag::Flag) is a condition on
//! such rows, with a sentence. A new flag is one entry in the file of its subject.

mod flag;
mod rows;
mod stored;
mod traffic;
mod windows;

use std::collections::BTreeSet;

use crate::plan::Plan;
use crate::query::{Query, Select, Sql};

use super::columns::{Column, Step};
use super::history::Frozen;
use super::prefix::Prefix;

/// The columns of [`flags`].
pub(super) fn columns() -> Vec<Column> {
    [
        ("experiment", "String", "Name of an experiment; empty where it is about the views"),
        ("flag", "String", "Code of the red flag; ok when there is none"),
        ("explanation", "String", "The same in words, with the numbers"),
    ]
    .map(|(name, ty, comment)| Column::new(name, ty, comment))
    .into()
}

/// The flags of the traffic and of the rows of a plan's experiments, and of their definitions; None without experiments.
pub(super) fn of_plan(prefix: &Prefix, plan: &Plan) -> Option<Query> {
    let traffic = traffic::flags(prefix, plan)?;
    let rows = rows::flags(prefix, plan);
    let all = [Some(traffic.into()), rows.map(Query::from), stated(plan).map(Query::from)];
    Some(Query::UnionAll(all.into_iter().flatten().map(apart).collect()))
}

/// The sums that windows and caps are judged by, of a plan by [`Plan::of_reach`]; None where no metric has any.
pub(super) fn step(prefix: &Prefix, reach: &Plan) -> Option<Step> {
    windows::step(prefix, reach)
}

/// The flags of windows and caps, from the view of those sums.
pub(super) fn of_windows(reach: &Plan, sums: &str) -> Query {
    windows::flags(reach, sums).into()
}

/// The flags of stored results and of the views, whose names are given, with the comment of the view of flags itself.
pub(super) fn of_views(
    running: &[&str],
    frozen: &[Frozen],
    views: &BTreeSet<String>,
    comment: &str,
) -> Vec<Query> {
    let cautions = stored::cautions(running).map(Query::from);
    let outdated = stored::outdated(frozen).map(Query::from);
    let leftovers = stored::leftovers(views, comment);
    [cautions, outdated, Some(leftovers)].into_iter().flatten().collect()
}

/// All red flags; of an experiment that has none, ok.
pub(super) fn flags(running: &[&str], queries: Vec<Query>) -> Select {
    let ok = (!running.is_empty()).then(|| {
        let names = Sql::array(running.iter().map(|name| Sql::string(name)));
        let select = Select::new().column(format!("arrayJoin({names})"), "experiment");
        select.column("'ok'", "flag").column("'No red flag'", "explanation").into()
    });
    let all = Query::UnionAll(queries.into_iter().chain(ok).map(apart).collect());
    let counted = Select::from_query(all).take("*").column("count() OVER (PARTITION BY experiment)", "flags");
    Select::from_query(counted)
        .take_all(["experiment", "flag", "explanation"])
        .filter("(flag != 'ok' OR flags = 1)")
        .order_by(["experiment", "flag", "explanation"])
}

/// A query by itself: what stands after WITH is copied to all that follow in a UNION ALL, but for what is in brackets.
fn apart(query: Query) -> Query {
    Select::from_query(query).take("*").into()
}

/// What the definitions raise by themselves; None where they raise nothing.
fn stated(plan: &Plan) -> Option<Select> {
    let mut flags: Vec<(&str, &str, String)> = Vec::new();
    for (number, experiment) in (1..).zip(&plan.experiments) {
        if plan.metrics.iter().all(|metric| metric.experiment != number) {
            flags.push((&experiment.name, "no_metrics", "It has no metrics".to_owned()));
        }
    }
    for (experiment, other) in plan.sharing_exposures() {
        let explanation = format!("Experiment '{}' runs on the same exposures at the same time", other.name);
        flags.push((&experiment.name, "feature_shared", explanation));
    }
    let rows = flags.iter().map(|(experiment, flag, explanation)| {
        let texts = [experiment, *flag, explanation].map(Sql::string);
        Sql::new(format!("({})", Sql::join(texts, ", ")))
    });
    let rows = Sql::array(rows);
    (!flags.is_empty()).then(|| {
        let ty = "Array(Tuple(experiment String, flag String, explanation String))";
        let fields = ["experiment", "flag", "explanation"];
        fields
            .into_iter()
            .fold(Select::from("system.one"), |select, field| {
                select.column(Sql::field("stated", field), field)
            })
            .array_join([(format!("CAST({rows} AS {ty})"), "stated")])
    })
}
