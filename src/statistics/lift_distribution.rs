//! What is believed of the lift: the distribution that its interval, its chances and its expected loss are read from.

use super::lift_statistic::LiftStatistic;
use super::normal_lift::NormalPrior;
use super::students_t::{self, Tail};
use super::welch::Degrees;

/// Beyond, Student's t and the normal distribution agree to the last digit.
const MOST_DEGREES: f64 = 1e15;

/// The distribution of the lift δ with P(δ > b) = F(z(b)) for every b, F being Student's t.
///
/// Under a flat prior z is the distance T(b) of the [`LiftStatistic`], and F has Welch's degrees of freedom ν: a confidence
/// distribution, of which Fieller's set is the equal-tailed interval, and whose chance of a lift above 0 is that of Welch's
/// one-sided test.
///
/// A prior N(μ, τ²) is a second source of information on the lift, combined with the data's at fixed weights
/// (K. Singh, M. Xie, W. E. Strawderman, Ann. Statist. 33, 2005, sections 3.1 and 3.2):
/// z(b) = √w·T(b) + √(1 − w)·(μ − b)/τ, w = τ²/(τ² + W), W = V(0)/m₀². Where control's mean is known exactly that is the
/// normal posterior; as τ grows it is the flat distribution. The share w of the variance is estimated with ν degrees of
/// freedom and the rest is known, so F has about ν/w² (F. E. Satterthwaite, Biometrics Bulletin 2, 1946). T is held constant
/// where it stops falling, at margins under a flat prior too, so that no chance of more than a margin is below that of more
/// than 0.
///
/// Where V(0) = 0 there is no doubt: the interval is the lift, and every chance 0, ½ or 1.
///
/// Agrees with mpmath to 1e-9 of an interval's width, and to 2e-12 relative in chances under a flat prior.
#[derive(Clone, Copy, Debug)]
pub struct LiftDistribution {
    statistic: LiftStatistic,
    /// Of F.
    degrees: Degrees,
    /// m₀, in the metric's unit.
    base: f64,
    prior: Option<WeightedPrior>,
    /// z(0), and what lies beyond it.
    null_distance: f64,
    null_tail: Tail,
}

#[derive(Clone, Copy, Debug)]
struct WeightedPrior {
    mean: f64,
    standard_deviation: f64,
    /// Of the data, and of the prior; together 1.
    data_weight: f64,
    prior_weight: f64,
}

impl WeightedPrior {
    /// z at `bound`, from the data's distance.
    fn combined_with(&self, distance: f64, bound: f64) -> f64 {
        self.data_weight.sqrt() * distance + self.slope() * (self.mean - bound)
    }

    /// What it adds to z per unit of lift below.
    fn slope(&self) -> f64 {
        self.prior_weight.sqrt() / self.standard_deviation
    }
}

impl LiftDistribution {
    /// Under a flat prior, from the statistic, Welch's degrees of freedom and control's mean in the metric's unit.
    pub fn flat(statistic: LiftStatistic, degrees: Degrees, base: f64) -> Self {
        Self::new(statistic, degrees, base, None, statistic.null_distance())
    }

    fn new(
        statistic: LiftStatistic,
        degrees: Degrees,
        base: f64,
        prior: Option<WeightedPrior>,
        null_distance: f64,
    ) -> Self {
        let null_tail = tail_beyond(null_distance, degrees);
        Self { statistic, degrees, base, prior, null_distance, null_tail }
    }

    /// Of no effect, two-sided: that of Welch's test under a flat prior.
    pub fn p_value(&self) -> f64 {
        self.null_tail.two_sided
    }

    /// With a prior on the lift, for control's mean above 0. Data without any variance outweighs every prior.
    pub fn with_prior(self, prior: NormalPrior) -> Self {
        let error = self.statistic.null_error() / self.base;
        let belief = prior.standard_deviation;
        if error == 0.0 {
            return self;
        }
        // Both weights as such, so that a small one keeps its digits; from the smaller deviation over the
        // larger, so that no square leaves the range of a double.
        let square = if error <= belief { (error / belief).powi(2) } else { (belief / error).powi(2) };
        let (larger, smaller) = (1.0 / (1.0 + square), square / (1.0 + square));
        let (data_weight, prior_weight) = if error <= belief { (larger, smaller) } else { (smaller, larger) };
        let weighted =
            WeightedPrior { mean: prior.mean, standard_deviation: belief, data_weight, prior_weight };
        let degrees = self.degrees.with_known_rest(data_weight, MOST_DEGREES);
        let null_distance = combined(&self.statistic, &weighted, 0.0).0;
        Self::new(self.statistic, degrees, self.base, Some(weighted), null_distance)
    }

    /// √V(0), in the metric's unit.
    pub fn null_error(&self) -> f64 {
        self.statistic.null_error()
    }

    /// P(δ > `bound`) and P(δ < `bound`), each by its own tail; None where the bound is a share of a control's mean that
    /// is not above 0.
    ///
    /// Without any variance the answer is known: 0 or 1, or ½ each where the data is at the bound.
    pub fn chances_above_and_below(&self, bound: f64) -> Option<(f64, f64)> {
        let (distance, two_sided) = match self.prior {
            _ if bound == 0.0 => (self.null_distance, self.null_tail.two_sided),
            None => {
                let distance = self.statistic.margin_distance_from(bound)?;
                (distance, two_sided_beyond(distance, self.degrees))
            }
            Some(prior) => {
                let distance = prior.combined_with(self.statistic.margin_distance_from(bound)?, bound);
                (distance, two_sided_beyond(distance, self.degrees))
            }
        };
        let (smaller, larger) = (0.5 * two_sided, 1.0 - 0.5 * two_sided);
        Some(if distance < 0.0 { (smaller, larger) } else { (larger, smaller) })
    }

    /// The lift with z = 0; that of the data under a flat prior. None where a prior meets nothing but zeros, which tell
    /// nothing of how far below it the lift is.
    pub fn lift(&self) -> Option<f64> {
        match self.prior {
            None => Some(self.statistic.lift()),
            Some(_) if self.statistic.is_all_zero() => None,
            Some(prior) => Some(self.bound_at(&prior, 0.0)),
        }
    }

    /// 1/|dz/dδ| at `lift`, where z is 0, in lift units: √V(δ)/m₀ there under a flat prior, as the delta method has it. None
    /// where nothing is known of the treatment's variance.
    pub fn standard_error_at(&self, lift: f64) -> Option<f64> {
        if self.is_zero_against_variation() {
            return None;
        }
        Some(match self.prior {
            None if self.null_error() == 0.0 => 0.0,
            None => self.statistic.relative_error_at(lift),
            Some(prior) => -1.0 / combined(&self.statistic, &prior, lift).1,
        })
    }

    /// Whether nothing is known of the treatment's variance.
    pub fn is_zero_against_variation(&self) -> bool {
        self.statistic.is_all_zero() && self.statistic.null_error() > 0.0
    }

    /// The equal-tailed interval that reaches [`LiftDistribution::critical_value`] either way: Fieller's set under a flat
    /// prior. None where it has no ends, or nothing is known of the treatment's variance.
    pub fn credible_interval(&self, critical_value: f64) -> Option<(f64, f64)> {
        if self.is_zero_against_variation() {
            return None;
        }
        match self.prior {
            None if self.null_error() == 0.0 => Some((self.statistic.lift(), self.statistic.lift())),
            None => self.statistic.interval(critical_value),
            Some(prior) => {
                Some((self.bound_at(&prior, critical_value), self.bound_at(&prior, -critical_value)))
            }
        }
    }

    /// How many standard errors an interval that leaves `tails` outside reaches; `z` is the normal critical value of the
    /// same. Of no meaning where nothing varies.
    pub fn critical_value(&self, z: f64, tails: f64) -> f64 {
        if self.degrees.is_none() {
            z
        } else {
            students_t::two_sided_critical_value(z, tails, self.degrees.count)
        }
    }

    /// E[max(0, −D)]/m₀ for a difference D of the means, or E[max(0, D)]/m₀ where a rise is a loss: what choosing the arm
    /// over control gives away on average, in lift units (C. Stucchio, "Bayesian A/B Testing at VWO", 2015). D has the
    /// distribution's distance from 0 and the scale √(w·W)·m₀, w being 1 under a flat prior. None where it is infinite, and
    /// where control's mean is not above 0.
    pub fn expected_loss(&self, lower_is_better: bool) -> Option<f64> {
        if self.base <= 0.0 {
            return None;
        }
        let gain = if lower_is_better { -self.null_distance } else { self.null_distance };
        let weight = self.prior.map_or(1.0, |prior| prior.data_weight);
        let scale = self.statistic.null_error() / self.base * weight.sqrt();
        if scale == 0.0 {
            let lift = self.statistic.lift();
            return Some((if lower_is_better { lift } else { -lift }).max(0.0));
        }
        let unit_loss = self.null_tail.loss + (-gain).max(0.0);
        Some(scale * unit_loss).filter(|loss| self.degrees.beyond_one > 0.0 && loss.is_finite())
    }

    /// The bound with z = `level`: Newton's method, kept between ends that are known to be on either side, for z falls
    /// everywhere.
    fn bound_at(&self, prior: &WeightedPrior, level: f64) -> f64 {
        const STEPS: usize = 300;
        let error = self.statistic.null_error() / self.base;
        let scale = error * prior.data_weight.sqrt();
        let mut at =
            prior.data_weight * self.statistic.lift() + prior.prior_weight * prior.mean - level * scale;
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut stride = scale;
        for _ in 0..STEPS {
            let (distance, slope) = combined(&self.statistic, prior, at);
            let excess = distance - level;
            *(if excess > 0.0 { &mut low } else { &mut high }) = at;
            let newton = at - excess / slope;
            let next = if newton > low && newton < high && (newton - at).abs() <= 4.0 * stride {
                newton
            } else if low.is_finite() && high.is_finite() {
                0.5 * (low + high)
            } else {
                stride *= 4.0;
                if excess > 0.0 { at + stride } else { at - stride }
            };
            let moved = (next - at).abs();
            if excess == 0.0 || moved <= f64::EPSILON * at.abs().max(scale) {
                break;
            }
            at = next;
        }
        at
    }
}

/// z and its slope, of data with a prior.
fn combined(statistic: &LiftStatistic, prior: &WeightedPrior, bound: f64) -> (f64, f64) {
    let (distance, slope) = statistic.falling_distance_from(bound);
    (prior.combined_with(distance, bound), prior.data_weight.sqrt() * slope - prior.slope())
}

/// What lies beyond a distance; without any variance, which leaves no degrees of freedom, it is 0 or infinite, and the
/// answer known.
fn tail_beyond(distance: f64, degrees: Degrees) -> Tail {
    if degrees.is_none() {
        return Tail { two_sided: if distance == 0.0 { 1.0 } else { 0.0 }, loss: 0.0 };
    }
    Tail::beyond(distance, degrees)
}

fn two_sided_beyond(distance: f64, degrees: Degrees) -> f64 {
    if degrees.is_none() || distance.is_infinite() {
        return if distance == 0.0 { 1.0 } else { 0.0 };
    }
    students_t::two_sided_p_value(distance, degrees.count)
}
