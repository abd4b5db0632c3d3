//! What is read: rows that are asked for, brought together in as few reads as there are relations.

use crate::definition::{self, Fragment, Origin, Source};

use super::{Asked, Reads};

/// One read of a table, view or query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub relation: Relation,
    /// Rows before this instant are not needed; milliseconds since 1970-01-01 UTC.
    pub start: i64,
    /// Nor are those from here on; None is the moment of reading.
    pub end: Option<i64>,
    /// A row belongs to at most one entry of each lane.
    pub lanes: Vec<Lane>,
}

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The table or view `events`.
    Events,
    Source(definition::Source),
}

/// Entries that no row has in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    pub entries: Vec<Entry>,
}

/// The rows that get a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub number: usize,
    pub key: Key,
    pub filter: Option<Fragment>,
    /// The rows' value; None is the column `value` of `events`.
    pub value: Option<Fragment>,
    pub reads: Reads,
    pub deduplicate: bool,
    /// Of an exposure: the dimensions of its experiment.
    pub dimensions: Vec<Fragment>,
}

impl Entry {
    /// Whether both read the same rows.
    pub(super) fn reads_as(&self, other: &Entry) -> bool {
        self.key == other.key && self.filter == other.filter
    }
}

/// What the columns of `events` must be equal to; None is anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Key {
    pub environment: Option<String>,
    pub event: Option<String>,
    pub feature: Option<String>,
}

impl Key {
    /// Whether some row may have both.
    fn overlaps(&self, other: &Key) -> bool {
        let differ = |one: &Option<String>, two: &Option<String>| matches!((one, two), (Some(one), Some(two)) if one != two);
        !differ(&self.environment, &other.environment)
            && !differ(&self.event, &other.event)
            && !differ(&self.feature, &other.feature)
    }
}

/// The scans so far, one for each relation.
pub(super) struct Collector<'d> {
    sources: &'d [Source],
    scans: Vec<Scan>,
}

impl<'d> Collector<'d> {
    pub(super) fn new(sources: &'d [Source]) -> Self {
        Collector { sources, scans: Vec::new() }
    }

    /// Adds rows that are needed from `start` to `end`.
    pub(super) fn add(&mut self, asked: Asked<'_>, start: i64, end: Option<i64>) {
        let relation = self.relation(asked.origin);
        let scan = match self.scans.iter().position(|scan| scan.relation == relation) {
            Some(index) => &mut self.scans[index],
            None => {
                self.scans.push(Scan { relation, start, end, lanes: Vec::new() });
                let last = self.scans.len() - 1;
                &mut self.scans[last]
            }
        };
        scan.start = scan.start.min(start);
        scan.end = scan.end.zip(end).map(|(one, two)| one.max(two));
        let free = |lane: &Lane| lane.entries.iter().all(|entry| !entry.key.overlaps(&asked.entry.key));
        match scan.lanes.iter().position(free) {
            Some(index) => scan.lanes[index].entries.push(asked.entry),
            None => scan.lanes.push(Lane { entries: vec![asked.entry] }),
        }
    }

    pub(super) fn finish(self) -> Vec<Scan> {
        self.scans
    }

    fn relation(&self, origin: &Origin) -> Relation {
        match origin {
            Origin::Event(_) | Origin::AllEvents => Relation::Events,
            Origin::Source(name) => {
                let source = self.sources.iter().find(|source| source.name == *name);
                Relation::Source(source.expect("definitions are checked for sources that are none").clone())
            }
        }
    }
}
