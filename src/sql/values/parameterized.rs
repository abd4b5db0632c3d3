//! The same for metrics that are known when they are asked for: each is an aggregation of the rows of an event, so that
//! what an identity did is told event by event.

use crate::definition::Aggregation;
use crate::query::{Query, Select, Sql};

use super::exposed::Exposures;
use super::value::{self, Rows};

/// What may be asked of the rows of an event.
pub(in crate::sql) const AGGREGATIONS: [Aggregation; 4] =
    [Aggregation::Occurrence, Aggregation::Count, Aggregation::Sum, Aggregation::Mean];

/// A row per metric and arm: the metrics are those of `metric_list`, their events those of `metric_events`, whose places
/// are the numbers of rows.
pub(in crate::sql) fn metric_sums(exposures: &Exposures, rows: Query) -> Select {
    let [identity, time, number, value] =
        ["identity", "time", "number", "value"].map(|name| exposures.columns.column(name));
    let done = Select::from_query(rows)
        .column(identity, "identity")
        .column(number, "event_number")
        .column(format!("groupArray({time})"), "times")
        .column(format!("groupArray({value})"), "numbers")
        .group_by(["identity", "event_number"]);
    let arms = Select::from("exposed")
        .take("arm")
        .column("CAST(any(variant) AS String)", "variant")
        .column("count()", "n")
        .group_by(["arm"]);
    let asked =
        Select::from("arms").take_all(["arm", "variant", "n", "metric_number", "event_number"]).array_join([
            ("arrayEnumerate(metric_list)", "metric_number"),
            ("arrayMap(metric -> indexOf(metric_events, metric.event), metric_list)", "event_number"),
        ]);
    let places = Sql::array(AGGREGATIONS.map(|aggregation| Sql::string(aggregation.name())));
    let of_aggregation = |what: &str| {
        let sums = AGGREGATIONS.map(|aggregation| Sql::new(format!("{}_{what}", aggregation.name())));
        format!("{}[indexOf({places}, metric_list[metric_number].aggregation)]", Sql::array(sums))
    };
    let of_numbers =
        |what: &str| format!("if(metric_list[metric_number].aggregation IN ('sum', 'mean'), {what}, 0)");
    Select::from_query(Query::from(asked))
        .with(
            "exposed",
            "Who is exposed: in which arm, since when. Seen with several variants: in no arm.",
            exposures.once(),
        )
        .with("done", "What each identity did: a pair of arrays per event.", done)
        .with(
            "identity_values",
            "What each exposed identity with rows of an event is worth.",
            identity_values(),
        )
        .with("event_sums", "What the arms add up to.", event_sums())
        .with("arms", "", arms)
        .take_all(["metric_number", "variant"])
        .column("n", "identities")
        .take("n")
        .column(of_aggregation("sum"), "sum")
        .column(of_aggregation("sum_squares"), "sum_squares")
        .column(of_numbers("toUInt64(rows - rows_with_number)"), "invalid_values")
        .column(of_numbers("rows"), "expected_values")
        .called("asked")
        .join("LEFT JOIN", "event_sums", None, Sql::new("USING (arm, event_number)"))
}

fn identity_values() -> Select {
    let rows = Rows {
        times: Sql::new("times"),
        numbers: Sql::new("numbers"),
        texts: Sql::new("[]"),
        counts: Sql::new("t >= exposed_at"),
        counted: Sql::new("counted"),
    };
    let select = Select::from("done")
        .take_all(["arm", "event_number"])
        .column(value::has_number(&rows), "counted")
        .column(value::how_many(&rows), "rows")
        .column("arraySum(counted)", "rows_with_number")
        .join("INNER JOIN", "exposed", None, Sql::new("USING (identity)"));
    AGGREGATIONS.into_iter().fold(select, |select, aggregation| {
        let value = match aggregation {
            Aggregation::Mean => value::mean_of_all(&rows),
            other => value::aggregate(other, &rows),
        };
        select.column(value, format!("{}_value", aggregation.name()))
    })
}

fn event_sums() -> Select {
    let select = Select::from("identity_values").take_all(["arm", "event_number"]);
    let select = AGGREGATIONS.into_iter().fold(select, |select, aggregation| {
        let name = aggregation.name();
        select
            .column(format!("sumKahan({name}_value)"), format!("{name}_sum"))
            .column(format!("sumKahan({name}_value * {name}_value)"), format!("{name}_sum_squares"))
    });
    select
        .column("sum(rows)", "rows")
        .column("sum(rows_with_number)", "rows_with_number")
        .group_by(["arm", "event_number"])
}
