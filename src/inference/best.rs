//! Which arm is the best of all.

use super::arms::ArmSummary;
use super::{Inference, Interval, MetricArms, Model};
use crate::statistics::best_arm::{NormalMean, chances_to_be_largest};
use crate::statistics::joint_moments::Theta;
use crate::statistics::mean_difference::difference_of_means;

/// The chances to be the best, among control and the treatments that are compared with it.
pub(super) fn find_best(
    inferences: &mut [Inference],
    summaries: &[ArmSummary],
    control: usize,
    metric: &MetricArms<'_>,
) {
    if let Some((treatment, wins, loses)) = only_opponent(inferences, metric) {
        inferences[treatment].chance_to_be_best = Some(wins);
        inferences[control].chance_to_be_best = Some(loses);
        return;
    }
    let racing: Vec<usize> = (0..inferences.len())
        .filter(|&index| index == control || is_tested_as_normal(&inferences[index]))
        .collect();
    if racing.len() < 2 {
        return;
    }
    let adjusted = inferences[control].mean_adjusted.is_some();
    let means = posteriors_of_means(summaries, &racing, control, adjusted);
    let Some(mut means) = means else { return };
    if metric.lower_is_better {
        means.iter_mut().for_each(|arm| arm.mean = -arm.mean);
    }
    for (index, chance) in racing.into_iter().zip(chances_to_be_largest(&means)) {
        inferences[index].chance_to_be_best = Some(chance);
    }
}

/// The only treatment that is compared with control, with its chances to win and to lose: it is the best where it wins. None
/// where there are several, and of the delta method, whose chance is not that of the means.
fn only_opponent(inferences: &[Inference], metric: &MetricArms<'_>) -> Option<(usize, f64, f64)> {
    let mut opponents = inferences.iter().enumerate().filter_map(|(index, inference)| {
        let posterior = inference.comparison.as_ref()?.posterior.as_ref()?;
        Some((index, posterior.chance_to_win, posterior.chance_to_lose))
    });
    let only = opponents.next()?;
    let is_of_means = metric.options.interval != Interval::Delta || metric.counts_conversions();
    (is_of_means && opponents.next().is_none()).then_some(only)
}

impl MetricArms<'_> {
    /// Whether the posterior is one of conversion rates.
    fn counts_conversions(&self) -> bool {
        self.aggregation == Some(super::Aggregation::Occurrence)
            && matches!(self.options.model, Model::BetaBinomial(_))
    }
}

fn is_tested_as_normal(inference: &Inference) -> bool {
    let test = inference.comparison.as_ref().and_then(|comparison| comparison.test);
    test.is_some_and(|test| test.difference_interval.is_some())
}

/// The posteriors of the means of these arms over control's, for only differences matter and these are exact;
/// adjusted, with one θ for all of them. None where that leaves an arm without a variance.
fn posteriors_of_means(
    summaries: &[ArmSummary],
    racing: &[usize],
    control: usize,
    adjusted: bool,
) -> Option<Vec<NormalMean>> {
    let reference = summaries[control].sample.ok()?;
    if !adjusted {
        let plain = |&index: &usize| {
            let sample = summaries[index].sample.ok()?;
            let standard_error = sample.squared_standard_error().sqrt();
            Some(NormalMean { mean: difference_of_means(&sample, &reference), standard_error })
        };
        return racing.iter().map(plain).collect();
    }
    let joint = |index: usize| summaries[index].joint.as_ref()?.as_ref().ok();
    let theta = Theta::pooled(racing.iter().filter_map(|&index| joint(index)));
    let control = joint(control)?;
    let posterior = |&index: &usize| {
        let joint = joint(index)?;
        let variance = joint.adjusted_variance(theta).ok()?;
        let standard_error = (variance / summaries[index].moments.n as f64).sqrt();
        Some(NormalMean { mean: theta.adjusted_difference(joint, control), standard_error })
    };
    racing.iter().map(posterior).collect()
}
