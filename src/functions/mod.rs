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

use crate::wire::{DecodeRow, Encode, Field, Type, ValueError, WireType};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FunctionName {
    #[value(name = "experimentInference")]
    ExperimentInference,
    #[value(name = "sampleRatioMismatch")]
    SampleRatioMismatch,
    #[value(name = "adjustPValues")]
    AdjustPValues,
    #[value(name = "experimentSampleSize")]
    ExperimentSampleSize,
    #[value(name = "experimentPower")]
    ExperimentPower,
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
}

fn signature<F: Function>(name: &'static str, executable: &'static str) -> Signature {
    let arguments = <F::Row<'static> as WireType>::TYPE.fields();
    let returns = <F::Answer<'static> as WireType>::TYPE;
    Signature { name, executable, arguments, returns }
}
