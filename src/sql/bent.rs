//! Measures that ask for more than sums: values bent to percentiles of all identities, and quantiles.
//!
//! What an arm keeps of them are the values themselves: per identity those that are not 0, or all values of its
//! rows. Caps come from the values of all arms together; then each arm's sums, or its quantile, are taken.

use minijinja::{Value, context};

use crate::definition::{Bound, Cap};
use crate::plan::{Function, Measure, Part, Plan};

use super::bundles::Bundles;
use super::lookup::{choose, lookup};
use super::template::Templates;
use super::text::Sql;

/// Of the interval between two order statistics whose width gives the standard error of a quantile: 95 % of a normal
/// distribution. Deng, Knoblich & Lu (2018), "Applying the Delta Method in Metric Analytics", section 4.
const Z: f64 = 1.959_963_984_540_054;

/// What of the measures of a plan is more than sums.
pub(super) struct Bent<'p> {
    plan: &'p Plan,
    by_day: bool,
}

impl<'p> Bent<'p> {
    /// None where sums say all.
    pub(super) fn of(plan: &'p Plan, by_day: bool) -> Option<Bent<'p>> {
        let needed = plan.measures.iter().any(|measure| is_kept(measure) || is_list(measure));
        needed.then_some(Bent { plan, by_day })
    }

    /// Whether values of identities are kept.
    pub(super) fn keeps(&self) -> bool {
        self.plan.measures.iter().any(is_kept)
    }

    /// Which of the values in a slot are; None where none are.
    pub(super) fn kept(bundles: &Bundles, slot: usize, has_other: bool) -> Option<Sql> {
        let numbers = bundles.of_kind(slot, &is_kept)?;
        let nonzero = if has_other {
            format!("(value_{slot} != 0 OR other_{slot} != 0)")
        } else {
            format!("value_{slot} != 0")
        };
        Some(Sql::new(format!("bundle IN ({numbers}) AND {nonzero}")))
    }

    /// Whether the values of rows are kept.
    pub(super) fn lists(&self) -> bool {
        self.plan.measures.iter().any(is_list)
    }

    fn has_quantiles(&self) -> bool {
        self.plan.measures.iter().any(|measure| measure.quantile.is_some())
    }

    /// The numbers of the measures of a kind.
    fn numbers(&self, is: &dyn Fn(&Measure) -> bool) -> Option<Sql> {
        let numbers: Vec<Sql> = (1_u64..)
            .zip(&self.plan.measures)
            .filter(|(_, measure)| is(measure))
            .map(|(number, _)| Sql::whole(number))
            .collect();
        (!numbers.is_empty()).then(|| Sql::join(numbers, ", "))
    }

    /// What is said of each measure.
    fn of_measure(&self, item: &dyn Fn(&Measure) -> Sql) -> Sql {
        lookup(&self.plan.measures.iter().map(item).collect::<Vec<_>>(), "measure_told")
    }

    /// The names of what the step adds to the moments.
    pub(super) fn added(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        if self.plan.measures.iter().any(has_percentile_cap) {
            names.extend(["lower_bound", "upper_bound"]);
            if self.plan.has_second_values() {
                names.extend(["other_lower_bound", "other_upper_bound"]);
            }
        }
        if self.has_quantiles() {
            names.extend(["quantile", "quantile_standard_error"]);
        }
        names
    }

    /// What the moments are called before they are bent.
    pub(super) fn unbent(name: &str) -> &str {
        match name {
            "sum" => "sum_of_values",
            "sum_squares" => "sum_of_squares",
            "other_sum" => "sum_of_others",
            "other_sum_squares" => "sum_of_other_squares",
            "product" => "sum_of_products",
            other => other,
        }
    }

    /// The step after `moments`: with those by the names they have in the result, and what is [`Bent::added`].
    ///
    /// `keys` are the names of the columns that tell rows apart, and of those that count identities. The step has a layer
    /// of SELECT for each expression that another one uses: as aliases of one SELECT they would be written out, by
    /// ClickHouse, at each use.
    pub(super) fn step(&self, templates: &Templates, moments: &Sql, keys: &[&str], segments: bool) -> Sql {
        let other = self.plan.has_second_values();
        let told = [
            &["metric_number"],
            keys,
            moment_names(other),
            &self.added(),
            &["invalid_values", "expected_values"],
        ]
        .concat();
        let capped = self.plan.measures.iter().any(has_percentile_cap);
        let rows =
            if capped { self.pooled(templates, moments, keys, segments, other) } else { moments.clone() };
        let mut layers = if capped { self.sums(other) } else { vec![sums_as_they_are(other)] };
        if self.has_quantiles() {
            layers.extend(self.quantiles());
        }
        let rows = layers.into_iter().fold(rows, |rows, layer| {
            let columns = Sql::join(layer, ",\n    ");
            Sql::new(format!("SELECT\n    *,\n    {columns}\nFROM\n(\n    {}\n)", rows.indented(4)))
        });
        let told = Sql::join(told.into_iter().map(Sql::new), ",\n    ");
        Sql::new(format!("SELECT\n    {told}\nFROM\n(\n    {}\n)", rows.indented(4)))
    }

    /// The rows of `moments` with the caps of each measure.
    fn pooled(
        &self,
        templates: &Templates,
        moments: &Sql,
        keys: &[&str],
        segments: bool,
        other: bool,
    ) -> Sql {
        let mut names: Vec<&str> = keys.iter().copied().filter(|key| *key != "day_number").collect();
        names.extend(moment_names(other).iter().map(|name| Bent::unbent(name)));
        names.extend(["invalid_values", "expected_values"]);
        if self.keeps() {
            names.push("all_values");
            if other {
                names.push("all_others");
            }
        }
        if self.lists() {
            names.push("all_lists");
        }
        let columns =
            (1..).zip(&names).map(|(position, name)| Sql::new(format!("row_of_arm.{position} AS {name}")));
        let total = if segments { "dimension = ''" } else { "true" };
        let mut pools = vec![self.pool("all_values", "pool", total, &|measure| Some(&measure.value))];
        let mut caps = self.bounds("pool", "", &|measure| Some(&measure.value)).to_vec();
        if other {
            let part = |measure: &'p Measure| measure.other.as_ref().map(|other| other.part());
            pools.push(self.pool("all_others", "other_pool", total, &part));
            caps.extend(self.bounds("other_pool", "other_", &part));
        }
        let bounds = self.added().into_iter().filter(|name| name.ends_with("_bound")).map(Sql::new);
        templates.fill(
            "pooled",
            context! {
                by_day => self.by_day,
                moments => Value::from(moments.clone()),
                names => Value::from(Sql::new(names.join(", "))),
                columns => Value::from(Sql::join(columns, ",\n")),
                pools => Value::from(Sql::join(pools, ",\n")),
                caps => Value::from(Sql::join(caps, ",\n")),
                bounds => Value::from(Sql::join(bounds, ",\n")),
            },
        )
    }

    /// The sorted values that percentiles are of: all arms', with or without the zeros that nobody kept.
    fn pool(
        &self,
        values: &str,
        name: &str,
        total: &str,
        part: &dyn Fn(&'p Measure) -> Option<&'p Part>,
    ) -> Sql {
        let of_all = |measure: &'p Measure| part(measure).is_some_and(|part| part.cap.of_all);
        let nonzero = format!("arrayFilter(v -> v != 0, groupArrayArrayIf({values}, {total}))");
        let with_zeros =
            format!("arrayConcat({nonzero}, arrayWithConstant(sumIf(n, {total}) - length({nonzero}), 0.))");
        let values = choose(self.plan.measures.iter().map(of_all), "measure_told", &with_zeros, &nonzero);
        Sql::new(format!("arraySort({values}) AS {name}"))
    }

    /// The two ends of a cap; NULL where there is none.
    fn bounds(&self, pool: &str, which: &str, part: &dyn Fn(&'p Measure) -> Option<&'p Part>) -> [Sql; 2] {
        type Side = fn(&Cap) -> Option<Bound>;
        let sides: [(&str, Side); 2] = [("lower", |cap| cap.lower), ("upper", |cap| cap.upper)];
        sides.map(|(name, side)| {
            let level = |measure: &'p Measure| match part(measure).and_then(|part| side(&part.cap)) {
                Some(Bound::Percentile(level)) => Sql::float(level),
                _ => Sql::new("nan"),
            };
            let fixed = |measure: &'p Measure| match part(measure).and_then(|part| side(&part.cap)) {
                Some(Bound::Fixed(bound)) => Sql::float(bound),
                _ => Sql::new("nan"),
            };
            let of = |item: &dyn Fn(&'p Measure) -> Sql| {
                lookup(&self.plan.measures.iter().map(item).collect::<Vec<_>>(), "measure_told")
            };
            let (level, fixed) = (of(&level), of(&fixed));
            let bound = match (level.as_str(), fixed.as_str()) {
                ("nan", fixed) => format!("if(isNaN({fixed}), NULL, {fixed})"),
                (level, fixed) => format!(
                    "multiIf(NOT isNaN({level}), {}, isNaN({fixed}), NULL, {fixed})",
                    percentile(pool, level)
                ),
            };
            Sql::new(format!("CAST({bound} AS Nullable(Float64)) AS {which}{name}_bound"))
        })
    }

    /// The moments of bent values, in layers.
    fn sums(&self, other: bool) -> Vec<Vec<Sql>> {
        let numbers = self.numbers(&has_percentile_cap).unwrap_or_else(|| Sql::new("0"));
        let bend = |value: &str, which: &str| {
            format!(
                "least(greatest({value}, ifNull({which}lower_bound, -inf)), ifNull({which}upper_bound, inf))"
            )
        };
        let mut bent = vec![
            Sql::new(format!("arrayMap(v -> {}, all_values) AS bent_values", bend("v", ""))),
            Sql::new(format!("{} AS bent_zero", bend("0.", ""))),
            // Identities that are not kept have the value 0 in both.
            Sql::new("toFloat64(n - length(all_values)) AS zeros"),
        ];
        if other {
            bent.push(Sql::new(format!("arrayMap(v -> {}, all_others) AS bent_others", bend("v", "other_"))));
            bent.push(Sql::new(format!("{} AS bent_other_zero", bend("0.", "other_"))));
        }
        let sum = |values: &str, zero: &str, otherwise: &str, name: &str| {
            Sql::new(format!(
                "if(measure_told IN ({numbers}), arrayReduce('sumKahan', {values}) + zeros * {zero}, {otherwise}) AS {name}"
            ))
        };
        let product = |one: &str, two: &str| format!("arrayMap((a, b) -> a * b, {one}, {two})");
        let square = |one: &str| product(one, one);
        let mut sums = vec![
            sum("bent_values", "bent_zero", "sum_of_values", "sum"),
            sum(&square("bent_values"), "bent_zero * bent_zero", "sum_of_squares", "sum_squares"),
        ];
        if other {
            sums.push(sum("bent_others", "bent_other_zero", "sum_of_others", "other_sum"));
            let (squares, zero) = (square("bent_others"), "bent_other_zero * bent_other_zero");
            sums.push(sum(&squares, zero, "sum_of_other_squares", "other_sum_squares"));
            let (products, zero) = (product("bent_values", "bent_others"), "bent_zero * bent_other_zero");
            sums.push(sum(&products, zero, "sum_of_products", "product"));
        }
        vec![bent, sums]
    }

    /// The quantile of an arm with its standard error: half the width of the interval between the order statistics that
    /// are `Z` standard errors of their rank away, over `Z`, times what the clusters add to that of independent values
    /// (Yao, Li & Lu 2024, arXiv 2401.14549). NULL where the ranks of the interval lie outside of the sample.
    fn quantiles(&self) -> Vec<Vec<Sql>> {
        let level = self.of_measure(&|measure| {
            measure.quantile.map_or(Sql::new("nan"), |quantile| Sql::float(quantile.level))
        });
        let ignores_zeros = self.of_measure(&|measure| {
            Sql::whole(u64::from(measure.quantile.is_some_and(|quantile| quantile.ignores_zeros)))
        });
        let of_identities = |measure: &Measure| measure.quantile.is_some() && !is_list(measure);
        let mut sources = Vec::new();
        if let Some(numbers) = self.numbers(&of_identities) {
            sources.push(format!(
                "measure_told IN ({numbers}), arrayConcat(arrayFilter(v -> v != 0, all_values), \
                 arrayWithConstant(if({ignores_zeros} = 1, 0, n - arrayCount(v -> v != 0, all_values)), 0.))"
            ));
        }
        if let Some(numbers) = self.numbers(&is_list) {
            sources.push(format!("measure_told IN ({numbers}), arrayFlatten(all_lists)"));
        }
        let values = format!("multiIf({}, CAST([] AS Array(Float64)))", sources.join(", "));
        let sorted =
            vec![Sql::new(format!("arraySort({values}) AS sorted")), Sql::new(format!("{level} AS level"))];
        let sizes = vec![
            Sql::new("toFloat64(length(sorted)) AS size"),
            Sql::new(format!("{} AS quantile", percentile("sorted", "level"))),
            Sql::new("sqrt(level * (1 - level) / length(sorted)) AS independent_error"),
        ];
        let mut widths = vec![Sql::new(format!(
            "sorted[{}] - sorted[greatest(1, {})] AS width",
            place(&format!("ceil(size * (level + {Z} * independent_error))")),
            place(&format!("floor(size * (level - {Z} * independent_error))")),
        ))];
        let mut layers = vec![sorted, sizes];
        let clustered = match self.numbers(&is_list) {
            None => {
                layers.push(widths);
                Sql::new("1")
            }
            Some(numbers) => {
                // Per identity: how many values it has, and how many of them are up to the quantile.
                widths.push(Sql::new(
                    "arrayMap(values -> toFloat64(length(values)), all_lists) AS owned_values",
                ));
                widths.push(Sql::new(
                    "arrayMap(values -> toFloat64(arrayCount(v -> v <= quantile, values)), all_lists) AS lower_values",
                ));
                layers.push(widths);
                layers.push(vec![Sql::new("arraySum(lower_values) / size AS lower_share")]);
                // The standard error of a ratio over identities; those without rows add nothing.
                layers.push(vec![Sql::new(
                    "sqrt(arraySum((lower, owned) -> pow(lower - lower_share * owned, 2), lower_values, owned_values) \
                     * n / (n - 1)) / size AS clustered_error",
                )]);
                Sql::new(format!("if(measure_told IN ({numbers}), clustered_error / independent_error, 1)"))
            }
        };
        let least = format!("{} * greatest(level / (1 - level), (1 - level) / level)", Z * Z);
        layers.push(vec![Sql::new(format!(
            "if(size >= {least} AND n > 1, width / {} * {clustered}, NULL) AS quantile_standard_error",
            2.0 * Z
        ))]);
        layers
    }
}

/// The moments of a metric by the names they have in the result.
pub(super) fn moment_names(other: bool) -> &'static [&'static str] {
    let names = &["sum", "sum_squares", "other_sum", "other_sum_squares", "product"];
    if other { names } else { &names[..2] }
}

/// The moments of values that nothing bends.
fn sums_as_they_are(other: bool) -> Vec<Sql> {
    moment_names(other).iter().map(|name| Sql::new(format!("{} AS {name}", Bent::unbent(name)))).collect()
}

/// The values of identities are kept one by one.
fn is_kept(measure: &Measure) -> bool {
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
