//! The red flags of a plan's experiments as SQL.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::functions::sample_ratio_mismatch::MISMATCH_LEVEL;
use crate::inference::Caution;
use crate::plan::{Experiment, Function, Metric, Other, Part, Plan, Reads};

use super::columns::{Column, Stage, Step, all_of};
use super::exposures::{self, MOST_SEGMENTS};
use super::horizon::{Horizon, Reading};
use super::instant;
use super::lookup::lookup;
use super::scan::{self, Extra, Identity, RowColumns, ValueOf};
use super::scorecard::{self, end_or_never};
use super::script::{MADE, VERSION};
use super::template::Templates;
use super::text::Sql;

/// The columns of [`query`].
pub(super) fn columns() -> Vec<Column> {
    [
        ("experiment", "String", "Name of an experiment; empty where it is about the views"),
        ("flag", "String", "Code of the red flag; ok when there is none"),
        ("explanation", "String", "The same in words, with the numbers"),
    ]
    .map(|(name, ty, comment)| Column::new(name, ty, comment))
    .into()
}

/// What is wrong with the views themselves.
pub(super) fn leftovers(templates: &Templates, views: &BTreeSet<String>, comment: &str) -> Sql {
    templates.fill(
        "leftovers",
        context! {
            stamp => Value::from(Sql::string(comment)),
            made => Value::from(Sql::string(&format!("^{MADE}[0-9]+[.][0-9]+[.][0-9]+: "))),
            defined => Value::from(Sql::join(views.iter().map(|view| Sql::string(view)), ", ")),
            version => Value::from(Sql::string(VERSION)),
        },
    )
}

/// What the newest stored results of experiments caution against, one row per experiment and caution; None where none run.
pub(super) fn cautions<'n>(templates: &Templates, running: impl Iterator<Item = &'n str>) -> Option<Sql> {
    let running: Vec<Sql> = running.map(Sql::string).collect();
    let all = |item: fn(Caution) -> &'static str| {
        Value::from(Sql::array(Caution::ALL.map(|caution| Sql::string(item(caution)))))
    };
    (!running.is_empty()).then(|| {
        templates.fill(
            "cautions",
            context! {
                codes => all(Caution::code),
                meanings => all(meaning),
                running => Value::from(Sql::join(running, ", ")),
            },
        )
    })
}

fn meaning(caution: Caution) -> &'static str {
    match caution {
        Caution::PriorDecides => "the numbers are mostly the prior; wait, or ask whether you believe it",
        Caution::MeansNotSettled => {
            "a mean is not known to 5 %; wait, or see the page of functions for what helps meanwhile"
        }
        Caution::VariancesDisagree => {
            "the smaller arm varies less than the larger one says; heavy tails may have spared it so far"
        }
        Caution::OnlyUncorrected => {
            "only the uncorrected test calls; of several treatments some win by chance"
        }
    }
}

/// All red flags; where there is another of an experiment, ok is none of them.
pub(super) fn flags(templates: &Templates, queries: impl Iterator<Item = Sql>) -> Sql {
    // What stands after WITH is copied to all that follow in a UNION ALL, but for what is in brackets.
    let queries = queries.map(|query| Sql::new(format!("SELECT *\nFROM\n(\n    {}\n)", query.indented(4))));
    templates.fill("flags", context! { all => Value::from(Sql::join(queries, "\nUNION ALL\n")) })
}

/// One row per experiment and red flag, and one with the flag ok where there is none; None without experiments.
///
/// Windows and caps are judged by what the view `arms` has of the plan `reach`.
pub(super) fn query(
    templates: &Templates,
    prefix: &str,
    plan: &Plan,
    reach: &Plan,
    arms: &str,
) -> Option<Sql> {
    let tested = exposures::tested(templates, prefix, plan)?;
    let of = |item: fn(&Experiment) -> Sql| {
        Value::from(lookup(&plan.experiments.iter().map(item).collect::<Vec<_>>(), "experiment_number"))
    };
    let ends: Vec<Sql> =
        (1..=plan.experiments.len()).map(|number| end_or_never(plan.settled_from(number))).collect();
    let truth = |value: bool| Sql::new(if value { "true" } else { "false" });
    let parts = parts(plan);
    let of_part = |item: &dyn Fn(&MetricPart) -> Sql| {
        Value::from(lookup(&parts.iter().map(item).collect::<Vec<_>>(), "part_number"))
    };
    let first = plan.experiments.iter().map(|experiment| experiment.start).min().unwrap_or(0);
    let rows = scan::rows(
        templates,
        prefix,
        &plan.rows,
        &[format!("{} >= {first}", RowColumns(prefix).column("time"))],
        ValueOf::Metric,
        Identity::Hash,
        &[Extra::Copy],
    );
    let horizon = Horizon::new(reach, Reading::Now);
    let reached = (!reach.metrics.is_empty()).then(|| {
        let statistics = scorecard::statistics(templates, prefix, reach, &horizon);
        statistics.query(templates, &all_of(arms))
    });
    let of_reached = |item: &dyn Fn(&Metric) -> Sql| Value::from(scorecard::of_metric(reach, item));
    Some(templates.fill(
        "health",
        context! {
            reached => reached.map_or(Value::from(false), Value::from),
            segments_of_reached => reach.has_dimensions(),
            exposed => Value::from(Sql::new(if horizon.flags().is_some() { "identities" } else { "n" })),
            reached_part => of_reached(&|metric| Sql::string(&metric.name)),
            reached_experiment => Value::from(scorecard::of_experiment(reach, &|experiment| Sql::string(&experiment.name))),
            capped => of_reached(&|metric| truth(reach.measure_of(metric).value.at_least.is_some())),
            most => Value::from(Sql::whole(MOST_SEGMENTS)),
            p => Value::from(Sql::new(prefix)),
            tested => Value::from(tested),
            segments => plan.has_dimensions(),
            name => Value::from(exposures::name(plan, "experiment_number")),
            names => Value::from(Sql::array(plan.experiments.iter().map(|experiment| Sql::string(&experiment.name)))),
            control => of(|experiment| Sql::string(&experiment.control)),
            min_identities => of(|experiment| Sql::whole(experiment.min_identities)),
            start => of(|experiment| instant::literal(experiment.start)),
            end => Value::from(lookup(&ends, "experiment_number")),
            mismatch_level => Value::from(Sql::float(MISMATCH_LEVEL)),
            rows => if parts.is_empty() { Value::from(false) } else { Value::from(rows) },
            instants => Value::from(Sql::array(instants(&parts).into_iter().map(Sql::whole))),
            parts => Value::from(Sql::whole(parts.len() as u64)),
            part => of_part(&|part| Sql::string(&part.name)),
            part_experiment => of_part(&|part| Sql::string(&part.experiment.name)),
            part_start => of_part(&|part| Sql::whole(part.experiment.start)),
            part_end => of_part(&|part| Sql::whole(part.end)),
            fact => of_part(&|part| Sql::whole(part.fact as u64)),
            reads_value => of_part(&|part| truth(part.reads_value)),
            deduplicated => of_part(&|part| truth(plan.facts[part.fact - 1].deduplicate)),
            stated => Value::from(stated(plan)),
        },
    ))
}

/// The rows of a metric, or of one of several kinds that it needs.
struct MetricPart<'p> {
    /// In words.
    name: String,
    experiment: &'p Experiment,
    /// Until when its rows are of interest, in milliseconds since 1970-01-01 UTC.
    end: i64,
    fact: usize,
    reads_value: bool,
}

/// The parts of all metrics. A covariate is of the rows of its metric.
fn parts(plan: &Plan) -> Vec<MetricPart<'_>> {
    let mut parts = Vec::new();
    for metric in &plan.metrics {
        let experiment = &plan.experiments[metric.experiment - 1];
        let measure = plan.measure_of(metric);
        let end = plan.end_of_rows(metric);
        let mut add = |which: &str, fact: usize, reads_value: bool| {
            let name = format!("{which}the metric '{}'", metric.name);
            parts.push(MetricPart { name, experiment, end: end.unwrap_or(i64::MAX), fact, reads_value });
        };
        let reads_value = |part: &Part| part.function.reads() == Reads::Number;
        match (&measure.other, measure.value.function) {
            (Some(Other::Denominator(denominator)), _) => {
                add("the numerator of ", measure.value.facts[0], reads_value(&measure.value));
                add("the denominator of ", denominator.facts[0], reads_value(denominator));
            }
            (_, Function::Funnel { .. }) => {
                for (step, fact) in (1..).zip(&measure.value.facts) {
                    add(&format!("step {step} of "), *fact, false);
                }
            }
            _ => add("", measure.value.facts[0], reads_value(&measure.value)),
        }
    }
    parts
}

/// When the times of parts begin and end, in order.
fn instants(parts: &[MetricPart<'_>]) -> Vec<i64> {
    let mut instants: Vec<i64> = parts.iter().flat_map(|part| [part.experiment.start, part.end]).collect();
    instants.sort_unstable();
    instants.dedup();
    instants
}

/// The steps up to the sums that [`query`] judges windows and caps by; none where no metric has any.
pub(super) fn steps(
    templates: &Templates,
    prefix: &str,
    reach: &Plan,
    view_of: &dyn Fn(Stage) -> String,
) -> Vec<Step> {
    if reach.metrics.is_empty() {
        return Vec::new();
    }
    let horizon = Horizon::new(reach, Reading::Now);
    scorecard::statistics(templates, prefix, reach, &horizon).steps(templates, view_of)
}

/// The red flags that the definitions raise by themselves, as an array of (experiment, flag, explanation).
fn stated(plan: &Plan) -> Sql {
    let mut flags: Vec<(&str, &str, String)> = Vec::new();
    for (number, experiment) in (1..).zip(&plan.experiments) {
        if plan.metrics.iter().all(|metric| metric.experiment != number) {
            flags.push((&experiment.name, "no_metrics", "It has no metrics".to_owned()));
        }
    }
    for (experiment, other) in plan.sharing_exposures() {
        let explanation = format!("Experiment '{}' runs on the same exposures at the same time", other.name);
        flags.push((&experiment.name, "feature_shared", explanation));
    }
    let rows = flags.into_iter().map(|(experiment, flag, explanation)| {
        let texts = [experiment, flag, &explanation].map(Sql::string);
        Sql::new(format!("({})", Sql::join(texts, ", ")))
    });
    Sql::new(format!("CAST({} AS Array(Tuple(String, String, String)))", Sql::array(rows)))
}
