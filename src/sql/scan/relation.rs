//! What a scan reads, and what every row of it fulfils.

use std::collections::HashSet;

use crate::definition;
use crate::plan::{Key, Relation, Scan};
use crate::query::Sql;

use super::super::instant;
use super::entries;

/// What stands behind FROM.
pub(in crate::sql) fn relation(relation: &Relation) -> Sql {
    match relation {
        Relation::Events => Sql::new("events"),
        Relation::Source(source) => match &source.relation {
            definition::Relation::Query(query) => Sql::fragment(query),
            definition::Relation::Table { database: Some(database), table } => {
                Sql::join([Sql::name(database), Sql::name(table)], ".")
            }
            definition::Relation::Table { database: None, table } => Sql::name(table),
        },
    }
}

/// The identifier of a row, as the user wrote it.
pub(in crate::sql) fn identifier(relation: &Relation) -> Sql {
    match relation {
        Relation::Events => Sql::new("identifier"),
        Relation::Source(source) => Sql::fragment(&source.identifier),
    }
}

/// The timestamp of a row, as the user wrote it.
pub(in crate::sql) fn timestamp(relation: &Relation) -> Sql {
    match relation {
        Relation::Events => Sql::new("timestamp"),
        Relation::Source(source) => Sql::fragment(&source.timestamp),
    }
}

pub(super) fn milliseconds(relation: &Relation) -> Sql {
    let timestamp = match relation {
        Relation::Events => timestamp(relation),
        Relation::Source(_) => Sql::new(format!("assumeNotNull({})", timestamp(relation))),
    };
    Sql::new(format!("toUnixTimestamp64Milli(toDateTime64({timestamp}, 3, 'UTC'))"))
}

/// What every row that is needed fulfils.
pub(in crate::sql) fn conditions(scan: &Scan) -> Vec<Sql> {
    /// From 2262 on, a DateTime64(9) cannot be compared with an instant; until then `now` comes first.
    const NEVER: i64 = 9_214_646_400_000;
    let mut conditions = Vec::new();
    if scan.relation == Relation::Events {
        conditions.extend(one_of("environment_key", scan, |key| &key.environment));
        conditions.extend(one_of("event", scan, |key| &key.event));
        conditions.extend(one_of("feature_name", scan, |key| &key.feature));
    }
    conditions.push(Sql::new(format!("isNotNull({})", identifier(&scan.relation))));
    let timestamp = timestamp(&scan.relation);
    conditions.push(Sql::new(format!("{timestamp} >= {}", instant::literal(scan.start))));
    if let Some(end) = scan.end.filter(|end| *end < NEVER) {
        conditions.push(Sql::new(format!("{timestamp} < {}", instant::literal(end))));
    }
    conditions.push(Sql::new(format!("{timestamp} < now64(3, 'UTC')")));
    conditions
}

/// A column has one of the texts of the entries' keys; no condition where some entry takes any.
fn one_of(column: &str, scan: &Scan, part: fn(&Key) -> &Option<String>) -> Option<Sql> {
    let mut texts: Vec<&str> = Vec::new();
    let mut known: HashSet<&str> = HashSet::new();
    for entry in entries(scan) {
        let text = part(&entry.key).as_deref()?;
        if known.insert(text) {
            texts.push(text);
        }
    }
    Some(match texts.as_slice() {
        [only] => Sql::new(format!("{column} = {}", Sql::string(only))),
        _ => {
            let texts = Sql::join(texts.into_iter().map(Sql::string), ", ");
            Sql::new(format!("{column} IN ({texts})"))
        }
    })
}
