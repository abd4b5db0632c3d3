//! `sampleRatioMismatch`: one row is one experiment, its answer the test of its arms' sizes.

use super::{Function, first_repeated};
use crate::statistics::arithmetic::MAX_EXACT_COUNT;
use crate::statistics::sample_ratio::{GoodnessOfFit, pearson};
use crate::wire::{Text, ValueError, decode_tuple, encode_tuple, value::Map};

/// Below this many identities in all the test says nothing.
pub const MIN_IDENTITIES: u64 = 100;

/// The level of the test: below this p-value the verdict is `mismatch`.
pub const MISMATCH_LEVEL: f64 = 0.001;

decode_tuple! {
    /// The arguments of a call.
    pub struct Row<'a> {
        /// identities seen in each variant
        pub observed: Map<'a, u64>,
        /// share of each variant by design, of any scale: they are normalised to sum to 1; 0 where nobody is sent
        pub expected: Map<'a, f64>,
    }
}

encode_tuple! {
    /// The test of one experiment.
    #[derive(Clone, Copy)]
    pub struct SampleRatio {
        /// probability of sizes at least as far off, if the shares are right
        pub p_value: Option<f64>,
        /// Pearson's statistic
        pub chi_squared: Option<f64>,
        /// `ok`, `mismatch`, `collecting_data` or `undefined`
        pub verdict: &'static str,
        /// why numbers are withheld or not to be trusted, else `''`
        pub reason: &'static str,
        /// the same as p_value, but valid however often one looks
        pub sequential_p_value: Option<f64>,
    }
}

/// The function; it has no state.
#[derive(Default)]
pub struct SampleRatioMismatch;

impl Function for SampleRatioMismatch {
    type Row<'a> = Row<'a>;
    type Answer<'a> = SampleRatio;

    fn answer<'a>(&mut self, row: Self::Row<'a>) -> Result<Self::Answer<'a>, ValueError> {
        refuse_repeated_keys(&row.observed).map_err(|error| error.in_field("observed"))?;
        refuse_repeated_keys(&row.expected).map_err(|error| error.in_field("expected"))?;
        Ok(test(&row.observed.0, &row.expected.0))
    }
}

fn refuse_repeated_keys<T>(map: &Map<'_, T>) -> Result<(), ValueError> {
    match first_repeated(map.0.iter().map(|(key, _)| key)) {
        Some(index) => Err(ValueError::new(format!("{} is there twice", map.0[index].0)).in_element(index)),
        None => Ok(()),
    }
}

/// The test, or the first reason against it.
fn test(observed: &[(Text<'_>, u64)], expected: &[(Text<'_>, f64)]) -> SampleRatio {
    let total = observed.iter().try_fold(0u64, |total, (_, count)| total.checked_add(*count));
    let Some(total) = total.filter(|&total| total <= MAX_EXACT_COUNT) else {
        return withheld("undefined", "invalid_observed_counts");
    };
    if total < MIN_IDENTITIES {
        return withheld("collecting_data", "too_few_identities");
    }
    if expected.iter().any(|&(_, share)| !share.is_finite() || share < 0.0) {
        return withheld("undefined", "invalid_expected_shares");
    }
    // A share of 0 says that nobody is sent there.
    let open: Vec<&(Text<'_>, f64)> = expected.iter().filter(|&&(_, share)| share > 0.0).collect();
    if open.is_empty() {
        return withheld("undefined", "no_expected_shares");
    }
    if open.len() == 1 {
        return withheld("undefined", "single_variant");
    }
    let counts_and_shares: Vec<(u64, f64)> = open
        .iter()
        .map(|&(variant, share)| {
            let seen = observed.iter().find(|(name, _)| name == variant);
            (seen.map_or(0, |&(_, count)| count), *share)
        })
        .collect();
    let expected_total: u64 = counts_and_shares.iter().map(|&(count, _)| count).sum();
    let fit = if expected_total < MIN_IDENTITIES {
        None
    } else if let Some(fit) = pearson(&counts_and_shares) {
        Some(fit)
    } else {
        // Shares so far apart that the statistic leaves the range of a double.
        return withheld("undefined", "invalid_expected_shares");
    };
    let unexpected = expected_total < total;
    SampleRatio {
        p_value: fit.map(|fit| fit.p_value),
        chi_squared: fit.map(|fit| fit.chi_squared),
        verdict: if unexpected || fit.is_some_and(is_mismatch) { "mismatch" } else { "ok" },
        reason: if unexpected { "unexpected_variant" } else { "" },
        sequential_p_value: fit.map(|fit| fit.sequential_p_value),
    }
}

fn is_mismatch(fit: GoodnessOfFit) -> bool {
    fit.p_value < MISMATCH_LEVEL
}

fn withheld(verdict: &'static str, reason: &'static str) -> SampleRatio {
    SampleRatio { p_value: None, chi_squared: None, verdict, reason, sequential_p_value: None }
}
