//! Bringing rows that are asked for together in as few reads as there are relations.

use crate::definition::{Origin, Source};

use super::{Asked, Lane, Relation, Scan};

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
