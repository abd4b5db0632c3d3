//! Which experiments are read together: those that ask for the same, or for little more than others do.

use std::collections::HashSet;

use crate::definition::{Definitions, Experiment};

use super::encoding;

/// The most measures of a pass of several experiments, tried in turn until there are few passes. Each measure is a column,
/// which is reckoned for the identities of all experiments of its pass.
const MOST_MEASURES: [usize; 3] = [24, 48, 96];

/// ClickHouse plans no query of two hundred passes: it applies ten thousand optimizations at most.
const MOST_PASSES: usize = 100;

/// A pass so far, with what its experiments measure.
struct Pass<'d> {
    experiments: Vec<&'d Experiment>,
    measures: HashSet<String>,
}

/// The experiments in groups, each to be read in one pass; groups and experiments are in the order of the definitions.
pub fn passes<'d>(
    definitions: &Definitions,
    experiments: impl IntoIterator<Item = &'d Experiment>,
) -> Vec<Vec<&'d Experiment>> {
    let asked: Vec<(&Experiment, HashSet<String>)> = experiments
        .into_iter()
        .map(|experiment| (experiment, encoding::measures(definitions, experiment)))
        .collect();
    let mut passes = Vec::new();
    for most in MOST_MEASURES {
        passes = group(&asked, most);
        if passes.len() <= MOST_PASSES {
            break;
        }
    }
    passes.into_iter().map(|pass| pass.experiments).collect()
}

/// Each experiment with those whose measures grow the least by its own.
fn group<'d>(asked: &[(&'d Experiment, HashSet<String>)], most: usize) -> Vec<Pass<'d>> {
    let mut passes: Vec<Pass> = Vec::new();
    for (experiment, measures) in asked {
        let growth =
            |pass: &Pass| measures.iter().filter(|measure| !pass.measures.contains(*measure)).count();
        let fits = passes.iter_mut().filter(|pass| {
            let growth = growth(pass);
            growth == 0 || pass.measures.len() + growth <= most
        });
        match fits.min_by_key(|pass| growth(pass)) {
            Some(pass) => {
                pass.measures.extend(measures.iter().cloned());
                pass.experiments.push(experiment);
            }
            None => passes.push(Pass { experiments: vec![experiment], measures: measures.clone() }),
        }
    }
    passes
}
