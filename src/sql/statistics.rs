//! The sufficient statistics of metrics in arms as SQL: exposures and rows in, one row per metric and variant out.
//!
//! Every query of the product that reads metric events is made of these steps, whether what it reads is known
//! when it is written (definitions) or when it is asked (the parameterized views).

use minijinja::{Value, context};

use super::gathered;
use super::template::Templates;
use super::text::Sql;

/// What differs between the queries.
pub(super) struct Statistics<'a> {
    /// Goes before each name that a user's SQL could see.
    pub prefix: &'a str,
    /// What the other steps refer to.
    pub given: Option<Sql>,
    /// Rows with identity, time, number (the experiment) and value (the variant), and segments where there are any.
    pub exposures: Sql,
    /// The number that the identity `identity_read` of the exposures is known by.
    pub hash: Sql,
    /// Where results are told for each day: the millisecond up to which `experiment` is read.
    pub until: Option<Sql>,
    /// How the values of identities are found.
    pub values: Values,
    /// Measures have a second value.
    pub other: bool,
    /// For each way to be mature whether an identity is, as an array.
    pub flags: Option<Sql>,
    /// Which of the flags tells whether an identity counts for `metrics.measure`.
    pub flag: Sql,
    /// Rows with experiment and measure, and what `columns` wants.
    pub metrics: Sql,
    /// The first columns of the result.
    pub columns: Sql,
}

/// The ways to find the values of identities.
pub(super) enum Values {
    /// From arrays of the rows of each.
    Gathered(gathered::Rows, gathered::Taken),
    /// As aggregates: the step itself.
    Joined(Sql),
}

impl Statistics<'_> {
    pub(super) fn query(&self, templates: &Templates) -> Sql {
        let prefix = Value::from(Sql::new(self.prefix));
        let by_day = self.until.is_some();
        let segments = false;
        let exposures = || Value::from(self.exposures.clone());
        let mut exposed = match &self.until {
            None => templates.fill(
                "exposed",
                context! { segments, exposures => exposures(), hash => Value::from(self.hash.clone()) },
            ),
            Some(until) => templates.fill(
                "exposed_by_day",
                context! { segments, exposures => exposures(), until => Value::from(until.clone()) },
            ),
        };
        let (gathered, values) = match &self.values {
            Values::Gathered(rows, taken) => {
                exposed = templates.fill(
                    "exposed_gathered",
                    context! { segments, by_day, exposed => Value::from(exposed) },
                );
                let values = taken.step(templates, self.prefix, rows, by_day, segments);
                (Some(rows.step(templates)), values)
            }
            Values::Joined(values) => (None, values.clone()),
        };
        let per_arm = templates.fill(
            "per_arm",
            context! {
                p => prefix.clone(),
                by_day,
                segments,
                other => self.other,
                pairs => false,
                lists => false,
                flags => self.flags.clone().map_or(Value::from(false), Value::from),
            },
        );
        let named = templates.fill("named", context! { exposures => exposures() });
        templates.fill(
            "statistics",
            context! {
                p => prefix,
                given => self.given.clone().map_or(Value::from(false), Value::from),
                by_day,
                exposed => Value::from(exposed),
                gathered => gathered.map_or(Value::from(false), Value::from),
                values => Value::from(values),
                per_arm => Value::from(per_arm),
                named => Value::from(named),
                metrics => Value::from(self.metrics.clone()),
                columns => Value::from(self.columns.clone()),
                flags => self.flags.is_some(),
                flag => Value::from(self.flag.clone()),
                other => self.other,
            },
        )
    }
}
