//! The words of an answer: verdicts, and reasons why numbers are withheld.

use crate::statistics::moments::Flaw;

/// Why an arm has no inference or only a part of it, in order of precedence: of several reasons the first is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Withheld {
    NoAggregation,
    NoControl,
    TooFewIdentities,
    TooFewConversions,
    TooFewForQuantile,
    MissingMoments,
    DenominatorNotPositive,
    PrecisionLost,
    InvalidMoments,
    // What follows withholds only a part.
    ControlMeanNotPositive,
    TreatmentAllZero,
    ControlMeanIndistinctFromZero,
}

impl Withheld {
    pub fn code(self) -> &'static str {
        match self {
            Withheld::NoAggregation => "no_aggregation",
            Withheld::NoControl => "no_control",
            Withheld::TooFewIdentities => "too_few_identities",
            Withheld::TooFewConversions => "too_few_conversions",
            Withheld::TooFewForQuantile => "too_few_for_quantile",
            Withheld::MissingMoments => "missing_moments",
            Withheld::DenominatorNotPositive => "denominator_not_positive",
            Withheld::ControlMeanNotPositive => "control_mean_not_positive",
            Withheld::PrecisionLost => "precision_lost",
            Withheld::InvalidMoments => "invalid_moments",
            Withheld::TreatmentAllZero => "treatment_all_zero",
            Withheld::ControlMeanIndistinctFromZero => "control_mean_indistinct_from_zero",
        }
    }

    /// Waiting helps against some reasons and not against others.
    pub fn verdict(self) -> Verdict {
        match self {
            Withheld::NoControl
            | Withheld::TooFewIdentities
            | Withheld::TooFewConversions
            | Withheld::TooFewForQuantile => Verdict::CollectingData,
            Withheld::NoAggregation
            | Withheld::MissingMoments
            | Withheld::DenominatorNotPositive
            | Withheld::ControlMeanNotPositive
            | Withheld::PrecisionLost
            | Withheld::InvalidMoments
            | Withheld::TreatmentAllZero
            | Withheld::ControlMeanIndistinctFromZero => Verdict::Undefined,
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

/// Why a comparison deserves less trust than its numbers claim, in order of precedence: of several reasons the first is
/// given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caution {
    /// The prior says more than the data.
    PriorDecides,
    /// A mean is not known well enough for the normal approximation.
    MeansNotSettled,
    /// In arms of unequal size, the smaller one varies less than the larger one says: heavy tails that have spared it.
    VariancesDisagree,
    /// Corrected for the number of treatments, the test that the verdict goes by does not call.
    OnlyUncorrected,
}

impl Caution {
    pub const ALL: [Caution; 4] = [
        Caution::PriorDecides,
        Caution::MeansNotSettled,
        Caution::VariancesDisagree,
        Caution::OnlyUncorrected,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Caution::PriorDecides => "prior_decides",
            Caution::MeansNotSettled => "means_not_settled",
            Caution::VariancesDisagree => "variances_disagree",
            Caution::OnlyUncorrected => "only_uncorrected",
        }
    }
}

/// What to make of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Control,
    Winning,
    Losing,
    /// Not worse than control by more than the margin.
    Safe,
    /// Worse than control by more than the margin.
    Harmful,
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
            Verdict::Safe => "safe",
            Verdict::Harmful => "harmful",
            Verdict::Inconclusive => "inconclusive",
            Verdict::CollectingData => "collecting_data",
            Verdict::Undefined => "undefined",
        }
    }
}
