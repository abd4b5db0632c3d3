//! `experimentPower`: one row is one planned experiment, its answer the chance that it finds the effect.

use super::Function;
use super::options::{Cache, PowerOptions};
use super::power_analysis::{baseline, check_effect};
use crate::statistics::power::power;
use crate::wire::{Text, ValueError, decode_tuple, encode_tuple};

decode_tuple! {
    /// The arguments of a call.
    pub struct Row<'a> {
        /// mean per identity today, in the metric's unit; of a proportion the share, 0 to 1
        pub mean: f64,
        /// variance per identity, in the metric's unit squared; NULL with the option `proportion`
        pub variance: Option<f64>,
        /// lift to be found: 0.05 is +5 %, of either sign
        pub minimum_effect: f64,
        /// identities in control; each treatment has `allocation_ratio` times as many
        pub identities: u64,
        /// a JSON object; `''` and `'{}'` mean every default
        pub options: Text<'a>,
    }
}

encode_tuple! {
    /// What the experiment can do.
    #[derive(Clone, Copy)]
    pub struct Power {
        /// probability to find the effect if it is there, 0 to 1
        pub power: Option<f64>,
        /// why the number is withheld, else `''`
        pub reason: &'static str,
    }
}

/// The function, with the options of its last row.
#[derive(Default)]
pub struct ExperimentPower {
    options: Cache<PowerOptions>,
}

impl Function for ExperimentPower {
    type Row<'a> = Row<'a>;
    type Answer<'a> = Power;

    fn answer<'a>(&mut self, row: Self::Row<'a>) -> Result<Self::Answer<'a>, ValueError> {
        let options = self.options.get(&row.options)?;
        Ok(match chance(&row, options) {
            Ok(power) => Power { power: Some(power), reason: "" },
            Err(reason) => Power { power: None, reason },
        })
    }
}

fn chance(row: &Row<'_>, options: &PowerOptions) -> Result<f64, &'static str> {
    let baseline = baseline(row.mean, row.variance, options.is_proportion)?;
    let effect = check_effect(baseline, row.minimum_effect)?;
    let treated = row.identities as f64 * options.design.allocation_ratio;
    if row.identities < 2 || treated < 2.0 {
        return Err("too_few_identities");
    }
    power(baseline, effect, row.identities as f64, &options.design).ok_or("invalid_effect")
}
