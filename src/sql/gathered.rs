//! The values of identities out of arrays: the rows of each identity are gathered once, whatever the number of
//! experiments, meet its exposures once, and each measure of each experiment takes from them what counts.

use minijinja::{Value, context};

use crate::plan::{Function, Measure, Other, Part, Plan, Reads};

use super::aggregations;
use super::horizon::Horizon;
use super::lookup::lookup;
use super::template::Templates;
use super::text::Sql;

/// The rows of the step `gathered`.
pub(super) struct Rows {
    /// With identity, time, number (the fact) and value, and copy and text where they are asked for.
    pub rows: Sql,
    /// Some rows have values.
    pub numbers: bool,
    /// Of some the texts are told apart.
    pub texts: bool,
    /// The numbers of the facts of which copies count once.
    pub deduplicated: Option<Sql>,
}

impl Rows {
    pub(super) fn new(plan: &Plan, rows: Sql) -> Rows {
        let reads = |reads: Reads| plan.facts.iter().any(|fact| fact.reads == reads);
        let deduplicated: Vec<Sql> = (1_u64..)
            .zip(&plan.facts)
            .filter(|(_, fact)| fact.deduplicate)
            .map(|(number, _)| Sql::whole(number))
            .collect();
        Rows {
            rows,
            numbers: reads(Reads::Number) || reads(Reads::Text),
            texts: reads(Reads::Text),
            deduplicated: (!deduplicated.is_empty()).then(|| Sql::join(deduplicated, ", ")),
        }
    }

    /// The arrays of a fact, and what an empty one is.
    fn arrays(&self) -> Vec<(&'static str, &'static str)> {
        let mut arrays = vec![("blank_times", "CAST([] AS Array(Int64))")];
        if self.numbers {
            arrays.push(("value_times", "CAST([] AS Array(Int64))"));
            arrays.push(("finite_values", "CAST([] AS Array(Float64))"));
        }
        if self.texts {
            arrays.push(("texts", "CAST([] AS Array(UInt64))"));
        }
        arrays
    }

    /// The step: one row per identity, with an array of each of [`Rows::arrays`] per fact.
    pub(super) fn step(&self, templates: &Templates) -> Sql {
        let copies = self.deduplicated.is_some();
        let mut facts = templates.fill(
            "facts",
            context! {
                rows => Value::from(self.rows.clone()),
                values => self.numbers,
                texts => self.texts,
                copies,
            },
        );
        if let Some(deduplicated) = &self.deduplicated {
            facts = templates.fill(
                "deduplicated",
                context! {
                    facts => Value::from(facts),
                    values => self.numbers,
                    texts => self.texts,
                    deduplicated => Value::from(deduplicated.clone()),
                },
            );
        }
        let context = context! { facts => Value::from(facts), values => self.numbers, texts => self.texts };
        templates.fill("gathered", context)
    }
}

/// What is taken from the arrays: expressions in `measure`, `experiment`, `first_exposure`, the arrays of an entry and
/// those that say which of their rows count.
pub(super) struct Taken {
    /// How the measures of an entry are found by its fact; None where each fact is a measure, of the same number.
    pub measures_of_fact: Option<Sql>,
    /// Measures for which rows are looked at together.
    pub joint: Vec<Joint>,
    /// Whether a row of the time `t` counts for the value, and for the second value.
    pub counts: Sql,
    pub other_counts: Option<Sql>,
    pub value: Sql,
    pub other: Option<Sql>,
    pub invalid: Sql,
    pub list: Option<Sql>,
    /// Which measures of which experiments, and which identities, are of interest.
    pub only: Option<Sql>,
}

/// A measure for which the rows of several facts, or the steps of a funnel, are looked at together.
pub(super) struct Joint {
    measure: usize,
    /// The fact of its value and of its second value; None of a funnel.
    facts: Option<(usize, usize)>,
    /// The facts of the steps of a funnel, in order.
    steps: Vec<usize>,
}

impl Taken {
    pub(super) fn new(plan: &Plan, horizon: &Horizon) -> Taken {
        let measures = &plan.measures;
        let numbers = plan.facts.iter().any(|fact| fact.reads != Reads::Nothing);
        let part = |measure: &Measure| measure.value.clone();
        let other = |measure: &Measure| {
            measure.other.as_ref().map_or_else(|| part(measure), |other| other.part().clone())
        };
        let has_other = measures.iter().any(|measure| measure.other.is_some());
        let is_list = |measure: &Measure| measure.value.function == Function::Values;
        let mut only = Vec::new();
        if !plan.shares_all_measures() {
            let pairs = plan.used_measures().into_iter();
            let pairs = pairs.map(|(experiment, measure)| Sql::new(format!("({experiment}, {measure})")));
            only.push(format!("(experiment, measure) IN ({})", Sql::join(pairs, ", ")));
        }
        only.extend(horizon.is_mature().map(|mature| mature.to_string()));
        Taken {
            measures_of_fact: measures_of_fact(plan),
            joint: joint(plan),
            counts: counts(plan, horizon, &part),
            other_counts: has_other.then(|| counts(plan, horizon, &other)),
            value: by_measure(measures, "0.", &|measure| {
                (!is_list(measure)).then(|| value(&measure.value, "", numbers))
            }),
            other: has_other.then(|| {
                by_measure(measures, "0.", &|measure| {
                    let other = measure.other.as_ref()?;
                    Some(value(other.part(), "other_", numbers))
                })
            }),
            invalid: by_measure(measures, "0", &invalid),
            list: measures.iter().any(is_list).then(|| {
                by_measure(measures, "CAST([] AS Array(Float64))", &|measure| {
                    is_list(measure).then(|| aggregations::of_arrays(Function::Values, "", numbers))
                })
            }),
            only: (!only.is_empty()).then(|| Sql::new(format!("measure = 0 OR ({})", only.join(" AND ")))),
        }
    }

    /// The step `values`.
    pub(super) fn step(
        &self,
        templates: &Templates,
        prefix: &str,
        rows: &Rows,
        by_day: bool,
        segments: bool,
    ) -> Sql {
        let arrays = rows.arrays();
        let separate_other = self.other.is_some() && self.joint.iter().any(|joint| joint.facts.is_some());
        let steps = self.joint.iter().any(|joint| !joint.steps.is_empty());
        let measures = match (&self.measures_of_fact, self.joint.is_empty()) {
            (None, true) => "arrayPushFront(gathered.facts, 0)".to_owned(),
            (of_fact, _) => {
                let own = of_fact.as_ref().map_or_else(
                    || "arrayMap(fact -> [fact], gathered.facts)".to_owned(),
                    |of_fact| format!("arrayMap(fact -> {of_fact}[fact], gathered.facts)"),
                );
                let joint = self.joint.iter().map(|joint| Sql::new(format!("[{}]", joint.measure)));
                format!("CAST(arrayConcat([[0]], {own}, {}) AS Array(Array(UInt32)))", Sql::array(joint))
            }
        };
        let entries_of = |name: &str, nothing: &str, fact: &dyn Fn(&Joint) -> Option<usize>| {
            let own = format!("arrayPushFront(gathered.{name}, {nothing})");
            if self.joint.is_empty() {
                return Sql::new(own);
            }
            let joint = self.joint.iter().map(|joint| {
                Sql::new(fact(joint).map_or_else(
                    || nothing.to_owned(),
                    |fact| format!("gathered.{name}[indexOf(gathered.facts, {fact})]"),
                ))
            });
            Sql::new(format!("arrayConcat({own}, {})", Sql::array(joint)))
        };
        let mut columns: Vec<(String, Sql)> = Vec::new();
        for (name, nothing) in &arrays {
            let first = |joint: &Joint| joint.facts.map(|(first, _)| first);
            columns.push(((*name).to_owned(), entries_of(name, nothing, &first)));
            if separate_other {
                let second = |joint: &Joint| joint.facts.map(|(_, second)| second);
                columns.push((format!("other_{name}"), entries_of(name, nothing, &second)));
            }
        }
        if steps {
            let nothing = "CAST([] AS Array(Tuple(Int64, Int64)))";
            let of_joint = self.joint.iter().map(|joint| steps_of(joint, rows.numbers, nothing));
            columns.push((
                "steps".to_owned(),
                Sql::new(format!(
                    "arrayConcat(arrayResize([{nothing}], length(gathered.facts) + 1), {})",
                    Sql::array(of_joint)
                )),
            ));
        }
        let shared = self.measures_of_fact.is_some() || !self.joint.is_empty();
        let measure = if shared { "measures_of_entry" } else { "measure" };
        let mut select = vec![Sql::new(format!("{measures} AS entry_measures"))];
        let mut entry = vec![Sql::new(format!("entry_measures AS {measure}"))];
        for (name, expression) in &columns {
            select.push(Sql::new(format!("{expression} AS entry_{name}")));
            entry.push(Sql::new(format!("entry_{name} AS {name}")));
        }
        let mut counted: Vec<Sql> = columns
            .iter()
            .filter(|(name, _)| name != "steps")
            .map(|(name, _)| Sql::new(name.as_str()))
            .collect();
        if self.other.is_some() && !separate_other {
            counted.extend(arrays.iter().map(|(name, _)| Sql::new(format!("{name} AS other_{name}"))));
        }
        let mut masks = |which: &str, counts: &Sql| {
            if rows.numbers {
                counted.push(Sql::new(format!(
                    "arrayMap(t -> {counts}, {which}value_times) AS {which}values_count"
                )));
            }
            counted.push(Sql::new(format!(
                "arrayMap(t -> {counts}, {which}blank_times) AS {which}blanks_count"
            )));
        };
        masks("", &self.counts);
        if let Some(counts) = &self.other_counts {
            masks("other_", counts);
        }
        if steps {
            counted.push(Sql::new(format!(
                "arrayFilter(row -> arrayExists(t -> {}, [row.1]), steps) AS steps_count",
                self.counts
            )));
        }
        let mut values = vec![Sql::new(format!("{} AS value", self.value))];
        values.extend(self.other.iter().map(|other| Sql::new(format!("{other} AS other"))));
        values.push(Sql::new(format!("toUInt64({}) AS invalid", self.invalid)));
        values.extend(self.list.iter().map(|list| Sql::new(format!("{list} AS list"))));
        templates.fill(
            "values_gathered",
            context! {
                p => Value::from(Sql::new(prefix)),
                by_day,
                segments,
                shared,
                entries => Value::from(Sql::join(select, ",\n")),
                entry => Value::from(Sql::join(entry, ",\n")),
                counted => Value::from(Sql::join(counted, ",\n")),
                values => Value::from(Sql::join(values, ",\n")),
                only => self.only.clone().map_or(Value::from(false), Value::from),
            },
        )
    }
}

/// The measures of each fact; None where each fact is one measure, of the same number.
fn measures_of_fact(plan: &Plan) -> Option<Sql> {
    let of_fact = |fact: usize| {
        let numbers = (1..)
            .zip(&plan.measures)
            .filter(move |(_, measure)| !measure.is_joint() && measure.value.facts[0] == fact);
        numbers.map(|(number, _)| number).collect::<Vec<usize>>()
    };
    let all: Vec<Vec<usize>> = (1..=plan.facts.len()).map(of_fact).collect();
    let same = (1..).zip(&all).all(|(fact, measures)| measures.as_slice() == [fact]);
    (!same).then(|| {
        Sql::array(
            all.into_iter()
                .map(|measures| Sql::array(measures.into_iter().map(|measure| Sql::whole(measure as u64)))),
        )
    })
}

fn joint(plan: &Plan) -> Vec<Joint> {
    let several = (1..).zip(&plan.measures).filter(|(_, measure)| measure.is_joint());
    several
        .map(|(measure, of)| match (&of.value.function, &of.other) {
            (Function::Funnel { .. }, _) => Joint { measure, facts: None, steps: of.value.facts.clone() },
            (_, Some(other)) => {
                let facts = (of.value.facts[0], other.part().facts[0]);
                Joint { measure, facts: Some(facts), steps: Vec::new() }
            }
            (_, None) => unreachable!("a single value that is no funnel is of one fact"),
        })
        .collect()
}

/// The rows of a funnel as pairs of a time and the negative number of a step, sorted.
fn steps_of(joint: &Joint, numbers: bool, nothing: &str) -> Sql {
    if joint.steps.is_empty() {
        return Sql::new(nothing);
    }
    let arrays: &[&str] = if numbers { &["blank_times", "value_times"] } else { &["blank_times"] };
    let rows = (1..).zip(&joint.steps).flat_map(|(step, fact)| {
        arrays.iter().map(move |array| {
            Sql::new(format!(
                "arrayMap(t -> (t, toInt64(-{step})), gathered.{array}[indexOf(gathered.facts, {fact})])"
            ))
        })
    });
    Sql::new(format!("arraySort(arrayConcat({}))", Sql::join(rows, ", ")))
}

/// Whether a row of the time `t` counts for a part of its measure.
fn counts(plan: &Plan, horizon: &Horizon, part: &dyn Fn(&Measure) -> Part) -> Sql {
    if let Some([from, to]) = horizon.span() {
        let within = format!("t >= first_exposure + {from} AND t < first_exposure + {to}");
        // What was before the exposure is the same on every day.
        let is_before = |measure: &Measure| part(measure).span.from < 0;
        let before: Vec<Sql> =
            plan.measures.iter().map(|measure| Sql::whole(-part(measure).span.from.min(0))).collect();
        if !plan.measures.iter().any(is_before) {
            return Sql::new(within);
        }
        let lookback = lookup(&before, "measure");
        return Sql::new(format!(
            "if({lookback} = 0, {within}, t >= first_exposure - {lookback} AND t < first_exposure)"
        ));
    }
    let of = |item: &dyn Fn(&Part) -> i64| {
        let items: Vec<Sql> = plan.measures.iter().map(|measure| Sql::whole(item(&part(measure)))).collect();
        lookup(&items, "measure")
    };
    let from = of(&|part| part.span.from);
    let mut conditions = vec![match from.as_str() {
        "0" => "t >= first_exposure".to_owned(),
        from => format!("t >= first_exposure + {from}"),
    }];
    if plan.measures.iter().any(|measure| part(measure).span.to.is_some()) {
        // What is longer than everything is no limit.
        let to = of(&|part| part.span.to.unwrap_or(i64::MAX / 2));
        conditions.push(format!("t < first_exposure + {to}"));
    }
    let collecting = |measure: &Measure| measure.collects_after_end;
    if plan.measures.iter().all(|measure| collecting(measure) == collecting(&plan.measures[0])) {
        conditions.extend(horizon.of_row("t", collecting(&plan.measures[0])));
    } else {
        let collects = plan.measures.iter().map(|measure| Sql::whole(u64::from(collecting(measure))));
        let collects = lookup(&collects.collect::<Vec<_>>(), "measure");
        let always = |condition: Option<String>| condition.unwrap_or_else(|| "true".to_owned());
        conditions.push(format!(
            "if({collects} = 1, {}, {})",
            always(horizon.of_row("t", true)),
            always(horizon.of_row("t", false))
        ));
    }
    Sql::new(conditions.join(" AND "))
}

/// The value of a part.
fn value(part: &Part, which: &str, numbers: bool) -> Sql {
    let value = match part.function {
        Function::Funnel { within } => {
            let steps = Sql::whole(part.facts.len() as u64);
            aggregations::funnel("steps_count", &steps, within.map(Sql::whole).as_ref())
        }
        function => aggregations::of_arrays(function, which, numbers),
    };
    aggregations::finished(&value, part)
}

/// How many rows of a measure have no value though one is read; None where none is.
fn invalid(measure: &Measure) -> Option<Sql> {
    let own = measure.value.function.reads() == Reads::Number;
    let other = match &measure.other {
        Some(Other::Denominator(part)) => part.function.reads() == Reads::Number,
        Some(Other::Covariate(_)) | None => false,
    };
    let terms: Vec<Sql> = [(own, "blanks_count"), (other, "other_blanks_count")]
        .into_iter()
        .filter(|(reads, _)| *reads)
        .map(|(_, counts)| Sql::new(format!("arraySum({counts})")))
        .collect();
    (!terms.is_empty()).then(|| Sql::join(terms, " + "))
}

/// What is said of the measures, those alike together; `nothing` of all others.
fn by_measure(measures: &[Measure], nothing: &str, expression: &dyn Fn(&Measure) -> Option<Sql>) -> Sql {
    let mut distinct: Vec<(Sql, Vec<Sql>)> = Vec::new();
    for (number, measure) in (1_u64..).zip(measures) {
        let Some(expression) = expression(measure) else { continue };
        match distinct.iter_mut().find(|(known, _)| *known == expression) {
            Some((_, numbers)) => numbers.push(Sql::whole(number)),
            None => distinct.push((expression, vec![Sql::whole(number)])),
        }
    }
    match distinct.as_slice() {
        [] => Sql::new(nothing),
        [(only, numbers)] if numbers.len() == measures.len() => only.clone(),
        _ => {
            let branches = distinct.into_iter().map(|(expression, numbers)| {
                Sql::new(format!("measure IN ({}), {expression}", Sql::join(numbers, ", ")))
            });
            Sql::new(format!("multiIf({}, {nothing})", Sql::join(branches, ", ")))
        }
    }
}
