//! Red flags of stored results and of the views themselves.

use std::collections::BTreeSet;

use crate::inference::Caution;
use crate::plan::encoding;
use crate::query::{Query, Select, Sql};

use super::super::history::{Frozen, RETAKES};
use super::super::script::{MADE, VERSION};
use super::flag::{Flag, raised, sentence};

/// What the newest stored results of running experiments caution against, one row per experiment and caution; None where
/// none run.
pub(super) fn cautions(running: &[&str]) -> Option<Select> {
    let all = |item: fn(Caution) -> &'static str| {
        Sql::array(Caution::ALL.map(|caution| Sql::string(item(caution))))
    };
    let (codes, meanings) = (all(Caution::code), all(meaning));
    (!running.is_empty()).then(|| {
        let running = Sql::join(running.iter().map(|name| Sql::string(name)), ", ");
        Select::from("experiment_results_latest")
            .take("experiment")
            .column("caution", "flag")
            .column(
                sentence(&[
                    "Of ",
                    "arrayStringConcat(arraySort(groupArray(concat(metric, ' (', variant, ')'))), ', ')",
                    ", as stored at ",
                    "toString(max(computed_at))",
                    " UTC: ",
                    &format!("transform(caution, {codes}, {meanings}, '')"),
                ]),
                "explanation",
            )
            // Values that are no numbers are told with their rows.
            .filter(format!("caution IN ({codes})"))
            .filter("dimension = ''")
            .filter(format!("experiment IN ({running})"))
            .group_by(["experiment", "caution"])
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

/// The completed experiments whose final result was stored by another definition; None where none is completed.
pub(super) fn outdated(frozen: &[Frozen]) -> Option<Select> {
    let completed = frozen.iter().map(|Frozen { experiment, definition, .. }| {
        let name = Sql::string(experiment);
        let statement = Sql::string(&format!("INSERT INTO {RETAKES} (experiment) VALUES ({name})"));
        Sql::new(format!("({name}, {definition}, {statement})"))
    });
    let completed = Sql::array(completed);
    (!frozen.is_empty()).then(|| {
        let ty = "Array(Tuple(experiment String, definition UInt64, statement String))";
        let defined = Select::from("system.one")
            .column(Sql::field("completed", "experiment"), "experiment")
            .column(Sql::field("completed", "definition"), "definition")
            .column(Sql::field("completed", "statement"), "statement")
            .array_join([(format!("CAST({completed} AS {ty})"), "completed")]);
        let newest = |column: &str| format!("argMax({column}, computed_at)");
        let stored = Select::from("experiment_results_history")
            .take("experiment")
            .column("max(computed_at)", "stored_at")
            .column(newest("final"), "is_final")
            .column(newest("definition_version"), "version")
            .column(newest("definition"), "stored_definition")
            .group_by(["experiment"]);
        let subject = Select::from_query(defined)
            .called("defined")
            .take_all(["experiment", "definition", "statement", "stored_at", "is_final", "version"])
            .take("stored_definition")
            .join_query("INNER JOIN", stored, "stored", Sql::new("USING (experiment)"));
        let changed =
            format!("is_final AND version = {} AND stored_definition != definition", encoding::VERSION);
        let words = sentence(&[
            "The final result is kept as it was stored at ",
            "toString(stored_at)",
            " UTC, of another definition. To take that of the present one: ",
            "statement",
        ]);
        raised(subject, vec![Flag::new("definition_changed", changed, words)])
    })
}

/// What is wrong with the views themselves: those that nothing defines any more, and that they are of another version
/// than the functions.
pub(super) fn leftovers(views: &BTreeSet<String>, comment: &str) -> Query {
    let quoted = |column: &str| {
        format!("concat('`', replaceAll(replaceAll({column}, '\\\\', '\\\\\\\\'), '`', '\\\\`'), '`')")
    };
    let own_database = Select::from("system.tables")
        .take("database")
        .filter("name = 'experiment_health'")
        .filter(format!("comment = {}", Sql::string(comment)));
    let made = Sql::string(&format!("^{MADE}[0-9]+[.][0-9]+[.][0-9]+: "));
    let defined = Sql::join(views.iter().map(|view| Sql::string(view)), ", ");
    let undefined = Select::from("system.tables")
        .column("''", "experiment")
        .column(quoted("database"), "quoted_database")
        .column(quoted("name"), "quoted_name")
        .filter(format!("database IN (\n    {}\n)", own_database.print().indented(4)))
        .filter("engine = 'View'")
        .filter(format!("match(comment, {made})"))
        .filter(format!("name NOT IN ({defined})"));
    // The view would keep what scorecardVersion() said when it was made, so the function's definition is asked.
    let installed = Select::from("system.functions")
        .column("''", "experiment")
        .column("extract(create_query, '''([^'']*)''')", "installed")
        .filter("name = 'scorecardVersion'");
    let version = Sql::string(VERSION);
    Query::UnionAll(vec![
        raised(
            undefined,
            vec![Flag::new(
                "view_without_definition",
                "true",
                sentence(&["No file defines it any more: DROP VIEW ", "quoted_database", ".", "quoted_name"]),
            )],
        )
        .into(),
        raised(
            installed,
            vec![Flag::new(
                "views_older_than_functions",
                format!("installed != {version}"),
                sentence(&[
                    "The views are of Scorecard ",
                    version.as_str(),
                    ", the functions of Scorecard ",
                    "installed",
                    ": compile the definitions again",
                ]),
            )],
        )
        .into(),
    ])
}
