//! Bundles: measures whose values stand in one row of an identity, each in a slot of its own.
//!
//! The measures of a bundle count an identity from the same moment on. Where rows were gathered, the same of them count
//! for all of its measures too, so that they are picked out once.

use crate::plan::{Measure, Plan};

use super::lookup::{choose, lookup};
use super::text::Sql;

/// The bundles of a plan's measures; the first has the number 1. The number 0 is that of none.
pub(super) struct Bundles<'p> {
    plan: &'p Plan,
    /// The numbers of the measures of each.
    bundles: Vec<Vec<usize>>,
}

/// What is reckoned in a slot, as expressions.
pub(super) struct Slot {
    pub value: Sql,
    /// None where no measure has a second value.
    pub other: Option<Sql>,
    /// How many rows have no number though one is read, and how many rows that is of.
    pub invalid: Sql,
    pub expected: Sql,
    /// The values of rows one by one; None where no measure of the slot wants them.
    pub list: Option<Sql>,
}

/// Of which rows the expressions of a slot are reckoned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reckoned {
    /// Each of all rows, and then the right one is picked: for what is cheap, or needed anyway.
    OfAll,
    /// Each of the rows of its bundles, which costs to set them apart.
    OfItsOwn,
}

impl<'p> Bundles<'p> {
    /// Measures of the same key together, in the order of the keys.
    pub(super) fn by<K: Ord>(plan: &'p Plan, key: impl Fn(&'p Measure) -> K) -> Bundles<'p> {
        let mut keyed: Vec<(K, Vec<usize>)> = Vec::new();
        for (number, measure) in (1..).zip(&plan.measures) {
            let key = key(measure);
            match keyed.binary_search_by(|(known, _)| known.cmp(&key)) {
                Ok(index) => keyed[index].1.push(number),
                Err(index) => keyed.insert(index, (key, vec![number])),
            }
        }
        Bundles { plan, bundles: keyed.into_iter().map(|(_, measures)| measures).collect() }
    }

    /// The first measure of each bundle, with the number of the bundle: it stands for what they have in common.
    pub(super) fn leaders(&self) -> impl Iterator<Item = (usize, &'p Measure)> {
        self.in_slot(1)
    }

    /// The measures in a slot, with the numbers of their bundles.
    pub(super) fn in_slot(&self, slot: usize) -> impl Iterator<Item = (usize, &'p Measure)> {
        self.numbers_in_slot(slot).map(|(bundle, measure)| (bundle, &self.plan.measures[measure - 1]))
    }

    /// The same with the numbers of the measures.
    pub(super) fn numbers_in_slot(&self, slot: usize) -> impl Iterator<Item = (usize, usize)> {
        let of_bundle = move |(bundle, measures): (usize, &Vec<usize>)| {
            measures.get(slot - 1).map(|measure| (bundle, *measure))
        };
        (1..).zip(&self.bundles).filter_map(of_bundle)
    }

    /// The bundle of a measure.
    pub(super) fn number_of(&self, measure: usize) -> usize {
        let index = self.bundles.iter().position(|measures| measures.contains(&measure));
        index.expect("each measure has a bundle") + 1
    }

    /// The slots of the largest bundle.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> + use<> {
        1..=self.bundles.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// What is looked up of the measures of `bundle` that they have in common.
    pub(super) fn of_bundle(&self, item: &dyn Fn(&'p Measure) -> Sql) -> Sql {
        lookup(&self.leaders().map(|(_, measure)| item(measure)).collect::<Vec<_>>(), "bundle")
    }

    /// One of two expressions, by what the measures of `bundle` have in common.
    pub(super) fn choose(&self, is: &dyn Fn(&Measure) -> bool, yes: &str, no: &str) -> Sql {
        choose(self.leaders().map(|(_, measure)| is(measure)), "bundle", yes, no)
    }

    /// An expression in the slot of `bundle`, those alike together; `nothing` where there is none.
    pub(super) fn of_slot(
        &self,
        slot: usize,
        nothing: &str,
        reckoned: Reckoned,
        expression: &dyn Fn(usize, &Measure) -> Option<Sql>,
    ) -> Sql {
        let mut items = vec![Sql::new(nothing); self.bundles.len()];
        for (bundle, number) in self.numbers_in_slot(slot) {
            if let Some(expression) = expression(number, &self.plan.measures[number - 1]) {
                items[bundle - 1] = expression;
            }
        }
        let mut distinct: Vec<(&Sql, Vec<Sql>)> = Vec::new();
        for (bundle, item) in (1_u64..).zip(&items) {
            match distinct.iter_mut().find(|(known, _)| *known == item) {
                Some((_, bundles)) => bundles.push(Sql::whole(bundle)),
                None => distinct.push((item, vec![Sql::whole(bundle)])),
            }
        }
        if distinct.len() == 1 || reckoned == Reckoned::OfAll {
            return lookup(&items, "bundle");
        }
        let branches = distinct
            .into_iter()
            .filter(|(item, _)| item.as_str() != nothing)
            .map(|(item, bundles)| Sql::new(format!("bundle IN ({}), {item}", Sql::join(bundles, ", "))));
        Sql::new(format!("multiIf({}, {nothing})", Sql::join(branches, ", ")))
    }

    /// The bundles whose measure in the slot is of a kind; None where none is.
    pub(super) fn of_kind(&self, slot: usize, is: &dyn Fn(&Measure) -> bool) -> Option<Sql> {
        let numbers: Vec<Sql> = self
            .in_slot(slot)
            .filter(|(_, measure)| is(measure))
            .map(|(bundle, _)| Sql::whole(bundle as u64))
            .collect();
        (!numbers.is_empty()).then(|| Sql::join(numbers, ", "))
    }

    /// The slot in which a row of `bundle` has the measure of the number that `measure` is; 0 where it has none of it.
    pub(super) fn slot_of(&self, measure: &str) -> Sql {
        let mut bundles = vec![Sql::whole(0); self.plan.measures.len()];
        let mut slots = bundles.clone();
        for (bundle, measures) in (1_u64..).zip(&self.bundles) {
            for (slot, measure) in (1_u64..).zip(measures) {
                bundles[measure - 1] = Sql::whole(bundle);
                slots[measure - 1] = Sql::whole(slot);
            }
        }
        Sql::new(format!("if(bundle = {}, {}, 0)", lookup(&bundles, measure), lookup(&slots, measure)))
    }
}
