//! Inference that stays valid however often one looks.

/// The asymptotic confidence sequence for a mean effect, with its tuning (I. Waudby-Smith, D. Arbour,
/// R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic confidence
/// sequences", arXiv 2103.06476, equations 9, 155 and 161).
///
/// With n observations so far and an estimate δ of variance V, the intervals δ ± w, over all n at once,
/// miss the true effect with probability α at most:
/// w = √(V·n)·√(2(nρ² + 1)·ln(√(nρ² + 1)/α))/(nρ). With the same ρ², the p-value is the smallest α whose interval
/// leaves 0 out. Valid asymptotically, for n large enough for the central limit theorem at the first look. What that takes
/// depends on the statistic: docs/calibration.md. Agrees with mpmath to 1e-12 relative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceSequence {
    alpha: f64,
    rho_squared: f64,
}

impl ConfidenceSequence {
    /// The sequence at level `alpha` (above 0, below 1) that is narrowest around `tuning` > 0
    /// observations: ρ² = (−2·ln α + ln(1 − 2·ln α))/tuning.
    pub fn new(alpha: f64, tuning: f64) -> Self {
        let log = -2.0 * alpha.ln();
        Self { alpha, rho_squared: (log + log.ln_1p()) / tuning }
    }

    /// How many standard errors the interval reaches at `n` > 0 observations.
    pub fn critical_value(&self, n: f64) -> f64 {
        // nρ²
        let information = n * self.rho_squared;
        let log = 0.5 * information.ln_1p() - self.alpha.ln();
        (2.0 * (1.0 + 1.0 / information) * log).sqrt()
    }

    /// The p-value of an estimate that is `z` standard errors away from 0, at `n` observations.
    pub fn p_value(&self, z: f64, n: f64) -> f64 {
        let information = n * self.rho_squared;
        let log = 0.5 * information.ln_1p() - 0.5 * z * z * (information / (information + 1.0));
        log.min(0.0).exp()
    }
}
