//! What goes into an inference, checked: the arms of a metric and the options.

use super::Withheld;
use crate::statistics::beta_binomial::Beta;
use crate::statistics::lift::Prior;
use crate::statistics::moments::{Flaw, Moments, Sample};
use crate::statistics::multiplicity::Correction;
use crate::statistics::paired::{Paired, Second};
use crate::statistics::sequential::ConfidenceSequence;
use crate::wire::Text;

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
}

impl Aggregation {
    const ALL: [(&'static str, Aggregation); 5] = [
        ("occurrence", Aggregation::Occurrence),
        ("count", Aggregation::Count),
        ("sum", Aggregation::Sum),
        ("mean", Aggregation::Mean),
        ("ratio", Aggregation::Ratio),
    ];

    pub fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| known.as_bytes() == name).map(|&(_, aggregation)| aggregation)
    }

    /// The names that [`Aggregation::from_name`] knows, for a message.
    pub fn names() -> String {
        Self::ALL.map(|(name, _)| name).join(", ")
    }

    /// Whether values of this kind can add up to these moments.
    fn allows(self, moments: &Moments) -> bool {
        match self {
            Aggregation::Occurrence => {
                moments.sum >= 0.0 && moments.sum <= moments.n as f64 && moments.sum == moments.sum_squares
            }
            Aggregation::Count => moments.sum >= 0.0,
            Aggregation::Sum | Aggregation::Mean | Aggregation::Ratio => true,
        }
    }
}

/// What the inference is asked to do, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Name of the control.
    pub control: String,
    /// 1 − confidence: what intervals leave outside.
    pub tails: f64,
    /// z of the intervals.
    pub critical_value: f64,
    /// Below this number of identities in either arm nothing is said.
    pub min_identities: u64,
    /// Below this number of conversions in either arm nothing is said of an occurrence metric.
    pub min_conversions: u64,
    /// A chance from here on is a verdict.
    pub win_threshold: f64,
    pub correction: Correction,
    pub sequence: ConfidenceSequence,
    /// z of the power at which an effect counts as detectable.
    pub power_quantile: f64,
    /// None is flat.
    pub prior: Option<Prior>,
    pub interval: Interval,
    pub model: Model,
    /// How much worse than control is still good enough; with it the verdict is about that.
    pub non_inferiority_margin: Option<f64>,
}

/// How the interval of the lift is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// From the delta method's standard error.
    Delta,
    /// Fieller's theorem.
    Fieller,
}

/// Where the posterior of the lift comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// The normal approximation.
    Normal,
    /// For occurrence metrics beta posteriors from this prior; the normal approximation for others.
    BetaBinomial(Beta),
}

/// Moments of a second value, of which a caller may give none, all or only some.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Further {
    Absent,
    Partial,
    Complete(Second),
}

impl Further {
    /// From a sum, a sum of squares and a sum of products; what is NaN is not there.
    pub fn new(moments: [Option<f64>; 3]) -> Further {
        match moments.map(|moment| moment.filter(|moment| !moment.is_nan())) {
            [None, None, None] => Further::Absent,
            [Some(sum), Some(sum_squares), Some(product)] => {
                Further::Complete(Second { sum, sum_squares, product })
            }
            _ => Further::Partial,
        }
    }
}

/// One arm of a metric.
#[derive(Debug)]
pub struct Arm<'a> {
    pub variant: Text<'a>,
    pub moments: Moments,
    pub denominator: Further,
    pub covariate: Further,
}

/// The arms of one metric, checked: names differ, at most one is the control.
#[derive(Debug)]
pub struct Arms<'a, 'o> {
    pub arms: Vec<Arm<'a>>,
    /// Which of them is the control.
    pub control: Option<usize>,
    /// None when the caller named none.
    pub aggregation: Option<Aggregation>,
    pub lower_is_better: bool,
    pub options: &'o Options,
}

/// An arm's moments with what follows from them alone.
pub(super) struct Summary {
    pub moments: Moments,
    pub mean: Option<f64>,
    pub sample: Result<Sample, Withheld>,
    /// [`Further::Absent`] where the aggregation has no use for a covariate.
    pub covariate: Further,
}

impl Summary {
    pub fn new(arm: &Arm<'_>, arms: &Arms<'_, '_>) -> Self {
        let moments = arm.moments;
        let allowed = arms.aggregation.is_none_or(|aggregation| aggregation.allows(&moments));
        let (size, sample) = if !allowed {
            (None, Err(Withheld::InvalidMoments))
        } else if arms.aggregation == Some(Aggregation::Ratio) {
            ratio(moments, arm.denominator)
        } else {
            (Some(moments.n as f64), moments.sample().map_err(Withheld::from))
        };
        // A mean needs one identity and moments that data can have.
        let known = moments.n > 0 && sample != Err(Withheld::InvalidMoments);
        let covariate =
            if arms.aggregation == Some(Aggregation::Ratio) { Further::Absent } else { arm.covariate };
        Self { moments, mean: size.filter(|_| known).map(|size| moments.sum / size), sample, covariate }
    }

    pub fn variance(&self) -> Option<f64> {
        self.sample.ok().map(|sample| sample.variance)
    }

    /// The moments with those of the covariate.
    pub fn with_covariate(&self) -> Option<Paired> {
        match self.covariate {
            Further::Complete(second) => Some(Paired { first: self.moments, second }),
            Further::Absent | Further::Partial => None,
        }
    }
}

/// What the mean of a ratio metric divides by, and the sample.
fn ratio(first: Moments, denominator: Further) -> (Option<f64>, Result<Sample, Withheld>) {
    let Further::Complete(second) = denominator else {
        return (None, Err(Withheld::MissingMoments));
    };
    // An arm of nobody has no denominator either.
    if first.n == 0 {
        return (None, Err(first.sample().err().unwrap_or(Flaw::TooFew).into()));
    }
    if second.sum <= 0.0 {
        return (None, Err(Withheld::DenominatorNotPositive));
    }
    (Some(second.sum), Paired { first, second }.ratio().map_err(Withheld::from))
}
