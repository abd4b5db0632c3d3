//! What goes into an inference, checked: the arms of a metric.

use super::{InferenceOptions, Model, Withheld};
use crate::names::Named;
use crate::statistics::joint_moments::{AuxiliaryMoments, JointMoments, JointSample};
use crate::statistics::moments::{Flaw, Moments, Sample};
use crate::statistics::quantile::Quantile;

/// How an identity's events become its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// 1 if there was an event, else 0.
    Occurrence,
    /// The number of events.
    Count,
    /// The total of the events' values.
    Sum,
    /// The average of the events' values.
    Mean,
    /// One total per another, such as clicks per view: Σy/Σd over all identities.
    Ratio,
    /// A quantile of all values, such as the 90th percentile of latency.
    Quantile,
}

impl Named for Aggregation {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("occurrence", Aggregation::Occurrence),
        ("count", Aggregation::Count),
        ("sum", Aggregation::Sum),
        ("mean", Aggregation::Mean),
        ("ratio", Aggregation::Ratio),
        ("quantile", Aggregation::Quantile),
    ];
}

impl Aggregation {
    /// Whether values of this kind can add up to these moments.
    fn allows(self, moments: &Moments) -> bool {
        match self {
            Aggregation::Occurrence => {
                moments.sum >= 0.0 && moments.sum <= moments.n as f64 && moments.sum == moments.sum_squares
            }
            Aggregation::Count => moments.sum >= 0.0,
            Aggregation::Sum | Aggregation::Mean | Aggregation::Ratio | Aggregation::Quantile => true,
        }
    }
}

/// Moments of an auxiliary value, of which a caller may give none, all or only some.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Auxiliary {
    Absent,
    Partial,
    Complete(AuxiliaryMoments),
}

impl Auxiliary {
    /// From a sum, a sum of squares and a sum of products; what is NaN is not there.
    pub fn new(moments: [Option<f64>; 3]) -> Auxiliary {
        match moments.map(|moment| moment.filter(|moment| !moment.is_nan())) {
            [None, None, None] => Auxiliary::Absent,
            [Some(sum), Some(sum_squares), Some(product)] => {
                Auxiliary::Complete(AuxiliaryMoments { sum, sum_squares, product })
            }
            _ => Auxiliary::Partial,
        }
    }
}

/// A quantile with its standard error, each None where the caller gives none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileMoments {
    /// In the metric's unit.
    value: Option<f64>,
    /// In the metric's unit.
    standard_error: Option<f64>,
}

impl QuantileMoments {
    pub const ABSENT: QuantileMoments = QuantileMoments { value: None, standard_error: None };

    /// What is NaN is not there.
    pub fn new(value: Option<f64>, standard_error: Option<f64>) -> QuantileMoments {
        let [value, standard_error] =
            [value, standard_error].map(|moment| moment.filter(|moment| !moment.is_nan()));
        QuantileMoments { value, standard_error }
    }
}

/// One arm of a metric: its moments as they were given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arm {
    pub moments: Moments,
    /// What a ratio metric divides by.
    pub denominator: Auxiliary,
    /// What was known before the exposure.
    pub covariate: Auxiliary,
    /// Of a quantile metric, which has no use for the other moments.
    pub quantile: QuantileMoments,
}

/// The arms of one metric with what is asked of them, checked: at most one is the control.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricArms<'o> {
    pub arms: Vec<Arm>,
    /// Which of them is the control.
    pub control: Option<usize>,
    /// None when the caller named none.
    pub aggregation: Option<Aggregation>,
    pub lower_is_better: bool,
    pub options: &'o InferenceOptions,
}

/// An arm's moments with what follows from them alone.
pub(super) struct ArmSummary {
    pub moments: Moments,
    pub mean: Option<f64>,
    pub sample: Result<Sample, Withheld>,
    /// [`Auxiliary::Absent`] where the aggregation or the model has no use for a covariate.
    pub covariate: Auxiliary,
    /// Of the moments with those of a covariate that is there.
    pub joint: Option<Result<JointSample, Flaw>>,
}

impl ArmSummary {
    pub fn new(arm: &Arm, metric: &MetricArms<'_>) -> Self {
        let (moments, aggregation) = (arm.moments, metric.aggregation);
        let allowed = aggregation.is_none_or(|aggregation| aggregation.allows(&moments));
        let (mean, sample) = if !allowed {
            (None, Err(Withheld::InvalidMoments))
        } else {
            match aggregation {
                Some(Aggregation::Ratio) => {
                    let (denominator, sample) = ratio(moments, arm.denominator);
                    (denominator.map(|denominator| moments.sum / denominator), sample)
                }
                Some(Aggregation::Quantile) => (arm.quantile.value, quantile(moments.n, arm.quantile)),
                _ => (Some(moments.sum / moments.n as f64), moments.sample().map_err(Withheld::from)),
            }
        };
        // A mean needs one identity and moments that data can have.
        let known = moments.n > 0 && sample != Err(Withheld::InvalidMoments);
        let mean = mean.filter(|mean| known && mean.is_finite());
        // A posterior of conversion rates is one of the counts, and a test beside it that were not would contradict it.
        let covariate = match (aggregation, metric.options.model) {
            (Some(Aggregation::Ratio | Aggregation::Quantile), _) => Auxiliary::Absent,
            (Some(Aggregation::Occurrence), Model::BetaBinomial(_)) => Auxiliary::Absent,
            _ => arm.covariate,
        };
        let joint = match covariate {
            Auxiliary::Complete(x) => Some(JointMoments { y: moments, x }.sample()),
            Auxiliary::Absent | Auxiliary::Partial => None,
        };
        Self { moments, mean, sample, covariate, joint }
    }

    pub fn variance(&self) -> Option<f64> {
        self.sample.ok().map(|sample| sample.variance)
    }
}

/// What the mean of a ratio metric divides by, and the sample.
fn ratio(y: Moments, denominator: Auxiliary) -> (Option<f64>, Result<Sample, Withheld>) {
    let Auxiliary::Complete(x) = denominator else {
        return (None, Err(Withheld::MissingMoments));
    };
    // An arm of nobody has no denominator either.
    if y.n == 0 {
        return (None, Err(y.sample().err().unwrap_or(Flaw::TooFew).into()));
    }
    if x.sum <= 0.0 {
        return (None, Err(Withheld::DenominatorNotPositive));
    }
    (Some(x.sum), JointMoments { y, x }.sample().and_then(|sample| sample.ratio()).map_err(Withheld::from))
}

/// The sample of which the quantile is the mean. An arm of nobody has no quantile; without an interval of order
/// statistics, it has no standard error.
fn quantile(n: u64, moments: QuantileMoments) -> Result<Sample, Withheld> {
    match (moments.value, moments.standard_error) {
        (None, None) if n == 0 => Err(Withheld::TooFewIdentities),
        (None, _) => Err(Withheld::MissingMoments),
        (Some(value), Some(standard_error)) => Ok(Quantile { n, value, standard_error }.sample()?),
        (Some(value), None) => match Quantile::check(n, value) {
            Ok(()) => Err(Withheld::TooFewForQuantile),
            Err(flaw) => Err(flaw.into()),
        },
    }
}
