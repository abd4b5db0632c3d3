//! How many identities an experiment needs, and what it finds with those it has.

use super::normal;
use super::sequential::ConfidenceSequence;

/// What a metric is like before the experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Baseline {
    /// A mean above 0 and the variance between identities, above 0.
    Mean { mean: f64, variance: f64 },
    /// A share of identities, above 0 and below 1.
    Proportion { share: f64 },
}

/// What the experiment is to be able to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    /// The chance to find an effect that is there, above 0 and below 1.
    pub power: f64,
    /// Identities of a treatment over those of control, above 0.
    pub allocation_ratio: f64,
    pub threshold: Threshold,
}

/// How many standard errors make a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// The two-sided critical value of one look at the end.
    Fixed(f64),
    /// That of a confidence sequence, which grows with the looks that were possible.
    Sequential(ConfidenceSequence),
}

impl Threshold {
    fn critical_value(&self, n: f64) -> f64 {
        match self {
            Threshold::Fixed(critical_value) => *critical_value,
            Threshold::Sequential(sequence) => sequence.critical_value(n),
        }
    }
}

/// What the difference of two arms is like.
struct Deviations {
    /// Its standard deviation times √n₀ while nothing is different, and under the effect.
    null: f64,
    effect: f64,
    /// Its size under the effect, Δ.
    difference: f64,
}

impl Deviations {
    /// None where the effect takes a proportion out of (0, 1).
    fn new(baseline: Baseline, relative_effect: f64, ratio: f64) -> Option<Self> {
        match baseline {
            Baseline::Mean { mean, variance } => {
                let deviation = (variance * (1.0 + 1.0 / ratio)).sqrt();
                let difference = (mean * relative_effect).abs();
                Some(Self { null: deviation, effect: deviation, difference })
            }
            Baseline::Proportion { share } => {
                let treated = share * (1.0 + relative_effect);
                let pooled = (share + ratio * treated) / (1.0 + ratio);
                let null = (pooled * (1.0 - pooled) * (1.0 + 1.0 / ratio)).sqrt();
                let effect = (share * (1.0 - share) + treated * (1.0 - treated) / ratio).sqrt();
                let difference = (share * relative_effect).abs();
                (treated > 0.0 && treated < 1.0).then_some(Self { null, effect, difference })
            }
        }
    }
}

/// Identities that control needs, as a real number, to find a relative effect of this size (not 0).
///
/// For a mean n₀ = (z + z_power)²·σ²·(1 + 1/k)/Δ², for a proportion
/// n₀ = (z·√(p̄(1 − p̄)(1 + 1/k)) + z_power·√(p₀q₀ + p₁q₁/k))²/Δ², with k the allocation ratio and z two-sided
/// (J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd ed., 2003,
/// ch. 4). A sequential design has the smallest n₀ that satisfies the same with z of n₀(1 + k) identities.
/// The power is that of the last look, so a sequential one has more. The chance of a result with the wrong
/// sign is left out. Agrees with mpmath to the identity (tested on 405 plans).
///
/// None where the effect takes a proportion out of (0, 1), or the number leaves the range of a double.
///
/// # Examples
/// ```
/// use scorecard::statistics::normal::two_sided_critical_value;
/// use scorecard::statistics::power::{Baseline, Design, Threshold, control_size};
///
/// let threshold = Threshold::Fixed(two_sided_critical_value(0.05));
/// let design = Design { power: 0.8, allocation_ratio: 1.0, threshold };
/// // From 10 % to 10.5 %.
/// let identities = control_size(Baseline::Proportion { share: 0.1 }, 0.05, &design);
/// assert_eq!(identities.map(f64::ceil), Some(57763.0));
/// ```
pub fn control_size(baseline: Baseline, relative_effect: f64, design: &Design) -> Option<f64> {
    let k = design.allocation_ratio;
    let deviations = Deviations::new(baseline, relative_effect, k)?;
    let z_power = normal::quantile(design.power);
    let size_at = |z: f64| {
        let root = (z * deviations.null + z_power * deviations.effect) / deviations.difference;
        root.max(0.0).powi(2)
    };
    let size = match design.threshold {
        Threshold::Fixed(z) => size_at(z),
        Threshold::Sequential(_) => {
            let needed = |n: f64| size_at(design.threshold.critical_value(n * (1.0 + k)));
            smallest_fixed_point(needed)
        }
    };
    (size * (1.0 + k)).is_finite().then_some(size)
}

/// The smallest n with needed(n) ≤ n, where what is needed first falls and then grows slower than n.
fn smallest_fixed_point(needed: impl Fn(f64) -> f64) -> f64 {
    let mut high = 1.0;
    while needed(high) > high {
        high *= 2.0;
        if high.is_infinite() {
            return high;
        }
    }
    if high == 1.0 {
        // Less than one identity: the smallest that could be asked for.
        return high;
    }
    let mut low = high / 2.0;
    while high - low > 1e-12 * high {
        let middle = 0.5 * (low + high);
        if needed(middle) > middle { low = middle } else { high = middle }
    }
    high
}

/// The chance to find a relative effect with `control_size` identities in control, the inverse of
/// [`control_size`]: Φ((Δ·√n₀ − z·σ_null)/σ_effect), from 0 to 1. Agrees with mpmath to 2e-12 relative.
///
/// None where the effect takes a proportion out of (0, 1), or a deviation leaves the range of a double.
pub fn power(baseline: Baseline, relative_effect: f64, control_size: f64, design: &Design) -> Option<f64> {
    let k = design.allocation_ratio;
    let deviations = Deviations::new(baseline, relative_effect, k)?;
    let z = design.threshold.critical_value(control_size * (1.0 + k));
    let Deviations { null, effect, difference } = deviations;
    let distance = (difference * control_size.sqrt() - z * null) / effect;
    (!distance.is_nan()).then(|| normal::cdf(distance))
}
