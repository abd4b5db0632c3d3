//! The sufficient statistics of metrics in arms as SQL: exposures and rows in, one row per metric and variant out.
//!
//! Every query of the product that reads metric events is made of these steps, whether what it reads is known
//! when it is written (definitions) or when it is asked (the parameterized views).

use minijinja::{Value, context};

use super::bent::Bent;
use super::columns::{Column, Stage, Step, all_of};
use super::exposures::MOST_SEGMENTS;
use super::gathered;
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
    /// The measures of `bundle`: pairs of a number and a slot, and (0, 0) for the identities by themselves.
    pub measures_of_bundle: Sql,
    /// How segments are told apart.
    pub segments: Option<Segments>,
    /// What of the measures is more than sums.
    pub bent: Option<Bent<'a>>,
    /// For each way to be mature whether an identity is, as an array.
    pub flags: Option<Sql>,
    /// Which of the flags tells whether an identity counts for `measure_told`.
    pub flag: Sql,
    /// The measures of `experiment`, as an array.
    pub measures: Sql,
    /// What an identity without rows adds to the moments of `measure_told`; None where it is nothing.
    pub absent: Option<Absent>,
    /// The numbers of the metrics of `experiment` that are read by `measure_told`, as an array.
    pub metrics: Sql,
    /// What must hold for anything to be told.
    pub only: Option<Sql>,
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
    /// As aggregates: the step itself.
    Joined(Sql),
}

impl Statistics<'_> {
    /// The steps, each of which reads the view of the one before it. The last has what each variant has of each measure,
    /// and of how many identities with rows; with the measure 0, how many identities there are.
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
        columns.extend([("variant", "String"), ("measure", "UInt32"), ("identities", "UInt64")]);
        if self.flags.is_some() {
            columns.push(("identities_by_maturity", "Array(UInt64)"));
        }
        columns.extend(self.sums().into_iter().map(|sum| (sum.name, sum.ty)));
        columns.into_iter().map(|(name, ty)| Column::new(name, ty, "")).collect()
    }

    /// `gathered` has the rows of each identity, where values are found from them.
    fn query_of_arms(&self, templates: &Templates, gathered: Option<Sql>) -> Sql {
        let prefix = Value::from(Sql::new(self.prefix));
        let by_day = self.days.is_some();
        let segments = self.segments.is_some();
        let keys = || self.segments.as_ref().map_or(Value::from(false), |of| Value::from(of.keys.clone()));
        let exposures = || Value::from(self.exposures.clone());
        let mut exposed = match &self.days {
            None | Some(Days::Array(_)) => templates.fill(
                "exposed",
                context! {
                    p => prefix.clone(),
                    segments => keys(),
                    exposures => exposures(),
                    identity => Value::from(self.identity.clone()),
                    days => match &self.days {
                        Some(Days::Array(days)) => Value::from(days.clone()),
                        _ => Value::from(false),
                    },
                },
            ),
            Some(Days::Until(until)) => templates.fill(
                "exposed_by_day",
                context! {
                    p => prefix.clone(),
                    segments => keys(),
                    exposures => exposures(),
                    until => Value::from(until.clone()),
                },
            ),
        };
        let values = match &self.values {
            Values::Gathered(both) => {
                let (rows, taken) = both.as_ref();
                exposed = templates
                    .fill("exposed_gathered", context! { segments, by_day, exposed => Value::from(exposed) });
                taken.step(templates, self.prefix, rows, by_day, segments)
            }
            Values::Joined(values) => values.clone(),
        };
        let sums = self.sums();
        let picked =
            sums.iter().map(|Sum { name, .. }| Sql::new(format!("{name}_of_slots[in_slot.2] AS {name}")));
        let per_arm = templates.fill(
            "per_arm",
            context! {
                p => prefix.clone(),
                by_day,
                segments,
                flags => self.flags.clone().map_or(Value::from(false), Value::from),
                measures_of_bundle => Value::from(self.measures_of_bundle.clone()),
                picked => Value::from(Sql::join(picked, ",\n")),
                sums => Value::from(Sql::join(
                    sums.iter().map(|Sum { name, slots, .. }| Sql::new(format!("{slots} AS {name}_of_slots"))),
                    ",\n",
                )),
            },
        );
        let ranked = self.segments.as_ref().map(|of| {
            let named = templates.fill(
                "named_segments",
                context! {
                    p => prefix.clone(),
                    exposures => exposures(),
                    dimension => Value::from(of.dimension.clone()),
                },
            );
            templates.fill(
                "ranked",
                context! {
                    p => prefix.clone(),
                    by_day,
                    named_segments => Value::from(named),
                    most => Value::from(Sql::whole(MOST_SEGMENTS)),
                },
            )
        });
        let named = templates.fill("named", context! { p => prefix.clone(), exposures => exposures() });
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
                ranked => ranked.map_or(Value::from(false), Value::from),
                named => Value::from(named),
            },
        )
    }

    /// The moments of each metric in each variant, from the relation that has the [`Statistics::steps`].
    pub(super) fn query(&self, templates: &Templates, arms: &Sql) -> Sql {
        let prefix = Value::from(Sql::new(self.prefix));
        let by_day = self.days.is_some();
        let segments = self.segments.is_some();
        let mut per_measure = templates.fill(
            "per_measure",
            context! {
                p => prefix.clone(),
                by_day,
                segments,
                other => self.other,
                kept => self.keeps(),
                lists => self.lists(),
                flags => self.flags.is_some(),
                flag => Value::from(self.flag.clone()),
                measures => Value::from(self.measures.clone()),
            },
        );
        if let Some(bent) = &self.bent {
            per_measure = bent.step(templates, &per_measure, segments);
        }
        templates.fill(
            "statistics",
            context! {
                p => prefix,
                given => self.given.clone().map_or(Value::from(false), Value::from),
                by_day,
                segments,
                arms => Value::from(arms.clone()),
                per_measure => Value::from(per_measure),
                metrics => Value::from(self.metrics.clone()),
                only => self.only.clone().map_or(Value::from(false), Value::from),
                columns => Value::from(self.columns.clone()),
                flags => self.flags.is_some(),
                moments => Value::from(Sql::join(self.moments(), ",\n")),
            },
        )
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
            slots: Sql::array((1..).zip(&self.slots).map(|(number, slot)| Sql::new(item(number, slot)))),
        };
        let sum_of = |name: &'static str, value: &dyn Fn(usize) -> String| {
            of(name, "Float64", &|number, _| format!("sumKahan({})", value(number)))
        };
        let kept = |name: &'static str, value: &str| {
            of(name, "Array(Float64)", &|number, slot| match &slot.values {
                Some(which) => format!("groupArrayIf({value}_{number}, {which})"),
                None => "CAST([] AS Array(Float64))".to_owned(),
            })
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
            sums.push(of("lists", "Array(Array(Float64))", &|number, slot| match &slot.lists {
                Some(bundles) => {
                    format!("groupArrayIf(list_{number}, bundle IN ({bundles}) AND notEmpty(list_{number}))")
                }
                None => "CAST([] AS Array(Array(Float64)))".to_owned(),
            }));
        }
        sums.push(of("invalid_values", "UInt64", &|number, _| format!("sum(invalid_{number})")));
        sums
    }

    /// The moments of an arm with those who have no rows.
    fn moments(&self) -> Vec<Sql> {
        let own = self.bent.is_some();
        let names: &[(&str, &str)] = &[
            ("sum_of_values", "sum"),
            ("sum_of_squares", "sum_squares"),
            ("sum_of_others", "other_sum"),
            ("sum_of_other_squares", "other_sum_squares"),
            ("sum_of_products", "product"),
        ];
        let names = if self.other { names } else { &names[..2] };
        let mut moments: Vec<Sql> = names
            .iter()
            .map(|(found, told)| {
                let found = format!("per_measure.{}", if own { told } else { found });
                let added = self.absent.as_ref().map(|Absent { value, other }| match *told {
                    "sum" => format!("{value}"),
                    "sum_squares" => format!("{value} * {value}"),
                    "other_sum" => format!("{other}"),
                    "other_sum_squares" => format!("{other} * {other}"),
                    _ => format!("{value} * {other}"),
                });
                Sql::new(match added {
                    None => format!("{found} AS {told}"),
                    Some(added) => {
                        format!("{found} + (per_measure.n - per_measure.seen) * {added} AS {told}")
                    }
                })
            })
            .collect();
        if let Some(bent) = &self.bent {
            moments.extend(bent.added().iter().map(|name| Sql::new(format!("per_measure.{name} AS {name}"))));
        }
        moments.push(Sql::new("per_measure.invalid AS invalid_values"));
        moments
    }
}
