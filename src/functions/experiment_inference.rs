//! `experimentInference`: one row is one metric, its answer an array with one element per arm.

use super::{Function, options};
use crate::inference::{Aggregation, Arm, Arms, Inference, Options, Withheld, infer};
use crate::statistics::moments::Moments;
use crate::wire::{Text, ValueError, decode_tuple, encode_tuple};

decode_tuple! {
    /// The arguments of a call.
    pub struct Row<'a> {
        /// one element per variant, the control among them, in any order
        pub arms: Vec<ArmMoments<'a>>,
        /// `occurrence`, `count`, `sum` or `mean`
        pub aggregation: Text<'a>,
        /// a fall is a win
        pub lower_is_better: bool,
        /// a JSON object; `''` and `'{}'` mean every default
        pub options: Text<'a>,
    }
}

decode_tuple! {
    /// One arm's sufficient statistics.
    pub struct ArmMoments<'a> {
        /// name of the variant
        pub variant: Text<'a>,
        /// identities exposed to the variant
        pub n: u64,
        /// Σy over the identities, in the metric's unit
        pub sum: f64,
        /// Σy² over the identities, in the metric's unit squared
        pub sum_squares: f64,
    }
}

encode_tuple! {
    /// What is said of one arm.
    pub struct ArmScore<'a> {
        /// name of the variant
        pub variant: Text<'a>,
        /// the variant is the control
        pub is_control: bool,
        /// identities exposed to the variant
        pub n: u64,
        /// mean per identity, in the metric's unit
        pub mean: Option<f64>,
        /// variance per identity (with n − 1), in the metric's unit squared
        pub variance: Option<f64>,
        /// (mean − control mean) / control mean: 0.12 is +12 %
        pub lift: Option<f64>,
        /// lower end of the credible interval of the lift
        pub ci_low: Option<f64>,
        /// upper end of the credible interval of the lift
        pub ci_high: Option<f64>,
        /// probability that the arm beats the control, 0 to 1
        pub chance_to_win: Option<f64>,
        /// `control`, `winning`, `losing`, `inconclusive`, `collecting_data` or `undefined`
        pub verdict: &'static str,
        /// why numbers are withheld, else `''`
        pub reason: &'static str,
    }
}

/// The function, with the options of its last row.
#[derive(Default)]
pub struct ExperimentInference {
    options: options::Cache,
}

impl Function for ExperimentInference {
    type Row<'a> = Row<'a>;
    type Answer<'a> = Vec<ArmScore<'a>>;

    fn answer<'a>(&mut self, row: Self::Row<'a>) -> Result<Self::Answer<'a>, ValueError> {
        let options = self.options.get(row.options.as_bytes()).map_err(|error| error.in_field("options"))?;
        let arms = validate(row, options)?;
        let scores = arms.arms.iter().zip(infer(&arms)).enumerate();
        Ok(scores
            .map(|(index, (arm, inference))| score(arm, arms.control == Some(index), inference))
            .collect())
    }
}

/// The arms as the inference takes them.
fn validate<'a, 'o>(row: Row<'a>, options: &'o Options) -> Result<Arms<'a, 'o>, ValueError> {
    let aggregation = parse_aggregation(&row.aggregation).map_err(|error| error.in_field("aggregation"))?;
    if let Some(index) = first_repeated(row.arms.iter().map(|arm| &arm.variant)) {
        let problem = ValueError::new(format!("{} is there twice", row.arms[index].variant));
        return Err(problem.in_field("variant").in_element(index).in_field("arms"));
    }
    let control = row.arms.iter().position(|arm| arm.variant.as_bytes() == options.control.as_bytes());
    let arms = row.arms.into_iter().map(|arm| Arm {
        variant: arm.variant,
        moments: Moments { n: arm.n, sum: arm.sum, sum_squares: arm.sum_squares },
    });
    Ok(Arms { arms: arms.collect(), control, aggregation, lower_is_better: row.lower_is_better, options })
}

/// ClickHouse also calls with the default of a LowCardinality column, so no name is no error.
fn parse_aggregation(name: &Text<'_>) -> Result<Option<Aggregation>, ValueError> {
    if name.as_bytes().is_empty() {
        return Ok(None);
    }
    Aggregation::from_name(name.as_bytes()).map(Some).ok_or_else(|| {
        ValueError::new(format!("unknown aggregation {name}, must be one of {}", Aggregation::names()))
    })
}

/// Up to this many texts it is faster to compare each with each than to hash them.
const FEW: usize = 16;

/// The first text that equals one before it.
pub fn first_repeated<'t, 'a: 't>(
    texts: impl ExactSizeIterator<Item = &'t Text<'a>> + Clone,
) -> Option<usize> {
    if texts.len() <= FEW {
        return texts
            .clone()
            .enumerate()
            .position(|(index, text)| texts.clone().take(index).any(|seen| seen == text));
    }
    let mut seen = std::collections::HashSet::with_capacity(texts.len());
    texts.enumerate().find_map(|(index, text)| (!seen.insert(text.as_bytes())).then_some(index))
}

fn score<'a>(arm: &Arm<'a>, is_control: bool, inference: Inference) -> ArmScore<'a> {
    let comparison = inference.comparison;
    ArmScore {
        variant: arm.variant.clone(),
        is_control,
        n: arm.moments.n,
        mean: inference.mean,
        variance: inference.variance,
        lift: comparison.map(|c| c.lift),
        ci_low: comparison.map(|c| c.credible_interval.0),
        ci_high: comparison.map(|c| c.credible_interval.1),
        chance_to_win: comparison.map(|c| c.chance_to_win),
        verdict: inference.verdict.code(),
        reason: inference.withheld.map_or("", Withheld::code),
    }
}
