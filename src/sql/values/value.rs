//! The value of an identity: each function of a measure over the arrays of a fact's rows, once.

use crate::definition::{Aggregation, Bound};
use crate::plan::{Function, Part};
use crate::query::Sql;

/// A day in milliseconds.
pub(super) const DAY: i64 = 86_400_000;

/// Where no row of a funnel's step has been seen yet.
const NEVER: &str = "toInt64(-9223372036854775808)";

/// The rows of a fact, as arrays of an identity, and which of them count.
pub(super) struct Rows {
    /// When they are, in milliseconds.
    pub times: Sql,
    /// Their values, NaN where there is none.
    pub numbers: Sql,
    /// The hashes of their texts.
    pub texts: Sql,
    /// Whether a row at the time `t` counts.
    pub counts: Sql,
    /// An array that tells of each row whether it counts and has a number: see [`has_number`].
    pub counted: Sql,
}

/// Whether a function takes the rows that have a number, by [`Rows::counted`].
pub(super) fn takes_numbers(function: Function) -> bool {
    use Aggregation::{ActiveDays, Count, CountDistinct, First, Last, Max, Mean, Min, Occurrence, Sum};
    match function {
        Function::Aggregation(Sum | Mean | Min | Max | First | Last) | Function::Values => true,
        Function::Aggregation(Occurrence | Count | CountDistinct | ActiveDays) | Function::Funnel { .. } => {
            false
        }
    }
}

/// For each row whether it counts and has a number.
pub(super) fn has_number(rows: &Rows) -> Sql {
    let Rows { times, numbers, counts, .. } = rows;
    Sql::new(format!("arrayMap((t, number) -> {counts} AND NOT isNaN(number), {times}, {numbers})"))
}

/// How many rows count.
pub(super) fn how_many(rows: &Rows) -> Sql {
    Sql::new(format!("arrayCount(t -> {}, {})", rows.counts, rows.times))
}

/// The value of a part from the rows of its facts, of which a funnel has several.
pub(super) fn of_part(part: &Part, rows: &[Rows]) -> Sql {
    match (part.function, rows) {
        (Function::Aggregation(aggregation), [rows]) => finished(aggregate(aggregation, rows), part),
        (Function::Funnel { within }, steps) => finished(funnel(steps, within), part),
        // A list is no value.
        _ => Sql::new("0."),
    }
}

/// The values of all rows that have a number, as they are.
pub(super) fn list(rows: &Rows) -> Sql {
    let Rows { numbers, counted, .. } = rows;
    Sql::new(format!("arrayFilter((number, counted) -> counted, {numbers}, {counted})"))
}

/// The mean of the values of all rows, in which one that is no number counts 0: what the parameterized views promise.
pub(super) fn mean_of_all(rows: &Rows) -> Sql {
    let (total, count) = (total(rows), how_many(rows));
    Sql::new(format!("if({count} = 0, 0, {total} / {count})"))
}

/// An aggregation over the rows of one fact.
pub(super) fn aggregate(aggregation: Aggregation, rows: &Rows) -> Sql {
    let Rows { times, numbers, texts, counts, counted } = rows;
    Sql::new(match aggregation {
        Aggregation::Occurrence => format!("toFloat64(arrayExists(t -> {counts}, {times}))"),
        Aggregation::Count => format!("toFloat64({})", how_many(rows)),
        Aggregation::Sum => total(rows).to_string(),
        Aggregation::Mean => {
            format!("if(arraySum({counted}) = 0, 0, {} / arraySum({counted}))", total(rows))
        }
        Aggregation::Min => format!("arrayReduce('minIf', {numbers}, {counted})"),
        Aggregation::Max => format!("arrayReduce('maxIf', {numbers}, {counted})"),
        // Of rows at the same time the one with the smallest number.
        Aggregation::First => {
            format!("tupleElement(arrayReduce('minIf', arrayZip({times}, {numbers}), {counted}), 2)")
        }
        Aggregation::Last => format!(
            "tupleElement(arrayReduce('minIf', arrayZip(arrayMap(t -> -t, {times}), {numbers}), {counted}), 2)"
        ),
        // The hash of a row without a text is 0.
        Aggregation::CountDistinct => format!(
            "toFloat64(arrayUniq(arrayFilter((text, t) -> text != 0 AND {counts}, {texts}, {times})))"
        ),
        Aggregation::ActiveDays => format!(
            "toFloat64(arrayUniq(arrayMap(t -> intDiv(t, {DAY}), arrayFilter(t -> {counts}, {times}))))"
        ),
    })
}

fn total(rows: &Rows) -> Sql {
    Sql::new(format!("arrayReduce('sumKahanIf', {}, {})", rows.numbers, rows.counted))
}

/// 1 where there are rows of all steps, one after the other, else 0.
///
/// Of each step the latest start from which it was reached is kept: of two starts the later one has the longer time left.
/// Rows of one instant come with the last step first, so that none follows another of its own instant.
fn funnel(steps: &[Rows], within: Option<i64>) -> Sql {
    let rows = (1..).zip(steps).map(|(step, Rows { times, counts, .. })| {
        Sql::new(format!("arrayMap(t -> (t, toInt64(-{step})), arrayFilter(t -> {counts}, {times}))"))
    });
    let rows = format!("arraySort(arrayConcat({}))", Sql::join(rows, ", "));
    let steps = steps.len();
    let late = within.map_or(String::new(), |within| format!(" OR row.1 - reached[-row.2 - 1] > {within}"));
    Sql::new(format!(
        "toFloat64(arrayFold(\
         (reached, row) -> arrayMap(\
         (start, step) -> multiIf(\
         step != -row.2, start, \
         step = 1, row.1, \
         reached[-row.2 - 1] = {NEVER}{late}, start, \
         reached[-row.2 - 1]), \
         reached, arrayEnumerate(reached)), \
         {rows}, arrayResize(CAST([] AS Array(Int64)), {steps}, {NEVER}))[{steps}] != {NEVER})"
    ))
}

/// A value once its rows are reckoned up: 0 or 1 from a threshold on, or cut to fixed caps. Where a cap is a percentile,
/// both ends wait for it.
fn finished(value: Sql, part: &Part) -> Sql {
    if let Some(threshold) = part.at_least {
        return Sql::new(format!("toFloat64({value} >= {})", Sql::float(threshold)));
    }
    if part.cap.has_percentile() {
        return value;
    }
    let mut value = value;
    if let Some(Bound::Fixed(lower)) = part.cap.lower {
        value = Sql::new(format!("greatest({value}, {})", Sql::float(lower)));
    }
    if let Some(Bound::Fixed(upper)) = part.cap.upper {
        value = Sql::new(format!("least({value}, {})", Sql::float(upper)));
    }
    value
}

/// A duration in milliseconds, with its unit in sight: `7 * 86400000` is seven days.
pub(super) fn duration(milliseconds: i64) -> Sql {
    for unit in [DAY, 3_600_000, 60_000, 1000] {
        if milliseconds % unit == 0 && milliseconds != 0 {
            let times = milliseconds / unit;
            return Sql::new(if times == 1 { unit.to_string() } else { format!("{times} * {unit}") });
        }
    }
    Sql::whole(milliseconds)
}

/// The same in words: `7d`.
pub(super) fn duration_in_words(milliseconds: i64) -> String {
    let units = [(DAY, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let (unit, word) = units.into_iter().find(|(unit, _)| milliseconds % unit == 0).unwrap_or((1, "ms"));
    format!("{}{word}", milliseconds / unit)
}
