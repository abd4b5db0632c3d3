//! `experimentInference`: one row is one metric, its answer an array with one element per arm.

use super::{Function, options};
use crate::inference::{Aggregation, Arms, Inference, Withheld, infer};
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
        let (names, arms) = validate(row, options)?;
        let inferences = infer(&arms);
        Ok(names
            .into_iter()
            .zip(&arms.moments)
            .zip(inferences)
            .enumerate()
            .map(|(index, ((variant, moments), inference))| {
                score(variant, arms.control == Some(index), moments.n, inference)
            })
            .collect())
    }
}

/// The names of the arms, and the arms as the inference takes them.
fn validate<'a, 'o>(
    row: Row<'a>,
    options: &'o crate::inference::Options,
) -> Result<(Vec<Text<'a>>, Arms<'o>), ValueError> {
    let aggregation = parse_aggregation(&row.aggregation).map_err(|error| error.in_field("aggregation"))?;
    let (names, moments): (Vec<Text<'a>>, Vec<Moments>) = row
        .arms
        .into_iter()
        .map(|arm| (arm.variant, Moments { n: arm.n, sum: arm.sum, sum_squares: arm.sum_squares }))
        .unzip();
    if let Some(index) = first_repeated(&names) {
        let problem = ValueError::new(format!("{} is there twice", names[index]));
        return Err(problem.in_field("variant").in_element(index).in_field("arms"));
    }
    let control = names.iter().position(|name| name.as_bytes() == options.control.as_bytes());
    let arms = Arms { moments, control, aggregation, lower_is_better: row.lower_is_better, options };
    Ok((names, arms))
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

/// The first text that equals one before it.
pub fn first_repeated(texts: &[Text<'_>]) -> Option<usize> {
    let mut seen = std::collections::HashSet::with_capacity(texts.len());
    texts.iter().position(|text| !seen.insert(text.as_bytes()))
}

fn score(variant: Text<'_>, is_control: bool, n: u64, inference: Inference) -> ArmScore<'_> {
    let comparison = inference.comparison;
    ArmScore {
        variant,
        is_control,
        n,
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
