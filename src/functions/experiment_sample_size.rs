//! `experimentSampleSize`: one row is one planned experiment, its answer how many identities it needs.

use super::Function;
use super::options::{Cache, PowerOptions};
use super::power_analysis::{baseline, check_effect};
use crate::statistics::power::control_size;
use crate::wire::{Text, ValueError, decode_tuple, encode_tuple};

decode_tuple! {
    /// The arguments of a call.
    pub struct Row<'a> {
        /// mean per identity today, in the metric's unit; of a proportion the share, 0 to 1
        pub mean: f64,
        /// variance per identity, in the metric's unit squared; NULL with the option `proportion`
        pub variance: Option<f64>,
        /// smallest lift to be found: 0.05 is +5 %, of either sign
        pub minimum_effect: f64,
        /// a JSON object; `''` and `'{}'` mean every default
        pub options: Text<'a>,
    }
}

encode_tuple! {
    /// What the experiment needs.
    #[derive(Clone, Copy)]
    pub struct SampleSize {
        /// identities in control, a whole number
        pub control: Option<f64>,
        /// identities in each treatment, a whole number
        pub treatment: Option<f64>,
        /// identities in all arms
        pub total: Option<f64>,
        /// why numbers are withheld, else `''`
        pub reason: &'static str,
    }
}

/// The function, with the options of its last row.
#[derive(Default)]
pub struct ExperimentSampleSize {
    options: Cache<PowerOptions>,
}

impl Function for ExperimentSampleSize {
    type Row<'a> = Row<'a>;
    type Answer<'a> = SampleSize;

    fn answer<'a>(&mut self, row: Self::Row<'a>) -> Result<Self::Answer<'a>, ValueError> {
        let options = self.options.get(&row.options)?;
        Ok(match size(&row, options) {
            Ok([control, treatment, total]) => SampleSize {
                control: Some(control),
                treatment: Some(treatment),
                total: Some(total),
                reason: "",
            },
            Err(reason) => SampleSize { control: None, treatment: None, total: None, reason },
        })
    }
}

fn size(row: &Row<'_>, options: &PowerOptions) -> Result<[f64; 3], &'static str> {
    let baseline = baseline(row.mean, row.variance, options.is_proportion)?;
    let effect = check_effect(baseline, row.minimum_effect)?;
    let exact = control_size(baseline, effect, &options.design).ok_or("invalid_effect")?;
    let (control, treatment) = (whole_arm(exact), whole_arm(exact * options.design.allocation_ratio));
    let total = control + options.treatments * treatment;
    if total.is_finite() { Ok([control, treatment, total]) } else { Err("invalid_effect") }
}

/// An arm of fewer than two identities has no variance.
fn whole_arm(size: f64) -> f64 {
    size.ceil().max(2.0)
}
