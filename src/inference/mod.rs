//! From the moments of a metric's arms to what is said of each arm.

mod arms;
mod best;
mod beta_binomial;
mod comparison;
mod exact;
mod normal;
mod options;
mod reason;
mod verdict;

pub use arms::{Aggregation, Arm, Auxiliary, MetricArms, QuantileMoments};
pub use comparison::{Comparison, NoEnds, Posterior, Test};
pub use options::{Anytime, InferenceOptions, Interval, Model, VerdictBy};
pub use reason::{Caution, Verdict, Withheld};
pub use verdict::Decision;

use arms::ArmSummary;
use best::find_best;
use comparison::compare;
use verdict::caution_uncorrected;

use crate::statistics::multiplicity::adjust;

/// What is said of one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    /// Per identity, in the metric's unit; of a ratio metric, per unit of the denominator; of a quantile metric, the
    /// quantile.
    pub mean: Option<f64>,
    /// Per identity, with n − 1; of a quantile metric, n times its squared standard error; in the unit of the mean
    /// squared.
    pub variance: Option<f64>,
    /// None for control, and where it is withheld.
    pub comparison: Option<Comparison>,
    /// The mean adjusted by the covariate, in arms that are compared with it; in the metric's unit.
    pub mean_adjusted: Option<f64>,
    /// The p-value, 0 to 1, corrected for the number of treatments compared.
    pub p_value_adjusted: Option<f64>,
    /// Probability that the arm's mean is the best of all, control's included, 0 to 1.
    pub chance_to_be_best: Option<f64>,
    pub verdict: Verdict,
    /// Why there is no comparison, or only a part of it.
    pub withheld: Option<Withheld>,
}

/// What is said of each arm, in the order given.
///
/// # Examples
/// ```
/// use scorecard::functions::options::ParseOptions;
/// use scorecard::inference::{
///     Aggregation, Arm, Auxiliary, InferenceOptions, MetricArms, QuantileMoments, Verdict, infer,
/// };
/// use scorecard::statistics::moments::Moments;
///
/// let converted = |n, conversions| Arm {
///     moments: Moments { n, sum: conversions, sum_squares: conversions },
///     denominator: Auxiliary::Absent,
///     covariate: Auxiliary::Absent,
///     quantile: QuantileMoments::ABSENT,
/// };
/// let options = InferenceOptions::parse(br#"{"confidence": 0.9}"#)?;
/// let inferences = infer(&MetricArms {
///     arms: vec![converted(1000, 100.0), converted(1000, 150.0)],
///     control: Some(0),
///     aggregation: Some(Aggregation::Occurrence),
///     lower_is_better: false,
///     options: &options,
/// });
/// assert_eq!(inferences[1].verdict, Verdict::Winning);
/// # Ok::<(), scorecard::wire::ValueError>(())
/// ```
pub fn infer(metric: &MetricArms<'_>) -> Vec<Inference> {
    let summaries: Vec<ArmSummary> = metric.arms.iter().map(|arm| ArmSummary::new(arm, metric)).collect();
    let control = metric.control.and_then(|index| summaries.get(index));
    let mut inferences: Vec<Inference> = summaries
        .iter()
        .enumerate()
        .map(|(index, summary)| match control {
            Some(control) if metric.control == Some(index) => of_control(control, metric),
            _ => of_treatment(summary, control, metric),
        })
        .collect();
    if let (Some(index), Some(control)) = (metric.control, control) {
        let adjusted = inferences.iter().any(|inference| inference.mean_adjusted.is_some());
        inferences[index].mean_adjusted = control.mean.filter(|_| adjusted);
        correct_p_values(&mut inferences, metric);
        caution_uncorrected(&mut inferences, metric.options);
        find_best(&mut inferences, &summaries, index, metric);
    }
    inferences
}

fn of_control(control: &ArmSummary, metric: &MetricArms<'_>) -> Inference {
    let withheld = match metric.aggregation {
        None => Some(Withheld::NoAggregation),
        Some(_) => control.sample.err(),
    };
    Inference {
        mean: control.mean,
        variance: control.variance(),
        comparison: None,
        mean_adjusted: None,
        p_value_adjusted: None,
        chance_to_be_best: None,
        verdict: Verdict::Control,
        withheld,
    }
}

fn of_treatment(treatment: &ArmSummary, control: Option<&ArmSummary>, metric: &MetricArms<'_>) -> Inference {
    let comparison = compare(treatment, control, metric);
    let (verdict, withheld) = match &comparison {
        Ok(comparison) => (comparison.decision.verdict, comparison.withheld),
        Err(withheld) => (withheld.verdict(), Some(*withheld)),
    };
    let comparison = comparison.ok();
    let adjustment = comparison.as_ref().and_then(|comparison| comparison.adjustment);
    Inference {
        mean: treatment.mean,
        variance: treatment.variance(),
        mean_adjusted: adjustment.map(|adjustment| adjustment.mean),
        p_value_adjusted: None,
        chance_to_be_best: None,
        comparison,
        verdict,
        withheld,
    }
}

/// Corrects the p-values for how many treatments of the metric are tested.
fn correct_p_values(inferences: &mut [Inference], metric: &MetricArms<'_>) {
    let p_value = |inference: &Inference| Some(inference.comparison.as_ref()?.test?.p_value);
    let mut p_values: Vec<Option<f64>> = inferences.iter().map(p_value).collect();
    adjust(&mut p_values, metric.options.correction);
    for (inference, p_value) in inferences.iter_mut().zip(p_values) {
        inference.p_value_adjusted = p_value;
    }
}
