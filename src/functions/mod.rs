//! The functions users know: what each takes and answers, and how a row becomes its answer.

pub mod adjust_p_values;
pub mod experiment_inference;
pub mod experiment_power;
pub mod experiment_sample_size;
pub mod options;
mod power_analysis;
pub mod sample_ratio_mismatch;

pub use adjust_p_values::AdjustPValues;
pub use experiment_inference::ExperimentInference;
pub use experiment_power::ExperimentPower;
pub use experiment_sample_size::ExperimentSampleSize;
pub use sample_ratio_mismatch::SampleRatioMismatch;

use std::collections::HashSet;

use crate::inference::InferenceOptions;
use crate::wire::{DecodeRow, Encode, Field, Text, Type, ValueError, WireType};
use options::{OptionKey, ParseOptions, PowerOptions};

/// A function over the rows of a block. Rows do not know of each other.
pub trait Function: Default {
    type Row<'a>: DecodeRow<'a>;
    type Answer<'a>: Encode;

    /// # Errors
    /// What the caller got wrong, by column and value. Data never is an error.
    fn answer<'a>(&mut self, row: Self::Row<'a>) -> Result<Self::Answer<'a>, ValueError>;
}

/// A function's name and types: what the registration and the reference are made from.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The SQL function.
    pub name: &'static str,
    /// The executable UDF beneath it.
    pub executable: &'static str,
    pub arguments: &'static [Field],
    pub returns: Type,
}

/// Every function there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionName {
    ExperimentInference,
    SampleRatioMismatch,
    AdjustPValues,
    ExperimentSampleSize,
    ExperimentPower,
}

/// On the command line a function is called as in SQL.
impl clap::ValueEnum for FunctionName {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.signature().name.into())
    }
}

impl FunctionName {
    pub const ALL: [FunctionName; 5] = [
        FunctionName::ExperimentInference,
        FunctionName::SampleRatioMismatch,
        FunctionName::AdjustPValues,
        FunctionName::ExperimentSampleSize,
        FunctionName::ExperimentPower,
    ];

    pub fn signature(self) -> Signature {
        match self {
            FunctionName::ExperimentInference => {
                signature::<ExperimentInference>("experimentInference", "scorecardInference")
            }
            FunctionName::SampleRatioMismatch => {
                signature::<SampleRatioMismatch>("sampleRatioMismatch", "scorecardSampleRatio")
            }
            FunctionName::AdjustPValues => {
                signature::<AdjustPValues>("adjustPValues", "scorecardAdjustPValues")
            }
            FunctionName::ExperimentSampleSize => {
                signature::<ExperimentSampleSize>("experimentSampleSize", "scorecardSampleSize")
            }
            FunctionName::ExperimentPower => {
                signature::<ExperimentPower>("experimentPower", "scorecardPower")
            }
        }
    }

    /// What may stand in the function's argument `options`; nothing where it has none.
    pub fn options(self) -> Vec<OptionKey> {
        match self {
            FunctionName::ExperimentInference => InferenceOptions::table(),
            FunctionName::ExperimentSampleSize | FunctionName::ExperimentPower => PowerOptions::table(),
            FunctionName::SampleRatioMismatch | FunctionName::AdjustPValues => Vec::new(),
        }
    }
}

fn signature<F: Function>(name: &'static str, executable: &'static str) -> Signature {
    let arguments = <F::Row<'static> as WireType>::TYPE.fields();
    let returns = <F::Answer<'static> as WireType>::TYPE;
    Signature { name, executable, arguments, returns }
}

/// Up to this many texts it is faster to compare each with each than to hash them.
const FEW: usize = 16;

/// The first text that equals one before it.
fn first_repeated<'t, 'a: 't>(texts: impl ExactSizeIterator<Item = &'t Text<'a>> + Clone) -> Option<usize> {
    if texts.len() <= FEW {
        return texts
            .clone()
            .enumerate()
            .position(|(index, text)| texts.clone().take(index).any(|seen| seen == text));
    }
    let mut seen = HashSet::with_capacity(texts.len());
    texts.enumerate().find_map(|(index, text)| (!seen.insert(text.as_bytes())).then_some(index))
}
