//! Sample ratio mismatch: do the arms have the sizes that they were meant to have?

use super::arithmetic::{difference_of_products, pair_sum};
use super::chi_squared;

/// Pearson's test of observed counts against expected shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GoodnessOfFit {
    pub chi_squared: f64,
    pub p_value: f64,
}

/// χ² = Σ(Oᵢ − Eᵢ)²/Eᵢ with Eᵢ = N·wᵢ/W, N = ΣO, W = Σw, and k − 1 degrees of freedom
/// (K. Pearson, Phil. Mag. 50, 1900; for experiments: A. Fabijan et al., "Diagnosing Sample Ratio
/// Mismatch in Online Controlled Experiments", KDD 2019).
///
/// Takes pairs of a count up to 2^53 and a share above 0, of any scale; at least two of them and
/// one count above 0, else none. Oᵢ − Eᵢ is computed as (Oᵢ·W − N·wᵢ)/W without loss, so χ² agrees
/// with mpmath to 2e-12 relative even where 10¹² identities miss their share by one, and so does p.
pub fn pearson(counts_and_shares: &[(u64, f64)]) -> Option<GoodnessOfFit> {
    // By a power of two, so exactly: no sum of shares leaves the range of a double.
    let largest = counts_and_shares.iter().map(|&(_, share)| share).fold(0.0, f64::max);
    let scale = (-largest.log2().floor()).min(1023.0).exp2();
    let scaled = || counts_and_shares.iter().map(|&(count, share)| (count as f64, share * scale));
    let total: f64 = scaled().map(|(count, _)| count).sum();
    let (weight, weight_error) = pair_sum(scaled().map(|(_, share)| share));
    let degrees = counts_and_shares.len().checked_sub(1)? as f64;
    let chi_squared: f64 = scaled()
        .map(|(count, share)| {
            let miss = difference_of_products(count, weight, total, share) + count * weight_error;
            (miss / weight) * (miss / total) / share
        })
        .sum();
    let p_value = chi_squared::survival(chi_squared, degrees)?;
    chi_squared.is_finite().then_some(GoodnessOfFit { chi_squared, p_value })
}
