//! The sufficient statistics of metrics in arms as SQL: exposures and rows in, one row per metric and variant out.
//!
//! Every query of the product that reads metric events is made of these steps, whether what it reads is known
//! when it is written (definitions) or when it is asked (the parameterized views).

use minijinja::{Value, context};

use super::bent::{self, Bent};
use super::columns::{Column, Stage, Step, all_of};
use super::exposures::MOST_SEGMENTS;
use super::gathered;
use super::joined::Joined;
use super::template::Templates;
use super::text::Sql;

/// What differs between the queries.
pub(super) struct Statistics<'a> {
    /// Goes before each name that a user's SQL could see.
    pub prefix: &'a str,
    /// What the other steps refer to.
    pub given: Option<Sql>,
    /// Rows whose numbers are those of experiments and whose values are variants, with segments where there are any.
    pub exposures: Sql,
    /// The number that the identity of an exposure is known by.
    pub identity: Sql,
    /// Where results are told more than once: of which days.
    pub days: Option<Days>,
    /// How the values of identities are found.
    pub values: Values,
    /// Measures have a second value.
    pub other: bool,
    /// What each slot keeps beside sums.
    pub slots: Vec<Kept>,
    /// The slot in which a row of `bundle` has the measure that `measure` is; 0 where it has none of it.
    pub slot: Sql,
    /// How segments are told apart.
    pub segments: Option<Segments>,
    /// What of the measures is more than sums.
    pub bent: Option<Bent<'a>>,
    /// For each way to be mature whether an identity is, as an array.
    pub flags: Option<Sql>,
    /// Which of the flags tells whether an identity counts for `measure_told`.
    pub flag: Sql,
    /// The numbers of the metrics of `experiment`, as an array.
    pub metrics: Sql,
    /// The measure of each of them, as an array.
    pub measures: Sql,
    /// What an identity without rows adds to the moments of `measure_told`; None where it is nothing.
    pub absent: Option<Absent>,
    /// What must hold for anything to be told.
    pub only: Option<Sql>,
    /// Whether it is told of how many rows the invalid values are.
    pub tells_expected: bool,
    /// The first columns of the result.
    pub columns: Sql,
}

/// What is kept of a slot, beside sums.
#[derive(Clone, Default)]
pub(super) struct Kept {
    /// Which of its values; None where none are.
    pub values: Option<Sql>,
    /// Of which bundles the values of rows are; None of none.
    pub lists: Option<Sql>,
}

/// Something that an arm has of each slot, as an array.
struct Sum {
    name: &'static str,
    /// The type of an element.
    ty: &'static str,
    /// Elements are lists of what was kept, which a metric takes as they are, instead of numbers that it adds up.
    kept: bool,
    slots: Sql,
}

/// Which days of an identity a result is told of.
pub(super) enum Days {
    /// UTC days from its exposure on, up to the millisecond up to which `experiment` is read.
    Until(Sql),
    /// Those of an array.
    Array(Sql),
}

/// The values of an identity without rows.
pub(super) struct Absent {
    pub value: Sql,
    pub other: Sql,
}

/// How segments are told apart.
pub(super) struct Segments {
    /// The keys of an exposed identity, from the times and segments of its exposures: first 0 for the total, then
    /// one per dimension. `joined` takes them apart in this order, and `ranked` finds no name for 0.
    pub keys: Sql,
    /// The name of the dimension `dimension_number` of the experiment of a row.
    pub dimension: Sql,
}

/// The ways to find the values of identities.
pub(super) enum Values {
    /// From arrays of the rows of each.
    Gathered(Box<(gathered::Rows, gathered::Taken)>),
    /// As aggregates, in the one experiment that there is.
    Joined(Joined),
}

impl Statistics<'_> {
    /// The steps, each of which reads the view of the one before it. The last has a row per variant and bundle of measures:
    /// how many identities were exposed, those whose row it is, and what these have in the slots of the bundle.
    pub(super) fn steps(&self, templates: &Templates, view_of: &dyn Fn(Stage) -> String) -> Vec<Step> {
        let gathered = self.gathered(templates);
        let read = gathered.as_ref().map(|step| all_of(&view_of(step.stage)));
        let arms = Step {
            stage: Stage::Arms,
            columns: self.columns_of_arms(),
            query: self.query_of_arms(templates, read),
        };
        gathered.into_iter().chain([arms]).collect()
    }

    /// The last of the [`Statistics::steps`] as a query that reads no view.
    pub(super) fn arms_at_once(&self, templates: &Templates) -> Sql {
        self.query_of_arms(templates, self.gathered(templates).map(|step| step.query))
    }

    /// The rows of each identity, where values are found from them.
    fn gathered(&self, templates: &Templates) -> Option<Step> {
        match &self.values {
            Values::Gathered(both) => Some(both.0.step(templates, self.prefix)),
            Values::Joined(_) => None,
        }
    }

    fn columns_of_arms(&self) -> Vec<Column> {
        let mut columns = vec![("experiment", "UInt32")];
        if self.days.is_some() {
            columns.push(("day_number", "UInt64"));
        }
        if self.segments.is_some() {
            columns.extend([("dimension", "String"), ("segment", "String")]);
        }
        columns.extend([("variant", "String"), ("bundle", "UInt32"), ("identities_exposed", "UInt64")]);
        if self.flags.is_some() {
            columns.push(("identities_by_maturity", "Array(UInt64)"));
        }
        columns.push(("identities_seen", "UInt64"));
        let mut columns: Vec<Column> =
            columns.into_iter().map(|(name, ty)| Column::new(name, ty, "")).collect();
        let of_slots =
            |sum: Sum| Column::new(&format!("{}_of_slots", sum.name), &format!("Array({})", sum.ty), "");
        columns.extend(self.sums().into_iter().map(of_slots));
        columns
    }

    /// `gathered` has the rows of each identity, where values are found from them.
    fn query_of_arms(&self, templates: &Templates, gathered: Option<Sql>) -> Sql {
        let prefix = Value::from(Sql::new(self.prefix));
        let by_day = self.days.is_some();
        let segments = self.segments.is_some();
        let flags = || self.flags.clone().map_or(Value::from(false), Value::from);
        let exposures = || Value::from(self.exposures.clone());
        let (exposed, values, named, several) = match &self.values {
            Values::Gathered(both) => {
                let (rows, taken) = both.as_ref();
                let exposed = self.exposed(templates, false);
                let exposed = templates
                    .fill("exposed_gathered", context! { segments, by_day, exposed => Value::from(exposed) });
                let values = taken.step(templates, self.prefix, rows, by_day, segments);
                let named =
                    templates.fill("named", context! { p => prefix.clone(), exposures => exposures() });
                (exposed, values, named, false)
            }
            Values::Joined(Joined { values, several }) => {
                let exposed = self.exposed(templates, true);
                let named = templates.fill(
                    "counted",
                    context! { segments, flags => flags(), exposed => Value::from(exposed) },
                );
                (self.exposed(templates, false), values.clone(), named, *several)
            }
        };
        let sums = self.sums();
        let of_slots =
            sums.iter().map(|Sum { name, slots, .. }| Sql::new(format!("{slots} AS {name}_of_slots")));
        let per_arm = templates.fill(
            "per_arm",
            context! {
                p => prefix.clone(),
                by_day,
                segments,
                gathered => gathered.is_some(),
                flags => flags(),
                sums => Value::from(Sql::join(of_slots, ",\n")),
            },
        );
        let found = templates.fill(
            "found",
            context! {
                p => prefix.clone(),
                segments,
                gathered => gathered.is_some(),
                several,
                flags => flags(),
            },
        );
        let named_segments = self.segments.as_ref().map(|of| {
            let dimension = Value::from(of.dimension.clone());
            templates
                .fill("named_segments", context! { p => prefix.clone(), exposures => exposures(), dimension })
        });
        let most = Value::from(Sql::whole(MOST_SEGMENTS));
        let ranked = templates.fill("ranked", context! { p => prefix.clone(), by_day, most });
        templates.fill(
            "arms",
            context! {
                p => prefix,
                given => self.given.clone().map_or(Value::from(false), Value::from),
                segments,
                exposed => Value::from(exposed),
                gathered => gathered.map_or(Value::from(false), Value::from),
                values => Value::from(values),
                per_arm => Value::from(per_arm),
                named => Value::from(named),
                found => Value::from(found),
                named_segments => named_segments.map_or(Value::from(false), Value::from),
                ranked => Value::from(ranked),
            },
        )
    }

    /// The exposed identities; `named` with their variants.
    fn exposed(&self, templates: &Templates, named: bool) -> Sql {
        let segments = self.segments.as_ref().map_or(Value::from(false), |of| Value::from(of.keys.clone()));
        let exposures = Value::from(self.exposures.clone());
        let p = Value::from(Sql::new(self.prefix));
        let days = match &self.days {
            Some(Days::Until(until)) => {
                let until = Value::from(until.clone());
                return templates.fill("exposed_by_day", context! { p, segments, exposures, until });
            }
            Some(Days::Array(days)) => Value::from(days.clone()),
            None => Value::from(false),
        };
        let identity = Value::from(self.identity.clone());
        let gathered = matches!(self.values, Values::Gathered(_));
        templates.fill("exposed", context! { p, gathered, named, segments, exposures, identity, days })
    }

    /// The moments of each metric in each variant, from the relation that has the [`Statistics::steps`].
    pub(super) fn query(&self, templates: &Templates, arms: &Sql) -> Sql {
        let slots = Sql::new(format!("arrayMap(measure -> {}, {})", self.slot, self.measures));
        let kept = self.sums().into_iter().filter(|sum| sum.kept).map(|Sum { name, .. }| {
            Sql::new(format!("arrayMap(slot -> {name}_of_slots[slot], {slots}) AS {name}"))
        });
        let kept: Vec<Sql> = kept.collect();
        let mut moments = templates.fill(
            "moments",
            context! {
                p => Value::from(Sql::new(self.prefix)),
                columns => Value::from(self.columns.clone()),
                by_day => self.days.is_some(),
                segments => self.segments.is_some(),
                bent => self.bent.is_some(),
                flags => self.flags.is_some(),
                flag => Value::from(self.flag.clone()),
                moments => Value::from(Sql::join(self.moments(), ",\n")),
                metrics => Value::from(self.metrics.clone()),
                measures => Value::from(self.measures.clone()),
                slots => Value::from(slots.clone()),
                kept => if kept.is_empty() { Value::from(false) } else { Value::from(Sql::join(kept, ",\n")) },
                only => self.only.clone().map_or(Value::from(false), Value::from),
            },
        );
        if let Some(bent) = &self.bent {
            moments = bent.step(templates, &moments, &self.keys(), self.segments.is_some());
        }
        templates.fill(
            "statistics",
            context! {
                p => Value::from(Sql::new(self.prefix)),
                given => self.given.clone().map_or(Value::from(false), Value::from),
                arms => Value::from(arms.clone()),
                moments => Value::from(moments),
            },
        )
    }

    /// What tells rows of a metric apart, and how many identities are counted.
    fn keys(&self) -> Vec<&'static str> {
        let mut keys = Vec::new();
        if self.days.is_some() {
            keys.push("day_number");
        }
        if self.segments.is_some() {
            keys.extend(["dimension", "segment"]);
        }
        keys.push("variant");
        if self.flags.is_some() {
            keys.push("identities");
        }
        keys.push("n");
        keys
    }

    fn keeps(&self) -> bool {
        self.slots.iter().any(|slot| slot.values.is_some())
    }

    fn lists(&self) -> bool {
        self.slots.iter().any(|slot| slot.lists.is_some())
    }

    /// What an arm has of each slot of a bundle.
    fn sums(&self) -> Vec<Sum> {
        let of = |name: &'static str, ty: &'static str, item: &dyn Fn(usize, &Kept) -> String| Sum {
            name,
            ty,
            kept: false,
            slots: Sql::array((1..).zip(&self.slots).map(|(number, slot)| Sql::new(item(number, slot)))),
        };
        let sum_of = |name: &'static str, value: &dyn Fn(usize) -> String| {
            of(name, "Float64", &|number, _| format!("sumKahan({})", value(number)))
        };
        let kept = |name: &'static str, value: &str| {
            let values = of(name, "Array(Float64)", &|number, slot| match &slot.values {
                Some(which) => format!("groupArrayIf({value}_{number}, {which})"),
                None => "CAST([] AS Array(Float64))".to_owned(),
            });
            Sum { kept: true, ..values }
        };
        let mut sums = vec![
            sum_of("value_sum", &|number| format!("value_{number}")),
            sum_of("value_squares", &|number| format!("value_{number} * value_{number}")),
        ];
        if self.other {
            sums.push(sum_of("other_sum", &|number| format!("other_{number}")));
            sums.push(sum_of("other_squares", &|number| format!("other_{number} * other_{number}")));
            sums.push(sum_of("product", &|number| format!("value_{number} * other_{number}")));
        }
        if self.keeps() {
            sums.push(kept("kept_values", "value"));
            if self.other {
                sums.push(kept("kept_others", "other"));
            }
        }
        if self.lists() {
            let lists = of("lists", "Array(Array(Float64))", &|number, slot| match &slot.lists {
                Some(bundles) => {
                    format!("groupArrayIf(list_{number}, bundle IN ({bundles}) AND notEmpty(list_{number}))")
                }
                None => "CAST([] AS Array(Array(Float64)))".to_owned(),
            });
            sums.push(Sum { kept: true, ..lists });
        }
        sums.push(of("invalid_values", "UInt64", &|number, _| format!("sum(invalid_{number})")));
        if self.tells_expected {
            sums.push(of("expected_values", "UInt64", &|number, _| format!("sum(expected_{number})")));
        }
        sums
    }

    /// The moments of an arm with those who have no rows; where some are bent, by their names before, with what they are
    /// bent from.
    fn moments(&self) -> Vec<Sql> {
        let bent = self.bent.is_some();
        let moment = |name: &&'static str| {
            let (sum, added) = match *name {
                "sum" => ("value_sum", "{value}"),
                "sum_squares" => ("value_squares", "{value} * {value}"),
                "other_sum" => ("other_sum", "{other}"),
                "other_sum_squares" => ("other_squares", "{other} * {other}"),
                _ => ("product", "{value} * {other}"),
            };
            let found = format!("sumKahan({sum}_of_slots[slot])");
            let told = if bent { Bent::unbent(name) } else { name };
            Sql::new(match &self.absent {
                None => format!("{found} AS {told}"),
                Some(Absent { value, other }) => {
                    let added = added.replace("{value}", value.as_str()).replace("{other}", other.as_str());
                    format!("{found} + (n - sumIf(identities_seen, slot != 0)) * {added} AS {told}")
                }
            })
        };
        let mut moments: Vec<Sql> = bent::moment_names(self.other).iter().map(moment).collect();
        if self.keeps() {
            moments.push(Sql::new("groupArrayArray(kept_values) AS all_values"));
            if self.other {
                moments.push(Sql::new("groupArrayArray(kept_others) AS all_others"));
            }
        }
        if self.lists() {
            moments.push(Sql::new("groupArrayArray(lists) AS all_lists"));
        }
        moments.push(Sql::new("sum(invalid_values_of_slots[slot]) AS invalid_values"));
        if self.tells_expected {
            moments.push(Sql::new("sum(expected_values_of_slots[slot]) AS expected_values"));
        }
        moments
    }
}
