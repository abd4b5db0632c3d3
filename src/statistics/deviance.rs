//! Logarithms of likelihoods of counts, without what cancels between large terms.

/// (1 + u)·ln(1 + u) − u for u > −1: never negative, about u²/2 around 0.
pub fn entropy_term(u: f64) -> f64 {
    /// Below, the difference would cancel.
    const SMALL: f64 = 0.02;
    if u.abs() > SMALL {
        return (1.0 + u) * u.ln_1p() - u;
    }
    // Σ (−1)ᵏ·uᵏ/(k(k − 1)) from k = 2
    let series = (2..=10).rev().fold(0.0, |sum, k| 1.0 / f64::from(k * (k - 1)) - u * sum);
    u * u * series
}

/// What Stirling's formula leaves out: ln Γ(x) − ((x − ½)·ln x − x + ½·ln 2π), for x > 0 (NIST DLMF 5.11.1).
pub fn stirling_rest(x: f64) -> f64 {
    /// From here on five terms of the series are exact to 1e-16.
    const LARGE: f64 = 16.0;
    let (mut x, mut shift) = (x, 0.0);
    while x < LARGE {
        // rest(x) − rest(x + 1) = (x + ½)·ln(1 + 1/x) − 1
        shift += (x + 0.5) * x.recip().ln_1p() - 1.0;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0];
    shift + series.iter().rev().fold(0.0, |sum, term| sum * square + term) / x
}

/// x·ln(x/m) + m − x: how far a count x is from its expectation m, in units of the log-likelihood; both 0 or above.
///
/// The deviance of C. Loader, "Fast and accurate computation of binomial probabilities", 2000. Accurate to 1e-14 relative
/// to x + m.
pub fn deviance(x: f64, expected: f64) -> f64 {
    if x == 0.0 {
        return expected;
    }
    if expected == 0.0 {
        return f64::INFINITY;
    }
    expected * entropy_term((x - expected) / expected)
}

/// ln of the binomial probability of x of n at the rate p (q = 1 − p, given apart so that a small one keeps its digits):
/// by Loader's expansion, whose large terms do not cancel.
pub fn log_binomial(x: f64, n: f64, p: f64, q: f64) -> f64 {
    let rest = n - x;
    // A logarithm of what is nearly 1 keeps the digits of its complement.
    let log = |one: f64, other: f64| if other < 0.5 { (-other).ln_1p() } else { one.ln() };
    if x == 0.0 {
        return n * log(q, p);
    }
    if rest == 0.0 {
        return n * log(p, q);
    }
    let shape = stirling_rest(n) - stirling_rest(x) - stirling_rest(rest);
    let scale = 0.5 * (n / x / rest / std::f64::consts::TAU).ln();
    shape + scale - deviance(x, n * p) - deviance(rest, n * q)
}
