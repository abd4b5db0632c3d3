//! `adjustPValues`: one row is one family of hypotheses, its answer their adjusted p-values.

use super::Function;
use super::options::short;
use crate::names::{Named, unknown_name};
use crate::statistics::multiplicity::{Correction, adjust};
use crate::wire::{Text, ValueError, decode_tuple};

decode_tuple! {
    /// The arguments of a call.
    pub struct Row<'a> {
        /// p-values of the hypotheses tested together; NULL and NaN stay NULL and do not count
        pub p_values: Vec<Option<f64>>,
        /// `holm`, `hochberg`, `bonferroni`, `benjamini_hochberg` or `none`
        pub method: Text<'a>,
    }
}

/// The function; it has no state.
#[derive(Default)]
pub struct AdjustPValues;

impl Function for AdjustPValues {
    type Row<'a> = Row<'a>;
    type Answer<'a> = Vec<Option<f64>>;

    fn answer<'a>(&mut self, row: Self::Row<'a>) -> Result<Self::Answer<'a>, ValueError> {
        // ClickHouse also calls with the default of a LowCardinality column, so no name is no error.
        if row.method.as_bytes().is_empty() {
            return Ok(vec![None; row.p_values.len()]);
        }
        let method = Correction::from_name(row.method.as_bytes()).ok_or_else(|| {
            ValueError::new(unknown_name::<Correction>("method", &row.method)).in_field("method")
        })?;
        let mut p_values: Vec<Option<f64>> =
            row.p_values.into_iter().map(|p_value| p_value.filter(|p_value| !p_value.is_nan())).collect();
        let outside = |p_value: &Option<f64>| p_value.is_some_and(|p_value| !(0.0..=1.0).contains(&p_value));
        if let Some(index) = p_values.iter().position(outside) {
            let value = p_values[index].unwrap_or_default();
            let problem = ValueError::new(format!("{} is no p-value, must be from 0 to 1", short(value)));
            return Err(problem.in_element(index).in_field("p_values"));
        }
        adjust(&mut p_values, method);
        Ok(p_values)
    }
}
