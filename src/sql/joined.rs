//! The values of the identities of one experiment, where all that is asked of their rows are aggregates: the rows meet
//! the exposures one by one, and each value is an aggregate over those of its identity that fulfil a condition.

use minijinja::{Value, context};

use crate::plan::{Function, Measure, Part, Plan, Reads};

use super::aggregations;
use super::bent;
use super::bundles::{Bundles, Reckoned};
use super::horizon::{self, Horizon};
use super::scan::Rows;
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
    let conditions = Conditions { plan, rows: Rows(prefix), earliest, horizon };
    let mut measured: Vec<(&str, usize, Sql)> = Vec::new();
    for (number, measure) in (1..).zip(&plan.measures) {
        measured.push(("value", number, conditions.value(measure, &measure.value)));
        if let Some(other) = &measure.other {
            measured.push(("other", number, conditions.value(measure, other.part())));
        }
        measured.push(("invalid", number, conditions.invalid(measure)));
        if bent::is_list(measure) {
            measured.push(("list", number, conditions.list(measure)));
        }
    }
    // Of several bundles, each takes its own out of the values of all; of one, there is nothing to choose.
    let several = bundles.leaders().count() > 1;
    let name_of = |name: &str, number: usize| Sql::new(format!("{name}_of_{number}"));
    let told = |name: &str, number: usize| {
        if several {
            return Some(name_of(name, number));
        }
        measured.iter().find(|(known, of, _)| *known == name && *of == number).map(|(.., sql)| sql.clone())
    };
    let (mut values, mut nothing) = (Vec::new(), Vec::new());
    for slot in bundles.slots() {
        let mut column = |name: &str, none: &str, is: &dyn Fn(&Measure) -> bool| {
            let value = bundles.of_slot(slot, none, Reckoned::OfAll, &|number, measure| {
                if is(measure) { told(name, number) } else { None }
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
    let aggregates = if several {
        measured
            .iter()
            .map(|(name, number, sql)| Sql::new(format!("{sql} AS {}", name_of(name, *number))))
            .collect()
    } else {
        std::mem::take(&mut values)
    };
    let numbers = bundles.leaders().map(|(number, _)| Sql::whole(number as u64));
    let numbers = Sql::new(format!("CAST({} AS Array(UInt32))", Sql::array(numbers)));
    // The first of the keys of an identity is that of the total.
    let dimensions = plan.experiments.iter().map(|experiment| experiment.dimensions.len()).max().unwrap_or(0);
    let segments = |item: &dyn Fn(usize) -> String, between: &str| match dimensions {
        0 => Value::from(false),
        _ => Value::from(Sql::join((1..=dimensions).map(|number| Sql::new(item(number))), between)),
    };
    let only = horizon.is_mature(bundles);
    let per_identity = templates.fill(
        "per_identity",
        context! {
            p => Value::from(Sql::new(prefix)),
            segments => segments(&|number| format!("any(exposed.segment_{number})"), ", "),
            read_segments => segments(&|number| format!("segments[{}] AS segment_{number}", number + 1), ",\n"),
            matures => only.is_some(),
            one_bundle => !several,
            aggregates => Value::from(Sql::join(aggregates, ",\n")),
            rows => Value::from(rows.clone()),
            counts => Value::from(Sql::new(conditions.since(">=", earliest))),
        },
    );
    templates.fill(
        "values_joined",
        context! {
            p => Value::from(Sql::new(prefix)),
            segments => dimensions > 0,
            several => if several { Value::from(numbers) } else { Value::from(false) },
            values => Value::from(Sql::join(values, ",\n")),
            nothing => Value::from(Sql::join(nothing, ",\n")),
            per_identity => Value::from(per_identity),
            only => only.map_or(Value::from(false), Value::from),
        },
    )
}

struct Conditions<'p> {
    plan: &'p Plan,
    rows: Rows<'p>,
    /// Earlier rows are left out before anything is grouped.
    earliest: i64,
    horizon: &'p Horizon<'p>,
}

impl Conditions<'_> {
    /// That a row is so many milliseconds after the exposure, or before or after that.
    fn since(&self, compared: &str, milliseconds: i64) -> String {
        let time = self.rows.column("time");
        match milliseconds {
            0 => format!("{time} {compared} exposed.first_exposure"),
            _ => format!("{time} {compared} exposed.first_exposure + {milliseconds}"),
        }
    }

    /// The conditions on the rows of a part, one for each of its facts.
    fn counts(&self, measure: &Measure, part: &Part) -> Vec<String> {
        let counts = |fact: &usize| {
            let mut conditions = Vec::new();
            if self.plan.facts.len() > 1 {
                conditions.push(format!("{} = {fact}", self.rows.column("number")));
            }
            if part.span.from != self.earliest {
                conditions.push(self.since(">=", part.span.from));
            }
            if let Some(to) = part.span.to {
                conditions.push(self.since("<", to));
            }
            conditions.extend(self.horizon.of_row(&self.rows.column("time"), measure.collects_after_end));
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
        let value = aggregations::of_group(
            part.function,
            self.rows,
            &self.counts(measure, part),
            self.has_values(part),
        );
        aggregations::finished(&value, part)
    }

    fn list(&self, measure: &Measure) -> Sql {
        aggregations::of_group(Function::Values, self.rows, &self.counts(measure, &measure.value), true)
    }

    /// The rows without a value: of a ratio in both parts, of a covariate those from the exposure on.
    fn invalid(&self, measure: &Measure) -> Sql {
        let terms: Vec<Sql> = measure
            .numeric_parts()
            .flat_map(|part| self.counts(measure, part))
            .map(|counts| aggregations::invalid_of_group(self.rows, &counts))
            .collect();
        if terms.is_empty() { Sql::new("toUInt64(0)") } else { Sql::join(terms, " + ") }
    }
}
