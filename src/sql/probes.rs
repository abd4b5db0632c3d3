//! Statements that let ClickHouse look at what users wrote, before anything is changed.
//!
//! CREATE VIEW does not look into its query, and inside of a view a column that its table lacks could be taken
//! for a name of ours. Here every expression stands at the top, over its own table alone: what is misspelled, has
//! the wrong type or does not parse fails the script at once, with the metric beside it.

use std::collections::{HashMap, HashSet};

use crate::definition;
use crate::plan::{Entry, Key, Metric, Plan, Reads, Relation, Scan};

use super::scan::{conditions, identifier, number_of_value, relation, timestamp};
use crate::query::Sql;

/// One statement per source, and one per filter and value.
pub(super) fn statements(plan: &Plan) -> Vec<Sql> {
    let mut statements: Vec<Sql> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let mut add = |statement: Sql| {
        if known.insert(statement.to_string()) {
            statements.push(statement);
        }
    };
    let exposures: Vec<Asked> = plan.exposures.iter().map(Asked::new).collect();
    let rows: Vec<Asked> = plan.rows.iter().map(Asked::new).collect();
    for asked in exposures.iter().chain(&rows) {
        add(of_source(asked));
    }
    for (asked, entry) in exposures.iter().flat_map(Asked::entries) {
        let experiment = plan.experiments.get(entry.number - 1).map_or("", |experiment| &experiment.name);
        add(of_entry(&format!("exposures of experiment {experiment}"), asked, entry));
    }
    // The first metric that reads the rows of each number.
    let mut readers: HashMap<usize, &Metric> = HashMap::new();
    for metric in &plan.metrics {
        for number in plan.measure_of(metric).parts().flat_map(|part| &part.facts) {
            readers.entry(*number).or_insert(metric);
        }
    }
    for (asked, entry) in rows.iter().flat_map(Asked::entries) {
        let metric = readers.get(&entry.number).map_or("", |metric| &metric.name);
        add(of_entry(&format!("metric {metric}"), asked, entry));
    }
    statements
}

/// A scan that is asked, with what every row of it fulfils.
struct Asked<'p> {
    scan: &'p Scan,
    conditions: Vec<Sql>,
}

impl<'p> Asked<'p> {
    fn new(scan: &'p Scan) -> Asked<'p> {
        Asked { scan, conditions: conditions(scan) }
    }

    fn entries(&self) -> impl Iterator<Item = (&Asked<'p>, &'p Entry)> {
        self.scan.lanes.iter().flat_map(|lane| &lane.entries).map(move |entry| (self, entry))
    }
}

/// Whose rows, and when.
fn of_source(asked: &Asked) -> Sql {
    let source = &asked.scan.relation;
    let name = match source {
        Relation::Events => "events",
        Relation::Source(source) => &source.name,
    };
    let (identifier, timestamp) = (identifier(source), timestamp(source));
    let problem = Sql::string(&format!("source {name}: timestamp is not a DateTime or DateTime64"));
    // The type is asked before any timestamp is compared.
    let is_instant = format!("match(toTypeName({timestamp}), '^(Nullable[(]|LowCardinality[(])*DateTime')");
    select(
        asked,
        &Key::default(),
        &[
            Sql::string(&format!("source {name}")),
            Sql::new(format!("toString({identifier})")),
            timestamp.clone(),
            Sql::new(format!("throwIf(NOT {is_instant}, {problem})")),
        ],
    )
}

/// What tells the rows of an entry, and what is read of them: as the views read it, of the rows that pass the filter.
fn of_entry(label: &str, asked: &Asked, entry: &Entry) -> Sql {
    let filter = entry
        .filter
        .as_ref()
        .map(|filter| Sql::new(format!("true AND ifNull({}, false)", Sql::fragment(filter))));
    let of_its_rows = |read: Sql| match &filter {
        Some(filter) => Sql::new(format!("if({filter}, toString({read}), '')")),
        None => Sql::new(format!("toString({read})")),
    };
    let mut expressions: Vec<Sql> = filter.iter().cloned().collect();
    if let Some(value) = &entry.value {
        let value = Sql::fragment(value);
        if entry.reads == Reads::Number {
            // Other types that are no numbers fail in any case. This one does when it is not empty, and the number of an
            // Enum is not its text.
            let problem = format!("{label}: value is an Enum or a FixedString; use toString(...) of it");
            expressions.push(Sql::new(format!(
                "throwIf(match(toTypeName({value}), 'FixedString|Enum'), {})",
                Sql::string(&problem)
            )));
            expressions.push(of_its_rows(Sql::new(number_of_value(entry))));
        } else {
            expressions.push(of_its_rows(value));
        }
    }
    expressions.extend(entry.dimensions.iter().map(|value| of_its_rows(Sql::fragment(value))));
    if expressions.is_empty() {
        return of_source(asked);
    }
    // Last, because of a syntax error ClickHouse shows what follows it.
    expressions.push(Sql::string(label));
    select(asked, &entry.key, &expressions)
}

/// Reads one row of a table, if it has one of the key in the scan's time: on others an expression may fail. A query of a
/// user's may be costly, and is only planned.
fn select(asked: &Asked, key: &Key, expressions: &[Sql]) -> Sql {
    let source = &asked.scan.relation;
    let is_query = matches!(
        source,
        Relation::Source(definition::Source { relation: definition::Relation::Query(_), .. })
    );
    let (explain, limit) = if is_query { ("EXPLAIN ", "") } else { ("", "\nLIMIT 1") };
    let parts =
        [("environment_key", &key.environment), ("event", &key.event), ("feature_name", &key.feature)];
    let equal = parts.into_iter().filter_map(|(column, text)| {
        text.as_ref().map(|text| Sql::new(format!("{column} = {}", Sql::string(text))))
    });
    // Where rows are chosen, aggregates are refused; the types of the expressions cost nothing.
    let of_rows = expressions.iter().map(|expression| Sql::new(format!("toTypeName({expression}) != ''")));
    let chosen = Sql::join(equal.chain(of_rows).chain(asked.conditions.iter().cloned()), " AND ");
    Sql::new(format!(
        "{explain}SELECT\n    {}\nFROM {}\nWHERE {chosen}{limit}\nSETTINGS short_circuit_function_evaluation = 'enable', allow_reorder_prewhere_conditions = 0\nFORMAT Null",
        Sql::join(expressions.iter().cloned(), ",\n    "),
        relation(source),
    ))
}
