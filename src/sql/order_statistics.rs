//! Metrics that need the values of identities and not only their sums: those cut to percentiles of all, and quantiles.
//!
//! An arm has those of its identities' values that are not 0, or all values of its rows. Caps come from the values of all
//! arms together; then each arm's sums, or its quantile, are taken:
//!
//! ```text
//! sums ─> pooled    per metric: the sorted values of all arms, the caps
//!      ─> capped    per arm: the values cut to them, their sums
//!      ─> quantiles per arm: the quantile, its standard error
//! ```

use crate::definition::{Bound, Cap};
use crate::plan::{Function, Measure, Metric, Part, Plan, Second};
use crate::query::{Query, Select, Sql};

use super::lookup::{choose, lookup};

/// Of the interval between two order statistics whose width gives the standard error of a quantile: 95 % of a normal
/// distribution. Deng, Knoblich & Lu (2018), "Applying the Delta Method in Metric Analytics", section 4.
const Z: f64 = 1.959_963_984_540_054;

/// The step after the sums of a plan's metrics.
pub(super) struct OrderStatistics<'p> {
    plan: &'p Plan,
    /// The columns of the sums, with their types.
    columns: &'p [(&'static str, &'static str)],
    /// The columns beside the metric that tell results of one arm apart.
    days: &'p [(&'static str, &'static str)],
}

impl<'p> OrderStatistics<'p> {
    /// None where sums say all.
    pub(super) fn of(
        plan: &'p Plan,
        columns: &'p [(&'static str, &'static str)],
        days: &'p [(&'static str, &'static str)],
    ) -> Option<OrderStatistics<'p>> {
        let needed = plan.measures.iter().any(|measure| is_kept(measure) || is_list(measure));
        needed.then_some(OrderStatistics { plan, columns, days })
    }

    fn has_caps(&self) -> bool {
        self.plan.measures.iter().any(has_percentile_cap)
    }

    fn has_quantiles(&self) -> bool {
        self.plan.measures.iter().any(|measure| measure.quantile.is_some())
    }

    fn has_second(&self) -> bool {
        self.plan.has_second_values()
    }

    /// The names of what the step adds to the sums.
    pub(super) fn added(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        if self.has_caps() {
            names.extend(["lower_bound", "upper_bound"]);
            if self.has_second() {
                names.extend(["second_lower_bound", "second_upper_bound"]);
            }
        }
        if self.has_quantiles() {
            names.extend(["quantile", "quantile_standard_error"]);
        }
        names
    }

    /// The sums with what is [`OrderStatistics::added`], without the values.
    ///
    /// The step has a layer of SELECT for each expression that another one uses: as aliases of one SELECT they would be
    /// written out, by ClickHouse, at each use.
    pub(super) fn step(&self, sums: Query) -> Query {
        let mut rows = if self.has_caps() { self.pooled(sums) } else { sums };
        let mut layers = if self.has_caps() { self.capped() } else { Vec::new() };
        if self.has_quantiles() {
            layers.extend(self.quantiles());
        }
        for layer in layers {
            let select = Select::from_query(rows).take("*");
            rows = layer
                .into_iter()
                .fold(select, |select, (expression, name)| select.column(expression, name))
                .into();
        }
        let mut last = Select::from_query(rows);
        for (name, _) in self.columns {
            last = match *name {
                "values" | "second_values" | "lists" => last,
                "sum" | "sum_squares" | "second_sum" | "second_sum_squares" | "product"
                    if self.has_caps() =>
                {
                    last.column(format!("{name}_of_capped"), *name)
                }
                name => last.take(name),
            };
        }
        last.take_all(self.added()).into()
    }

    /// The rows of sums with the caps of each metric.
    fn pooled(&self, sums: Query) -> Query {
        let days = || self.days.iter().map(|(name, _)| *name);
        let keys = || std::iter::once("metric_number").chain(days());
        let own: Vec<&(&str, &str)> =
            self.columns.iter().filter(|(name, _)| keys().all(|key| key != *name)).collect();
        let names = own.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let types = own.iter().map(|(name, ty)| format!("{name} {ty}")).collect::<Vec<_>>().join(", ");
        fn first(measure: &Measure) -> Option<&Part> {
            Some(&measure.value)
        }
        fn second(measure: &Measure) -> Option<&Part> {
            measure.second.as_ref().map(Second::part)
        }
        // The percentiles of a metric are those of all counted identities of all arms, whatever the segment.
        let mut pools = Select::from_query(sums).take_all(keys()).column(self.pool("values", &first), "pool");
        if self.has_second() {
            pools = pools.column(self.pool("second_values", &second), "second_pool");
        }
        pools =
            pools.column(format!("groupArray(CAST(({names}) AS Tuple({types})))"), "arms").group_by(keys());
        let mut bounds = Select::from_query(pools).take_all(keys()).take("arms");
        for (name, bound) in self.bounds("pool", "", &first) {
            bounds = bounds.column(bound, name);
        }
        if self.has_second() {
            for (name, bound) in self.bounds("second_pool", "second_", &second) {
                bounds = bounds.column(bound, name);
            }
        }
        let mut rows = Select::from_query(bounds)
            .take_all(keys())
            .take_all(self.added().into_iter().filter(|name| name.ends_with("_bound")))
            .array_join([("arms", "arm")]);
        for (name, _) in own {
            rows = rows.column(Sql::field("arm", name), *name);
        }
        rows.into()
    }

    /// Something of each metric, by its measure.
    fn of_measure(&self, item: &dyn Fn(&Measure) -> Sql) -> Sql {
        let item = |metric: &Metric| item(&self.plan.measures[metric.measure - 1]);
        lookup(&self.plan.metrics.iter().map(item).collect::<Vec<_>>(), "metric_number")
    }

    /// One of two expressions, by the measure of a metric.
    fn choose(&self, is: &dyn Fn(&Measure) -> bool, yes: &str, no: &str) -> Sql {
        choose(
            self.plan.metrics.iter().map(|metric| is(self.plan.measure_of(metric))),
            "metric_number",
            yes,
            no,
        )
    }

    /// The sorted values that percentiles are of: all arms', with or without the zeros that nobody kept.
    fn pool(&self, values: &str, part: &dyn Fn(&Measure) -> Option<&Part>) -> Sql {
        let total = if self.plan.has_dimensions() { "dimension = ''" } else { "true" };
        let nonzero = format!("arrayFilter(v -> v != 0, groupArrayArrayIf({values}, {total}))");
        let with_zeros =
            format!("arrayConcat({nonzero}, arrayWithConstant(sumIf(n, {total}) - length({nonzero}), 0.))");
        let of_all = self
            .plan
            .metrics
            .iter()
            .map(|metric| part(self.plan.measure_of(metric)).is_some_and(|part| part.cap.of_all));
        let values = choose(of_all, "metric_number", &with_zeros, &nonzero);
        Sql::new(format!("arraySort({values})"))
    }

    /// The two ends of a cap by their names; NULL where there is none.
    fn bounds(
        &self,
        pool: &str,
        which: &str,
        part: &dyn Fn(&Measure) -> Option<&Part>,
    ) -> [(String, Sql); 2] {
        type Side = fn(&Cap) -> Option<Bound>;
        let sides: [(&str, Side); 2] = [("lower", |cap| cap.lower), ("upper", |cap| cap.upper)];
        sides.map(|(name, side)| {
            let bound = |measure: &Measure| part(measure).and_then(|part| side(&part.cap));
            let is_percentile = |measure: &Measure| matches!(bound(measure), Some(Bound::Percentile(_)));
            let level = self.of_measure(&|measure| match bound(measure) {
                Some(Bound::Percentile(level)) => Sql::float(level),
                _ => Sql::float(0.5),
            });
            let fixed = self.of_measure(&|measure| match bound(measure) {
                Some(Bound::Fixed(bound)) => Sql::float(bound),
                _ => Sql::new("NULL"),
            });
            let bound = self.choose(&is_percentile, &percentile(pool, level.as_str()), fixed.as_str());
            (format!("{which}{name}_bound"), Sql::new(format!("CAST({bound} AS Nullable(Float64))")))
        })
    }

    /// The sums of capped values, in layers.
    fn capped(&self) -> Vec<Vec<(Sql, Sql)>> {
        let cut = |value: &str, which: &str| {
            format!(
                "least(greatest({value}, ifNull({which}lower_bound, -inf)), ifNull({which}upper_bound, inf))"
            )
        };
        let named = |expression: String, name: &str| (Sql::new(expression), Sql::new(name));
        let mut values = vec![
            named(format!("arrayMap(v -> {}, values)", cut("v", "")), "capped"),
            named(cut("0.", ""), "capped_zero"),
            // Identities that are not kept have the value 0 in both.
            named("toFloat64(n - length(values))".to_owned(), "zeros"),
        ];
        if self.has_second() {
            values.push(named(
                format!("arrayMap(v -> {}, second_values)", cut("v", "second_")),
                "second_capped",
            ));
            values.push(named(cut("0.", "second_"), "second_capped_zero"));
        }
        let sum = |values: &str, zero: &str, name: &str| {
            let capped = format!("arrayReduce('sumKahan', {values}) + zeros * {zero}");
            (self.choose(&has_percentile_cap, &capped, name), Sql::new(format!("{name}_of_capped")))
        };
        let product = |one: &str, two: &str| format!("arrayMap((a, b) -> a * b, {one}, {two})");
        let mut sums = vec![
            sum("capped", "capped_zero", "sum"),
            sum(&product("capped", "capped"), "capped_zero * capped_zero", "sum_squares"),
        ];
        if self.has_second() {
            let squares = product("second_capped", "second_capped");
            sums.push(sum("second_capped", "second_capped_zero", "second_sum"));
            sums.push(sum(&squares, "second_capped_zero * second_capped_zero", "second_sum_squares"));
            let products = product("capped", "second_capped");
            sums.push(sum(&products, "capped_zero * second_capped_zero", "product"));
        }
        vec![values, sums]
    }

    /// The quantile of an arm with its standard error: half the width of the interval between the order statistics that
    /// are `Z` standard errors of their rank away, over `Z`, times what the clusters add to that of independent values
    /// (Yao, Li & Lu 2024, arXiv 2401.14549). NULL where the ranks of the interval lie outside of the sample.
    fn quantiles(&self) -> Vec<Vec<(Sql, Sql)>> {
        let named = |expression: String, name: &str| (Sql::new(expression), Sql::new(name));
        let level = self.of_measure(&|measure| {
            measure.quantile.map_or(Sql::new("nan"), |quantile| Sql::float(quantile.level))
        });
        let sorted = vec![
            named(format!("arraySort({})", self.values_of_quantile()), "sorted"),
            (level, Sql::new("level")),
        ];
        let sizes = vec![
            named("toFloat64(length(sorted))".to_owned(), "size"),
            named(percentile("sorted", "level"), "quantile"),
            named("sqrt(level * (1 - level) / length(sorted))".to_owned(), "independent_error"),
        ];
        let mut widths = vec![named(
            format!(
                "sorted[{}] - sorted[greatest(1, {})]",
                place(&format!("ceil(size * (level + {Z} * independent_error))")),
                place(&format!("floor(size * (level - {Z} * independent_error))")),
            ),
            "width",
        )];
        let mut layers = vec![sorted, sizes];
        let has_lists = self.plan.measures.iter().any(is_list);
        let clustered = if has_lists {
            // Per identity: how many values it has, and how many of them are up to the quantile.
            widths.push(named(
                "arrayMap(values -> toFloat64(length(values)), lists)".to_owned(),
                "owned_values",
            ));
            widths.push(named(
                "arrayMap(values -> toFloat64(arrayCount(v -> v <= quantile, values)), lists)".to_owned(),
                "lower_values",
            ));
            layers.push(widths);
            layers.push(vec![named("arraySum(lower_values) / size".to_owned(), "lower_share")]);
            // The standard error of a ratio over identities; those without rows add nothing.
            layers.push(vec![named(
                "sqrt(arraySum((lower, owned) -> pow(lower - lower_share * owned, 2), lower_values, owned_values) \
                 * n / (n - 1)) / size"
                    .to_owned(),
                "clustered_error",
            )]);
            self.choose(&is_list, "clustered_error / independent_error", "1")
        } else {
            layers.push(widths);
            Sql::new("1")
        };
        let least = format!("{} * greatest(level / (1 - level), (1 - level) / level)", Z * Z);
        layers.push(vec![named(
            format!("if(size >= {least} AND n > 1, width / {} * {clustered}, NULL)", 2.0 * Z),
            "quantile_standard_error",
        )]);
        layers
    }

    /// The values that the quantile of a metric is of: of rows, or of identities with the zeros that nobody kept.
    fn values_of_quantile(&self) -> Sql {
        let of_identities = |measure: &Measure| measure.quantile.is_some() && !is_list(measure);
        let mut values = Sql::new("CAST([] AS Array(Float64))");
        if self.plan.measures.iter().any(of_identities) {
            let ignores_zeros =
                |measure: &Measure| measure.quantile.is_some_and(|quantile| quantile.ignores_zeros);
            let zeros = self.choose(&ignores_zeros, "0", "n - arrayCount(v -> v != 0, values)");
            let all =
                format!("arrayConcat(arrayFilter(v -> v != 0, values), arrayWithConstant({zeros}, 0.))");
            values = self.choose(&of_identities, &all, values.as_str());
        }
        if self.plan.measures.iter().any(is_list) {
            values = self.choose(&is_list, "arrayFlatten(lists)", values.as_str());
        }
        values
    }
}

/// The values of identities are kept one by one.
pub(super) fn is_kept(measure: &Measure) -> bool {
    has_percentile_cap(measure) || (measure.quantile.is_some() && !is_list(measure))
}

/// The values of rows are.
pub(super) fn is_list(measure: &Measure) -> bool {
    measure.value.function == Function::Values
}

/// A cap depends on the values of others, as a percentile of them.
pub(super) fn has_percentile_cap(measure: &Measure) -> bool {
    measure.parts().any(|part| part.cap.has_percentile())
}

/// The percentile of sorted values, by linear interpolation between order statistics; of none there is none.
fn percentile(sorted: &str, level: &str) -> String {
    let rank = format!("((length({sorted}) - 1) * {level})");
    let below = place(&format!("floor({rank})"));
    format!(
        "if(empty({sorted}), NULL, {sorted}[{below} + 1] + ({rank} - {below}) * \
         ({sorted}[least({below} + 2, length({sorted}))] - {sorted}[{below} + 1]))"
    )
}

/// A place in an array, from a number. ClickHouse may reckon it where nothing asks for it, and NaN is no integer.
fn place(number: &str) -> String {
    format!("toUInt64(ifNotFinite({number}, 0))")
}
