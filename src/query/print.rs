//! The one printer of queries.

use super::{ArrayJoin, Column, Common, CommonValue, From, Join, Query, Rows, Select, Sql};

/// Blanks of a level.
const INDENT: usize = 4;

pub(super) fn query(query: &Query) -> Sql {
    match query {
        Query::Select(select) => self::select(select),
        Query::UnionAll(queries) => Sql::join(queries.iter().map(self::query), "\nUNION ALL\n"),
        Query::Text(text) => text.clone(),
    }
}

pub(super) fn select(select: &Select) -> Sql {
    let mut clauses = Vec::new();
    if !select.with.is_empty() {
        let common = Sql::join(select.with.iter().map(common), ",\n\n");
        clauses.push(Sql::new(format!("WITH\n    {}", common.indented(INDENT))));
    }
    clauses.push(list("SELECT", select.columns.iter().map(column)));
    clauses.extend(select.from.as_ref().map(|from| Sql::new(format!("FROM{}", source(from)))));
    clauses.extend(select.joins.iter().map(join));
    clauses.extend(select.array_joins.iter().map(array_join));
    clauses.extend(conditions("WHERE", &select.filter));
    let clause = |word: &str, keys: &[Sql]| (!keys.is_empty()).then(|| list(word, keys.iter().cloned()));
    clauses.extend(clause("GROUP BY", &select.group_by));
    clauses.extend(conditions("HAVING", &select.having));
    clauses.extend(clause("ORDER BY", &select.order_by));
    Sql::join(clauses, "\n")
}

fn common(common: &Common) -> Sql {
    let comment = comment(&common.comment);
    match &common.value {
        CommonValue::Query(query) => Sql::new(format!("{comment}{} AS\n{}", common.name, in_brackets(query))),
        CommonValue::Expression(expression) => Sql::new(format!("{comment}{expression} AS {}", common.name)),
    }
}

fn column(column: &Column) -> Sql {
    let comment = comment(&column.comment);
    match &column.name {
        Some(name) => Sql::new(format!("{comment}{} AS {name}", column.expression)),
        None => Sql::new(format!("{comment}{}", column.expression)),
    }
}

/// Words on a line of their own; a line break in them would end the comment.
fn comment(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!("-- {}\n", words.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// What stands behind FROM or JOIN, with the blank or the line break before it.
fn source(from: &From) -> Sql {
    let alias = from.alias.as_ref().map_or(String::new(), |alias| format!(" AS {alias}"));
    match &from.rows {
        Rows::Named(name) => Sql::new(format!(" {name}{alias}")),
        Rows::Query(query) => Sql::new(format!("\n{}{alias}", in_brackets(query))),
    }
}

fn join(join: &Join) -> Sql {
    Sql::new(format!("{}{} {}", join.kind, source(&join.from), join.condition))
}

fn array_join(join: &ArrayJoin) -> Sql {
    list("ARRAY JOIN", join.items.iter().map(column))
}

fn conditions(word: &str, conditions: &[Sql]) -> Option<Sql> {
    let all = Sql::join(conditions.iter().cloned(), "\nAND ").indented(INDENT);
    (!conditions.is_empty()).then(|| Sql::new(format!("{word} {all}")))
}

fn in_brackets(query: &Query) -> Sql {
    Sql::new(format!("(\n    {}\n)", self::query(query).indented(INDENT)))
}

/// A word and what is listed behind it: one item on the same line, several each on its own.
fn list(word: &str, items: impl Iterator<Item = Sql>) -> Sql {
    let items: Vec<Sql> = items.collect();
    match items.as_slice() {
        [only] if !only.as_str().contains('\n') => Sql::new(format!("{word} {only}")),
        _ => Sql::new(format!("{word}\n    {}", Sql::join(items, ",\n").indented(INDENT))),
    }
}
