//! Red flags of traffic: who came, in which arms, and whether the split is the intended one.

use crate::functions::sample_ratio_mismatch::MISMATCH_LEVEL;
use crate::plan::{Experiment, Plan};
use crate::query::{Select, Sql};

use super::super::exposures::{self, Traffic};
use super::super::instant;
use super::super::lookup::lookup;
use super::super::prefix::Prefix;
use super::super::scorecard::end_or_never;
use super::super::values::MOST_SEGMENTS;
use super::flag::{Flag, raised, sentence};

/// None without experiments.
pub(super) fn flags(prefix: &Prefix, plan: &Plan) -> Option<Select> {
    let tested = Traffic::of(prefix, plan)?.tested();
    let segments = plan.has_dimensions();
    Some(raised(subject(plan, if segments { with_segments(tested) } else { tested }), all(segments)))
}

/// A row per experiment.
fn subject(plan: &Plan, tested: Select) -> Select {
    let of = |item: fn(&Experiment) -> Sql| {
        lookup(&plan.experiments.iter().map(item).collect::<Vec<_>>(), "experiment_number")
    };
    let ends: Vec<Sql> =
        (1..=plan.experiments.len()).map(|number| end_or_never(plan.settled_from(number))).collect();
    let select = Select::from_query(tested)
        .column(exposures::name(plan, "experiment_number"), "experiment")
        .column(of(|experiment| Sql::string(&experiment.control)), "control")
        .column(of(|experiment| Sql::whole(experiment.min_identities)), "least_identities")
        .column(
            format!("{} > now64(3, 'UTC')", of(|experiment| instant::literal(experiment.start))),
            "is_early",
        )
        .column(format!("{} <= now64(3, 'UTC')", lookup(&ends, "experiment_number")), "is_over")
        .take_all(["expected", "observed", "total", "quarantined_identities"])
        .column("total + quarantined_identities", "everybody")
        .column("tupleElement(srm, 'sequential_p_value')", "srm_p_value")
        // A share of 0 is that of a variant which nobody is sent to.
        .column("arrayFilter(one -> expected[one] > 0, mapKeys(expected))", "open")
        .column("arraySort(arrayDistinct(arrayConcat(mapKeys(observed), open, [control])))", "variants")
        .column("arrayFilter(one -> NOT has(open, one), arraySort(mapKeys(observed)))", "unexpected")
        .column("arrayFilter(one -> observed[one] < least_identities, variants)", "small");
    if plan.has_dimensions() {
        select.take_all(["mismatched", "crowded"]).filter("dimension = ''")
    } else {
        select
    }
}

/// With what is wrong with segments, which is told with the total.
fn with_segments(tested: Select) -> Select {
    let counted = Select::from_query(tested)
        .take("*")
        .column("count() OVER (PARTITION BY experiment_number, dimension)", "segments_told");
    Select::from_query(counted)
        .take("*")
        .column(
            format!(
                "arraySort(groupArrayIf(\n    concat(dimension, ' = ', segment),\n    dimension != '' AND \
                 ifNull(tupleElement(srm, 'sequential_p_value') < {}, false)\n) OVER (PARTITION BY experiment_number))",
                Sql::float(MISMATCH_LEVEL)
            ),
            "mismatched",
        )
        .column(
            format!(
                "arraySort(groupUniqArrayIf(dimension, segments_told > {MOST_SEGMENTS}) OVER (PARTITION BY \
                 experiment_number))"
            ),
            "crowded",
        )
}

fn all(segments: bool) -> Vec<Flag> {
    let mut flags = vec![
        Flag::new(
            "sample_ratio_mismatch",
            format!("ifNull(srm_p_value < {}, false)", Sql::float(MISMATCH_LEVEL)),
            sentence(&[
                "The split has p = ",
                "toString(srm_p_value)",
                " under the expected shares, however often one looks",
            ]),
        ),
        Flag::new(
            "no_exposures",
            "everybody = 0 AND NOT is_early",
            sentence(&[
                "Nobody has been exposed yet: look at environment, feature, event and filter of the exposures",
            ]),
        ),
        Flag::new(
            "quarantine_rate",
            "quarantined_identities >= 0.01 * everybody AND quarantined_identities > 0",
            sentence(&[
                "",
                "toString(round(100 * quarantined_identities / everybody, 2))",
                " % of ",
                "toString(everybody)",
                " identities were seen with several variants",
            ]),
        ),
        Flag::new(
            "unexpected_variants",
            "notEmpty(expected) AND notEmpty(unexpected)",
            sentence(&["Seen, but without an expected share: ", "arrayStringConcat(unexpected, ', ')"]),
        ),
        Flag::new(
            "no_control",
            "total > 0 AND NOT mapContains(observed, control)",
            sentence(&[
                "Nobody was exposed to the control '",
                "control",
                "'; seen were: ",
                "arrayStringConcat(arraySort(mapKeys(observed)), ', ')",
            ]),
        ),
        Flag::new(
            "too_little_data",
            "notEmpty(small) AND NOT is_early",
            sentence(&[
                "Fewer than ",
                "toString(least_identities)",
                " identities in: ",
                "arrayStringConcat(arrayMap(one -> concat(one, ' (', toString(observed[one]), ')'), small), ', ')",
            ]),
        ),
        Flag::new("not_started", "is_early", sentence(&["The window starts in the future"])),
        Flag::new(
            "window_over",
            "is_over",
            sentence(&["The window has ended, and the experiment is still running: make it completed"]),
        ),
    ];
    if segments {
        flags.push(Flag::new(
            "segment_mismatch",
            "notEmpty(mismatched)",
            sentence(&[
                "The split of segments is not the expected one: ",
                "arrayStringConcat(mismatched, ', ')",
            ]),
        ));
        let more = format!("More than {MOST_SEGMENTS} segments, told as the largest and 'other': ");
        flags.push(Flag::new(
            "many_segments",
            "notEmpty(crowded)",
            sentence(&[&more, "arrayStringConcat(crowded, ', ')"]),
        ));
    }
    flags
}
