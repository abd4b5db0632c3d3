//! The lift of one conversion rate over another, from their beta posteriors, by quadrature.
//!
//! Everything is computed in the log odds t = ln(p/(1 − p)), where a beta density is smooth and has one
//! peak, and relative to that peak, so that no Γ is needed and 10⁹ identities lose no digits.

use std::sync::LazyLock;

use super::quadrature::gauss_legendre;

/// The posterior of a rate: Beta(alpha, beta), both above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    pub alpha: f64,
    pub beta: f64,
}

/// For a panel, and for a small part of one: 1e-15 of what is in it.
static NODES: LazyLock<[(f64, f64); 10]> = LazyLock::new(gauss_legendre);
static FEW_NODES: LazyLock<[(f64, f64); 4]> = LazyLock::new(gauss_legendre);

/// Up to this share of a panel the few nodes are enough.
const SMALL_PART: f64 = 0.2;

/// A density below e^(−100) of its peak counts as none: 4e-44.
const DEPTH: f64 = 100.0;

/// A panel is at most this wide in log odds: one flank of a skewed density falls as e^(−e^o).
const WIDEST_PANEL: f64 = 0.5;

impl Beta {
    fn mode(&self) -> f64 {
        (self.alpha / self.beta).ln()
    }

    /// About the standard deviation of the log odds.
    fn scale(&self) -> f64 {
        (1.0 / self.alpha + 1.0 / self.beta).sqrt()
    }

    /// ln of the density of the log odds at `offset` from the peak, over that at the peak:
    /// α·o − (α + β)·ln(1 + p·(e^o − 1)), p = α/(α + β).
    fn log_density(&self, offset: f64) -> f64 {
        /// e^o is a double up to here.
        const LARGEST: f64 = 700.0;
        // The rarer side first: then nothing cancels that is larger than the result, but for large o.
        let rare_is_alpha = self.alpha <= self.beta;
        let toward_rare = if rare_is_alpha { offset } else { -offset };
        let (rare, common) = if rare_is_alpha { (self.alpha, self.beta) } else { (self.beta, self.alpha) };
        if toward_rare > LARGEST {
            log_density_from(common, rare, -toward_rare)
        } else {
            log_density_from(rare, common, toward_rare)
        }
    }

    /// Offsets from the peak beyond which the density counts as none.
    fn support(&self) -> (f64, f64) {
        let edge = |sign: f64| {
            // The density falls ever faster: double until outside, then halve the gap.
            let (mut inside, mut outside) = (0.0, sign * self.scale());
            while self.log_density(outside) > -DEPTH {
                (inside, outside) = (outside, 2.0 * outside);
            }
            for _ in 0..6 {
                let middle = 0.5 * (inside + outside);
                if self.log_density(middle) > -DEPTH { inside = middle } else { outside = middle }
            }
            outside
        };
        (edge(-1.0), edge(1.0))
    }

    fn panel(&self) -> f64 {
        self.scale().min(WIDEST_PANEL)
    }
}

/// α·o − (α + β)·ln(1 + p·(e^o − 1)) as (α + β)·(x − ln(1 + x)) − α·(e^o − 1 − o), x = p·(e^o − 1), where the
/// terms of the first order, which cancel, are left out.
fn log_density_from(alpha: f64, beta: f64, offset: f64) -> f64 {
    /// Below, the differences are summed as series.
    const SMALL: f64 = 0.03;
    let total = alpha + beta;
    let x = alpha / total * offset.exp_m1();
    if offset.abs() > SMALL {
        return alpha * offset - total * x.ln_1p();
    }
    // Σ oᵏ/k! and Σ (−1)ᵏ·xᵏ/k from k = 2
    let exp_rest =
        0.5 * offset * offset * (3..=10).rev().fold(1.0, |sum, k| 1.0 + sum * offset / f64::from(k));
    let log_rest = x * x * (2..=12).rev().fold(0.0, |sum, k| 1.0 / f64::from(k) - x * sum);
    total * log_rest - alpha * exp_rest
}

/// The posterior of δ = p₁/p₀ − 1.
///
/// P(δ ≤ r − 1) = ∫ f₀(p)·F₁(r·p) dp. The rates are independent, pᵢ ~ Beta(α + conversions, β + the rest)
/// (C. Stucchio, "Bayesian A/B Testing at VWO", 2015). Chances are good to 1e-9, absolute, and interval ends to 1e-9 (tested against
/// mpmath, from 0 conversions to 10⁹ identities). A chance below 1e-40 may come out as 0.
#[derive(Clone, Copy, Debug)]
pub struct BetaLift {
    pub treatment: Beta,
    pub control: Beta,
}

impl BetaLift {
    /// P(δ > bound) and P(δ < bound), each computed by its own tail.
    pub fn chances_above_and_below(&self, bound: f64) -> (f64, f64) {
        if bound <= -1.0 {
            return (1.0, 0.0);
        }
        let log_ratio = bound.ln_1p();
        let above = Ratio::new(self.control, self.treatment).below(-log_ratio).chance;
        let below = Ratio::new(self.treatment, self.control).below(log_ratio).chance;
        (above, below)
    }

    /// The equal-tailed credible interval that leaves `tails` outside, half on either side.
    pub fn credible_interval(&self, tails: f64) -> (f64, f64) {
        let low = Ratio::new(self.treatment, self.control).quantile(tails / 2.0);
        // From the other side, so that the upper tail keeps its digits.
        let high = -Ratio::new(self.control, self.treatment).quantile(tails / 2.0);
        (low.exp_m1(), high.exp_m1())
    }

    /// The standard deviation of δ; None where it is infinite, for α₀ ≤ 2.
    pub fn standard_deviation(&self) -> Option<f64> {
        let Self { treatment: t, control: c } = self;
        if c.alpha <= 2.0 {
            return None;
        }
        let (total, control_total) = (t.alpha + t.beta, c.alpha + c.beta);
        // E[r²]/E[r]² = (1 + u)(1 + v), from the moments of p₁ and of 1/p₀.
        let u = t.beta / (t.alpha * (total + 1.0));
        let v = c.beta / ((c.alpha - 2.0) * (control_total - 1.0));
        Some(self.mean_ratio()? * (u + v + u * v).sqrt())
    }

    /// E[p₁/p₀]; None where it is infinite, for α₀ ≤ 1.
    fn mean_ratio(&self) -> Option<f64> {
        let Self { treatment: t, control: c } = self;
        let mean = t.alpha / (t.alpha + t.beta) * ((c.alpha + c.beta - 1.0) / (c.alpha - 1.0));
        (c.alpha > 1.0).then_some(mean)
    }

    /// E[max(0, −δ)], or E[max(0, δ)] when a rise is a loss; None where that is infinite.
    pub fn expected_loss(&self, lower_is_better: bool) -> Option<f64> {
        let shortfall = Ratio::new(self.treatment, self.control).below(0.0).shortfall;
        if lower_is_better { Some((self.mean_ratio()? - 1.0 + shortfall).max(0.0)) } else { Some(shortfall) }
    }
}

/// The distribution of upper/lower, two independent rates.
struct Ratio {
    upper: Beta,
    lower: Beta,
}

/// What lies below a bound r of the ratio.
struct Below {
    /// P(upper/lower ≤ r)
    chance: f64,
    /// The density of ln(upper/lower) at ln r.
    density: f64,
    /// E[max(0, 1 − upper/lower)], for r = 1 only.
    shortfall: f64,
}

impl Ratio {
    fn new(upper: Beta, lower: Beta) -> Self {
        Self { upper, lower }
    }

    /// ∫ f_lower(t)·F_upper(the log odds of r·p(t)) dt, the inner integral growing along the outer.
    fn below(&self, log_ratio: f64) -> Below {
        let Self { upper, lower } = self;
        let (start, end) = upper.support();
        let mut inner = Inner {
            rate: *upper,
            panel: upper.panel(),
            at: start,
            end,
            with_moment: log_ratio == 0.0,
            mass: 0.0,
            relative_moment: 0.0,
        };
        let (mut total, mut chance, mut density, mut shortfall) = (0.0, 0.0, 0.0, 0.0);
        let panels = self.panels(log_ratio);
        for ends in panels.windows(2) {
            let (middle, half) = (0.5 * (ends[0] + ends[1]), 0.5 * (ends[1] - ends[0]));
            for &(node, weight) in NODES.iter() {
                let offset = middle + half * node;
                let weight = weight * half * lower.log_density(offset).exp();
                total += weight;
                let (target, stretch) = self.target(offset, log_ratio);
                inner.advance_to(target);
                chance += weight * inner.mass;
                if target < end {
                    density += weight * stretch * upper.log_density(target).exp();
                }
                if inner.with_moment {
                    shortfall += weight * (inner.mass - inner.share_of(target));
                }
            }
        }
        inner.advance_to(end);
        let scale = 1.0 / (total * inner.mass);
        Below {
            chance: (chance * scale).min(1.0),
            density: density * scale,
            shortfall: (shortfall * scale).max(0.0),
        }
    }

    /// Where r·p stands among the log odds of `upper`, as an offset from its peak, and how fast it moves
    /// there with ln r; p at `offset` among those of `lower`.
    fn target(&self, offset: f64, log_ratio: f64) -> (f64, f64) {
        match scaled_log_odds(self.lower.mode() + offset, log_ratio) {
            Some((log_odds, stretch)) => (log_odds - self.upper.mode(), stretch),
            None => (f64::INFINITY, 0.0),
        }
    }

    /// Ends of the panels of the outer integral: fine enough for `lower`'s density over its support, for
    /// `upper`'s where r·p passes its support, and around where r·p reaches 1.
    fn panels(&self, log_ratio: f64) -> Vec<f64> {
        let Self { upper, lower } = self;
        let (start, end) = lower.support();
        let mut cuts = vec![start, end];
        cuts.extend(even_cuts((start, end), lower.panel()));
        if upper.panel() < lower.panel() {
            // Even in the log odds of `upper`: what they are in those of `lower` may have no end.
            let targets = even_cuts(upper.support(), upper.panel());
            let offsets = targets.map(|target| self.offset_of(target, log_ratio));
            cuts.extend(offsets.filter(|offset| (start..end).contains(offset)));
        }
        if log_ratio > 0.0 {
            // r·p = 1: the inner integral ends there, perhaps with a root, so panels halve towards it.
            let kink = -log_ratio.exp_m1().ln() - lower.mode();
            let distances = (0..40).map(|halvings| kink - 0.5f64.powi(halvings));
            cuts.extend(distances.chain([kink]).filter(|cut| (start..end).contains(cut)));
        }
        cuts.sort_by(f64::total_cmp);
        cuts
    }

    /// The inverse of [`Ratio::target`].
    fn offset_of(&self, target: f64, log_ratio: f64) -> f64 {
        let log_odds = scaled_log_odds(self.upper.mode() + target, -log_ratio);
        log_odds.map_or(f64::INFINITY, |(log_odds, _)| log_odds - self.lower.mode())
    }

    /// The ln r below which the ratio lies with probability `chance` ≤ ½: Newton's method, kept between
    /// ends that are known to be on either side.
    fn quantile(&self, chance: f64) -> f64 {
        const STEPS: usize = 200;
        let rate = |beta: &Beta| beta.alpha / (beta.alpha + beta.beta);
        let spread = |beta: &Beta| beta.beta / (beta.alpha * (beta.alpha + beta.beta));
        let z = -super::normal::quantile(chance);
        let centre = (rate(&self.upper) / rate(&self.lower)).ln();
        let scale = (spread(&self.upper) + spread(&self.lower)).sqrt();
        let mut at = centre - z * scale;
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        for _ in 0..STEPS {
            let here = self.below(at);
            let bound = if here.chance < chance { &mut low } else { &mut high };
            *bound = at;
            // On the logarithm, which is nearly straight in the lower tail.
            let step = here.chance * (here.chance / chance).ln() / here.density;
            let next = at - step.clamp(-20.0, 20.0);
            let inside = next > low && next < high;
            let next = match (inside, low.is_finite() && high.is_finite()) {
                (true, _) => next,
                (false, true) => 0.5 * (low + high),
                (false, false) => at + if here.chance < chance { 1.0 } else { -1.0 },
            };
            let moved = (next - at).abs();
            at = next;
            // Newton's error is about the square of the last step, in units of the scale, but for the density
            // of an arm that converts all, which has a pole and is good to a few percent.
            let enough = if inside { 1e-10 } else { 1e-13 };
            if moved <= enough * scale {
                break;
            }
        }
        at
    }
}

/// The log odds of r·p for a p of log odds t, r·p/(1 − r·p) = r·e^t/(1 + (1 − r)·e^t), and their derivative by
/// ln r, 1/(1 − r·p); None where r·p is 1 or more.
fn scaled_log_odds(t: f64, log_ratio: f64) -> Option<(f64, f64)> {
    let one_minus_r = -log_ratio.exp_m1();
    // With e^t or e^(−t), whichever is at most 1.
    let small = (-t.abs()).exp();
    let rest = if t < 0.0 { 1.0 + one_minus_r * small } else { small + one_minus_r };
    (rest > 0.0).then(|| (log_ratio + t.min(0.0) - rest.ln(), (1.0 + small) / rest))
}

/// Ends of panels of at most this width.
fn even_cuts((from, to): (f64, f64), width: f64) -> impl Iterator<Item = f64> {
    let count = ((to - from) / width).ceil();
    (0..=count as usize).map(move |index| from + (to - from) * (index as f64 / count))
}

/// ∫ of a rate's density from the start of its support up to a point, unnormalised, and of p times it.
struct Inner {
    rate: Beta,
    panel: f64,
    at: f64,
    end: f64,
    mass: f64,
    /// Whether the next is asked for: it takes most of the time.
    with_moment: bool,
    /// ∫ f·p over the p of the point: p itself may be too small for a double.
    relative_moment: f64,
}

impl Inner {
    /// p at one offset over p at another: e^(a − b)·(1 + e^t(b))/(1 + e^t(a)).
    fn ratio_of_rates(&self, a: f64, b: f64) -> f64 {
        let mode = self.rate.mode();
        // ln(1 + e^t), of which the larger part is t where t > 0.
        let log_rest = |offset: f64| {
            let log_odds = mode + offset;
            log_odds.max(0.0) + (-log_odds.abs()).exp().ln_1p()
        };
        ((a - b) + log_rest(b) - log_rest(a)).exp()
    }

    /// ∫ f·p over the p at `target`, which may lie beyond the end.
    fn share_of(&self, target: f64) -> f64 {
        if target <= self.at {
            return self.relative_moment;
        }
        self.relative_moment * self.ratio_of_rates(self.at, target)
    }

    fn advance_to(&mut self, target: f64) {
        let target = target.min(self.end);
        if target <= self.at {
            return;
        }
        let panels = (target - self.at) / self.panel;
        let nodes = if panels < SMALL_PART { FEW_NODES.as_slice() } else { NODES.as_slice() };
        let half = 0.5 * (target - self.at) / panels.ceil();
        if self.with_moment {
            self.relative_moment *= self.ratio_of_rates(self.at, target);
        }
        for index in 0..panels.ceil() as usize {
            let middle = self.at + (2 * index + 1) as f64 * half;
            for &(node, weight) in nodes {
                let offset = middle + half * node;
                let mass = weight * half * self.rate.log_density(offset).exp();
                self.mass += mass;
                if self.with_moment {
                    self.relative_moment += mass * self.ratio_of_rates(offset, target);
                }
            }
        }
        self.at = target;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lift(treatment: (f64, f64), control: (f64, f64)) -> BetaLift {
        let beta = |(alpha, beta)| Beta { alpha, beta };
        BetaLift { treatment: beta(treatment), control: beta(control) }
    }

    #[test]
    fn uniform_rates_have_a_closed_form() {
        // P(p₁/p₀ ≤ r) = r/2 for r ≤ 1 and 1 − 1/(2r) beyond.
        let uniform = lift((1.0, 1.0), (1.0, 1.0));
        let (above, below) = uniform.chances_above_and_below(0.0);
        assert!((above - 0.5).abs() < 1e-12 && (below - 0.5).abs() < 1e-12, "{above} {below}");
        assert!((uniform.chances_above_and_below(-0.4).1 - 0.3).abs() < 1e-12);
        assert!((uniform.chances_above_and_below(3.0).0 - 0.125).abs() < 1e-12);
        let (low, high) = uniform.credible_interval(0.05);
        assert!((low + 0.95).abs() < 1e-12 && (high / 19.0 - 1.0).abs() < 1e-12, "{low} {high}");
        assert!((uniform.expected_loss(false).unwrap() - 0.25).abs() < 1e-12);
        assert_eq!((uniform.expected_loss(true), uniform.standard_deviation()), (None, None));
    }

    #[test]
    fn equal_posteriors_are_even_whatever_their_size() {
        for (alpha, beta) in [(1.0, 1e9), (1.0, 9e15), (0.1, 1e9), (1e12, 1.0), (5e11, 5e11), (1.0, 1.0)] {
            let chance = lift((alpha, beta), (alpha, beta)).chances_above_and_below(0.0).0;
            assert!((chance - 0.5).abs() < 1e-9, "{alpha} {beta}: {chance}");
        }
    }

    #[test]
    fn an_arm_that_converts_all_takes_no_time_for_ever() {
        for (treatment, control) in [((5e7, 5e7), (51.0, 1.0)), ((51.0, 1.0), (4.5e15, 4.5e15))] {
            let (above, below) = lift(treatment, control).chances_above_and_below(0.0);
            assert!((above + below - 1.0).abs() < 1e-9, "{above} {below}");
        }
    }

    #[test]
    fn both_sides_add_up_to_one() {
        for (treatment, control) in [
            ((1.0, 1e6), (1.0, 1001.0)),
            ((5e8, 5e8), (50.0, 950.0)),
            ((0.1, 100.0), (1e6, 1.0)),
            ((120.5, 0.5), (110.5, 3.5)),
        ] {
            let lift = lift(treatment, control);
            for bound in [-0.5, -0.01, 0.0, 0.01, 0.7] {
                let (above, below) = lift.chances_above_and_below(bound);
                assert!(
                    (above + below - 1.0).abs() < 1e-9,
                    "{treatment:?} {control:?} {bound}: {above} {below}"
                );
            }
        }
    }
}
