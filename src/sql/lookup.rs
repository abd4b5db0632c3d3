//! Constants by number: how a query gets at what is known of its experiments and metrics.
//!
//! They are literal arrays, which ClickHouse parses as one element however long they are.

use super::text::Sql;

/// The expression that gives the item of a number, which counts from 1 and is what `number` is in the query.
pub(super) fn lookup(items: &[Sql], number: &str) -> Sql {
    let mut distinct: Vec<&Sql> = Vec::new();
    let positions: Vec<usize> = items
        .iter()
        .map(|item| match distinct.iter().position(|known| *known == item) {
            Some(index) => index + 1,
            None => {
                distinct.push(item);
                distinct.len()
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(items: &[&str]) -> Vec<Sql> {
        items.iter().map(|item| Sql::string(item)).collect()
    }

    #[test]
    fn the_shortest_form_is_taken() {
        assert_eq!(lookup(&strings(&["a", "a"]), "n").as_str(), "'a'");
        assert_eq!(lookup(&strings(&["a", "b"]), "n").as_str(), "['a', 'b'][n]");
        let long = strings(&["occurrence", "sum", "occurrence", "sum", "occurrence"]);
        assert_eq!(lookup(&long, "n").as_str(), "['occurrence', 'sum'][[1, 2, 1, 2, 1][n]]");
    }
}
