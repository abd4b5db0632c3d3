//! Which entry of a lane a row belongs to.

use crate::definition::Fragment;
use crate::plan::{Entry, Key, Lane, Scan};
use crate::query::Sql;

use super::entries;

/// The columns of `events` that must be looked at to tell entries apart; the others are the same for all.
pub(super) struct Varying {
    environment: bool,
    event: bool,
    feature: bool,
}

impl Varying {
    pub(super) fn of(scan: &Scan) -> Varying {
        let differs = |part: fn(&Key) -> &Option<String>| {
            let mut parts = entries(scan).map(|entry| part(&entry.key));
            let first = parts.next();
            parts.any(|part| Some(part) != first)
        };
        Varying {
            environment: differs(|key| &key.environment),
            event: differs(|key| &key.event),
            feature: differs(|key| &key.feature),
        }
    }

    /// Whether every row of the scan is of the lane: it has one entry, without a filter and told apart by nothing.
    pub(super) fn takes_every_row(&self, lane: &Lane) -> bool {
        matches!(lane.entries.as_slice(), [Entry { filter: None, key, .. }] if self.columns(key).is_empty())
    }

    /// Whether every row that a scan of one lane reads is of an entry: none has a filter, and one column at most tells them
    /// apart, which has one of their texts.
    pub(super) fn leaves_none(&self, scan: &Scan) -> bool {
        let varying =
            [self.environment, self.event, self.feature].into_iter().filter(|varies| *varies).count();
        varying <= 1
            && entries(scan).all(|entry| entry.filter.is_none() && self.columns(&entry.key).len() == varying)
    }

    /// The columns that tell a key, each with the text it must have.
    fn columns<'k>(&self, key: &'k Key) -> Vec<(&'static str, &'k str)> {
        let parts = [
            ("environment_key", self.environment, &key.environment),
            ("event", self.event, &key.event),
            ("feature_name", self.feature, &key.feature),
        ];
        let known = parts.into_iter().filter(|(_, varies, _)| *varies);
        known.filter_map(|(column, _, text)| text.as_deref().map(|text| (column, text))).collect()
    }
}

/// The number of the entry of a lane that a row belongs to, 0 for none.
pub(super) fn number(lane: &Lane, varying: &Varying) -> Sql {
    // Entries with the same filter that are told apart by the same columns need one look at a row.
    let mut groups: Vec<(Option<&Fragment>, Vec<&'static str>, Vec<&Entry>)> = Vec::new();
    for entry in &lane.entries {
        let columns: Vec<&'static str> =
            varying.columns(&entry.key).iter().map(|(column, _)| *column).collect();
        let filter = entry.filter.as_ref();
        match groups.iter_mut().find(|(known, told_by, _)| *known == filter && *told_by == columns) {
            Some((_, _, entries)) => entries.push(entry),
            None => groups.push((filter, columns, vec![entry])),
        }
    }
    // By its key, a row belongs to one entry of a lane at most: the order of looking does not matter, and of numbers at
    // most one is above 0.
    let (filtered, open): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(filter, ..)| filter.is_some());
    let open = open.iter().map(|(_, columns, entries)| number_of_group(columns, entries, varying));
    let open: Vec<Sql> = open.collect();
    // One function of all of them is not as deep as a sum.
    let open = match open.as_slice() {
        [] => Sql::whole(0),
        [only] => only.clone(),
        _ => Sql::new(format!("greatest({})", Sql::join(open, ", "))),
    };
    let filtered = filtered.iter().map(|(filter, columns, entries)| {
        let (is_one, number) = match entries.as_slice() {
            [only] => (is_of(only, varying), Sql::whole(only.number as u64)),
            _ => {
                let number = number_of_group(columns, entries, varying);
                (vec![Sql::new(format!("{number} != 0"))], number)
            }
        };
        // The filter is asked of its own rows only: on others it may fail. (Where a value calls what the filter calls,
        // ClickHouse asks that of all rows.)
        let passes = filter.map(|filter| Sql::new(format!("ifNull({}, false)", Sql::fragment(filter))));
        Sql::new(format!("{}, {number}", Sql::join(is_one.into_iter().chain(passes), " AND ")))
    });
    let filtered: Vec<Sql> = filtered.collect();
    let number = match filtered.as_slice() {
        [] => open,
        _ => Sql::new(format!("multiIf({}, {open})", Sql::join(filtered, ", "))),
    };
    Sql::new(format!("CAST({number} AS UInt32)"))
}

/// That a row is of an entry, as far as its key says.
fn is_of(entry: &Entry, varying: &Varying) -> Vec<Sql> {
    let told = varying.columns(&entry.key);
    if told.is_empty() {
        // AND takes any number for a filter; multiIf by itself does not.
        return vec![Sql::new("true")];
    }
    told.into_iter().map(|(column, text)| Sql::new(format!("{column} = {}", Sql::string(text)))).collect()
}

fn number_of_group(columns: &[&str], entries: &[&Entry], varying: &Varying) -> Sql {
    if columns.is_empty() {
        return Sql::whole(entries.first().map_or(0, |entry| entry.number) as u64);
    }
    // No name holds the separator.
    let text = match columns {
        [column] => (*column).to_owned(),
        _ => format!("concat({})", columns.join(", '\\0', ")),
    };
    let keys = entries.iter().map(|entry| {
        let parts: Vec<&str> = varying.columns(&entry.key).into_iter().map(|(_, text)| text).collect();
        Sql::string(&parts.join("\0"))
    });
    let numbers = entries.iter().map(|entry| Sql::whole(entry.number as u64));
    Sql::new(format!("transform({text}, {}, {}, 0)", Sql::array(keys), Sql::array(numbers)))
}
