//! Sufficient statistics of one arm: the number of identities, Σy and Σy², and what follows from them.

use super::arithmetic::{MAX_EXACT_COUNT, difference_of_products};

/// The largest magnitude up to which every integer is a double.
const MAX_EXACT_INTEGER: f64 = MAX_EXACT_COUNT as f64;

/// n, Σy and Σy² over the identities of an arm, y being one identity's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Identities.
    pub n: u64,
    /// Σy, in the metric's unit.
    pub sum: f64,
    /// Σy², in the metric's unit squared.
    pub sum_squares: f64,
}

/// Why moments give no variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Fewer than two identities.
    TooFew,
    /// The variance is no larger than the rounding of the moments.
    PrecisionLost,
    /// No data has these moments, or they leave the range of a double.
    Invalid,
}

/// An arm whose mean and variance are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Identities.
    pub n: f64,
    /// What the mean divides Σy by: the identities, Σx of a ratio metric, or 1 where the sum is a quantile.
    pub denominator: f64,
    /// Σy, or the quantile; in the metric's unit.
    pub sum: f64,
    /// Sample variance per identity, with n − 1; in the unit of the mean squared.
    pub variance: f64,
}

impl Sample {
    /// In the metric's unit; of a ratio metric, per unit of x.
    pub fn mean(&self) -> f64 {
        self.sum / self.denominator
    }

    /// Variance of the mean, in its unit squared.
    pub fn squared_standard_error(&self) -> f64 {
        self.variance / self.n
    }
}

impl Moments {
    /// The mean and s² = (Σy² − (Σy)²/n)/(n − 1).
    ///
    /// The difference is computed as (n·Σy² − (Σy)²)/n without loss, so the variance is as good as
    /// the moments are. Each of them is taken to be right to one unit in the last place, or exact
    /// if both are integers up to 2^53; what such rounding could have made is no variance. The many
    /// roundings of a plain running sum are not seen where they leave a variance above 0.
    ///
    /// # Errors
    /// [`Flaw`] says why there is no variance.
    pub fn sample(&self) -> Result<Sample, Flaw> {
        let Moments { n: count, sum, sum_squares } = *self;
        if count > MAX_EXACT_COUNT || !sum.is_finite() || !sum_squares.is_finite() || sum_squares < 0.0 {
            return Err(Flaw::Invalid);
        }
        if count == 0 {
            return Err(if sum == 0.0 && sum_squares == 0.0 { Flaw::TooFew } else { Flaw::Invalid });
        }
        let n = count as f64;
        let deviations = difference_of_products(n, sum_squares, sum, sum) / n;
        if !deviations.is_finite() {
            return Err(Flaw::Invalid);
        }
        let exact = is_exact(sum) && is_exact(sum_squares);
        // A square may also have lost what is too small for a double.
        let rounding = f64::EPSILON * (sum_squares + 2.0 * sum * (sum / n)) + f64::MIN_POSITIVE;
        let noise = if exact { 0.0 } else { rounding };
        // A plain sum of n doubles is rounded n times, so a constant can come out this far below 0.
        if deviations < -noise * n {
            return Err(Flaw::Invalid);
        }
        if count == 1 {
            return Err(Flaw::TooFew);
        }
        if !exact && deviations <= noise {
            return Err(Flaw::PrecisionLost);
        }
        Ok(Sample { n, denominator: n, sum, variance: deviations / (n - 1.0) })
    }
}

/// Whether the moment is a whole number that a double holds exactly, with every one below it.
pub fn is_exact(moment: f64) -> bool {
    moment.abs() <= MAX_EXACT_INTEGER && (moment as i64) as f64 == moment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: u64, sum: f64, sum_squares: f64) -> Result<Sample, Flaw> {
        Moments { n, sum, sum_squares }.sample()
    }

    #[test]
    fn variance_has_n_minus_one() {
        // 1, 2, 3, 4
        assert_eq!(sample(4, 10.0, 30.0).unwrap().variance, 5.0 / 3.0);
    }

    #[test]
    fn a_constant_integer_has_a_variance_of_zero() {
        assert_eq!(sample(1000, 3000.0, 9000.0).unwrap().variance, 0.0);
    }

    #[test]
    fn a_constant_fraction_has_no_known_variance() {
        // 0.1 a thousand times, summed exactly and rounded once.
        assert_eq!(sample(1000, 100.00000000000001, 10.000000000000002), Err(Flaw::PrecisionLost));
        // 0.1 a million times in a plain running sum: Σy² − (Σy)²/n is −9.7e-10.
        assert_eq!(sample(1_000_000, 100000.00000133288, 10000.000000171856), Err(Flaw::PrecisionLost));
        // Squares that are too small for a double.
        assert_eq!(sample(1000, 1e-167, 0.0), Err(Flaw::PrecisionLost));
        // 10^9 + {0, 1}: Σy² needs more than 53 bits.
        assert_eq!(sample(100, 1e11 + 50.0, 1e20 + 1e11), Err(Flaw::PrecisionLost));
    }

    #[test]
    fn what_no_data_can_have_is_invalid() {
        for (n, sum, sum_squares) in [
            (10, f64::NAN, 1.0),
            (10, f64::INFINITY, 1.0),
            (10, 1.0, f64::INFINITY),
            (10, 0.0, -1.0),
            (0, 1.0, 1.0),
            (0, 0.0, 1.0),
            (MAX_EXACT_COUNT + 1, 1.0, 1.0),
            (u64::MAX, 1.0, 1.0),
            (10, 10.0, 9.0),
            (1, 2.0, 3.0),
            (10, 1e200, 1e300),
        ] {
            assert_eq!(sample(n, sum, sum_squares), Err(Flaw::Invalid), "{n} {sum} {sum_squares}");
        }
    }

    #[test]
    fn one_identity_has_no_variance() {
        assert_eq!(sample(1, 2.0, 4.0), Err(Flaw::TooFew));
    }
}
