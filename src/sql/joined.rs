//! The values of the identities of one experiment, where all that is asked of their rows are aggregates: the rows meet
//! the exposures one by one, and each value is an aggregate over those of its identity that fulfil a condition.

use minijinja::{Value, context};

use crate::plan::{Function, Measure, Part, Plan, Reads};

use super::aggregations;
use super::horizon::Horizon;
use super::template::Templates;
use super::text::Sql;

/// The step `values` of a plan with one experiment, whose facts keep all copies of their rows.
pub(super) fn values(templates: &Templates, prefix: &str, plan: &Plan, rows: &Sql, horizon: &Horizon) -> Sql {
    let earliest =
        plan.measures.iter().flat_map(Measure::parts).map(|part| part.span.from).min().unwrap_or(0);
    let conditions = Conditions { plan, earliest, horizon };
    let all: Vec<&Measure> = plan.measures.iter().collect();
    let mut columns: Vec<(&str, Vec<Sql>, &str)> = vec![
        ("measure", (1..=all.len()).map(|number| Sql::whole(number as u64)).collect(), "toUInt32(0)"),
        ("value", all.iter().map(|measure| conditions.value(measure, &measure.value)).collect(), "0."),
    ];
    if all.iter().any(|measure| measure.other.is_some()) {
        let other = |measure: &&Measure| {
            measure.other.as_ref().map_or(Sql::new("0."), |other| conditions.value(measure, other.part()))
        };
        columns.push(("other", all.iter().map(other).collect(), "0."));
    }
    columns.push(("invalid", all.iter().map(|measure| conditions.invalid(measure)).collect(), "toUInt64(0)"));
    if all.iter().any(|measure| measure.value.function == Function::Values) {
        let list = |measure: &&Measure| match measure.value.function {
            Function::Values => conditions.list(measure),
            _ => Sql::new("CAST([] AS Array(Float64))"),
        };
        columns.push(("list", all.iter().map(list).collect(), "CAST([] AS Array(Float64))"));
    }
    let aggregates = columns.iter().skip(1).map(|(name, items, _)| {
        Sql::new(format!("[\n    {}\n] AS {name}_of_measure", Sql::join(items.clone(), ",\n    ")))
    });
    let measured = columns.iter().map(|(name, items, _)| match *name {
        "measure" => Sql::new(format!("CAST({} AS Array(UInt32)) AS measure", Sql::array(items.clone()))),
        name => Sql::new(format!("{name}_of_measure AS {name}")),
    });
    let values = columns.iter().skip(1).map(|(name, ..)| Sql::new(*name));
    let nothing = columns.iter().skip(1).map(|(name, _, nothing)| Sql::new(format!("{nothing} AS {name}")));
    let from = if earliest == 0 {
        "time >= first_exposure".to_owned()
    } else {
        format!("time >= first_exposure + {earliest}")
    };
    templates.fill(
        "values_joined",
        context! {
            p => Value::from(Sql::new(prefix)),
            segments => plan.has_dimensions(),
            rows => Value::from(rows.clone()),
            counts => Value::from(Sql::new(from)),
            aggregates => Value::from(Sql::join(aggregates, ",\n")),
            measured => Value::from(Sql::join(measured, ",\n")),
            values => Value::from(Sql::join(values, ",\n")),
            nothing => Value::from(Sql::join(nothing, ",\n")),
            only => horizon.is_mature().map_or(Value::from(false), Value::from),
        },
    )
}

struct Conditions<'p> {
    plan: &'p Plan,
    /// Earlier rows are left out before anything is grouped.
    earliest: i64,
    horizon: &'p Horizon<'p>,
}

impl Conditions<'_> {
    /// The conditions on the rows of a part, one for each of its facts.
    fn counts(&self, measure: &Measure, part: &Part) -> Vec<String> {
        let counts = |fact: &usize| {
            let mut conditions = Vec::new();
            if self.plan.facts.len() > 1 {
                conditions.push(format!("number = {fact}"));
            }
            if part.span.from != self.earliest {
                conditions.push(format!("time >= first_exposure + {}", part.span.from));
            }
            if let Some(to) = part.span.to {
                conditions.push(format!("time < first_exposure + {to}"));
            }
            conditions.extend(self.horizon.of_row("time", measure.collects_after_end));
            if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") }
        };
        part.facts.iter().map(counts).collect()
    }

    /// Whether rows of a part have values.
    fn has_values(&self, part: &Part) -> bool {
        part.facts.iter().any(|fact| self.plan.facts[fact - 1].reads != Reads::Nothing)
    }

    fn value(&self, measure: &Measure, part: &Part) -> Sql {
        if part.function == Function::Values {
            return Sql::new("0.");
        }
        let value = aggregations::of_group(part.function, &self.counts(measure, part), self.has_values(part));
        aggregations::finished(&value, part)
    }

    fn list(&self, measure: &Measure) -> Sql {
        aggregations::of_group(Function::Values, &self.counts(measure, &measure.value), true)
    }

    /// The rows without a value: of a ratio in both parts, of a covariate those from the exposure on.
    fn invalid(&self, measure: &Measure) -> Sql {
        let terms: Vec<Sql> = measure
            .numeric_parts()
            .flat_map(|part| self.counts(measure, part))
            .map(|counts| aggregations::invalid_of_group(&counts))
            .collect();
        if terms.is_empty() { Sql::new("toUInt64(0)") } else { Sql::join(terms, " + ") }
    }
}
