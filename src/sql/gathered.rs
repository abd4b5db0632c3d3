//! The values of identities out of arrays: the rows of each identity are gathered once, whatever the number of
//! experiments, meet its exposures once, and each measure of each experiment takes from them what counts.

use minijinja::{Value, context};

use crate::definition::Aggregation;
use crate::plan::{Function, Measure, Other, Part, Plan, Reads};

use super::aggregations;
use super::bent;
use super::bundles::{Bundles, Reckoned, Slot};
use super::columns::{Column, Stage, Step};
use super::horizon::Horizon;
use super::template::Templates;
use super::text::Sql;

/// The rows of the step `gathered`.
pub(super) struct Rows {
    /// With the numbers of facts, and copy and text where they are asked for.
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

    /// The arrays of a fact, and their types.
    fn arrays(&self) -> Vec<(&'static str, &'static str)> {
        let mut arrays = vec![("blank_times", "Array(Int64)")];
        if self.numbers {
            arrays.push(("value_times", "Array(Int64)"));
            arrays.push(("finite_values", "Array(Float64)"));
        }
        if self.texts {
            arrays.push(("texts", "Array(UInt64)"));
        }
        arrays
    }

    /// One row per identity, with an array of each of [`Rows::arrays`] per fact.
    pub(super) fn step(&self, templates: &Templates, prefix: &str) -> Step {
        let mut columns =
            vec![Column::new("identity", "UInt64", ""), Column::new("facts", "Array(UInt32)", "")];
        columns.extend(self.arrays().iter().map(|(name, ty)| Column::new(name, &format!("Array({ty})"), "")));
        Step { stage: Stage::Gathered, columns, query: self.query(templates, prefix) }
    }

    fn query(&self, templates: &Templates, prefix: &str) -> Sql {
        let copies = self.deduplicated.is_some();
        let mut facts = templates.fill(
            "facts",
            context! {
                p => Value::from(Sql::new(prefix)),
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

/// The measures that are taken from the same rows of an identity, which then counts for them from the same moment on.
pub(super) fn bundles(plan: &Plan) -> Bundles<'_> {
    let rows = |part: &Part| (part.facts.clone(), part.span);
    Bundles::by(plan, |measure| {
        (
            measure.is_joint(),
            rows(&measure.value),
            measure.other.as_ref().map(|other| rows(other.part())),
            measure.matures_after,
            measure.collects_after_end,
        )
    })
}

/// What is taken from the arrays: expressions in `bundle`, `experiment`, `first_exposure`, the arrays of an entry and
/// those that say which of their rows count.
pub(super) struct Taken {
    /// The bundles of an entry, by its `fact`; None where each fact has one, of the same number.
    pub bundles_of_fact: Option<Sql>,
    /// Bundles for which rows of several facts are looked at together.
    pub joint: Vec<Joint>,
    /// Whether a row of the time `t` counts for the values, and for the second values.
    pub counts: Sql,
    pub other_counts: Option<Sql>,
    pub slots: Vec<Slot>,
    /// Which bundles of which experiments, and which identities, are of interest.
    pub only: Option<Sql>,
}

/// A bundle for which the rows of several facts, or the steps of a funnel, are looked at together.
pub(super) struct Joint {
    bundle: usize,
    /// The fact of its values and of its second values; None of a funnel.
    facts: Option<(usize, usize)>,
    /// The facts of the steps of a funnel, in order.
    steps: Vec<usize>,
}

impl Taken {
    pub(super) fn new<'p>(plan: &'p Plan, bundles: &Bundles<'p>, horizon: &Horizon) -> Taken {
        let numbers = plan.facts.iter().any(|fact| fact.reads != Reads::Nothing);
        let has_other = plan.has_second_values();
        let other = |measure: &'p Measure| measure.other.as_ref().map_or(&measure.value, Other::part);
        let slot = |slot: usize| {
            let sums = bundles.in_slot(slot).flat_map(|(_, measure)| measure.parts()).all(is_sum_or_count);
            let reckoned = if sums { Reckoned::OfAll } else { Reckoned::OfItsOwn };
            Slot {
                value: bundles.of_slot(slot, "0.", reckoned, &|_, measure| {
                    (!bent::is_list(measure)).then(|| value(&measure.value, "", numbers))
                }),
                other: has_other.then(|| {
                    bundles.of_slot(slot, "0.", reckoned, &|_, measure| {
                        let other = measure.other.as_ref()?;
                        Some(value(other.part(), "other_", numbers))
                    })
                }),
                invalid: bundles.of_slot(slot, "0", reckoned, &|_, measure| {
                    rows_of_numbers(measure, &|which| format!("arraySum({which}blanks_counted)"))
                }),
                expected: bundles.of_slot(slot, "0", reckoned, &|_, measure| {
                    rows_of_numbers(measure, &|which| aggregations::rows_of_arrays(which).to_string())
                }),
                list: bundles.of_kind(slot, &bent::is_list).map(|_| {
                    bundles.of_slot(slot, "CAST([] AS Array(Float64))", reckoned, &|_, measure| {
                        bent::is_list(measure).then(|| aggregations::of_arrays(Function::Values, "", numbers))
                    })
                }),
            }
        };
        let mut only = Vec::new();
        only.extend(used(plan, bundles).map(|used| used.to_string()));
        only.extend(horizon.is_mature(bundles).map(|mature| mature.to_string()));
        Taken {
            bundles_of_fact: bundles_of_fact(plan, bundles),
            joint: joint(bundles),
            counts: counts(plan, bundles, horizon, &|measure| &measure.value),
            other_counts: has_other.then(|| counts(plan, bundles, horizon, &other)),
            slots: bundles.slots().map(slot).collect(),
            only: (!only.is_empty()).then(|| Sql::new(only.join(" AND "))),
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
        let separate_other =
            self.other_counts.is_some() && self.joint.iter().any(|joint| joint.facts.is_some());
        let steps = self.joint.iter().any(|joint| !joint.steps.is_empty());
        let bundles = match (&self.bundles_of_fact, self.joint.is_empty()) {
            (None, true) => "gathered.facts".to_owned(),
            (of_fact, _) => {
                let own = of_fact.as_ref().map_or_else(
                    || "arrayMap(fact -> [fact], gathered.facts)".to_owned(),
                    |of_fact| format!("arrayMap(fact -> {of_fact}, gathered.facts)"),
                );
                let joint = self.joint.iter().map(|joint| Sql::new(format!("[{}]", joint.bundle)));
                format!("CAST(arrayConcat({own}, {}) AS Array(Array(UInt32)))", Sql::array(joint))
            }
        };
        let entries_of = |name: &str, ty: &str, fact: &dyn Fn(&Joint) -> Option<usize>| {
            let own = format!("gathered.{name}");
            if self.joint.is_empty() {
                return Sql::new(own);
            }
            let joint = self.joint.iter().map(|joint| {
                Sql::new(fact(joint).map_or_else(
                    || format!("CAST([] AS {ty})"),
                    |fact| format!("gathered.{name}[indexOf(gathered.facts, {fact})]"),
                ))
            });
            Sql::new(format!("arrayConcat({own}, {})", Sql::array(joint)))
        };
        let mut columns: Vec<(String, Sql)> = Vec::new();
        for (name, ty) in &arrays {
            let first = |joint: &Joint| joint.facts.map(|(first, _)| first);
            columns.push(((*name).to_owned(), entries_of(name, ty, &first)));
            if separate_other {
                let second = |joint: &Joint| joint.facts.map(|(_, second)| second);
                columns.push((format!("other_{name}"), entries_of(name, ty, &second)));
            }
        }
        if steps {
            let nothing = "CAST([] AS Array(Tuple(Int64, Int64)))";
            let of_joint = self.joint.iter().map(|joint| steps_of(joint, rows.numbers, nothing));
            columns.push((
                "steps".to_owned(),
                Sql::new(format!(
                    "arrayConcat(arrayResize([{nothing}], length(gathered.facts)), {})",
                    Sql::array(of_joint)
                )),
            ));
        }
        let shared = self.bundles_of_fact.is_some() || !self.joint.is_empty();
        let bundle = if shared { "bundles_of_entry" } else { "bundle" };
        let mut entries = vec![Sql::new(format!("{bundles} AS {bundle}"))];
        entries.extend(columns.iter().map(|(name, expression)| Sql::new(format!("{expression} AS {name}"))));
        entries.push(Sql::new(match self.joint.len() {
            0 => "arrayEnumerate(gathered.facts) AS entry".to_owned(),
            joint => format!("range(1, length(gathered.facts) + {}) AS entry", joint + 1),
        }));
        let mut counted: Vec<Sql> = columns
            .iter()
            .filter(|(name, _)| name != "steps")
            .map(|(name, _)| Sql::new(name.as_str()))
            .collect();
        if self.other_counts.is_some() && !separate_other {
            counted.extend(arrays.iter().map(|(name, _)| Sql::new(format!("{name} AS other_{name}"))));
        }
        let mut masks = |which: &str, counts: &Sql| {
            if rows.numbers {
                counted.push(Sql::new(format!(
                    "arrayMap(t -> {counts}, {which}value_times) AS {which}values_counted"
                )));
            }
            counted.push(Sql::new(format!(
                "arrayMap(t -> {counts}, {which}blank_times) AS {which}blanks_counted"
            )));
        };
        masks("", &self.counts);
        if let Some(counts) = &self.other_counts {
            masks("other_", counts);
        }
        if steps {
            counted.push(Sql::new(format!(
                "arrayFilter(row -> arrayExists(t -> {}, [row.1]), steps) AS steps_counted",
                self.counts
            )));
        }
        let mut values = Vec::new();
        for (number, slot) in (1..).zip(&self.slots) {
            values.push(Sql::new(format!("{} AS value_{number}", slot.value)));
            values.extend(slot.other.iter().map(|other| Sql::new(format!("{other} AS other_{number}"))));
            values.push(Sql::new(format!("toUInt64({}) AS invalid_{number}", slot.invalid)));
            values.push(Sql::new(format!("toUInt64({}) AS expected_{number}", slot.expected)));
            values.extend(slot.list.iter().map(|list| Sql::new(format!("{list} AS list_{number}"))));
        }
        templates.fill(
            "values_gathered",
            context! {
                p => Value::from(Sql::new(prefix)),
                by_day,
                segments,
                shared,
                entries => Value::from(Sql::join(entries, ",\n")),
                counted => Value::from(Sql::join(counted, ",\n")),
                values => Value::from(Sql::join(values, ",\n")),
                only => self.only.clone().map_or(Value::from(false), Value::from),
            },
        )
    }
}

/// Which bundles of which experiments have a measure that is used; None where all have.
fn used(plan: &Plan, bundles: &Bundles) -> Option<Sql> {
    if plan.shares_all_measures() {
        return None;
    }
    let used = plan.used_measures().into_iter();
    let mut pairs: Vec<(usize, usize)> =
        used.map(|(experiment, measure)| (experiment, bundles.number_of(measure))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let pairs = pairs.into_iter().map(|(experiment, bundle)| Sql::new(format!("({experiment}, {bundle})")));
    Some(Sql::new(format!("(experiment, bundle) IN ({})", Sql::join(pairs, ", "))))
}

/// The bundles of `fact` as an array; None where each fact has one, of the same number.
fn bundles_of_fact(plan: &Plan, bundles: &Bundles) -> Option<Sql> {
    let of_fact = |fact: usize| {
        let own =
            bundles.leaders().filter(move |(_, leader)| !leader.is_joint() && leader.value.facts[0] == fact);
        own.map(|(bundle, _)| bundle).collect::<Vec<usize>>()
    };
    let all: Vec<Vec<usize>> = (1..=plan.facts.len()).map(of_fact).collect();
    let same = (1..).zip(&all).all(|(fact, bundles)| bundles.as_slice() == [fact]);
    (!same).then(|| {
        let of_facts = all
            .into_iter()
            .map(|bundles| Sql::array(bundles.into_iter().map(|bundle| Sql::whole(bundle as u64))));
        Sql::new(format!("{}[fact]", Sql::array(of_facts)))
    })
}

fn joint(bundles: &Bundles) -> Vec<Joint> {
    bundles
        .leaders()
        .filter(|(_, leader)| leader.is_joint())
        .map(|(bundle, leader)| match (&leader.value.function, &leader.other) {
            (Function::Funnel { .. }, _) => Joint { bundle, facts: None, steps: leader.value.facts.clone() },
            (_, Some(other)) => {
                let facts = (leader.value.facts[0], other.part().facts[0]);
                Joint { bundle, facts: Some(facts), steps: Vec::new() }
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

/// Whether a row of the time `t` counts for a part of the measures of `bundle`.
fn counts<'p>(
    plan: &'p Plan,
    bundles: &Bundles<'p>,
    horizon: &Horizon,
    part: &dyn Fn(&'p Measure) -> &'p Part,
) -> Sql {
    if let Some([from, to]) = horizon.span() {
        let within = format!("t >= first_exposure + {from} AND t < first_exposure + {to}");
        // What was before the exposure is the same on every day.
        let lookback = bundles.of_bundle(&|measure| Sql::whole(-part(measure).span.from.min(0)));
        if lookback.as_str() == "0" {
            return Sql::new(within);
        }
        return Sql::new(format!(
            "if({lookback} = 0, {within}, t >= first_exposure - {lookback} AND t < first_exposure)"
        ));
    }
    let from = bundles.of_bundle(&|measure| Sql::whole(part(measure).span.from));
    let mut conditions = vec![match from.as_str() {
        "0" => "t >= first_exposure".to_owned(),
        from => format!("t >= first_exposure + {from}"),
    }];
    if plan.measures.iter().any(|measure| part(measure).span.to.is_some()) {
        // What is longer than everything is no limit.
        let to = bundles.of_bundle(&|measure| Sql::whole(part(measure).span.to.unwrap_or(i64::MAX / 2)));
        conditions.push(format!("t < first_exposure + {to}"));
    }
    let [dropping, collecting] =
        [false, true].map(|collects| horizon.of_row("t", collects).unwrap_or_else(|| "true".to_owned()));
    let end = bundles.choose(&|measure| measure.collects_after_end, &collecting, &dropping);
    if end.as_str() != "true" {
        conditions.push(end.to_string());
    }
    Sql::new(conditions.join(" AND "))
}

/// Whether the value of a part takes no more than how many rows count and the sum of their values.
fn is_sum_or_count(part: &Part) -> bool {
    use Aggregation::{Count, Mean, Occurrence, Sum};
    matches!(part.function, Function::Aggregation(Occurrence | Count | Sum | Mean))
}

/// The value of a part.
fn value(part: &Part, which: &str, numbers: bool) -> Sql {
    let value = match part.function {
        Function::Funnel { within } => {
            let steps = Sql::whole(part.facts.len() as u64);
            aggregations::funnel("steps_counted", &steps, within.map(Sql::whole).as_ref())
        }
        function => aggregations::of_arrays(function, which, numbers),
    };
    aggregations::finished(&value, part)
}

/// Something of the rows of a measure whose values should be numbers, for each part by the prefix of its arrays, added up; None
/// where none should be.
fn rows_of_numbers(measure: &Measure, item: &dyn Fn(&str) -> String) -> Option<Sql> {
    let own = measure.value.function.reads() == Reads::Number;
    let other = match &measure.other {
        Some(Other::Denominator(part)) => part.function.reads() == Reads::Number,
        Some(Other::Covariate(_)) | None => false,
    };
    let terms: Vec<Sql> = [(own, ""), (other, "other_")]
        .into_iter()
        .filter(|(reads, _)| *reads)
        .map(|(_, which)| Sql::new(item(which)))
        .collect();
    (!terms.is_empty()).then(|| Sql::join(terms, " + "))
}
