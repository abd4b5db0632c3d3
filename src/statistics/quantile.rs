//! A quantile of an arm's values, as the mean of a sample.

use super::arithmetic::MAX_EXACT_COUNT;
use super::moments::{Flaw, Sample};

/// The ν-quantile Q of all values of an arm, with its standard error over the identities.
///
/// The error is that of the outer confidence interval of order statistics, scaled for clusters: with N values, z
/// standard errors either way and the ranks L ≤ N(ν − zσ/√N) and U ≥ N(ν + zσ/√N), σ² = ν(1 − ν),
/// se = (y_U − y_L)/(2z) · s/(σ/√N), s being the standard error of the share of values ≤ Q by the delta method over
/// identities (A. Deng, U. Knoblich, J. Lu, "Applying the Delta Method in Metric Analytics", KDD 2018, on quantile
/// metrics; Yao, Li & Lu, arXiv 2401.14549). It needs N > z²·max(ν/(1 − ν), (1 − ν)/ν), or the ranks are not there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile {
    /// Identities.
    pub n: u64,
    /// Q, in the metric's unit.
    pub value: f64,
    /// se, in the metric's unit, 0 or above.
    pub standard_error: f64,
}

impl Quantile {
    /// A sample with the mean Q, whose variance per identity is n·se²: the variance of its mean is se² to 4e-16
    /// relative. Normal as n grows, as means are, so what is said of means holds of it.
    ///
    /// # Errors
    /// [`Flaw::PrecisionLost`] where both ends of the interval are one value: ties around the quantile are no sign
    /// that it is known exactly. Otherwise [`Flaw`] says why there is no variance.
    pub fn sample(&self) -> Result<Sample, Flaw> {
        let Self { n, value, standard_error } = *self;
        let square = standard_error * standard_error;
        let variance = square * n as f64;
        if standard_error < 0.0 || !variance.is_finite() {
            return Err(Flaw::Invalid);
        }
        Self::check(n, value)?;
        // A square may also be too small for a double.
        if square < f64::MIN_POSITIVE {
            return Err(Flaw::PrecisionLost);
        }
        Ok(Sample { n: n as f64, denominator: 1.0, sum: value, variance })
    }

    /// Whether the values of `n` identities can have this quantile, and a standard error.
    ///
    /// # Errors
    /// [`Flaw::TooFew`] below two identities, [`Flaw::Invalid`] where no data has it.
    pub fn check(n: u64, value: f64) -> Result<(), Flaw> {
        if !value.is_finite() || n == 0 || n > MAX_EXACT_COUNT {
            return Err(Flaw::Invalid);
        }
        if n == 1 { Err(Flaw::TooFew) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: u64, value: f64, standard_error: f64) -> Result<Sample, Flaw> {
        Quantile { n, value, standard_error }.sample()
    }

    #[test]
    fn the_squared_error_is_the_variance_of_the_mean() {
        let sample = sample(400, 12.5, 0.25).unwrap();
        assert_eq!((sample.mean(), sample.variance, sample.squared_standard_error()), (12.5, 25.0, 0.0625));
    }

    #[test]
    fn a_negative_or_a_zero_quantile_is_one() {
        assert_eq!(sample(100, -3.0, 1.0).unwrap().mean(), -3.0);
        assert_eq!(sample(100, 0.0, 1.0).unwrap().mean(), 0.0);
    }

    #[test]
    fn ties_give_no_error() {
        assert_eq!(sample(100, 3.0, 0.0), Err(Flaw::PrecisionLost));
        assert_eq!(sample(100, 3.0, 1e-170), Err(Flaw::PrecisionLost));
    }

    #[test]
    fn what_no_data_can_have_is_invalid() {
        for (n, value, standard_error) in [
            (100, f64::INFINITY, 1.0),
            (100, f64::NEG_INFINITY, 1.0),
            (100, f64::NAN, 1.0),
            (100, 3.0, -1.0),
            (100, 3.0, f64::INFINITY),
            (100, 3.0, f64::NAN),
            (100, 3.0, 1e160),
            (0, 3.0, 1.0),
            (0, 3.0, 0.0),
            (MAX_EXACT_COUNT + 1, 3.0, 1.0),
        ] {
            assert_eq!(sample(n, value, standard_error), Err(Flaw::Invalid), "{n} {value} {standard_error}");
        }
    }

    #[test]
    fn one_identity_has_no_error() {
        assert_eq!(sample(1, 3.0, 1.0), Err(Flaw::TooFew));
    }
}
