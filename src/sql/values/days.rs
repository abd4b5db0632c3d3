//! The days on which the values of an identity change: results by day take a value once for each span of days on which
//! it stays the same.

use crate::plan::Plan;
use crate::query::{Select, Sql};

use super::names::Names;
use super::time::{Horizon, Maturity, Reading};
use super::value::{DAY, duration};

/// Rows of `done` joined with `exposed`, and where results are told by day, of each one for each span `from_day` to
/// `to_day`. Columns are still to be added; `keys` are those of `exposed` and of the spans that are.
pub(super) fn spans(joined: Select, plan: &Plan, names: &Names, horizon: &Horizon, keys: &[&str]) -> Select {
    let spans = match horizon.reading {
        Reading::Now => return joined,
        Reading::EachDay => of_each_day(joined, horizon),
        Reading::SinceExposure => since_exposure(joined),
    };
    // What is unrolled is a query by itself: ClickHouse plans each expression with all that is unrolled below it.
    let spans = spans.take_all(keys.iter().copied()).take("exposed_at").take_all(names.of_facts(plan));
    let bounds = horizon.bounds().into_iter();
    Select::from_query(bounds.fold(spans, |spans, (expression, name)| spans.column(expression, name)))
}

/// UTC days: values change on those with rows, and on that in which a wait ends.
fn of_each_day(joined: Select, horizon: &Horizon) -> Select {
    let over = |maturity: &Maturity| {
        Sql::new(format!("intDiv(exposed_at + {} - 1, {DAY})", duration(maturity.wait)))
    };
    let over: Vec<Sql> = horizon.maturities().iter().map(over).collect();
    let days =
        if over.is_empty() { DAYS.to_owned() } else { format!("arrayConcat({DAYS}, {})", Sql::array(over)) };
    let changes = format!(
        "arraySort(arrayDistinct(arrayPushFront(arrayFilter(day -> day > first_day AND day <= last_day, {days}), \
         first_day)))"
    );
    joined
        .with_expression("changes", changes)
        .array_join([("changes", "from_day"), (ends("changes", "last_day").as_str(), "to_day")])
}

/// Whole days since the exposure: up to each, and each by itself, where one with rows is followed by one without.
fn since_exposure(joined: Select) -> Select {
    let changes = |days: &str| {
        Sql::new(format!(
            "arraySort(arrayDistinct(arrayFilter(day -> day < whole_days, arrayPushFront({days}, 0))))"
        ))
    };
    let active = format!(
        "arrayDistinct(arrayMap(t -> intDiv(t - exposed_at, {DAY}), arrayFilter(t -> t >= exposed_at, {TIMES})))"
    );
    let days = joined.take("*").column(active, "active_days");
    let changing = Select::from_query(days)
        .take("*")
        .column(changes("active_days"), "changes_up_to")
        .column(changes("arrayConcat(active_days, arrayMap(day -> day + 1, active_days))"), "changes_of_day");
    let ends = |changes| ends(changes, "whole_days - 1");
    let to = format!("arrayConcat({}, {})", ends("changes_up_to"), ends("changes_of_day"));
    let cumulative =
        "arrayConcat(arrayMap(day -> true, changes_up_to), arrayMap(day -> false, changes_of_day))";
    Select::from_query(changing).array_join([
        ("arrayConcat(changes_up_to, changes_of_day)", "from_day"),
        (to.as_str(), "to_day"),
        (cumulative, "cumulative"),
    ])
}

/// What `done` tells of all rows of an identity: on which UTC days they are, and when.
const DAYS: &str = "active_days";
const TIMES: &str = "instants";

/// A column of `done` that the spans are made of.
pub(super) fn of_rows(reading: Reading, time: &str) -> Option<(String, &'static str)> {
    match reading {
        Reading::Now => None,
        Reading::EachDay => Some((format!("groupUniqArray(intDiv({time}, {DAY}))"), DAYS)),
        Reading::SinceExposure => Some((format!("groupUniqArray({time})"), TIMES)),
    }
}

/// The day before the next change, and after the last one the last day.
fn ends(changes: &str, last: &str) -> Sql {
    Sql::new(format!(
        "if(empty({changes}), [], arrayPushBack(arrayPopFront(arrayMap(day -> day - 1, {changes})), {last}))"
    ))
}
