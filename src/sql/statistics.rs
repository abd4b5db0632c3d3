//! The sufficient statistics of metrics in arms as SQL: exposures and rows in, one row per metric and variant out.
//!
//! Every query of the product that reads metric events is made of these steps, whether what it reads is known
//! when it is written (definitions) or when it is asked (the parameterized views).

use minijinja::{Value, context};

use super::template::Templates;
use super::text::Sql;

/// What differs between the queries.
pub(super) struct Statistics<'a> {
    /// Goes before each name that a user's SQL could see.
    pub prefix: &'a str,
    /// What the other steps refer to.
    pub given: Option<Sql>,
    /// Rows with identity, time, number (the experiment) and value (the variant).
    pub exposures: Sql,
    /// The number that an identity of the exposures is known by.
    pub hash: Sql,
    /// Where results are told for each day: the millisecond up to which `experiment` is read.
    pub until: Option<Sql>,
    /// Rows with identity, time, number (the fact) and value, and copy where copies are to be found.
    pub rows: Sql,
    /// Some metric reads values.
    pub values: bool,
    /// The numbers of the facts of which copies count once.
    pub deduplicated: Option<Sql>,
    /// Whether a row of the time `t` counts, given `first_exposure`, `experiment` and `day_number`.
    pub counts: Sql,
    /// Which experiment needs which fact; None is all.
    pub used: Option<Sql>,
    /// Rows with experiment, fact and aggregation, and what `columns` wants.
    pub metrics: Sql,
    /// The first columns of the result.
    pub columns: Sql,
}

impl Statistics<'_> {
    pub(super) fn query(&self, templates: &Templates) -> Sql {
        let prefix = Value::from(Sql::new(self.prefix));
        let by_day = self.until.is_some();
        let exposures = || Value::from(self.exposures.clone());
        let exposed = match &self.until {
            None => templates.fill(
                "exposed",
                context! { exposures => exposures(), hash => Value::from(self.hash.clone()) },
            ),
            Some(until) => templates.fill(
                "exposed_by_day",
                context! { exposures => exposures(), until => Value::from(until.clone()) },
            ),
        };
        let copies = self.deduplicated.is_some();
        let mut facts = templates.fill(
            "facts",
            context! { rows => Value::from(self.rows.clone()), values => self.values, copies },
        );
        if let Some(deduplicated) = &self.deduplicated {
            facts = templates.fill(
                "deduplicated",
                context! {
                    facts => Value::from(facts),
                    values => self.values,
                    deduplicated => Value::from(deduplicated.clone()),
                },
            );
        }
        let gathered =
            templates.fill("gathered", context! { facts => Value::from(facts), values => self.values });
        let measured = templates.fill(
            "measured",
            context! {
                p => prefix.clone(),
                by_day,
                values => self.values,
                counts => Value::from(self.counts.clone()),
                used => self.used.clone().map_or(Value::from(false), Value::from),
            },
        );
        let per_arm =
            templates.fill("per_arm", context! { p => prefix.clone(), by_day, values => self.values });
        let named = templates.fill("named", context! { exposures => exposures() });
        templates.fill(
            "statistics",
            context! {
                p => prefix,
                given => self.given.clone().map_or(Value::from(false), Value::from),
                by_day,
                values => self.values,
                exposed => Value::from(exposed),
                gathered => Value::from(gathered),
                measured => Value::from(measured),
                per_arm => Value::from(per_arm),
                named => Value::from(named),
                metrics => Value::from(self.metrics.clone()),
                columns => Value::from(self.columns.clone()),
            },
        )
    }
}
