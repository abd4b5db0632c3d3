//! A scan of a plan as SQL: one read of a relation, whose rows get the numbers of the entries they belong to.

mod entry;
mod relation;

use crate::plan::{Entry, Key, Lane, Reads, Relation, Scan};

use super::prefix::Prefix;
use entry::{Varying, number};
use relation::milliseconds;

use crate::query::{Query, Select, Sql};
pub(super) use relation::{conditions, identifier, relation, timestamp};

/// What the value of a row is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueOf {
    /// The text of a variant; an empty one exposes nobody.
    Exposure,
    /// A number, NaN where there is none.
    Metric,
}

/// How identities are told apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// By their text.
    Text,
    /// By its hash.
    Hash,
}

/// What is told of a row besides its identity, time, number and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    /// What tells it from others of the same identity and time, where copies count once.
    CopyOfDeduplicated,
    /// The same of every row.
    Copy,
    /// The text of its value, as a number.
    Text,
    /// The texts of the dimensions of its experiment.
    Segments,
}

impl Extra {
    fn column(self) -> &'static str {
        match self {
            Extra::CopyOfDeduplicated | Extra::Copy => "copy",
            Extra::Text => "text",
            Extra::Segments => "segments",
        }
    }

    /// What it is where nothing is told.
    fn nothing(self) -> &'static str {
        match self {
            Extra::CopyOfDeduplicated | Extra::Copy | Extra::Text => "toUInt64(0)",
            Extra::Segments => "CAST([] AS Array(String))",
        }
    }

    /// The expression for the rows of an entry, where there is something to tell.
    fn expression(self, entry: &Entry) -> Option<String> {
        let value = || written_value(entry);
        match self {
            Extra::CopyOfDeduplicated if !entry.deduplicate => None,
            Extra::CopyOfDeduplicated | Extra::Copy => {
                let value = value();
                Some(format!("cityHash64(isNull({value}), ifNull(toString({value}), ''))"))
            }
            Extra::Text if entry.reads != Reads::Text => None,
            Extra::Text => {
                let value = value();
                Some(format!("if(isNull({value}), 0, cityHash64(ifNull(toString({value}), '')))"))
            }
            Extra::Segments if entry.dimensions.is_empty() => None,
            Extra::Segments => {
                let texts = entry
                    .dimensions
                    .iter()
                    .map(|dimension| Sql::new(format!("ifNull(toString({}), '')", Sql::fragment(dimension))));
                Some(Sql::array(texts).to_string())
            }
        }
    }
}

/// What the rows of some scans must tell for the queries that count them.
pub(super) fn extras_of(scans: &[Scan]) -> Vec<Extra> {
    let any = |has: fn(&Entry) -> bool| scans.iter().any(|scan| entries(scan).any(has));
    [
        (any(|entry| entry.deduplicate), Extra::CopyOfDeduplicated),
        (any(|entry| entry.reads == Reads::Text), Extra::Text),
    ]
    .into_iter()
    .filter_map(|(wanted, extra)| wanted.then_some(extra))
    .collect()
}

/// The columns of rows, which have the prefix before their names: identity, time (milliseconds), number and value, and
/// the extra ones.
#[derive(Clone, Copy)]
pub(super) struct RowColumns<'p>(pub &'p str);

impl RowColumns<'_> {
    pub(super) fn column(self, name: &str) -> String {
        format!("{}{name}", self.0)
    }
}

/// The rows of all scans.
pub(super) fn rows(
    prefix: &Prefix,
    scans: &[Scan],
    only: &[String],
    value: ValueOf,
    identity: Identity,
    extras: &[Extra],
) -> Query {
    let reader = Reader { rows: RowColumns(&prefix.rows), only, value, identity, extras };
    Query::UnionAll(scans.iter().map(|scan| reader.scan(scan).into()).collect())
}

fn entries(scan: &Scan) -> impl Iterator<Item = &Entry> {
    scan.lanes.iter().flat_map(|lane| &lane.entries)
}

struct Reader<'a> {
    rows: RowColumns<'a>,
    /// Which rows of entries are kept, by number, time and value.
    only: &'a [String],
    value: ValueOf,
    identity: Identity,
    extras: &'a [Extra],
}

impl Reader<'_> {
    fn scan(&self, scan: &Scan) -> Select {
        let varying = Varying::of(scan);
        let mut read = Select::from(relation(&scan.relation))
            .column(self.identity(&scan.relation), self.rows.column("identity"))
            .column(milliseconds(&scan.relation), self.rows.column("time"));
        for (index, lane) in scan.lanes.iter().enumerate() {
            let lane_number = self.column(scan, "number", index);
            read = read.column(number(lane, &varying), lane_number.as_str());
            let written = !columns_only(lane);
            let mut told = vec![("value", self.value(lane, &varying, &lane_number), written)];
            for extra in self.extras {
                let value = extra_value(*extra, lane, &varying, &lane_number);
                told.push((extra.column(), value, written || *extra == Extra::Segments));
            }
            for (name, value, written) in told {
                // What a user wrote may be the same for some blocks of rows only, which ClickHouse (26.9) fails on.
                let value = if written { Sql::new(format!("materialize({value})")) } else { value };
                read = read.column(value, self.column(scan, name, index));
            }
        }
        read = conditions(scan).into_iter().fold(read, Select::filter);
        if self.has_lanes(scan) {
            let lanes = Select::from_query(read)
                .take_all(
                    ["identity", "time"].into_iter().chain(self.names()).map(|name| self.rows.column(name)),
                )
                .array_join(self.lanes(scan));
            return self.kept(true).into_iter().fold(lanes, Select::filter);
        }
        self.kept(!varying.leaves_none(scan)).into_iter().fold(read, Select::filter)
    }

    /// The conditions on rows that are kept; `some_are_none` tells that some may be of no entry.
    fn kept(&self, some_are_none: bool) -> Vec<Sql> {
        let of_entry = some_are_none.then(|| Sql::new(format!("{} != 0", self.rows.column("number"))));
        of_entry.into_iter().chain(self.only.iter().map(|only| Sql::new(only.as_str()))).collect()
    }

    fn has_lanes(&self, scan: &Scan) -> bool {
        scan.lanes.len() > 1
    }

    /// The columns that each lane has of its own.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        ["number", "value"].into_iter().chain(self.extras.iter().map(|extra| extra.column()))
    }

    fn column(&self, scan: &Scan, name: &str, lane: usize) -> String {
        let name = self.rows.column(name);
        if self.has_lanes(scan) { format!("{name}_{}", lane + 1) } else { name }
    }

    /// One row per lane. ClickHouse (26.9) fails on an array that it takes for a constant, as where every value is one.
    fn lanes(&self, scan: &Scan) -> Vec<(Sql, String)> {
        let array = |name| {
            let columns = (0..scan.lanes.len()).map(|lane| Sql::new(self.column(scan, name, lane)));
            (Sql::new(format!("materialize({})", Sql::array(columns))), self.rows.column(name))
        };
        self.names().map(array).collect()
    }

    fn identity(&self, relation: &Relation) -> Sql {
        let text = format!("assumeNotNull(toString({}))", identifier(relation));
        match self.identity {
            Identity::Text => Sql::new(text),
            Identity::Hash => Sql::new(format!("cityHash64({text})")),
        }
    }

    /// The value of the rows of a lane; entries that read none have none.
    fn value(&self, lane: &Lane, varying: &Varying, number: &str) -> Sql {
        let never_fails = columns_only(lane) || varying.takes_every_row(lane);
        let readers = lane.entries.iter().filter(|entry| entry.reads != Reads::Nothing);
        match self.value {
            ValueOf::Exposure => {
                let text = |entry: &Entry| format!("ifNull(toString({}), '')", written_value(entry));
                by_number(readers.map(|entry| (entry.number, text(entry))), lane, number, "''", never_fails)
            }
            ValueOf::Metric => {
                let read = number_of_value;
                let value = by_number(
                    readers.map(|entry| (entry.number, read(entry))),
                    lane,
                    number,
                    "nan",
                    never_fails,
                );
                if value.as_str() == "nan" {
                    return value;
                }
                // What is infinite is no value either.
                Sql::new(format!("if(isFinite({value} AS {number}_read), {number}_read, nan)"))
            }
        }
    }
}

/// An extra column of the rows of a lane.
fn extra_value(extra: Extra, lane: &Lane, varying: &Varying, number: &str) -> Sql {
    let told = lane.entries.iter().filter_map(|entry| Some((entry.number, extra.expression(entry)?)));
    let never_fails = (extra != Extra::Segments && columns_only(lane)) || varying.takes_every_row(lane);
    by_number(told, lane, number, extra.nothing(), never_fails)
}

/// The value as a number, NaN where it is none. A number that a double does not hold is rounded, as a text is. Where
/// a text is read, 0 stands for any.
pub(super) fn number_of_value(entry: &Entry) -> String {
    let value = written_value(entry);
    if entry.reads == Reads::Text {
        return format!("if(isNull({value}), nan, 0)");
    }
    match &entry.value {
        None => format!("ifNull(accurateCastOrNull({value}, 'Float64'), nan)"),
        Some(_) => format!(
            "ifNull(ifNull(accurateCastOrNull({value}, 'Float64'), toFloat64OrNull(toString({value}))), nan)"
        ),
    }
}

/// The value as the user wrote it, or the column.
fn written_value(entry: &Entry) -> Sql {
    match (&entry.value, &entry.key) {
        (Some(fragment), _) => Sql::fragment(fragment),
        // Only a source has no environment. Without a value, copies of its rows are equal in all else.
        (None, Key { environment: None, .. }) => Sql::new("''"),
        (None, _) => Sql::new("value"),
    }
}

/// Whether nobody wrote an expression for the values of a lane, which could fail on the rows of no entry.
fn columns_only(lane: &Lane) -> bool {
    lane.entries.iter().all(|entry| entry.value.is_none())
}

/// The expressions of some entries of a lane, each written once; `nothing` for all other numbers of the lane, but for
/// rows of no entry anything that never fails.
fn by_number(
    expressions: impl Iterator<Item = (usize, String)>,
    lane: &Lane,
    column: &str,
    nothing: &str,
    never_fails: bool,
) -> Sql {
    let mut distinct: Vec<(String, Vec<usize>)> = Vec::new();
    for (number, expression) in expressions {
        match distinct.iter_mut().find(|(known, _)| *known == expression) {
            Some((_, numbers)) => numbers.push(number),
            None => distinct.push((expression, vec![number])),
        }
    }
    match distinct.as_slice() {
        [] => Sql::new(nothing),
        [(only, numbers)] if numbers.len() == lane.entries.len() && never_fails => Sql::new(only.as_str()),
        _ => {
            let branches = distinct.iter().map(|(expression, numbers)| {
                let numbers = Sql::join(numbers.iter().map(|number| Sql::whole(*number as u64)), ", ");
                Sql::new(format!("{column} IN ({numbers}), {expression}"))
            });
            Sql::new(format!("multiIf({}, {nothing})", Sql::join(branches, ", ")))
        }
    }
}
