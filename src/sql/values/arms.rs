//! What the arms add up to: sums over identities, then a row per metric and arm.

use crate::plan::{Measure, Plan, Second};
use crate::query::{Select, Sql};

use super::super::exposures;
use super::super::lookup::lookup;
use super::super::order_statistics::{is_kept, is_list};
use super::time::{Maturity, Reading};
use super::{Sums, names};

/// How many segments of a dimension are told; what is left of them is one more.
pub(in crate::sql) const MOST_SEGMENTS: u64 = 100;

/// A column of an arm: an aggregate over identities, and over rows that are sums already.
struct Sum {
    name: Sql,
    of_identities: Sql,
    of_sums: Sql,
}

impl Sum {
    fn new(name: Sql, function: &str, of_sums: &str, argument: &str, counts: Option<&Sql>) -> Sum {
        let of_identities = match counts {
            None => format!("{function}({argument})"),
            Some(counts) if argument.is_empty() => format!("{function}If({counts})"),
            Some(counts) => format!("{function}If({argument}, {counts})"),
        };
        let of_sums = Sql::new(format!("{of_sums}({name})"));
        Sum { name, of_identities: Sql::new(of_identities), of_sums }
    }
}

/// What a row of a metric and an arm has behind its keys: the name, the type, and what stands for it where a measure has
/// none of it.
type Field = (&'static str, &'static str, &'static str);

impl Sums<'_> {
    /// A row per metric and arm, from the values of identities.
    pub(super) fn arms(&self, values: &str) -> Select {
        let sums = self.sums();
        let mut keys = vec!["arm"];
        let mut arms = Select::from(values);
        if self.has_experiments() {
            keys.push("experiment");
        }
        if self.plan.has_dimensions() {
            arms = arms.array_join([("segments", "segment"), ("arrayEnumerate(segments)", "segment_number")]);
            keys.extend(["segment_number", "segment"]);
        }
        let spans: &[&str] = match self.horizon.reading {
            Reading::Now => &[],
            Reading::EachDay => &["from_day", "to_day"],
            Reading::SinceExposure => &["from_day", "to_day", "cumulative"],
        };
        keys.extend(spans);
        // The key of an arm is a number; its name is the same for all of it.
        arms = arms.take_all(keys[1..].iter().copied()).column("CAST(any(variant) AS String)", "variant");
        arms = sums.iter().fold(arms, |arms, sum| arms.column(sum.of_identities.clone(), sum.name.clone()));
        arms = arms.group_by(keys.iter().copied());
        keys[0] = "variant";
        if self.by_day() {
            keys.retain(|key| !["from_day", "to_day"].contains(key));
            let days = Select::from_query(arms).array_join([("range(from_day, to_day + 1)", "day_number")]);
            keys.push("day_number");
            arms = add_up(days, &keys, &sums);
        }
        if self.plan.has_dimensions() {
            arms = self.largest_segments(arms, &mut keys, &sums);
        }
        self.metrics(arms)
    }

    /// The arms with the segments of a dimension by their names: the largest, and the others as one.
    fn largest_segments(&self, arms: Select, keys: &mut Vec<&str>, sums: &[Sum]) -> Select {
        let mut dimension = vec!["segment_number"];
        dimension.extend(
            keys.iter().copied().filter(|key| ["experiment", "day_number", "cumulative"].contains(key)),
        );
        let dimension_keys = dimension.join(", ");
        let sized = Select::from_query(arms)
            .take("*")
            .column(format!("sum(exposed_identities) OVER (PARTITION BY {dimension_keys}, segment)"), "size");
        let placed = Select::from_query(sized).take("*").column(
            format!(
                "dense_rank() OVER (PARTITION BY {dimension_keys} ORDER BY segment = 'other', size DESC, segment)"
            ),
            "place",
        );
        let names = exposures::dimension_names(self.plan, "experiment");
        let names = names.unwrap_or_else(|| Sql::new("CAST([] AS Array(String))"));
        keys.retain(|key| !["segment_number", "segment"].contains(key));
        let mut told = Select::from_query(placed).take_all(keys.iter().copied());
        told = told
            .column(format!("arrayPushFront({names}, '')[segment_number]"), "dimension")
            .column(format!("if(place <= {MOST_SEGMENTS}, segment, 'other')"), "segment_told");
        told = told.take_all(sums.iter().map(|sum| sum.name.clone()));
        let mut by = keys.clone();
        by.extend(["dimension", "segment_told"]);
        let merged = add_up(Select::from_query(told), &by, sums);
        keys.extend(["dimension", "segment"]);
        Select::from_query(merged).take("* EXCEPT (segment_told)").column("segment_told", "segment")
    }

    /// All that an arm has, each once.
    fn sums(&self) -> Vec<Sum> {
        let mut sums = vec![Sum::new(Sql::new("exposed_identities"), "count", "sum", "", None)];
        for maturity in self.horizon.maturities() {
            sums.push(Sum::new(maturity.count(), "count", "sum", "", Some(&maturity.column())));
        }
        for (number, measure) in (1..).zip(&self.plan.measures) {
            self.add_sums(number, measure, &mut sums);
        }
        sums
    }

    fn add_sums(&self, number: usize, measure: &Measure, sums: &mut Vec<Sum>) {
        let name = |what: &str| self.names.of_measure(number, what);
        let counts = Maturity::of(measure).map(Maturity::column);
        let mut add = |what: &str, function: &str, of_sums: &str, argument: String| {
            sums.push(Sum::new(name(what), function, of_sums, &argument, counts.as_ref()));
        };
        let value = name("value");
        let second = names::second(measure).map(|what| (what, name(what)));
        if is_list(measure) {
            let list = name("list");
            let not_empty = format!("notEmpty({list})");
            let counts =
                counts.as_ref().map_or(not_empty.clone(), |counts| format!("{not_empty} AND {counts}"));
            let counts = Sql::new(counts);
            sums.push(Sum::new(name("lists"), "groupArray", "groupArrayArray", list.as_str(), Some(&counts)));
        } else if is_kept(measure) {
            let mut some = format!("{value} != 0");
            if let Some((_, second)) = &second {
                some = format!("({some} OR {second} != 0)");
            }
            let counts =
                Sql::new(counts.as_ref().map_or(some.clone(), |counts| format!("{some} AND {counts}")));
            sums.push(Sum::new(
                name("values"),
                "groupArray",
                "groupArrayArray",
                value.as_str(),
                Some(&counts),
            ));
            if let Some((what, second)) = &second {
                let (name, second) = (name(&format!("{what}_values")), second.as_str());
                sums.push(Sum::new(name, "groupArray", "groupArrayArray", second, Some(&counts)));
            }
        } else {
            add("sum", "sumKahan", "sumKahan", value.to_string());
            add("sum_squares", "sumKahan", "sumKahan", format!("{value} * {value}"));
            if let Some((what, second)) = &second {
                add(&format!("{what}_sum"), "sumKahan", "sumKahan", second.to_string());
                add(&format!("{what}_sum_squares"), "sumKahan", "sumKahan", format!("{second} * {second}"));
                add(&format!("{what}_product"), "sumKahan", "sumKahan", format!("{value} * {second}"));
            }
        }
        let counts = Maturity::of(measure).map(Maturity::column);
        if Sums::reads_numbers(measure) {
            for what in ["rows", "rows_with_number"] {
                let argument = name(what);
                sums.push(Sum::new(
                    name(&format!("sum_of_{what}")),
                    "sum",
                    "sum",
                    argument.as_str(),
                    counts.as_ref(),
                ));
            }
        }
    }

    /// A row per metric and arm, from the arms: a list of numbers for each field, with one for each metric. ClickHouse (26.9)
    /// plans a list of tuples anew for each field that is read of it, here and in all that reads this.
    fn metrics(&self, arms: Select) -> Select {
        let fields = fields(self.plan);
        let entries = self.entries();
        let numbers = Sql::array(entries.iter().map(|(numbers, _)| numbers.clone()));
        let of_field = |(field, ty, nothing): &Field| {
            let items = entries.iter().map(|(_, measure)| self.field(field, *measure, nothing));
            (Sql::new(format!("CAST({} AS Array({ty}))", Sql::array(items))), Sql::new(*field))
        };
        let numbers = (Sql::new(format!("CAST({numbers} AS Array(UInt32))")), Sql::new("metric_number"));
        let select = Select::from_query(arms)
            .take_all(columns(self.plan, self.horizon.reading).into_iter().map(|(name, _)| name))
            .array_join(std::iter::once(numbers).chain(fields.iter().map(of_field)));
        if self.has_experiments() { select.filter("metric_number != 0") } else { select }
    }

    /// The metrics by their measures: for each the number that it has in `experiment`, 0 where that has none.
    fn entries(&self) -> Vec<(Sql, usize)> {
        let mut entries: Vec<(usize, Vec<usize>)> = Vec::new();
        for (number, metric) in (1..).zip(&self.plan.metrics) {
            let free = |(measure, numbers): &&mut (usize, Vec<usize>)| {
                *measure == metric.measure && numbers[metric.experiment - 1] == 0
            };
            match entries.iter_mut().find(free) {
                Some((_, numbers)) => numbers[metric.experiment - 1] = number,
                None => {
                    let mut numbers = vec![0; self.plan.experiments.len()];
                    numbers[metric.experiment - 1] = number;
                    entries.push((metric.measure, numbers));
                }
            }
        }
        let by_experiment = |(measure, numbers): (usize, Vec<usize>)| {
            let numbers: Vec<Sql> = numbers.into_iter().map(|number| Sql::whole(number as u64)).collect();
            (lookup(&numbers, "experiment"), measure)
        };
        entries.into_iter().map(by_experiment).collect()
    }

    /// What stands in a field of the row of a measure.
    fn field(&self, field: &str, number: usize, nothing: &str) -> Sql {
        let measure = &self.plan.measures[number - 1];
        let name = |what: &str| self.names.of_measure(number, what);
        let of_second = |what: &str| match &measure.second {
            Some(Second::Denominator(_)) => Some(name(&format!("denominator_{what}"))),
            Some(Second::Covariate(_)) => Some(name(&format!("before_{what}"))),
            None => None,
        };
        let (kept, list) = (is_kept(measure), is_list(measure));
        let value = match field {
            "identities" => Some(Sql::new("exposed_identities")),
            "n" => {
                Some(Maturity::of(measure).map_or_else(|| Sql::new("exposed_identities"), Maturity::count))
            }
            "values" => kept.then(|| name("values")),
            // As many as there are values, for they are looked at in pairs.
            "second_values" => kept.then(|| {
                let zeros = || Sql::new(format!("arrayMap(v -> 0., {})", name("values")));
                of_second("values").unwrap_or_else(zeros)
            }),
            "lists" => list.then(|| name("lists")),
            "invalid_values" => Sums::reads_numbers(measure)
                .then(|| Sql::new(format!("{} - {}", name("sum_of_rows"), name("sum_of_rows_with_number")))),
            "expected_values" => Sums::reads_numbers(measure).then(|| name("sum_of_rows")),
            _ if kept || list => None,
            "second_sum" => of_second("sum"),
            "second_sum_squares" => of_second("sum_squares"),
            "product" => of_second("product"),
            other => Some(name(other)),
        };
        value.unwrap_or_else(|| Sql::new(nothing))
    }
}

/// Sums of sums by the keys.
fn add_up(select: Select, keys: &[&str], sums: &[Sum]) -> Select {
    let select = select.take_all(keys.iter().copied());
    sums.iter()
        .fold(select, |select, sum| select.column(sum.of_sums.clone(), sum.name.clone()))
        .group_by(keys.iter().copied())
}

/// What the rows of metrics of a plan have behind their keys.
fn fields(plan: &Plan) -> Vec<Field> {
    let mut fields: Vec<Field> = vec![
        ("identities", "UInt64", "0"),
        ("n", "UInt64", "0"),
        ("sum", "Float64", "0"),
        ("sum_squares", "Float64", "0"),
    ];
    let has_second = plan.has_second_values();
    if has_second {
        fields.extend([
            ("second_sum", "Float64", "0"),
            ("second_sum_squares", "Float64", "0"),
            ("product", "Float64", "0"),
        ]);
    }
    fields.extend([("invalid_values", "UInt64", "0"), ("expected_values", "UInt64", "0")]);
    if plan.measures.iter().any(is_kept) {
        fields.push(("values", "Array(Float64)", "[]"));
        if has_second {
            fields.push(("second_values", "Array(Float64)", "[]"));
        }
    }
    if plan.measures.iter().any(is_list) {
        fields.push(("lists", "Array(Array(Float64))", "[]"));
    }
    fields
}

/// The columns of the rows of metrics, with their types.
pub(in crate::sql) fn columns(plan: &Plan, reading: Reading) -> Vec<(&'static str, &'static str)> {
    let mut columns = vec![("metric_number", "UInt32")];
    columns.extend(reading.keys());
    if plan.has_dimensions() {
        columns.extend([("dimension", "String"), ("segment", "String")]);
    }
    columns.push(("variant", "String"));
    columns.extend(fields(plan).into_iter().map(|(name, ty, _)| (name, ty)));
    columns
}
