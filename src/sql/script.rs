//! The script that `scorecard compile` prints: all views and tables that a set of definitions makes.

use std::collections::BTreeSet;

use crate::definition::{Definitions, Experiment, Kind, MetricUse, Status};
use crate::plan::{Plan, encoding, passes};
use crate::query::{Query, Select, Sql};

use super::columns::{Column, Stage, Step, declarations};
use super::exposures;
use super::funnels;
use super::health;
use super::history;
use super::parts;
use super::prefix::Prefix;
use super::probes;
use super::registry;
use super::scorecard;
use super::settings;
use super::values::Reading;

/// The version that made the views, as the views say it.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Views of earlier versions that nothing makes any more.
const RETIRED: [&str; 6] = [
    "experiment_registry_problems",
    "experiment_results_due",
    "experiment_scorecard_due",
    "experiment_gathered_scorecard",
    "experiment_gathered_by_day",
    "experiment_gathered_effect_by_day",
];

/// The steps below the results of all running experiments, which have none where they are those of one.
const STEPS_OF_ALL: [&str; 8] = [
    "experiment_arms_scorecard",
    "experiment_inferred_scorecard",
    "experiment_arms_by_day",
    "experiment_inferred_by_day",
    "experiment_arms_effect_by_day",
    "experiment_inferred_effect_by_day",
    "experiment_arms_funnels",
    "experiment_arms_health",
];

/// The script: idempotent, and the same for the same definitions.
pub fn script(definitions: &Definitions) -> String {
    let mut script = Script {
        definitions,
        prefix: Prefix::of(definitions),
        views: BTreeSet::new(),
        statements: Vec::new(),
    };
    let readable = script.of(&[Status::Running, Status::Completed]);
    script.statements.extend(probes::statements(&script.plan(&readable)));
    script.statements.extend(RETIRED.map(|name| Sql::new(format!("DROP VIEW IF EXISTS {name}"))));
    script.statements.extend(registry::tables(definitions));
    let mut frozen = Vec::new();
    for experiment in readable {
        frozen.extend(script.single(experiment));
    }
    let running = script.of(&[Status::Running]);
    script.running(&running);
    script.statements.extend(history::table());
    script.view(
        "experiment_results_latest",
        &history::columns(),
        history::latest(),
        "the newest stored result of each experiment",
    );
    script.statements.extend(history::refresh(&frozen));
    script.health(&running, &frozen);
    script.drop_steps();
    script.statements.iter().map(|statement| format!("{};\n\n", statement.finish())).collect()
}

/// The results that a view has.
#[derive(Clone, Copy)]
enum Results {
    Scorecard(Reading),
    Funnels,
}

const SCORECARD: Results = Results::Scorecard(Reading::Now);
const BY_DAY: Results = Results::Scorecard(Reading::EachDay);
const SINCE_EXPOSURE: Results = Results::Scorecard(Reading::SinceExposure);

impl Results {
    fn columns(self) -> Vec<Column> {
        match self {
            Results::Scorecard(reading) => scorecard::columns(reading),
            Results::Funnels => funnels::columns(),
        }
    }

    /// Whether an experiment has such results.
    fn is_of(self, experiment: &Experiment) -> bool {
        let is_funnel = |metric: &MetricUse| matches!(metric.metric.kind, Kind::Funnel { .. });
        match self {
            Results::Scorecard(_) => !experiment.metrics.is_empty(),
            Results::Funnels => experiment.metrics.iter().any(is_funnel),
        }
    }
}

/// The statements so far.
struct Script<'d> {
    definitions: &'d Definitions,
    prefix: Prefix,
    /// The names of the views.
    views: BTreeSet<String>,
    statements: Vec<Sql>,
}

impl<'d> Script<'d> {
    /// The experiments that stand so.
    fn of(&self, status: &[Status]) -> Vec<&'d Experiment> {
        self.definitions.experiments.iter().filter(|experiment| status.contains(&experiment.status)).collect()
    }

    fn plan(&self, experiments: &[&Experiment]) -> Plan {
        Plan::new(self.definitions, experiments.iter().copied())
    }

    fn plan_of(&self, experiments: &[&Experiment], reading: Reading) -> Plan {
        match reading {
            Reading::Now | Reading::EachDay => self.plan(experiments),
            Reading::SinceExposure => Plan::since_exposure(self.definitions, experiments.iter().copied()),
        }
    }

    /// The views of all running experiments together.
    fn running(&mut self, experiments: &[&'d Experiment]) {
        for (name, parts, results, meaning) in [
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
                Results::Funnels,
                "how many reached each step of the funnels of all running experiments",
            ),
        ] {
            let passes = self.passes(experiments, results);
            if let [only] = passes.as_slice()
                && only.len() > 1
            {
                self.steps_and_view(name, only, results, meaning);
                continue;
            }
            let mut selects = Vec::new();
            for (number, some) in (1..).zip(passes) {
                // A pass of one experiment is its own view.
                let part = match some.as_slice() {
                    [only] => format!("{name}_{}", only.name),
                    _ => {
                        let part = format!("experiment_parts_{parts}_{number}");
                        self.steps_and_view(&part, &some, results, &format!("a part of {name}"));
                        part
                    }
                };
                selects.push(all_of(&part));
            }
            self.union(name, results, selects, meaning);
        }
        let plan = self.plan(experiments);
        let traffic = exposures::traffic(&self.prefix, &plan).map(|query| query.print());
        self.view(
            "experiment_scorecard_traffic",
            &exposures::traffic_columns(),
            traffic,
            "the traffic of all running experiments",
        );
        let exposed = exposures::exposures(&self.prefix, &plan).map(|query| query.print());
        self.view(
            "experiment_scorecard_exposures",
            &exposures::exposure_columns(),
            exposed,
            "who is exposed to what in all running experiments",
        );
    }

    /// The experiments that have such results, by the passes in which they are read, each below the limits of a query.
    fn passes(&self, experiments: &[&'d Experiment], results: Results) -> Vec<Vec<&'d Experiment>> {
        let asked = experiments.iter().copied().filter(|experiment| results.is_of(experiment));
        let queries = |some: &[&'d Experiment]| self.texts(some, results);
        let split = |pass: Vec<&'d Experiment>| {
            parts::split(&pass, &queries).into_iter().map(<[_]>::to_vec).collect::<Vec<_>>()
        };
        passes(self.definitions, asked).into_iter().flat_map(split).collect()
    }

    /// The queries of experiments, of which only the length matters: any name will do.
    fn texts(&self, experiments: &[&Experiment], results: Results) -> Vec<Sql> {
        let (steps, result) = self.queries(experiments, results, &|_| "experiment_scorecard".to_owned());
        steps.into_iter().map(|step| step.query).chain(result).collect()
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
        for (name, results, meaning) in views {
            self.view_of_one(&format!("{name}_{}", experiment.name), experiment, results, meaning);
        }
        if Results::Funnels.is_of(experiment) {
            let name = format!("experiment_funnels_{}", experiment.name);
            let meaning = "how many reached each step of the funnels of one experiment";
            self.view_of_one(&name, experiment, Results::Funnels, meaning);
        }
        let settled_from = plan.settled_from(1).filter(|_| experiment.status == Status::Completed)?;
        Some(history::Frozen {
            view: format!("experiment_scorecard_{}", experiment.name),
            experiment: experiment.name.clone(),
            settled_from,
            definition: encoding::number(self.definitions, experiment),
        })
    }

    /// A view of one experiment; of one with more metrics than a query can tell, in parts.
    fn view_of_one(&mut self, name: &str, experiment: &Experiment, results: Results, meaning: &str) {
        let parts = parts_of_one(experiment, &|some| self.texts(&[some], results));
        if parts.len() < 2 {
            self.steps_and_view(name, &[experiment], results, meaning);
            return;
        }
        let mut selects = Vec::new();
        for (number, part) in (1..).zip(&parts) {
            let view = format!("{name} part {number}");
            self.steps_and_view(&view, &[part], results, &format!("a part of {name}"));
            selects.push(all_of(&view));
        }
        self.union(name, results, selects, meaning);
    }

    /// A view of the rows of others.
    fn union(&mut self, name: &str, results: Results, selects: Vec<Query>, meaning: &str) {
        let query = (!selects.is_empty()).then(|| Query::UnionAll(selects).print());
        self.open_view(name, &results.columns(), query, meaning);
    }

    /// A view, and those that it reads.
    fn steps_and_view(&mut self, name: &str, experiments: &[&Experiment], results: Results, meaning: &str) {
        // experiment_arms_by_day of experiment_results_by_day: what is below has no results yet.
        let own = name.strip_prefix("experiment_").unwrap_or(name);
        let own = own.strip_prefix("results_").unwrap_or(own);
        let view_of = |stage| view_of(stage, own);
        let (steps, result) = self.queries(experiments, results, &view_of);
        self.steps(steps, &view_of, name);
        self.view(name, &results.columns(), result, meaning);
    }

    /// The views of the steps below a result.
    fn steps(&mut self, steps: Vec<Step>, view_of: &dyn Fn(Stage) -> String, result: &str) {
        for Step { stage, columns, query } in steps {
            self.open_view(&view_of(stage), &columns, Some(query), &stage.meaning(result));
        }
    }

    /// The steps below a view, by the names that their views are to have, and its own query.
    fn queries(
        &self,
        experiments: &[&Experiment],
        results: Results,
        view_of: &dyn Fn(Stage) -> String,
    ) -> (Vec<Step>, Option<Sql>) {
        let prefix = &self.prefix;
        let queries = match results {
            Results::Scorecard(reading) => {
                let plan = self.plan_of(experiments, reading);
                scorecard::queries(prefix, &plan, reading, view_of)
            }
            Results::Funnels => {
                let planned = Plan::of_funnels(self.definitions, experiments.iter().copied());
                funnels::queries(prefix, &planned, view_of)
            }
        };
        queries.map_or_else(Default::default, |(steps, result)| (steps, Some(result.print())))
    }

    fn health(&mut self, experiments: &[&'d Experiment], frozen: &[history::Frozen]) {
        let mut flags: Vec<Query> = self.flags_of_plans(experiments);
        flags.extend(self.flags_of_windows(experiments));
        let stamp = fingerprint(&format!("{VERSION} {:?}", self.definitions));
        let meaning = format!("the red flags of definitions {stamp:016x}");
        self.views.insert("experiment_health".to_owned());
        let running: Vec<&str> = experiments.iter().map(|experiment| experiment.name.as_str()).collect();
        flags.extend(health::of_views(&running, frozen, &self.views, &made(&meaning)));
        let all = health::flags(&running, flags).print();
        self.view("experiment_health", &health::columns(), Some(all), &meaning);
    }

    /// The flags of windows and caps, over a view of sums for each pass.
    fn flags_of_windows(&mut self, experiments: &[&'d Experiment]) -> Vec<Query> {
        let reach = |some: &[&Experiment]| Plan::of_reach(self.definitions, some.iter().copied());
        let step = |some: &[&Experiment]| health::step(&self.prefix, &reach(some));
        let text = |some: &[&Experiment]| step(some).into_iter().map(|step| step.query).collect::<Vec<_>>();
        let mut parts: Vec<(Plan, Step)> = Vec::new();
        for pass in passes(self.definitions, experiments.iter().copied()) {
            for some in parts::split(&pass, &|some| text(some)) {
                let cut = match some {
                    [only] => parts_of_one(only, &|part| text(&[part])),
                    _ => vec![],
                };
                let plans = match cut.len() {
                    0 | 1 => vec![(reach(some), step(some))],
                    _ => cut.iter().map(|part| (reach(&[part]), step(&[part]))).collect(),
                };
                parts.extend(plans.into_iter().filter_map(|(plan, step)| Some((plan, step?))));
            }
        }
        let several = parts.len() > 1;
        let mut flags = Vec::new();
        for (number, (reach, step)) in (1..).zip(parts) {
            let part = if several { format!("_{number}") } else { String::new() };
            let view = format!("experiment_arms_health{part}");
            let meaning = step.stage.meaning("experiment_health");
            self.open_view(&view, &step.columns, Some(step.query), &meaning);
            flags.push(health::of_windows(&reach, &view));
        }
        flags
    }

    /// The steps that the script before this one may have made, and this one has not.
    fn drop_steps(&mut self) {
        let gone = STEPS_OF_ALL.iter().filter(|step| !self.views.contains(**step));
        self.statements.extend(gone.map(|step| Sql::new(format!("DROP VIEW IF EXISTS {step}"))));
    }

    /// The flags of traffic and rows, by views of their own where they are too long for one.
    fn flags_of_plans(&mut self, experiments: &[&'d Experiment]) -> Vec<Query> {
        let query = |some: &[&'d Experiment]| {
            health::of_plan(&self.prefix, &self.plan(some)).map(|query| query.print())
        };
        let parts = parts::split(experiments, &|some| query(some).into_iter().collect());
        let queries: Vec<Sql> = parts.iter().filter_map(|some| query(some)).collect();
        if queries.len() < 2 {
            return queries.into_iter().map(Query::from).collect();
        }
        let mut selects = Vec::new();
        for (number, query) in (1..).zip(queries) {
            let name = format!("experiment_parts_health_{number}");
            let meaning = "red flags of some of the running experiments";
            self.open_view(&name, &health::columns(), Some(query), meaning);
            selects.push(all_of(&name));
        }
        selects
    }

    /// A view that people read, which pins the settings of all below it; without a query it has no rows.
    fn view(&mut self, name: &str, columns: &[Column], query: Option<Sql>, meaning: &str) {
        let query = query.unwrap_or_else(|| nothing(columns));
        let query = Sql::new(format!("{query}\n{}", settings::clause()));
        self.create_view(name, columns, query, meaning);
    }

    /// A view that pins nothing: a step below one that does, or the rows of such views.
    fn open_view(&mut self, name: &str, columns: &[Column], query: Option<Sql>, meaning: &str) {
        let query = query.unwrap_or_else(|| nothing(columns));
        // Without brackets, 26.3 takes the word COMMENT behind it for a name.
        self.create_view(name, columns, Sql::new(format!("(\n    {}\n)", query.indented(4))), meaning);
    }

    fn create_view(&mut self, name: &str, columns: &[Column], query: Sql, meaning: &str) {
        self.statements.push(Sql::new(format!(
            "CREATE OR REPLACE VIEW {}\n(\n    {}\n)\nAS\n{query}\nCOMMENT {}",
            Sql::name(name),
            declarations(columns).indented(4),
            Sql::string(&made(meaning)),
        )));
        self.views.insert(name.to_owned());
    }
}

/// A query without rows.
fn nothing(columns: &[Column]) -> Sql {
    let default = |select: Select, column: &Column| {
        select.column(format!("defaultValueOfTypeName({})", Sql::string(&column.ty)), column.name.as_str())
    };
    columns.iter().fold(Select::new(), default).filter("false").print()
}

/// The most metrics of one query: planning twice as many takes four times as long, or more.
const MOST_METRICS: usize = 50;

/// An experiment with more metrics than a query can tell, in several with some of them each.
fn parts_of_one(experiment: &Experiment, queries: &dyn Fn(&Experiment) -> Vec<Sql>) -> Vec<Experiment> {
    let with = |metrics: &[MetricUse]| Experiment { metrics: metrics.to_vec(), ..experiment.clone() };
    let of_text = |metrics| parts::split(metrics, &|metrics| queries(&with(metrics)));
    experiment.metrics.chunks(MOST_METRICS).flat_map(of_text).map(with).collect()
}

/// The name of the view of a step below the result that is `of` something.
fn view_of(stage: Stage, of: &str) -> String {
    format!("experiment_{}_{of}", stage.name())
}

/// Everything that a view has.
fn all_of(view: &str) -> Query {
    Select::from(Sql::name(view)).take("*").into()
}

/// The beginning of the comment of every view that a script makes.
pub(super) const MADE: &str = "Scorecard ";

/// The comment of a view.
fn made(meaning: &str) -> String {
    format!("{MADE}{VERSION}: {meaning}")
}

/// A number that changes with the text: FNV-1a with 64 bits, the same on every machine and in every version.
fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
