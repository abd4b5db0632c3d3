//! From the moments of a metric's arms to what is said of each arm.

use crate::statistics::lift::Lift;
use crate::statistics::moments::{Flaw, Moments, Sample};
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
}

impl Aggregation {
    const ALL: [(&'static str, Aggregation); 4] = [
        ("occurrence", Aggregation::Occurrence),
        ("count", Aggregation::Count),
        ("sum", Aggregation::Sum),
        ("mean", Aggregation::Mean),
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
            Aggregation::Sum | Aggregation::Mean => true,
        }
    }
}

/// What the inference is asked to do, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Name of the control.
    pub control: String,
    /// z of the credible interval.
    pub critical_value: f64,
    /// Below this number of identities in either arm nothing is said.
    pub min_identities: u64,
    /// Below this number of conversions in either arm nothing is said of an occurrence metric.
    pub min_conversions: u64,
    /// A chance from here on is a verdict.
    pub win_threshold: f64,
}

/// One arm of a metric.
#[derive(Debug)]
pub struct Arm<'a> {
    pub variant: Text<'a>,
    pub moments: Moments,
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

/// Why an arm has no inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    NoAggregation,
    NoControl,
    TooFewIdentities,
    TooFewConversions,
    ControlMeanNotPositive,
    PrecisionLost,
    InvalidMoments,
}

impl Withheld {
    pub fn code(self) -> &'static str {
        match self {
            Withheld::NoAggregation => "no_aggregation",
            Withheld::NoControl => "no_control",
            Withheld::TooFewIdentities => "too_few_identities",
            Withheld::TooFewConversions => "too_few_conversions",
            Withheld::ControlMeanNotPositive => "control_mean_not_positive",
            Withheld::PrecisionLost => "precision_lost",
            Withheld::InvalidMoments => "invalid_moments",
        }
    }

    /// Waiting helps against some reasons and not against others.
    fn verdict(self) -> Verdict {
        match self {
            Withheld::NoControl | Withheld::TooFewIdentities | Withheld::TooFewConversions => {
                Verdict::CollectingData
            }
            Withheld::NoAggregation
            | Withheld::ControlMeanNotPositive
            | Withheld::PrecisionLost
            | Withheld::InvalidMoments => Verdict::Undefined,
        }
    }
}

impl From<Flaw> for Withheld {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::TooFew => Withheld::TooFewIdentities,
            Flaw::PrecisionLost => Withheld::PrecisionLost,
            Flaw::Invalid => Withheld::InvalidMoments,
        }
    }
}

/// What to make of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Control,
    Winning,
    Losing,
    Inconclusive,
    CollectingData,
    Undefined,
}

impl Verdict {
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Control => "control",
            Verdict::Winning => "winning",
            Verdict::Losing => "losing",
            Verdict::Inconclusive => "inconclusive",
            Verdict::CollectingData => "collecting_data",
            Verdict::Undefined => "undefined",
        }
    }
}

/// An arm compared with control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    pub lift: f64,
    pub credible_interval: (f64, f64),
    pub chance_to_win: f64,
}

/// What is said of one arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inference {
    pub mean: Option<f64>,
    pub variance: Option<f64>,
    pub comparison: Option<Comparison>,
    pub verdict: Verdict,
    pub withheld: Option<Withheld>,
}

/// An arm's moments with what follows from them alone.
#[derive(Clone, Copy)]
struct Summary {
    moments: Moments,
    sample: Result<Sample, Flaw>,
}

impl Summary {
    fn new(moments: Moments, aggregation: Option<Aggregation>) -> Self {
        let allowed = aggregation.is_none_or(|aggregation| aggregation.allows(&moments));
        Self { moments, sample: if allowed { moments.sample() } else { Err(Flaw::Invalid) } }
    }

    /// A mean needs one identity and moments that data can have.
    fn mean(&self) -> Option<f64> {
        let known = self.moments.n > 0 && self.sample != Err(Flaw::Invalid);
        known.then(|| self.moments.sum / self.moments.n as f64)
    }
}

/// What is said of each arm, in the order given.
pub fn infer(arms: &Arms<'_, '_>) -> impl Iterator<Item = Inference> {
    let summary = |arm: &Arm<'_>| Summary::new(arm.moments, arms.aggregation);
    let control = arms.control.and_then(|index| arms.arms.get(index)).map(summary);
    arms.arms.iter().map(summary).enumerate().map(move |(index, summary)| {
        let (verdict, comparison, withheld) = if arms.control == Some(index) {
            (Verdict::Control, None, control_flaw(&summary, arms))
        } else {
            match compare(&summary, control.as_ref(), arms) {
                Ok((comparison, verdict)) => (verdict, Some(comparison), None),
                Err(withheld) => (withheld.verdict(), None, Some(withheld)),
            }
        };
        Inference {
            mean: summary.mean(),
            variance: summary.sample.ok().map(|sample| sample.variance),
            comparison,
            verdict,
            withheld,
        }
    })
}

/// Why the control's own mean or variance is missing, or why no arm can be compared with it.
fn control_flaw(control: &Summary, arms: &Arms<'_, '_>) -> Option<Withheld> {
    match arms.aggregation {
        None => Some(Withheld::NoAggregation),
        Some(_) => control.sample.err().map(Withheld::from),
    }
}

/// The comparison of one arm with control, or the first reason against it.
fn compare(
    treatment: &Summary,
    control: Option<&Summary>,
    arms: &Arms<'_, '_>,
) -> Result<(Comparison, Verdict), Withheld> {
    let options = arms.options;
    let aggregation = arms.aggregation.ok_or(Withheld::NoAggregation)?;
    let control = control.ok_or(Withheld::NoControl)?;
    let both = [treatment, control];
    // A variance needs two identities, whatever the floor.
    if both.iter().any(|arm| arm.moments.n < options.min_identities.max(2)) {
        return Err(Withheld::TooFewIdentities);
    }
    let conversions = options.min_conversions as f64;
    if aggregation == Aggregation::Occurrence && both.iter().any(|arm| arm.moments.sum < conversions) {
        return Err(Withheld::TooFewConversions);
    }
    if control.mean().is_some_and(|mean| mean <= 0.0) {
        return Err(Withheld::ControlMeanNotPositive);
    }
    if both.iter().any(|arm| arm.sample == Err(Flaw::PrecisionLost)) {
        return Err(Withheld::PrecisionLost);
    }
    let lift = Lift::of(&treatment.sample?, &control.sample?).ok_or(Withheld::InvalidMoments)?;
    Ok(judge(&lift, arms))
}

fn judge(lift: &Lift, arms: &Arms<'_, '_>) -> (Comparison, Verdict) {
    let options = arms.options;
    let (above, below) = lift.chances_above_and_below_zero();
    let (wins, loses) = if arms.lower_is_better { (below, above) } else { (above, below) };
    let verdict = if wins >= options.win_threshold {
        Verdict::Winning
    } else if loses >= options.win_threshold {
        Verdict::Losing
    } else {
        Verdict::Inconclusive
    };
    let comparison = Comparison {
        lift: lift.estimate,
        credible_interval: lift.credible_interval(options.critical_value),
        chance_to_win: wins,
    };
    (comparison, verdict)
}
