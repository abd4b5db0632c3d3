//! The script that `scorecard compile` prints: all views and tables that a set of definitions makes.

use std::collections::BTreeSet;

use crate::definition::{Definitions, Experiment, Fragment, Kind, Relation, Rows, Status};
use crate::plan::{Plan, encoding};

use super::columns::{Column, Stage, Step, declarations};
use super::exposures;
use super::funnels;
use super::health;
use super::history;
use super::horizon::Reading;
use super::parts;
use super::probes;
use super::registry;
use super::scorecard;
use super::settings;
use super::template::Templates;
use super::text::Sql;

/// The version that made the views, as the views say it.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Views of earlier versions that nothing makes any more.
const RETIRED: [&str; 3] =
    ["experiment_registry_problems", "experiment_results_due", "experiment_scorecard_due"];

/// The script: idempotent, and the same for the same definitions.
pub fn script(definitions: &Definitions) -> String {
    let mut script = Script {
        definitions,
        templates: Templates::new(),
        prefix: prefix(definitions),
        views: BTreeSet::new(),
        statements: Vec::new(),
    };
    let readable = script.of(&[Status::Running, Status::Completed]);
    script.statements.extend(probes::statements(&script.plan(&readable)));
    script.statements.extend(RETIRED.map(|name| Sql::new(format!("DROP VIEW IF EXISTS {name}"))));
    script.statements.extend(registry::tables(definitions));
    let running = script.of(&[Status::Running]);
    script.running(&running);
    let mut frozen = Vec::new();
    for experiment in readable {
        frozen.extend(script.single(experiment));
    }
    script.statements.extend(history::table());
    script.view(
        "experiment_results_latest",
        &history::columns(),
        history::latest(),
        "the newest stored result of each experiment",
    );
    script.statements.extend(history::refresh(&frozen));
    script.health(&running, &frozen);
    script.statements.iter().map(|statement| format!("{};\n\n", statement.finish())).collect()
}

/// What a view of results tells.
#[derive(Clone, Copy)]
enum Told {
    Scorecard(Reading),
    Funnels,
}

const SCORECARD: Told = Told::Scorecard(Reading::Now);
const BY_DAY: Told = Told::Scorecard(Reading::EachDay);
const SINCE_EXPOSURE: Told = Told::Scorecard(Reading::SinceExposure);

impl Told {
    fn columns(self) -> Vec<Column> {
        match self {
            Told::Scorecard(reading) => scorecard::columns(reading),
            Told::Funnels => funnels::columns(),
        }
    }
}

/// The statements so far.
struct Script<'d> {
    definitions: &'d Definitions,
    templates: Templates,
    /// Goes before each of our names that a user's SQL could see.
    prefix: String,
    /// The names of the views.
    views: BTreeSet<String>,
    statements: Vec<Sql>,
}

impl<'d> Script<'d> {
    /// The experiments that stand so.
    fn of(&self, status: &[Status]) -> Vec<&'d Experiment> {
        self.definitions.experiments.iter().filter(|experiment| status.contains(&experiment.status)).collect()
    }

    fn plan(&self, experiments: &[&'d Experiment]) -> Plan {
        Plan::new(self.definitions, experiments.iter().copied())
    }

    fn plan_of(&self, experiments: &[&'d Experiment], reading: Reading) -> Plan {
        match reading {
            Reading::Now | Reading::EachDay => self.plan(experiments),
            Reading::SinceExposure => Plan::since_exposure(self.definitions, experiments.iter().copied()),
        }
    }

    /// What is told of all running experiments together.
    fn running(&mut self, experiments: &[&'d Experiment]) {
        for (name, parts, told, meaning) in [
            ("experiment_scorecard", "scorecard", SCORECARD, "the scorecards of all running experiments"),
            (
                "experiment_results_by_day",
                "by_day",
                BY_DAY,
                "the scorecards of all running experiments as of the end of each day",
            ),
            (
                "experiment_effect_by_day",
                "effect_by_day",
                SINCE_EXPOSURE,
                "the scorecards of all running experiments by the days since each identity's exposure",
            ),
            (
                "experiment_funnels",
                "funnels",
                Told::Funnels,
                "how many reached each step of the funnels of all running experiments",
            ),
        ] {
            // Only their length matters here, and any name will do.
            let queries = |some: &[&'d Experiment]| {
                let (steps, result) = self.queries(some, told, &|_| name.to_owned());
                steps.into_iter().map(|step| step.query).chain(result).collect()
            };
            match parts::split(experiments, &queries).as_slice() {
                [] | [_] => self.steps_and_view(name, experiments, told, meaning),
                several => {
                    let mut selects = Vec::new();
                    for (number, some) in (1..).zip(several) {
                        let part = format!("experiment_parts_{parts}_{number}");
                        self.steps_and_view(&part, some, told, &format!("a part of {name}"));
                        selects.push(columns_from(&part, &told.columns()));
                    }
                    let query = Sql::join(selects, "\nUNION ALL\n");
                    self.view(name, &told.columns(), Some(query), meaning);
                }
            }
        }
        let plan = self.plan(experiments);
        let traffic = exposures::traffic(&self.templates, &self.prefix, &plan);
        self.view(
            "experiment_scorecard_traffic",
            &exposures::traffic_columns(),
            traffic,
            "the traffic of all running experiments",
        );
        let exposed = exposures::exposures(&self.templates, &self.prefix, &plan);
        self.view(
            "experiment_scorecard_exposures",
            &exposures::exposure_columns(),
            exposed,
            "who is exposed to what in all running experiments",
        );
    }

    /// The views of one experiment, and how its result is frozen if it is completed.
    fn single(&mut self, experiment: &'d Experiment) -> Option<history::Frozen> {
        let plan = self.plan(&[experiment]);
        let views = [
            ("experiment_scorecard", SCORECARD, "the scorecard of one experiment"),
            (
                "experiment_results_by_day",
                BY_DAY,
                "the scorecard of one experiment as of the end of each day",
            ),
            (
                "experiment_effect_by_day",
                SINCE_EXPOSURE,
                "the scorecard of one experiment by the days since each identity's exposure",
            ),
        ];
        for (name, told, meaning) in views {
            self.steps_and_view(&format!("{name}_{}", experiment.name), &[experiment], told, meaning);
        }
        if experiment.metrics.iter().any(|one| matches!(one.metric.kind, Kind::Funnel { .. })) {
            let name = format!("experiment_funnels_{}", experiment.name);
            let meaning = "how many reached each step of the funnels of one experiment";
            self.steps_and_view(&name, &[experiment], Told::Funnels, meaning);
        }
        let settled_from = plan.settled_from(1).filter(|_| experiment.status == Status::Completed)?;
        Some(history::Frozen {
            view: format!("experiment_scorecard_{}", experiment.name),
            experiment: experiment.name.clone(),
            settled_from,
            definition: encoding::number(self.definitions, experiment),
        })
    }

    /// A view, and those that it reads.
    fn steps_and_view(&mut self, name: &str, experiments: &[&'d Experiment], told: Told, meaning: &str) {
        // experiment_arms_by_day of experiment_results_by_day: what is below has no results yet.
        let own = name.strip_prefix("experiment_").unwrap_or(name);
        let own = own.strip_prefix("results_").unwrap_or(own);
        let view_of = |stage| view_of(stage, own);
        let (steps, result) = self.queries(experiments, told, &view_of);
        self.steps(steps, &view_of, name);
        self.view(name, &told.columns(), result, meaning);
    }

    /// The views of the steps below a result.
    fn steps(&mut self, steps: Vec<Step>, view_of: &dyn Fn(Stage) -> String, result: &str) {
        for Step { stage, columns, query } in steps {
            self.view(&view_of(stage), &columns, Some(query), &stage.meaning(result));
        }
    }

    /// The steps below a view, by the names that their views are to have, and its own query.
    fn queries(
        &self,
        experiments: &[&'d Experiment],
        told: Told,
        view_of: &dyn Fn(Stage) -> String,
    ) -> (Vec<Step>, Option<Sql>) {
        let (templates, prefix) = (&self.templates, self.prefix.as_str());
        let queries = match told {
            Told::Scorecard(reading) => {
                let plan = self.plan_of(experiments, reading);
                scorecard::queries(templates, prefix, &plan, reading, view_of)
            }
            Told::Funnels => {
                let planned = Plan::of_funnels(self.definitions, experiments.iter().copied());
                funnels::queries(templates, prefix, &planned, view_of)
            }
        };
        queries.map_or_else(Default::default, |(steps, result)| (steps, Some(result)))
    }

    fn health(&mut self, experiments: &[&'d Experiment], frozen: &[history::Frozen]) {
        let parts = parts::split(experiments, &|some| {
            let (steps, flags) = self.flags(some, &|stage| view_of(stage, "health"));
            steps.into_iter().map(|step| step.query).chain(flags).collect()
        });
        let mut flags = Vec::new();
        for (number, some) in (1..).zip(&parts) {
            let of_part = if parts.len() > 1 { format!("_{number}") } else { String::new() };
            let view_of = |stage| view_of(stage, &format!("health{of_part}"));
            let (steps, query) = self.flags(some, &view_of);
            self.steps(steps, &view_of, "experiment_health");
            flags.extend(query);
        }
        let flags =
            self.parts("health", &health::columns(), flags, "red flags of some of the running experiments");
        let stamp = fingerprint(&format!("{VERSION} {:?}", self.definitions));
        let meaning = format!("the red flags of definitions {stamp:016x}");
        self.views.insert("experiment_health".to_owned());
        let leftovers = health::leftovers(&self.templates, &self.views, &made(&meaning));
        let names = experiments.iter().map(|experiment| experiment.name.as_str());
        let cautions = health::cautions(&self.templates, names);
        let outdated = history::outdated(&self.templates, frozen);
        let all = health::flags(
            &self.templates,
            flags.into_iter().chain(cautions).chain(outdated).chain([leftovers]),
        );
        self.view("experiment_health", &health::columns(), Some(all), &meaning);
    }

    /// What is wrong with experiments, and the steps below that, by the names that their views are to have.
    fn flags(
        &self,
        experiments: &[&'d Experiment],
        view_of: &dyn Fn(Stage) -> String,
    ) -> (Vec<Step>, Option<Sql>) {
        let reach = Plan::of_reach(self.definitions, experiments.iter().copied());
        let (templates, prefix) = (&self.templates, self.prefix.as_str());
        let arms = view_of(Stage::Arms);
        (
            health::steps(templates, prefix, &reach, view_of),
            health::query(templates, prefix, &self.plan(experiments), &reach, &arms),
        )
    }

    /// The queries, each by a view of its own where they are several.
    fn parts(&mut self, parts: &str, columns: &[Column], queries: Vec<Sql>, meaning: &str) -> Vec<Sql> {
        if queries.len() < 2 {
            return queries;
        }
        let mut selects = Vec::new();
        for (number, query) in (1..).zip(queries) {
            let name = format!("experiment_parts_{parts}_{number}");
            self.view(&name, columns, Some(query), meaning);
            selects.push(columns_from(&name, columns));
        }
        selects
    }

    /// A view; without a query it has no rows.
    fn view(&mut self, name: &str, columns: &[Column], query: Option<Sql>, meaning: &str) {
        let query = query.unwrap_or_else(|| {
            let nothing = columns.iter().map(|column| {
                Sql::new(format!("defaultValueOfTypeName({}) AS {}", Sql::string(&column.ty), column.name))
            });
            Sql::new(format!("SELECT\n    {}\nWHERE false", Sql::join(nothing, ",\n    ")))
        });
        self.statements.push(Sql::new(format!(
            "CREATE OR REPLACE VIEW {}\n(\n    {}\n)\nAS\n{query}\n{}\nCOMMENT {}",
            Sql::name(name),
            declarations(columns).indented(4),
            settings::clause(),
            Sql::string(&made(meaning)),
        )));
        self.views.insert(name.to_owned());
    }
}

/// The name of the view of a step below the result that is `of` something.
fn view_of(stage: Stage, of: &str) -> String {
    format!("experiment_{}_{of}", stage.name())
}

/// The columns of a view.
fn columns_from(view: &str, columns: &[Column]) -> Sql {
    let names = Sql::join(columns.iter().map(|column| Sql::new(column.name.as_str())), ",\n    ");
    Sql::new(format!("SELECT\n    {names}\nFROM {view}"))
}

/// The beginning of the comment of every view that a script makes.
pub(super) const MADE: &str = "Scorecard ";

/// The comment of a view.
fn made(meaning: &str) -> String {
    format!("{MADE}{VERSION}: {meaning}")
}

/// What goes before each of our names that a user's SQL could see: something that is in none of it.
fn prefix(definitions: &Definitions) -> String {
    let texts = fragments(definitions);
    let mut prefix = "scorecard_".to_owned();
    while texts.iter().any(|text| text.contains(&prefix)) {
        prefix.push('_');
    }
    prefix
}

/// Every text of a user's that gets into a query without quotes, and the tables that are read.
fn fragments(definitions: &Definitions) -> Vec<&str> {
    fn text(fragment: &Option<Fragment>) -> Option<&str> {
        fragment.as_ref().map(|fragment| fragment.0.as_str())
    }
    let mut texts: Vec<&str> = Vec::new();
    for source in &definitions.sources {
        texts.extend([source.identifier.0.as_str(), source.timestamp.0.as_str()]);
        texts.extend(text(&source.value));
        texts.push(match &source.relation {
            Relation::Table { table, .. } => table,
            Relation::Query(query) => &query.0,
        });
    }
    for experiment in &definitions.experiments {
        texts.extend(text(&experiment.exposure.filter));
        texts.extend(text(&experiment.exposure.variant));
        texts.extend(experiment.dimensions.iter().map(|dimension| dimension.value.0.as_str()));
        for metric_use in &experiment.metrics {
            for Rows { filter, value, .. } in metric_use.metric.kind.rows() {
                texts.extend(text(filter));
                texts.extend(text(value));
            }
        }
    }
    texts
}

/// A number that changes with the text: FNV-1a with 64 bits, the same on every machine and in every version.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
