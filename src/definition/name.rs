//! Names and other short texts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::decode::{Decode, text, unexpected};
use super::model::Relation;
use super::problem::Problems;
use super::schema::{Schema, Schemas};
use super::words::shown;
use super::yaml::{Content, Node};

/// The longest name, in characters.
const MAX_LENGTH: usize = 200;

/// A name: not empty, not too long, otherwise any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(pub String);

impl Decode for Name {
    fn expected() -> Cow<'static, str> {
        "a name".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let name = text(node, &Self::expected(), problems)?;
        let length = name.chars().count();
        let problem = if name.is_empty() {
            "a name cannot be empty".to_string()
        } else if length > MAX_LENGTH {
            format!("a name of {length} characters is too long, must be at most {MAX_LENGTH}")
        } else if name.contains('\0') {
            "a name cannot hold a NUL byte".to_string()
        } else {
            return Some(Self(name.to_string()));
        };
        problems.add(node.place, problem);
        None
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::text().with_json("maxLength", MAX_LENGTH.into())
    }
}

/// Words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words(pub String);

impl Decode for Words {
    fn expected() -> Cow<'static, str> {
        "a text".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let words = text(node, &Self::expected(), problems)?;
        if words.contains('\0') {
            problems.add(node.place, "a text cannot hold a NUL byte");
            return None;
        }
        Some(Self(words.to_string()))
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::of("string")
    }
}

/// A table or view, `[database.]name`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table(pub Relation);

impl Decode for Table {
    fn expected() -> Cow<'static, str> {
        "a table, [database.]name".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let name = text(node, &Self::expected(), problems)?;
        match table(name) {
            Ok(relation) => Some(Self(relation)),
            Err(problem) => {
                problems.add(node.place, format!("{} is not {}: {problem}", shown(name), Self::expected()));
                None
            }
        }
    }

    fn schema(_: &mut Schemas) -> Schema {
        Schema::text()
    }
}

/// Splits at the first dot. A part in backticks (doubled inside) may hold dots and brackets of its own.
fn table(text: &str) -> Result<Relation, &'static str> {
    let (first, rest) = part(text, true)?;
    let (database, table) = match rest {
        None => (None, first),
        Some(rest) => match part(rest, false)? {
            (second, None) => (Some(first), second),
            (_, Some(_)) => return Err("nothing may follow the name"),
        },
    };
    Ok(Relation::Table { database, table })
}

/// A name and, where a dot follows and may, what is behind it.
fn part(text: &str, dotted: bool) -> Result<(String, Option<&str>), &'static str> {
    let (name, rest) = match text.strip_prefix('`') {
        Some(inside) => {
            let (name, rest) = until_backtick(inside).ok_or("` is not closed")?;
            match rest.strip_prefix('.') {
                Some(rest) => (name, Some(rest)),
                None if rest.is_empty() => (name, None),
                None => return Err("only a dot may follow a `name`"),
            }
        }
        None => {
            let (name, rest) = match text.split_once('.') {
                Some((name, rest)) if dotted => (name, Some(rest)),
                _ => (text, None),
            };
            if name.contains('(') {
                return Err(
                    "a table function belongs into query: SELECT * FROM …, a name like this into backticks",
                );
            }
            if name.contains('`') {
                return Err("a ` may only stand around a name");
            }
            (name.to_string(), rest)
        }
    };
    match &name {
        _ if name.is_empty() => Err("a name cannot be empty"),
        _ if name.contains('\0') => Err("a name cannot hold a NUL byte"),
        _ => Ok((name, rest)),
    }
}

fn until_backtick(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (inside, behind) = rest.split_once('`')?;
        name.push_str(inside);
        match behind.strip_prefix('`') {
            None => return Some((name, behind)),
            Some(behind) => {
                name.push('`');
                rest = behind;
            }
        }
    }
}

/// The share of each variant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shares(pub BTreeMap<String, f64>);

impl Decode for Shares {
    fn expected() -> Cow<'static, str> {
        "the share of each variant, such as {control: 0.5, treatment: 0.5}".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Content::Object(entries) = &node.content else {
            unexpected(node, &Self::expected(), problems);
            return None;
        };
        let before = problems.count();
        let mut shares = BTreeMap::new();
        for (variant, share) in entries {
            let name = Name::decode(variant, problems);
            let value = f64::decode(share, problems);
            if let Some(value) = value.filter(|value| *value < 0.0) {
                let problem = format!("a share must be 0 (nobody is sent there) or above, found {value}");
                problems.add(share.place, problem);
            }
            if let (Some(Name(name)), Some(value)) = (name, value) {
                shares.insert(name, value);
            }
        }
        if entries.len() < 2 {
            problems.add(
                node.place,
                format!("expected the shares of two variants or more, found {}", entries.len()),
            );
        }
        if !shares.values().sum::<f64>().is_finite() {
            problems.add(node.place, "the sum of the shares is out of range");
        }
        if entries.len() >= 2 && shares.len() == entries.len() && shares.values().all(|share| *share == 0.0) {
            problems.add(node.place, "all shares are 0: give at least one that is above 0");
        }
        (problems.count() == before).then_some(Self(shares))
    }

    fn schema(schemas: &mut Schemas) -> Schema {
        let share = f64::schema(schemas).with_json("minimum", 0.into());
        Schema::of("object")
            .with_json("minProperties", 2.into())
            .with("propertyNames", Name::schema(schemas))
            .with("additionalProperties", share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_split_at_the_first_dot_outside_of_backticks() {
        let split = |text| match table(text) {
            Ok(Relation::Table { database, table }) => (database.unwrap_or_default(), table),
            other => panic!("{text}: {other:?}"),
        };
        let pair = |database: &str, table: &str| (database.to_string(), table.to_string());
        assert_eq!(split("orders"), pair("", "orders"));
        assert_eq!(split("shop.orders"), pair("shop", "orders"));
        assert_eq!(split("shop.orders.eu"), pair("shop", "orders.eu"));
        assert_eq!(split("`shop.eu`.orders"), pair("shop.eu", "orders"));
        assert_eq!(split("`a``b`.`c.d`"), pair("a`b", "c.d"));
        assert_eq!(split("`f(x)`"), pair("", "f(x)"));
        assert_eq!(split("größe.it's \"\\ ; 😀"), pair("größe", "it's \"\\ ; 😀"));
    }

    #[test]
    fn what_is_no_table_says_why() {
        for (text, problem) in [
            ("", "empty"),
            (".orders", "empty"),
            ("shop.", "empty"),
            ("``", "empty"),
            ("`shop", "not closed"),
            ("`shop`orders", "only a dot"),
            ("shop.`orders`.eu", "nothing may follow"),
            ("sh`op", "around a name"),
            ("s3('https://…')", "table function"),
            ("a\0b", "NUL"),
        ] {
            assert!(table(text).unwrap_err().contains(problem), "{text}: {:?}", table(text));
        }
    }
}
