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
    /// σ_null and σ_effect: its standard deviation times √n₀ while nothing is different, and under the effect.
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
/// n₀ = (x·σ_effect/Δ)², x being the [`detectable_distance`] for r = σ_null/σ_effect and the two-sided z. With k the
/// allocation ratio, for a mean σ_null² = σ_effect² = σ²·(1 + 1/k), for a proportion σ_null² = p̄(1 − p̄)(1 + 1/k) and
/// σ_effect² = p₀q₀ + p₁q₁/k (J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd ed.,
/// 2003, ch. 4). By the normal distribution; Student's t asks for about z²/4 identities more in each arm. A sequential
/// design has the smallest n₀ that satisfies the same with z of n₀(1 + k) identities. The power is that of the last look,
/// so a sequential one has more. Agrees with mpmath to the identity (tested).
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
    let Deviations { null, effect, difference } = Deviations::new(baseline, relative_effect, k)?;
    let size_at =
        |z: f64| (detectable_distance(null / effect, z, design.power) * effect / difference).powi(2);
    let size = match design.threshold {
        Threshold::Fixed(z) => size_at(z),
        Threshold::Sequential(_) => {
            let needed = |n: f64| size_at(design.threshold.critical_value(n * (1.0 + k)));
            smallest_fixed_point(needed)
        }
    };
    (size * (1.0 + k)).is_finite().then_some(size)
}

/// The effect, in standard errors under itself, that a two-sided test finds with this power: the x ≥ 0 with
/// Φ(x − rz) + Φ(−x − rz) = `power`, r being the standard error without the effect over that under it. Both tails count, the
/// one of the wrong sign too; 0 where they have the power without any effect.
///
/// For r above 0, z from 0 on and 0 < `power` < 1; agrees with mpmath to 1e-11 relative to 1 + x.
pub fn detectable_distance(ratio: f64, z: f64, power: f64) -> f64 {
    const STEPS: usize = 200;
    let edge = ratio * z;
    // From the side that keeps its digits.
    let excess = |x: f64| {
        if power <= 0.5 {
            normal::cdf(x - edge) + normal::cdf(-x - edge) - power
        } else {
            (1.0 - power) - (normal::cdf(edge - x) - normal::cdf(-x - edge))
        }
    };
    // With one tail alone it takes more.
    let (mut low, mut high) = (0.0, edge + normal::quantile(power));
    // What rounding makes of a power that is had without any effect is none.
    if high <= 0.0 || excess(0.0) >= -4.0 * f64::EPSILON {
        return 0.0;
    }
    let mut x = high;
    for _ in 0..STEPS {
        let above = excess(x);
        *(if above < 0.0 { &mut low } else { &mut high }) = x;
        let newton = x - above / (normal::density(x - edge) - normal::density(x + edge));
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= f64::EPSILON * x || high - low <= f64::EPSILON * high {
            return next;
        }
        x = next;
    }
    x
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
/// [`control_size`]: Φ(x − rz) + Φ(−x − rz), x = Δ·√n₀/σ_effect, r = σ_null/σ_effect; from 0 to 1. Agrees with mpmath to
/// 2e-12 relative.
///
/// None where the effect takes a proportion out of (0, 1), or a deviation leaves the range of a double.
pub fn power(baseline: Baseline, relative_effect: f64, control_size: f64, design: &Design) -> Option<f64> {
    let k = design.allocation_ratio;
    let Deviations { null, effect, difference } = Deviations::new(baseline, relative_effect, k)?;
    let z = design.threshold.critical_value(control_size * (1.0 + k));
    let (distance, edge) = (difference * control_size.sqrt() / effect, z * null / effect);
    let power = normal::cdf(distance - edge) + normal::cdf(-distance - edge);
    (!power.is_nan()).then_some(power.min(1.0))
}
