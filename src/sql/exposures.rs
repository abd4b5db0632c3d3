//! Traffic and exposures of a plan's experiments as SQL.

use crate::plan::{Experiment, Plan};

use super::columns::{self, Column};
use super::lookup::lookup;
use super::prefix::Prefix;
use super::scan::{self, Extra, Identity, RowColumns, ValueOf};
use super::values::MOST_SEGMENTS;
use crate::query::{Query, Select, Sql};

/// The columns of [`traffic`].
pub(super) fn traffic_columns() -> Vec<Column> {
    let mut columns = of_segment();
    columns.extend(columns::of_traffic().into_iter().map(|made| made.column));
    columns
}

/// How many identities each variant of each experiment got, and whether the split is the intended one; None without
/// experiments.
pub(super) fn traffic(prefix: &Prefix, plan: &Plan) -> Option<Select> {
    let traffic = Traffic::of(prefix, plan)?;
    let select = traffic.by_variant().column(name(plan, "experiment_number"), "experiment");
    let segments = if plan.has_dimensions() { ["dimension", "segment"] } else { ["''"; 2] };
    let select = select.column(segments[0], "dimension").column(segments[1], "segment");
    Some(with_traffic_columns(select))
}

/// With the columns of a variant.
pub(super) fn with_traffic_columns(select: Select) -> Select {
    columns::of_traffic()
        .iter()
        .fold(select, |select, made| select.column(made.expression, made.column.name.as_str()))
}

/// Who was seen in each experiment, and the sample ratio test.
pub(super) struct Traffic {
    /// Rows by [`exposed`].
    pub exposed: Query,
    /// The shares by design of `experiment_number`, as a map.
    pub expected: Sql,
    /// How many experiments there are.
    pub experiments: usize,
    /// The names of the dimensions of `experiment`, as an array; None where nothing is broken down.
    pub dimensions: Option<Sql>,
}

impl Traffic {
    /// None without experiments.
    pub(super) fn of(prefix: &Prefix, plan: &Plan) -> Option<Traffic> {
        (!plan.experiments.is_empty()).then(|| Traffic {
            exposed: exposed(prefix, plan).into(),
            expected: expected_shares(plan, "experiments.experiment"),
            experiments: plan.experiments.len(),
            dimensions: dimension_names(plan, "experiment"),
        })
    }

    /// A row per variant; columns are still to be added.
    pub(super) fn by_variant(self) -> Select {
        let mut order = vec!["experiment_number"];
        if self.dimensions.is_some() {
            order.extend(["dimension", "segment"]);
        }
        order.push("variant");
        Select::from_query(self.tested())
            .array_join([(
                "arraySort(arrayDistinct(arrayConcat(mapKeys(observed), mapKeys(expected))))",
                "variant",
            )])
            .order_by(order)
    }

    /// A row per experiment, and per segment where something is broken down. An experiment has always one, so that expected
    /// variants have theirs before anybody is exposed.
    pub(super) fn tested(self) -> Select {
        let keys = ["experiment_number", "dimension", "segment"];
        let keys = if self.dimensions.is_some() { &keys[..] } else { &keys[..1] };
        let observed = Select::from_query(self.counted())
            .take_all(keys.iter().copied())
            .column(
                "CAST(\n    (groupArrayIf(variant, NOT quarantined), groupArrayIf(identities, NOT quarantined))\n    \
                 AS Map(String, UInt64)\n)",
                "observed",
            )
            .column("sumIf(identities, NOT quarantined)", "total")
            .column("sumIf(identities, quarantined)", "quarantined_identities")
            .group_by(keys.iter().copied());
        let experiments = Select::new()
            .column(format!("toUInt32(arrayJoin(range(1, {} + 1)))", self.experiments), "experiment");
        let select = Select::from_query(experiments)
            .called("experiments")
            .column("experiments.experiment", "experiment_number");
        let of_segment = keys[1..].iter();
        let select = of_segment.fold(select, |select, key| select.column(format!("observed.{key}"), *key));
        select
            .column(self.expected, "expected")
            .column("arraySum(mapValues(expected))", "expected_total")
            .column(
                "isFinite(expected_total) AND expected_total > 0 AND arrayAll(share -> share >= 0, mapValues(expected))",
                "expected_is_valid",
            )
            .column("observed.observed", "observed")
            .column("observed.total", "total")
            .column("observed.quarantined_identities", "quarantined_identities")
            .column("sampleRatioMismatch(observed.observed, expected)", "srm")
            .join_query(
                "LEFT JOIN",
                observed,
                "observed",
                Sql::new("ON experiments.experiment = observed.experiment_number"),
            )
    }

    /// How many identities there are of each variant, quarantined or not; of a dimension with many segments in the largest
    /// ones, and in all others together.
    fn counted(&self) -> Select {
        let exposed = Select::from_query(self.exposed.clone()).column("experiment", "experiment_number");
        let Some(dimensions) = &self.dimensions else {
            return exposed.take_all(["variant", "quarantined"]).column("count()", "identities").group_by([
                "experiment",
                "variant",
                "quarantined",
            ]);
        };
        let in_segments = format!("arrayPushFront(arrayZip({dimensions}, first_segments), ('', ''))");
        let counted = exposed
            .column("in_segment.1", "dimension")
            .column("in_segment.2", "segment_seen")
            .take_all(["variant", "quarantined"])
            .column("count()", "identities")
            .array_join([(in_segments, "in_segment")])
            .group_by(["experiment", "dimension", "segment_seen", "variant", "quarantined"]);
        let sized = Select::from_query(counted).take("*").column(
            "sumIf(identities, NOT quarantined) OVER (PARTITION BY experiment_number, dimension, segment_seen)",
            "size",
        );
        let placed = Select::from_query(sized).take("*").column(
            "dense_rank() OVER (\n    PARTITION BY experiment_number, dimension\n    \
             ORDER BY segment_seen = 'other', size DESC, segment_seen\n)",
            "place",
        );
        Select::from_query(placed)
            .take_all(["experiment_number", "dimension"])
            .column(format!("if(place <= {MOST_SEGMENTS}, segment_seen, 'other')"), "segment")
            .take_all(["variant", "quarantined"])
            .column("sum(identities)", "identities")
            .group_by(["experiment_number", "dimension", "segment", "variant", "quarantined"])
    }
}

/// The columns of [`exposures`].
pub(super) fn exposure_columns() -> Vec<Column> {
    [
        ("experiment", "String", "Name of the experiment"),
        ("environment", "String", "Environment that the experiment reads; empty where it reads no events"),
        ("identifier", "String", "The identity, as it is"),
        ("variant", "String", "The variant it was exposed to; empty when quarantined"),
        ("quarantined", "Bool", "It was exposed to more than one variant, and is in no arm"),
        ("first_exposure", "DateTime64(3, 'UTC')", "Its first exposure in the experiment's window, UTC"),
    ]
    .map(|(name, ty, comment)| Column::new(name, ty, comment))
    .into()
}

/// Who was exposed to what, since when, in each experiment; None without experiments.
pub(super) fn exposures(prefix: &Prefix, plan: &Plan) -> Option<Select> {
    let environments: Vec<Sql> =
        plan.experiments.iter().map(|experiment| Sql::string(&experiment.environment)).collect();
    (!plan.experiments.is_empty()).then(|| {
        Select::from_query(exposed(prefix, plan))
            .called("exposed")
            .column(name(plan, "exposed.experiment"), "experiment")
            .column(lookup(&environments, "exposed.experiment"), "environment")
            .take_all(["identifier", "variant", "quarantined", "first_exposure"])
    })
}

/// One row per identity and experiment, identities as they are.
fn exposed(prefix: &Prefix, plan: &Plan) -> Select {
    let rows = rows(prefix, plan, Identity::Text);
    let segments = first_segments(plan, RowColumns(&prefix.rows));
    let exposed = exposed_identities(prefix, rows);
    segments.into_iter().fold(exposed, |exposed, segments| exposed.column(segments, "first_segments"))
}

/// One row per identity and experiment, from rows of exposures.
pub(super) fn exposed_identities(prefix: &Prefix, rows: Query) -> Select {
    let [identity, number, value, time] =
        ["identity", "number", "value", "time"].map(|name| RowColumns(&prefix.rows).column(name));
    Select::from_query(rows)
        .column(identity.as_str(), "identifier")
        .column(number.as_str(), "experiment")
        .column(format!("if(min({value}) = max({value}), min({value}), '')"), "variant")
        .column(format!("CAST(min({value}) != max({value}) AS Bool)"), "quarantined")
        .column(
            format!("CAST(fromUnixTimestamp64Milli(min({time}), 'UTC') AS DateTime64(3, 'UTC'))"),
            "first_exposure",
        )
        .group_by([identity, number])
}

/// The segments of an identity out of the times and segments of its exposures: those of the first one, and at the
/// same instant the smallest text of each; None where no experiment has dimensions.
///
/// The minimum is of texts that begin with the time, in bytes that sort as it does: of tuples it takes twice as long.
pub(super) fn first_segments(plan: &Plan, rows: RowColumns) -> Option<Sql> {
    let [time, segments] = ["time", "segments"].map(|name| rows.column(name));
    let key = |segment: &str| {
        format!(
            "concat(\n    reinterpretAsFixedString(byteSwap(bitXor(reinterpretAsUInt64({time}), \
             9223372036854775808))),\n    {segment}\n)"
        )
    };
    let of_first = plan.experiments.first()?.dimensions.len();
    if plan.experiments.iter().any(|experiment| experiment.dimensions.len() != of_first) {
        let keys = Sql::new(key("segment")).indented(8);
        return Some(Sql::new(format!(
            "arrayMap(\n    key -> substring(key, 9),\n    minForEach(arrayMap(\n        segment -> {keys},\n        \
             {segments}\n    ))\n)"
        )));
    }
    // Where all have as many, each by itself: arrays of minima take longer.
    let first = |number| {
        let key = Sql::new(key(&format!("{segments}[{number}]"))).indented(4);
        Sql::new(format!("substring(\n    min({key}),\n    9\n)"))
    };
    (of_first > 0).then(|| Sql::array((1..=of_first).map(first)))
}

/// The names of the dimensions of the experiment whose number the expression gives; None where none has any.
pub(super) fn dimension_names(plan: &Plan, number: &str) -> Option<Sql> {
    let names = |experiment: &Experiment| {
        let names = Sql::array(experiment.dimensions.iter().map(|name| Sql::string(name)));
        Sql::new(format!("CAST({names} AS Array(String))"))
    };
    plan.has_dimensions().then(|| lookup(&plan.experiments.iter().map(names).collect::<Vec<_>>(), number))
}

/// The exposures of all experiments, each within its own time.
pub(super) fn rows(prefix: &Prefix, plan: &Plan, identity: Identity) -> Query {
    let [number, value, time] = ["number", "value", "time"].map(|name| RowColumns(&prefix.rows).column(name));
    let mut only = vec![format!("{value} != ''")];
    let of = |item: fn(&Experiment) -> Sql| {
        lookup(&plan.experiments.iter().map(item).collect::<Vec<_>>(), &number)
    };
    if plan.starts_differ() {
        only.push(format!("{time} >= {}", of(|experiment| Sql::whole(experiment.start))));
    }
    if plan.ends_differ() {
        only.push(format!("{time} < {}", of(|experiment| Sql::whole(experiment.end.unwrap_or(i64::MAX)))));
    }
    let extras: &[Extra] = if plan.has_dimensions() { &[Extra::Segments] } else { &[] };
    scan::rows(prefix, &plan.exposures, &only, ValueOf::Exposure, identity, extras)
}

/// The variants that an experiment has by design, as an array.
pub(super) fn own_variants(experiment: &Experiment) -> Sql {
    Sql::array(experiment.shares.keys().map(|name| Sql::string(name)))
}

/// The name of the experiment whose number the expression gives.
pub(super) fn name(plan: &Plan, number: &str) -> Sql {
    let names: Vec<Sql> = plan.experiments.iter().map(|experiment| Sql::string(&experiment.name)).collect();
    lookup(&names, number)
}

/// The shares by design of the experiment whose number the expression gives, as a map.
pub(super) fn expected_shares(plan: &Plan, number: &str) -> Sql {
    let of =
        |item: fn(&Experiment) -> Sql| lookup(&plan.experiments.iter().map(item).collect::<Vec<_>>(), number);
    let names = of(own_variants);
    let shares = of(|experiment| Sql::array(experiment.shares.values().map(|share| Sql::float(*share))));
    Sql::new(format!("CAST(({names}, {shares}) AS Map(String, Float64))"))
}

fn of_segment() -> Vec<Column> {
    columns::of_metric()
        .into_iter()
        .filter(|column| ["experiment", "dimension", "segment"].contains(&column.name.as_str()))
        .collect()
}
