//! What rows say of an identity, as SQL: each function of a measure in its two spellings, over the rows of a group and
//! over the arrays that they were gathered in.

use crate::definition::{Aggregation, Bound};
use crate::plan::{Function, Part};

use super::scan::RowColumns;
use super::text::Sql;

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// Where no row of a funnel's step has been seen yet.
const NEVER: &str = "toInt64(-9223372036854775808)";

/// A function over the rows of a group, of which those count that fulfil `counts`; `numbers` is whether some have
/// values.
pub(super) fn of_group(function: Function, rows: RowColumns, counts: &[String], numbers: bool) -> Sql {
    let [first, ..] = counts else { return Sql::new("0.") };
    let [value, time] = [rows.column("value"), rows.column("time")];
    let with_value = if numbers { format!("{first} AND NOT isNaN({value})") } else { first.clone() };
    Sql::new(match function {
        Function::Aggregation(Aggregation::Occurrence) => format!("toFloat64(countIf({first}) > 0)"),
        Function::Aggregation(Aggregation::Count) => format!("toFloat64(countIf({first}))"),
        Function::Aggregation(Aggregation::Sum) => format!("sumKahanIf({value}, {with_value})"),
        Function::Aggregation(Aggregation::Mean) => {
            format!(
                "if(countIf({with_value}) = 0, 0, sumKahanIf({value}, {with_value}) / countIf({with_value}))"
            )
        }
        Function::Aggregation(Aggregation::Min) => format!("minIf({value}, {with_value})"),
        Function::Aggregation(Aggregation::Max) => format!("maxIf({value}, {with_value})"),
        Function::Aggregation(Aggregation::First) => format!("minIf(({time}, {value}), {with_value}).2"),
        Function::Aggregation(Aggregation::Last) => format!("minIf((-{time}, {value}), {with_value}).2"),
        Function::Aggregation(Aggregation::CountDistinct) => {
            format!("toFloat64(uniqExactIf({}, {with_value}))", rows.column("text"))
        }
        Function::Aggregation(Aggregation::ActiveDays) => {
            format!("toFloat64(uniqExactIf(intDiv({time}, {DAY}), {first}))")
        }
        Function::Values => format!("groupArrayIf({value}, {with_value})"),
        Function::Funnel { within } => {
            let steps = (1..).zip(counts).map(|(step, counts)| {
                Sql::new(format!("groupArrayIf(({time}, toInt64(-{step})), {counts})"))
            });
            let rows = format!("arraySort(arrayConcat({}))", Sql::join(steps, ", "));
            let within = within.map(Sql::whole);
            funnel(&rows, &Sql::whole(counts.len() as u64), within.as_ref()).to_string()
        }
    })
}

/// Whether what [`of_group`] keeps of a group is a few numbers, however many rows it has.
pub(super) fn is_small(function: Function) -> bool {
    match function {
        Function::Aggregation(Aggregation::CountDistinct | Aggregation::ActiveDays)
        | Function::Values
        | Function::Funnel { .. } => false,
        Function::Aggregation(_) => true,
    }
}

/// How many of the counted rows of a group have no value.
pub(super) fn invalid_of_group(rows: RowColumns, counts: &str) -> Sql {
    Sql::new(format!("countIf({counts} AND isNaN({}))", rows.column("value")))
}

/// How many rows of the arrays of a part count, with a value or without; the names of the arrays begin with `which`.
pub(super) fn rows_of_arrays(which: &str) -> Sql {
    Sql::new(format!("(arraySum({which}blanks_counted) + arraySum({which}values_counted))"))
}

/// The mean of a part's values, in which one that is no number counts 0: what the parameterized views promise.
pub(super) fn mean_with_blanks_as_0() -> Sql {
    let rows = rows_of_arrays("");
    Sql::new(format!("if({rows} = 0, 0, arrayReduce('sumKahanIf', finite_values, values_counted) / {rows})"))
}

/// A function over the arrays of a part, whose names begin with `which`.
pub(super) fn of_arrays(function: Function, which: &str, numbers: bool) -> Sql {
    let (values, times) = (format!("{which}finite_values"), format!("{which}value_times"));
    let (kept, blanks) = (format!("{which}values_counted"), format!("{which}blanks_counted"));
    let events = if numbers { rows_of_arrays(which).to_string() } else { format!("arraySum({blanks})") };
    let total = format!("arrayReduce('sumKahanIf', {values}, {kept})");
    Sql::new(match function {
        Function::Aggregation(Aggregation::Occurrence) => format!("toFloat64({events} > 0)"),
        Function::Aggregation(Aggregation::Count) => format!("toFloat64({events})"),
        Function::Aggregation(Aggregation::Sum) => total,
        Function::Aggregation(Aggregation::Mean) => {
            format!("if(arraySum({kept}) = 0, 0, {total} / arraySum({kept}))")
        }
        Function::Aggregation(Aggregation::Min) => format!("arrayReduce('minIf', {values}, {kept})"),
        Function::Aggregation(Aggregation::Max) => format!("arrayReduce('maxIf', {values}, {kept})"),
        Function::Aggregation(Aggregation::First) => {
            format!("arrayReduce('minIf', arrayZip({times}, {values}), {kept}).2")
        }
        Function::Aggregation(Aggregation::Last) => {
            format!("arrayReduce('minIf', arrayZip(arrayMap(t -> -t, {times}), {values}), {kept}).2")
        }
        Function::Aggregation(Aggregation::CountDistinct) => {
            format!("toFloat64(arrayReduce('uniqExactIf', {which}texts, {kept}))")
        }
        Function::Aggregation(Aggregation::ActiveDays) => {
            let days = |times: &str, counts: &str| {
                format!("arrayMap((t, kept) -> if(kept, intDiv(t, {DAY}), NULL), {times}, {counts})")
            };
            let blank_days = days(&format!("{which}blank_times"), &blanks);
            if numbers {
                format!(
                    "toFloat64(arrayUniq(arrayFilter(day -> isNotNull(day), arrayConcat({blank_days}, {}))))",
                    days(&times, &kept)
                )
            } else {
                format!("toFloat64(arrayUniq(arrayFilter(day -> isNotNull(day), {blank_days})))")
            }
        }
        Function::Values => format!("arrayFilter((v, kept) -> kept, {values}, {kept})"),
        Function::Funnel { .. } => unreachable!("a funnel has arrays of its own"),
    })
}

/// 1 where `rows`, sorted pairs of a time and the negative number of a step, have all steps one after the other.
///
/// For each step the latest start from which it was reached is kept: of two starts the later one has the longer time
/// left. Rows of one instant come with the last step first, so that none follows another of its own instant.
pub(super) fn funnel(rows: &str, steps: &Sql, within: Option<&Sql>) -> Sql {
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

/// The value of a part once its rows are reckoned up: 0 or 1 from a threshold on, or bent to fixed caps. Where a cap
/// is a percentile, both ends wait for it.
pub(super) fn finished(value: &Sql, part: &Part) -> Sql {
    if let Some(threshold) = part.at_least {
        return Sql::new(format!("toFloat64({value} >= {})", Sql::float(threshold)));
    }
    if part.cap.has_percentile() {
        return value.clone();
    }
    let mut value = value.clone();
    if let Some(Bound::Fixed(lower)) = part.cap.lower {
        value = Sql::new(format!("greatest({value}, {})", Sql::float(lower)));
    }
    if let Some(Bound::Fixed(upper)) = part.cap.upper {
        value = Sql::new(format!("least({value}, {})", Sql::float(upper)));
    }
    value
}

/// The value of an identity without rows.
pub(super) fn of_nothing(part: &Part) -> f64 {
    if let Some(threshold) = part.at_least {
        return if threshold <= 0.0 { 1.0 } else { 0.0 };
    }
    if part.cap.has_percentile() {
        return 0.0;
    }
    let mut value = 0.0_f64;
    if let Some(Bound::Fixed(lower)) = part.cap.lower {
        value = value.max(lower);
    }
    if let Some(Bound::Fixed(upper)) = part.cap.upper {
        value = value.min(upper);
    }
    value
}
