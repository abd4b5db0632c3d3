//! `experimentInference`: one row is one metric, its answer an array with one element per arm.

use super::{Function, first_repeated, options};
use crate::inference::{
    Aggregation, Arm, Auxiliary, Caution, Inference, InferenceOptions, MetricArms, NoEnds, QuantileMoments,
    Withheld, infer,
};
use crate::names::{Named, unknown_name};
use crate::statistics::moments::Moments;
use crate::wire::{Text, ValueError, decode_tuple, encode_tuple};

decode_tuple! {
    /// The arguments of a call.
    pub struct Row<'a> {
        /// one element per variant, the control among them, in any order
        pub arms: Vec<ArmMoments<'a>>,
        /// `occurrence`, `count`, `sum`, `mean`, `ratio` or `quantile`
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
        /// Σd over the identities, d being the denominator of a `ratio`
        pub denominator_sum: Option<f64>,
        /// Σd²
        pub denominator_sum_squares: Option<f64>,
        /// Σy·d
        pub denominator_product: Option<f64>,
        /// Σx over the identities, x being a covariate known before the exposure
        pub covariate_sum: Option<f64>,
        /// Σx²
        pub covariate_sum_squares: Option<f64>,
        /// Σy·x
        pub covariate_product: Option<f64>,
        /// the `quantile` of the arm's values, in the metric's unit
        pub quantile: Option<f64>,
        /// standard error of the quantile, in the metric's unit
        pub quantile_standard_error: Option<f64>,
    }
}

encode_tuple! {
    /// What is said of one arm.
    #[derive(Debug)]
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
        /// `control`, `winning`, `losing`, `safe`, `harmful`, `inconclusive`, `collecting_data` or `undefined`
        pub verdict: &'static str,
        /// why numbers are withheld, else `''`
        pub reason: &'static str,
        /// standard error of the lift
        pub standard_error: Option<f64>,
        /// lift given away on average by choosing the arm over control, 0 or above
        pub expected_loss: Option<f64>,
        /// mean − control mean, adjusted by the covariate if there is one, in the metric's unit
        pub difference: Option<f64>,
        /// lower end of the confidence interval of the difference
        pub difference_ci_low: Option<f64>,
        /// upper end of the confidence interval of the difference
        pub difference_ci_high: Option<f64>,
        /// two-sided p-value of no difference: of Welch's t test, or exact where one arm has too few conversions
        pub p_value: Option<f64>,
        /// p_value corrected for the number of treatments of the metric
        pub p_value_adjusted: Option<f64>,
        /// lower end of the lift's confidence interval that holds however often one looks
        pub anytime_ci_low: Option<f64>,
        /// upper end of the lift's confidence interval that holds however often one looks
        pub anytime_ci_high: Option<f64>,
        /// p-value of no difference that holds however often one looks
        pub anytime_p_value: Option<f64>,
        /// probability that the arm is the best of all, control included, 0 to 1
        pub chance_to_be_best: Option<f64>,
        /// smallest lift that a test with these identities finds with probability `power`
        pub minimum_detectable_effect: Option<f64>,
        /// mean adjusted by the covariate, in the metric's unit
        pub mean_adjusted: Option<f64>,
        /// variance per identity adjusted by the covariate, in the metric's unit squared
        pub variance_adjusted: Option<f64>,
        /// 1 − variance_adjusted / variance: what the covariate explains
        pub variance_reduction: Option<f64>,
        /// probability that the arm is not worse than control by more than the margin, 0 to 1
        pub chance_to_be_non_inferior: Option<f64>,
        /// why the comparison deserves less trust than its numbers claim, else `''`
        pub caution: &'static str,
        /// why anytime_ci_low and anytime_ci_high alone are withheld, else `''`
        pub anytime_reason: &'static str,
    }
}

/// The function, with the options of its last row.
#[derive(Default)]
pub struct ExperimentInference {
    options: options::Cache<InferenceOptions>,
}

impl Function for ExperimentInference {
    type Row<'a> = Row<'a>;
    type Answer<'a> = Vec<ArmScore<'a>>;

    fn answer<'a>(&mut self, row: Self::Row<'a>) -> Result<Self::Answer<'a>, ValueError> {
        let options = self.options.get(&row.options)?;
        let metric = validate(&row, options)?;
        let scores = row.arms.into_iter().zip(infer(&metric)).enumerate();
        Ok(scores
            .map(|(index, (arm, inference))| score(arm, metric.control == Some(index), inference))
            .collect())
    }
}

/// The arms as the inference takes them, in the same order.
fn validate<'o>(row: &Row<'_>, options: &'o InferenceOptions) -> Result<MetricArms<'o>, ValueError> {
    let aggregation = parse_aggregation(&row.aggregation).map_err(|error| error.in_field("aggregation"))?;
    if let Some(index) = first_repeated(row.arms.iter().map(|arm| &arm.variant)) {
        let problem = ValueError::new(format!("{} is there twice", row.arms[index].variant));
        return Err(problem.in_field("variant").in_element(index).in_field("arms"));
    }
    let control = row.arms.iter().position(|arm| arm.variant.as_bytes() == options.control.as_bytes());
    let arms = row.arms.iter().map(|arm| Arm {
        moments: Moments { n: arm.n, sum: arm.sum, sum_squares: arm.sum_squares },
        denominator: Auxiliary::new([
            arm.denominator_sum,
            arm.denominator_sum_squares,
            arm.denominator_product,
        ]),
        covariate: Auxiliary::new([arm.covariate_sum, arm.covariate_sum_squares, arm.covariate_product]),
        quantile: QuantileMoments::new(arm.quantile, arm.quantile_standard_error),
    });
    let (arms, lower_is_better) = (arms.collect(), row.lower_is_better);
    Ok(MetricArms { arms, control, aggregation, lower_is_better, options })
}

/// ClickHouse also calls with the default of a LowCardinality column, so no name is no error.
fn parse_aggregation(name: &Text<'_>) -> Result<Option<Aggregation>, ValueError> {
    if name.as_bytes().is_empty() {
        return Ok(None);
    }
    Aggregation::from_name(name.as_bytes())
        .map(Some)
        .ok_or_else(|| ValueError::new(unknown_name::<Aggregation>("aggregation", name)))
}

fn score<'a>(arm: ArmMoments<'a>, is_control: bool, inference: Inference) -> ArmScore<'a> {
    let comparison = inference.comparison.as_ref();
    let posterior = comparison.and_then(|comparison| comparison.posterior.as_ref());
    let interval = posterior.and_then(|posterior| posterior.credible_interval);
    let test = comparison.and_then(|comparison| comparison.test.as_ref());
    let difference_interval = test.and_then(|test| test.difference_interval);
    let anytime = test.and_then(|test| test.anytime_interval);
    let anytime_interval = anytime.and_then(Result::ok);
    let adjustment = comparison.and_then(|comparison| comparison.adjustment.as_ref());
    ArmScore {
        variant: arm.variant,
        is_control,
        n: arm.n,
        mean: inference.mean,
        variance: inference.variance,
        lift: posterior.and_then(|posterior| posterior.lift),
        ci_low: interval.map(|(low, _)| low),
        ci_high: interval.map(|(_, high)| high),
        chance_to_win: posterior.map(|posterior| posterior.chance_to_win),
        verdict: inference.verdict.code(),
        reason: inference.withheld.map_or("", Withheld::code),
        standard_error: posterior.and_then(|posterior| posterior.standard_error),
        expected_loss: posterior.and_then(|posterior| posterior.expected_loss),
        difference: test.map(|test| test.difference),
        difference_ci_low: difference_interval.map(|(low, _)| low),
        difference_ci_high: difference_interval.map(|(_, high)| high),
        p_value: test.map(|test| test.p_value),
        p_value_adjusted: inference.p_value_adjusted,
        anytime_ci_low: anytime_interval.map(|(low, _)| low),
        anytime_ci_high: anytime_interval.map(|(_, high)| high),
        anytime_p_value: test.and_then(|test| test.anytime_p_value),
        chance_to_be_best: inference.chance_to_be_best,
        minimum_detectable_effect: test.and_then(|test| test.minimum_detectable_effect),
        mean_adjusted: inference.mean_adjusted,
        variance_adjusted: adjustment.map(|adjustment| adjustment.variance),
        variance_reduction: adjustment.and_then(|adjustment| adjustment.variance_reduction),
        chance_to_be_non_inferior: posterior.and_then(|posterior| posterior.chance_to_be_non_inferior),
        caution: comparison.and_then(|comparison| comparison.caution).map_or("", Caution::code),
        anytime_reason: anytime.and_then(Result::err).map_or("", NoEnds::code),
    }
}
