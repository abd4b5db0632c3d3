//! Queries as data, between a plan and its text: a [`Select`] has columns with names, joins, filters and keys, and is
//! printed in one place. Expressions stay text, made through [`Sql`], the one type that quotes.
//!
//! ```text
//! plan ── sql: which SELECTs ──> Query ── print ──> Sql ── finish ──> text
//! ```

mod print;
mod text;

pub use text::Sql;

/// Something that has rows.
#[derive(Clone, Debug)]
pub enum Query {
    Select(Box<Select>),
    /// The rows of all, one after the other.
    UnionAll(Vec<Query>),
    /// One that is text already.
    Text(Sql),
}

/// A SELECT.
#[derive(Clone, Debug, Default)]
pub struct Select {
    with: Vec<Common>,
    columns: Vec<Column>,
    from: Option<From>,
    joins: Vec<Join>,
    array_joins: Vec<ArrayJoin>,
    filter: Vec<Sql>,
    group_by: Vec<Sql>,
    having: Vec<Sql>,
    order_by: Vec<Sql>,
}

/// What stands behind WITH.
#[derive(Clone, Debug)]
struct Common {
    name: String,
    /// Words for people, above it.
    comment: String,
    value: CommonValue,
}

#[derive(Clone, Debug)]
enum CommonValue {
    Query(Query),
    Expression(Sql),
}

/// An expression with its name; without one where it names itself.
#[derive(Clone, Debug)]
struct Column {
    expression: Sql,
    name: Option<Sql>,
    comment: String,
}

/// What a SELECT reads.
#[derive(Clone, Debug)]
struct From {
    rows: Rows,
    alias: Option<String>,
}

#[derive(Clone, Debug)]
enum Rows {
    /// A table, a view or a name behind WITH.
    Named(Sql),
    Query(Query),
}

#[derive(Clone, Debug)]
struct Join {
    /// INNER, LEFT or RIGHT.
    kind: &'static str,
    from: From,
    /// `ON …` or `USING (…)`.
    condition: Sql,
}

#[derive(Clone, Debug)]
struct ArrayJoin {
    items: Vec<Column>,
}

impl Select {
    pub fn new() -> Select {
        Select::default()
    }

    /// A SELECT from a table, a view or a name behind WITH.
    pub fn from(relation: impl Into<Sql>) -> Select {
        Select { from: Some(From { rows: Rows::Named(relation.into()), alias: None }), ..Select::default() }
    }

    /// A SELECT from another query.
    pub fn from_query(query: impl Into<Query>) -> Select {
        Select { from: Some(From { rows: Rows::Query(query.into()), alias: None }), ..Select::default() }
    }

    /// What it reads is called so.
    #[must_use]
    pub fn called(mut self, alias: &str) -> Select {
        if let Some(from) = &mut self.from {
            from.alias = Some(alias.to_owned());
        }
        self
    }

    /// A query behind WITH, with words for people.
    #[must_use]
    pub fn with(mut self, name: &str, comment: &str, query: impl Into<Query>) -> Select {
        let value = CommonValue::Query(query.into());
        self.with.push(Common { name: name.to_owned(), comment: comment.to_owned(), value });
        self
    }

    /// An expression behind WITH.
    #[must_use]
    pub fn with_expression(mut self, name: &str, expression: impl Into<Sql>) -> Select {
        let value = CommonValue::Expression(expression.into());
        self.with.push(Common { name: name.to_owned(), comment: String::new(), value });
        self
    }

    /// An expression under a name.
    #[must_use]
    pub fn column(mut self, expression: impl Into<Sql>, name: impl Into<Sql>) -> Select {
        let (expression, name) = (expression.into(), Some(name.into()));
        self.columns.push(Column { expression, name, comment: String::new() });
        self
    }

    /// A column as it is, or `*`.
    #[must_use]
    pub fn take(mut self, column: impl Into<Sql>) -> Select {
        self.columns.push(Column { expression: column.into(), name: None, comment: String::new() });
        self
    }

    /// Columns as they are.
    #[must_use]
    pub fn take_all(self, columns: impl IntoIterator<Item = impl Into<Sql>>) -> Select {
        columns.into_iter().fold(self, Select::take)
    }

    /// Words for people, above the last column.
    #[must_use]
    pub fn noted(mut self, comment: &str) -> Select {
        if let Some(column) = self.columns.last_mut() {
            column.comment = comment.to_owned();
        }
        self
    }

    #[must_use]
    pub fn join(
        mut self,
        kind: &'static str,
        relation: impl Into<Sql>,
        alias: Option<&str>,
        condition: Sql,
    ) -> Select {
        let from = From { rows: Rows::Named(relation.into()), alias: alias.map(str::to_owned) };
        self.joins.push(Join { kind, from, condition });
        self
    }

    #[must_use]
    pub fn join_query(
        mut self,
        kind: &'static str,
        query: impl Into<Query>,
        alias: &str,
        condition: Sql,
    ) -> Select {
        let from = From { rows: Rows::Query(query.into()), alias: Some(alias.to_owned()) };
        self.joins.push(Join { kind, from, condition });
        self
    }

    /// Arrays that are unrolled together, each under a name.
    #[must_use]
    pub fn array_join(mut self, items: impl IntoIterator<Item = (impl Into<Sql>, impl Into<Sql>)>) -> Select {
        let items = items.into_iter().map(|(expression, name)| Column {
            expression: expression.into(),
            name: Some(name.into()),
            comment: String::new(),
        });
        self.array_joins.push(ArrayJoin { items: items.collect() });
        self
    }

    /// A condition; all of them must hold.
    #[must_use]
    pub fn filter(mut self, condition: impl Into<Sql>) -> Select {
        self.filter.push(condition.into());
        self
    }

    #[must_use]
    pub fn group_by(mut self, keys: impl IntoIterator<Item = impl Into<Sql>>) -> Select {
        self.group_by.extend(keys.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub fn having(mut self, condition: impl Into<Sql>) -> Select {
        self.having.push(condition.into());
        self
    }

    #[must_use]
    pub fn order_by(mut self, keys: impl IntoIterator<Item = impl Into<Sql>>) -> Select {
        self.order_by.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Its text.
    pub fn print(&self) -> Sql {
        print::select(self)
    }
}

impl Query {
    /// Its text.
    pub fn print(&self) -> Sql {
        print::query(self)
    }
}

impl std::convert::From<Select> for Query {
    fn from(select: Select) -> Query {
        Query::Select(Box::new(select))
    }
}

impl std::convert::From<Sql> for Query {
    fn from(text: Sql) -> Query {
        Query::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_printed_clause_by_clause() {
        let rows = Select::from(Sql::name("events"))
            .column("identifier", "identity")
            .filter("event = 'buy'")
            .filter("value != ''");
        let query = Select::from("rows")
            .with("rows", "What was bought,\nby whom.", rows)
            .take("identity")
            .column("count()", "n")
            .noted("purchases")
            .join("LEFT JOIN", "people", Some("who"), Sql::new("USING (identity)"))
            .array_join([("[1, 2]", "number"), ("days", "day")])
            .group_by(["identity"])
            .having("n > 1")
            .order_by(["n"]);
        let expected = "\
WITH
    -- What was bought, by whom.
    rows AS
    (
        SELECT identifier AS identity
        FROM `events`
        WHERE event = 'buy'
            AND value != ''
    )
SELECT
    identity,
    -- purchases
    count() AS n
FROM rows
LEFT JOIN people AS who USING (identity)
ARRAY JOIN
    [1, 2] AS number,
    days AS day
GROUP BY identity
HAVING n > 1
ORDER BY n";
        assert_eq!(query.print().finish(), expected);
    }

    #[test]
    fn a_union_keeps_each_of_its_queries_apart() {
        let one = || Query::from(Select::new().column("1", "a"));
        let union = Query::UnionAll(vec![one(), one()]);
        assert_eq!(union.print().finish(), "SELECT 1 AS a\nUNION ALL\nSELECT 1 AS a");
        let nested = Select::from_query(union).called("both").take("a");
        let expected = "SELECT a\nFROM\n(\n    SELECT 1 AS a\n    UNION ALL\n    SELECT 1 AS a\n) AS both";
        assert_eq!(nested.print().finish(), expected);
    }
}
