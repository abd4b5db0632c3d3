//! The values of the identities of one experiment, where all that is asked of their rows are aggregates: the rows meet
//! the exposures one by one, and each value is an aggregate over those of its identity that fulfil a condition.

use minijinja::{Value, context};

use crate::plan::{Function, Measure, Part, Plan, Reads};

use super::aggregations;
use super::bent;
use super::bundles::{Bundles, Reckoned};
use super::horizon::{self, Horizon};
use super::scan::RowColumns;
use super::template::Templates;
use super::text::Sql;

/// The measures that a row of an identity tells: all that count it from the same moment on.
pub(super) fn bundles(plan: &Plan) -> Bundles<'_> {
    Bundles::by(plan, horizon::maturity)
}

/// How the values of identities are found by joining.
pub(super) struct Joined {
    /// The step `values`.
    pub values: Sql,
    /// There is more than one bundle, and the bundle 0 for all who have rows.
    pub several: bool,
}

/// For a plan with one experiment, whose facts keep all copies of their rows.
pub(super) fn joined(
    templates: &Templates,
    prefix: &str,
    plan: &Plan,
    bundles: &Bundles,
    rows: &Sql,
    horizon: &Horizon,
) -> Joined {
    let earliest =
        plan.measures.iter().flat_map(Measure::parts).map(|part| part.span.from).min().unwrap_or(0);
    let conditions = Conditions { plan, rows: RowColumns(prefix), earliest, horizon };
    // Of several bundles, which differ in when they mature, each takes its own out of the values of all.
    let several = bundles.leaders().count() > 1;
    let values = columns(plan, bundles, &|of, number| {
        if several { of.of_measure(number) } else { conditions.expression(of, &plan.measures[number - 1]) }
    });
    let aggregates = if several {
        let mut aggregates = Vec::new();
        for (number, measure) in (1..).zip(&plan.measures) {
            for of in Of::ALL.into_iter().filter(|of| of.is_of(measure)) {
                let expression = conditions.expression(of, measure);
                aggregates.push(Sql::new(format!("{expression} AS {}", of.of_measure(number))));
            }
        }
        Sql::join(aggregates, ",\n")
    } else {
        values.clone()
    };
    let numbers = std::iter::once(0).chain(bundles.leaders().map(|(number, _)| number));
    let numbers = numbers.map(|number| Sql::whole(number as u64));
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
            only => only.is_some(),
            several,
            aggregates => Value::from(aggregates),
            rows => Value::from(rows.clone()),
            small => plan.measures.iter().flat_map(Measure::parts).all(|part| aggregations::is_small(part.function)),
            counts => Value::from(Sql::new(conditions.since(">=", earliest))),
        },
    );
    let values = templates.fill(
        "values_joined",
        context! {
            segments => dimensions > 0,
            several => if several { Value::from(numbers) } else { Value::from(false) },
            values => Value::from(values),
            per_identity => Value::from(per_identity),
            only => only.map_or(Value::from(false), Value::from),
        },
    );
    Joined { values, several }
}

/// What an identity may have of a measure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Value,
    SecondValue,
    Invalid,
    Expected,
    List,
}

impl Of {
    const ALL: [Of; 5] = [Of::Value, Of::SecondValue, Of::Invalid, Of::Expected, Of::List];

    fn name(self) -> &'static str {
        match self {
            Of::Value => "value",
            Of::SecondValue => "other",
            Of::Invalid => "invalid",
            Of::Expected => "expected",
            Of::List => "list",
        }
    }

    /// What fills a slot that nobody reads.
    fn nothing(self) -> &'static str {
        match self {
            Of::Value | Of::SecondValue => "0.",
            Of::Invalid | Of::Expected => "toUInt64(0)",
            Of::List => "CAST([] AS Array(Float64))",
        }
    }

    fn is_of(self, measure: &Measure) -> bool {
        match self {
            Of::Value | Of::Invalid | Of::Expected => true,
            Of::SecondValue => measure.other.is_some(),
            Of::List => bent::is_list(measure),
        }
    }

    /// Its name before bundles are told apart.
    fn of_measure(self, number: usize) -> Sql {
        Sql::new(format!("{}_of_{number}", self.name()))
    }
}

/// The columns of all slots; `told` is the expression for what an identity has of a measure, by its number.
fn columns(plan: &Plan, bundles: &Bundles, told: &dyn Fn(Of, usize) -> Sql) -> Sql {
    let mut columns = Vec::new();
    for slot in bundles.slots() {
        for of in Of::ALL {
            let wanted = match of {
                Of::Value | Of::Invalid | Of::Expected => true,
                Of::SecondValue => plan.has_second_values(),
                Of::List => bundles.of_kind(slot, &bent::is_list).is_some(),
            };
            if wanted {
                let value = bundles.of_slot(slot, of.nothing(), Reckoned::OfAll, &|number, measure| {
                    of.is_of(measure).then(|| told(of, number))
                });
                columns.push(Sql::new(format!("{value} AS {}_{slot}", of.name())));
            }
        }
    }
    Sql::join(columns, ",\n")
}

struct Conditions<'p> {
    plan: &'p Plan,
    rows: RowColumns<'p>,
    /// Earlier rows are left out before anything is grouped.
    earliest: i64,
    horizon: &'p Horizon<'p>,
}

impl Conditions<'_> {
    /// That a row is so many milliseconds after the exposure, or before or after that. The exposure is named in full:
    /// `first_exposure` may also be a column of the sums.
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

    fn expression(&self, of: Of, measure: &Measure) -> Sql {
        match (of, &measure.other) {
            (Of::Invalid, _) => {
                self.rows_of_numbers(measure, &|counts| aggregations::invalid_of_group(self.rows, counts))
            }
            (Of::Expected, _) => {
                self.rows_of_numbers(measure, &|counts| Sql::new(format!("countIf({counts})")))
            }
            (Of::List, _) => self.list(measure),
            (Of::SecondValue, Some(other)) => self.value(measure, other.part()),
            (Of::Value | Of::SecondValue, _) => self.value(measure, &measure.value),
        }
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

    /// Something of the rows whose values should be numbers, added up: of a ratio in both parts, of a covariate those from the
    /// exposure on.
    fn rows_of_numbers(&self, measure: &Measure, item: &dyn Fn(&str) -> Sql) -> Sql {
        let terms: Vec<Sql> = measure
            .numeric_parts()
            .flat_map(|part| self.counts(measure, part))
            .map(|counts| item(&counts))
            .collect();
        if terms.is_empty() { Sql::new("toUInt64(0)") } else { Sql::join(terms, " + ") }
    }
}
