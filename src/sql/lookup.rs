//! Constants by number: how a query gets at what is known of its experiments and metrics.
//!
//! They are literal arrays, which ClickHouse parses as one element however long they are.

use std::collections::HashMap;

use crate::query::Sql;

/// The expression that gives the item of a number, which counts from 1 and is what `number` is in the query.
pub(super) fn lookup(items: &[Sql], number: &str) -> Sql {
    let mut distinct: Vec<&Sql> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let positions: Vec<usize> = items
        .iter()
        .map(|item| {
            *known.entry(item.as_str()).or_insert_with(|| {
                distinct.push(item);
                distinct.len()
            })
        })
        .collect();
    match distinct.as_slice() {
        [only] => (*only).clone(),
        _ => {
            let all = Sql::array(items.iter().cloned());
            let few = Sql::array(distinct.into_iter().cloned());
            let index = Sql::array(positions.into_iter().map(|position| Sql::whole(position as u64)));
            let direct = format!("{all}[{number}]");
            let indirect = format!("{few}[{index}[{number}]]");
            Sql::new(if indirect.len() < direct.len() { indirect } else { direct })
        }
    }
}

/// One of two expressions: by the flags of a number, or by the flag that all have.
pub(super) fn choose(flags: impl Iterator<Item = bool>, number: &str, yes: &str, no: &str) -> Sql {
    let flags: Vec<bool> = flags.collect();
    if flags.iter().all(|flag| *flag) {
        return Sql::new(yes);
    }
    if flags.iter().all(|flag| !flag) {
        return Sql::new(no);
    }
    let flags: Vec<Sql> = flags.into_iter().map(|flag| Sql::whole(u64::from(flag))).collect();
    Sql::new(format!("if({} = 1, {yes}, {no})", lookup(&flags, number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(items: &[&str]) -> Vec<Sql> {
        items.iter().map(|item| Sql::string(item)).collect()
    }

    #[test]
    fn what_is_the_same_for_all_is_not_looked_up() {
        let chosen = |flags: [bool; 2]| choose(flags.into_iter(), "n", "a", "b").to_string();
        assert_eq!(chosen([true, true]), "a");
        assert_eq!(chosen([false, false]), "b");
        assert_eq!(chosen([true, false]), "if([1, 0][n] = 1, a, b)");
    }

    #[test]
    fn the_shortest_form_is_taken() {
        assert_eq!(lookup(&strings(&["a", "a"]), "n").as_str(), "'a'");
        assert_eq!(lookup(&strings(&["a", "b"]), "n").as_str(), "['a', 'b'][n]");
        let long = strings(&["occurrence", "sum", "occurrence", "sum", "occurrence"]);
        assert_eq!(lookup(&long, "n").as_str(), "['occurrence', 'sum'][[1, 2, 1, 2, 1][n]]");
    }
}
