//! The values of the identities of one experiment, where all that is asked of their rows are aggregates: the rows meet
//! the exposures one by one, and each value is an aggregate over those of its identity that fulfil a condition.

use minijinja::{Value, context};

use crate::plan::{Function, Measure, Part, Plan, Reads};

use super::aggregations;
use super::bent;
use super::bundles::{Bundles, Reckoned};
use super::horizon::{self, Horizon};
use super::template::Templates;
use super::text::Sql;

/// The measures that a row of an identity tells: all that count it from the same moment on.
pub(super) fn bundles(plan: &Plan) -> Bundles<'_> {
    Bundles::by(plan, horizon::maturity)
}

/// The step `values` of a plan with one experiment, whose facts keep all copies of their rows.
pub(super) fn values(
    templates: &Templates,
    prefix: &str,
    plan: &Plan,
    bundles: &Bundles,
    rows: &Sql,
    horizon: &Horizon,
) -> Sql {
    let earliest =
        plan.measures.iter().flat_map(Measure::parts).map(|part| part.span.from).min().unwrap_or(0);
    let conditions = Conditions { plan, earliest, horizon };
    let mut aggregates = Vec::new();
    for (number, measure) in (1..).zip(&plan.measures) {
        let mut aggregate = |name: &str, expression: Sql| {
            aggregates.push(Sql::new(format!("{expression} AS {name}_of_{number}")));
        };
        aggregate("value", conditions.value(measure, &measure.value));
        if let Some(other) = &measure.other {
            aggregate("other", conditions.value(measure, other.part()));
        }
        aggregate("invalid", conditions.invalid(measure));
        if bent::is_list(measure) {
            aggregate("list", conditions.list(measure));
        }
    }
    let (mut values, mut nothing) = (Vec::new(), Vec::new());
    for slot in bundles.slots() {
        let mut column = |name: &str, none: &str, is: &dyn Fn(&Measure) -> bool| {
            let value = bundles.of_slot(slot, none, Reckoned::OfAll, &|number, measure| {
                is(measure).then(|| Sql::new(format!("{name}_of_{number}")))
            });
            values.push(Sql::new(format!("{value} AS {name}_{slot}")));
            nothing.push(Sql::new(format!("{none} AS {name}_{slot}")));
        };
        column("value", "0.", &|_| true);
        if plan.has_second_values() {
            column("other", "0.", &|measure| measure.other.is_some());
        }
        column("invalid", "toUInt64(0)", &|_| true);
        if bundles.of_kind(slot, &bent::is_list).is_some() {
            column("list", "CAST([] AS Array(Float64))", &bent::is_list);
        }
    }
    let numbers: Vec<Sql> = bundles.leaders().map(|(number, _)| Sql::whole(number as u64)).collect();
    let several =
        (numbers.len() > 1).then(|| Sql::new(format!("CAST({} AS Array(UInt32))", Sql::array(numbers))));
    let from = if earliest == 0 {
        "time >= first_exposure".to_owned()
    } else {
        format!("time >= first_exposure + {earliest}")
    };
    // The first of the keys of an identity is that of the total.
    let dimensions = plan.experiments.iter().map(|experiment| experiment.dimensions.len()).max().unwrap_or(0);
    let segments = |item: &dyn Fn(usize) -> String, between: &str| match dimensions {
        0 => Value::from(false),
        _ => Value::from(Sql::join((1..=dimensions).map(|number| Sql::new(item(number))), between)),
    };
    templates.fill(
        "values_joined",
        context! {
            p => Value::from(Sql::new(prefix)),
            segments => segments(&|number| format!("segment_{number}"), ", "),
            kept_segments => segments(&|number| format!("any(exposed.segment_{number}) AS segment_{number}"), ",\n"),
            read_segments => segments(&|number| format!("segments[{}] AS segment_{number}", number + 1), ",\n"),
            rows => Value::from(rows.clone()),
            counts => Value::from(Sql::new(from)),
            aggregates => Value::from(Sql::join(aggregates, ",\n")),
            bundles => several.map_or(Value::from(false), Value::from),
            values => Value::from(Sql::join(values, ",\n")),
            nothing => Value::from(Sql::join(nothing, ",\n")),
            only => horizon.is_mature(bundles).map_or(Value::from(false), Value::from),
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
