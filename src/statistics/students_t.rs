//! Student's t distribution, by its tails, for any number of degrees of freedom from 1 up.
//!
//! statrs has these functions, but its quantile is wrong from a million degrees of freedom on, and
//! its tail takes the difference of two logarithms of Γ, which at 10⁹ degrees leaves six digits.

use std::f64::consts::PI;
use std::sync::LazyLock;

use super::quadrature::gauss_laguerre;
use super::welch::Degrees;

/// From here on, in y = ν/2·ln(1 + t²/ν), the tail is integrated; below, the body is summed.
const TAIL_FROM: f64 = 3.0;

/// Up to this ν the power series around x = 0 is short, and the integrand of the tail is not smooth.
const FEW_DEGREES: f64 = 20.0;

/// Nodes for the tail: enough for 3e-13 at [`TAIL_FROM`], more beyond.
static TAIL_NODES: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| gauss_laguerre::<24>().to_vec());

/// P(|T| > |t|) for T with `degrees` ν ≥ 1 degrees of freedom: I_x(ν/2, ½), x = ν/(ν + t²), the
/// regularised incomplete beta function (NIST DLMF 8.17).
///
/// With a = ν/2, ξ = −ln x and y = aξ it is C/a·e^(−y)·∫₀^∞ e^(−s)·(1 − x·e^(−s/a))^(−½) ds,
/// C = Γ(a + ½)/(Γ(a)√π), which Gauss–Laguerre quadrature gives in the tail; near the centre, and for
/// few degrees, one of the two power series (DLMF 8.17.8) whose terms are all positive. Accurate to
/// 1e-12 relative for ν from 1 to 10⁹, down to 1e-300 (tested against mpmath).
pub fn two_sided_p_value(t: f64, degrees: f64) -> f64 {
    let point = Point::new(t.abs(), degrees);
    if point.y.is_infinite() {
        return 0.0;
    }
    if degrees >= FEW_DEGREES && point.y >= TAIL_FROM { point.tail() } else { point.body().0 }
}

/// What lies beyond a t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// P(|T| > |t|), as [`two_sided_p_value`] gives it.
    pub two_sided: f64,
    /// E[max(0, T − |t|)], the unit loss; of meaning for ν > 1.
    pub loss: f64,
}

impl Tail {
    /// Beyond `t`, which may be infinite, both at the price of one.
    ///
    /// The loss is (ν + t²)/(ν − 1)·f(t) − t·P(T > t), f being the density. In the tail, where the two terms cancel, it is
    /// integrated: ½·C/a·e^(−y)·∫₀^∞ e^(−s)·(1 − e^(−v))^(−½)·(t(v) − t) ds with v = ξ + s/a and t(v) = √(ν(e^v − 1)), in
    /// the notation of [`two_sided_p_value`]. Accurate to 1e-11 relative for ν from 1.01 to 10⁹, down to 1e-300 (tested against
    /// mpmath).
    pub fn beyond(t: f64, degrees: Degrees) -> Tail {
        let (t, Degrees { count: degrees, beyond_one }) = (t.abs(), degrees);
        let point = Point::new(t, degrees);
        if point.y.is_infinite() {
            return Tail { two_sided: 0.0, loss: 0.0 };
        }
        if degrees >= FEW_DEGREES && point.y >= TAIL_FROM {
            return point.tail_and_loss();
        }
        let (two_sided, density) = point.body();
        Tail { two_sided, loss: (degrees + t * t) / beyond_one * density - 0.5 * t * two_sided }
    }
}

/// The t with P(|T| > t) = `tails`, 0 < `tails` < 1: the critical value of a two-sided interval.
///
/// The expansion around the normal quantile in powers of 1/ν (R. A. Fisher, E. A. Cornish,
/// Technometrics 2, 1960; Abramowitz & Stegun 26.7.5), refined where its next term would show by Newton's
/// method on ln P over ln t, which is concave, so it cannot miss. Accurate to 1e-12 relative for ν from 1
/// to 10⁹ (tested against mpmath).
///
/// `z` is the normal critical value of the same `tails`, which callers have once for many arms.
pub fn two_sided_critical_value(z: f64, tails: f64, degrees: f64) -> f64 {
    let squared = z * z;
    let terms = [
        (squared + 1.0) / 4.0,
        ((5.0 * squared + 16.0) * squared + 3.0) / 96.0,
        (((3.0 * squared + 19.0) * squared + 17.0) * squared - 15.0) / 384.0,
        ((((79.0 * squared + 776.0) * squared + 1482.0) * squared - 1920.0) * squared - 945.0) / 92160.0,
    ];
    let series = terms.iter().rev().fold(0.0, |sum, term| (sum + term) / degrees);
    let next_term = terms[3] / degrees.powi(4) * (squared + 3.0) / degrees;
    let start = z * (1.0 + series);
    if next_term.abs() < f64::EPSILON / 4.0 { start } else { refine(start, tails, degrees) }
}

fn refine(start: f64, tails: f64, degrees: f64) -> f64 {
    /// A Newton step is one evaluation; from a hopeless start it takes some ten.
    const STEPS: usize = 100;
    let mut t = if start.is_finite() && start > 0.0 { start } else { 1.0 };
    for _ in 0..STEPS {
        let point = Point::new(t, degrees);
        let p = two_sided_p_value(t, degrees);
        // −d ln P/d ln t
        let slope = 2.0 * t * point.density() / p;
        let step = (p / tails).ln() / slope;
        if !step.is_finite() {
            break;
        }
        // No step of more than a factor of e²: from the centre the first one overshoots.
        t *= step.clamp(-2.0, 2.0).exp();
        if step.abs() < 1e-8 {
            // Newton's error is the square of the last step.
            break;
        }
    }
    t
}

/// A t and what all the formulas take from it.
struct Point {
    a: f64,
    degrees: f64,
    /// ν/(ν + t²)
    x: f64,
    /// −ln x
    xi: f64,
    /// −a·ln x
    y: f64,
}

impl Point {
    fn new(t: f64, degrees: f64) -> Self {
        let scaled = t / degrees.sqrt();
        // The square of a large t leaves the range of a double.
        let xi = if scaled > 1e8 { 2.0 * scaled.ln() } else { (scaled * scaled).ln_1p() };
        let a = degrees / 2.0;
        Self { a, degrees, x: (-xi).exp(), xi, y: a * xi }
    }

    fn density(&self) -> f64 {
        normalizer(self.a) / self.degrees.sqrt() * (-self.y - self.xi / 2.0).exp()
    }

    /// C/a·e^(−y)·∫₀^∞ e^(−s)·(1 − x·e^(−s/a))^(−½) ds
    fn tail(&self) -> f64 {
        let integral: f64 = TAIL_NODES
            .iter()
            .map(|&(node, weight)| weight / complement(self.xi + node / self.a).sqrt())
            .sum();
        normalizer(self.a) / self.a * (-self.y).exp() * integral
    }

    /// [`Point::tail`], and the same integral with t(v) − t before it.
    fn tail_and_loss(&self) -> Tail {
        // e^ξ − 1 = t²/ν
        let (grown, square) = (self.xi.exp(), self.xi.exp_m1());
        let root = square.sqrt();
        let (mut tail, mut loss) = (0.0, 0.0);
        for &(node, weight) in TAIL_NODES.iter() {
            let step = node / self.a;
            // e^(s/a) − 1; the series is exact below and faster.
            let more = if step < 1e-3 {
                step * (1.0 + step * (0.5 + step * (1.0 / 6.0 + step * (1.0 / 24.0 + step / 120.0))))
            } else {
                step.exp_m1()
            };
            let weight = weight / complement(self.xi + step).sqrt();
            tail += weight;
            // The difference of the roots of e^v − 1 and e^ξ − 1, without what cancels.
            let rise = grown * more;
            loss += weight * rise / ((square + rise).sqrt() + root);
        }
        let scale = normalizer(self.a) / self.a * (-self.y).exp();
        Tail { two_sided: scale * tail, loss: 0.5 * scale * self.degrees.sqrt() * loss }
    }

    /// P(|T| > t) by the power series, and the density.
    fn body(&self) -> (f64, f64) {
        let normalizer = normalizer(self.a);
        let density = normalizer / self.degrees.sqrt() * (-self.y - self.xi / 2.0).exp();
        let two_sided = if self.degrees < FEW_DEGREES && self.x < 0.7 {
            self.series_from_the_tail(normalizer)
        } else {
            1.0 - self.series_from_the_centre(normalizer)
        };
        (two_sided, density)
    }

    /// P(|T| > t) = C·x^a·Σ (½)ₖ/k!·xᵏ/(a + k)
    fn series_from_the_tail(&self, normalizer: f64) -> f64 {
        let (mut power, mut sum, mut k) = (1.0, 1.0 / self.a, 0.0);
        loop {
            power *= (k + 0.5) / (k + 1.0) * self.x;
            k += 1.0;
            let term = power / (self.a + k);
            sum += term;
            if term < sum * f64::EPSILON / 8.0 {
                break normalizer * (-self.y).exp() * sum;
            }
        }
    }

    /// P(|T| ≤ t) = 2C·√z·(1 − z)^a·Σ Π(a + ½ + j)/(3/2 + j)·zᵏ, z = 1 − x
    fn series_from_the_centre(&self, normalizer: f64) -> f64 {
        let z = -(-self.xi).exp_m1();
        let (mut term, mut sum, mut k) = (1.0, 1.0, 0.0);
        while term > sum * f64::EPSILON / 8.0 {
            term *= (self.a + 0.5 + k) / (1.5 + k) * z;
            sum += term;
            k += 1.0;
        }
        2.0 * normalizer * z.sqrt() * (-self.y).exp() * sum
    }
}

/// 1 − e^(−v); the series is exact for a small v and faster.
fn complement(v: f64) -> f64 {
    if v < 1e-3 {
        v * (1.0 - v * (0.5 - v * (1.0 / 6.0 - v * (1.0 / 24.0 - v / 120.0))))
    } else {
        -(-v).exp_m1()
    }
}

/// Γ(a + ½)/(Γ(a)·√π), by its asymptotic series (DLMF 5.11.13) from a = 32 up, by recurrence below.
fn normalizer(a: f64) -> f64 {
    let (mut a, mut factor) = (a, 1.0);
    while a < 32.0 {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    let r = 1.0 / a;
    let series =
        [-1.0 / 8.0, 1.0 / 128.0, 5.0 / 1024.0, -21.0 / 32768.0, -399.0 / 262_144.0, 869.0 / 4_194_304.0];
    let series = series.iter().rev().fold(0.0, |sum, term| (sum + term) * r);
    factor * (a / PI).sqrt() * (1.0 + series)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::normal;

    #[test]
    fn one_and_two_degrees_have_closed_forms() {
        for t in [1e-9f64, 0.1, 0.9, 1.0, 1.5, 3.0, 50.0, 1e9, 1e160, 1e290] {
            let cauchy = 2.0 / PI * (1.0 / t).atan();
            assert!((two_sided_p_value(t, 1.0) / cauchy - 1.0).abs() < 1e-13, "{t}");
        }
        for t in [1e-9f64, 0.1, 0.9, 1.5, 3.0] {
            let two = 1.0 - t / (t * t + 2.0).sqrt();
            assert!((two_sided_p_value(t, 2.0) / two - 1.0).abs() < 1e-13, "{t}");
        }
    }

    #[test]
    fn the_critical_value_is_the_inverse() {
        for degrees in [1.0, 1.5, 2.0, 7.3, 19.9, 20.0, 99.0, 1e3, 1e5, 1e9] {
            for tails in [0.999, 0.5, 0.05, 1e-3, 1e-9, 1e-14] {
                let z = normal::two_sided_critical_value(tails);
                let t = two_sided_critical_value(z, tails, degrees);
                let back = two_sided_p_value(t, degrees);
                let bound = 1e-12 * (1.0 + t * t) / (1.0 + t * t / degrees);
                assert!((back / tails - 1.0).abs() < bound, "{degrees} {tails}: {t} gives {back}");
            }
        }
    }

    #[test]
    fn the_loss_is_the_integral_of_the_tail() {
        let tail_beyond =
            |t: f64, degrees: f64| Tail::beyond(t, Degrees { count: degrees, beyond_one: degrees - 1.0 });
        for degrees in [1.1, 3.0, 19.9, 20.0, 98.0, 1e6, 1e12] {
            for t in [0.0, 0.3, 2.2, 2.45, 2.6, 9.0] {
                let tail = tail_beyond(t, degrees);
                assert!(
                    (tail.two_sided / two_sided_p_value(t, degrees) - 1.0).abs() < 1e-12,
                    "{degrees} {t}"
                );
                // By the derivative: loss(t) − loss(t + h) is h·P(T > t + h/2), but for h³.
                let h = 1e-4;
                let slope = (tail.loss - tail_beyond(t + h, degrees).loss) / h;
                let expected = 0.5 * two_sided_p_value(t + h / 2.0, degrees);
                assert!((slope / expected - 1.0).abs() < 1e-7, "{degrees} {t}: {slope} {expected}");
            }
        }
        let wide = tail_beyond(3.5, 1e15).loss;
        assert!((wide / normal::loss(3.5) - 1.0).abs() < 1e-11, "{wide}");
    }

    #[test]
    fn infinitely_far_out_there_is_nothing() {
        assert_eq!(two_sided_p_value(f64::INFINITY, 10.0), 0.0);
        assert_eq!(two_sided_p_value(0.0, 10.0), 1.0);
        assert_eq!(two_sided_p_value(-2.0, 10.0), two_sided_p_value(2.0, 10.0));
    }
}
