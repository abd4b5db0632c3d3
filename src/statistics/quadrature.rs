//! Nodes and weights of Gaussian quadrature, computed once from the recurrences of the polynomials.

/// How often Newton's method may step; from the starts below some six times do.
const STEPS: usize = 100;

/// Nodes in (−1, 1) and weights such that Σ w·f(x) = ∫₋₁¹ f(x) dx for polynomials up to degree 2N − 1
/// (NIST DLMF 3.5.v, Legendre). Good to 1e-14 (tested to degree 19).
pub fn gauss_legendre<const N: usize>() -> [(f64, f64); N] {
    let n = N as f64;
    std::array::from_fn(|index| {
        let mut x = -(std::f64::consts::PI * (index as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..STEPS {
            let (mut previous, mut value) = (1.0, x);
            for k in 1..N {
                let k = k as f64;
                (previous, value) = (value, ((2.0 * k + 1.0) * x * value - k * previous) / (k + 1.0));
            }
            slope = n * (x * value - previous) / (x * x - 1.0);
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// Nodes above 0 and weights such that Σ w·f(x) = ∫₀^∞ e^(−x)·f(x) dx for polynomials up to degree
/// 2N − 1 (NIST DLMF 3.5.v, Laguerre). Good to 1e-12 relative (tested to degree 19).
pub fn gauss_laguerre<const N: usize>() -> [(f64, f64); N] {
    let n = N as f64;
    let mut rule = [(0.0, 0.0); N];
    for index in 0..N {
        // A. H. Stroud, D. Secrest, "Gaussian Quadrature Formulas", 1966: where to look for the next.
        let mut x = match index {
            0 => 3.0 / (1.0 + 2.4 * n),
            1 => rule[0].0 + 15.0 / (1.0 + 2.5 * n),
            _ => {
                let i = index as f64 - 1.0;
                rule[index - 1].0 + (1.0 + 2.55 * i) / (1.9 * i) * (rule[index - 1].0 - rule[index - 2].0)
            }
        };
        let (mut slope, mut previous) = (1.0, 1.0);
        for _ in 0..STEPS {
            let mut value = 1.0 - x;
            previous = 1.0;
            for k in 1..N {
                let k = k as f64;
                (previous, value) = (value, ((2.0 * k + 1.0 - x) * value - k * previous) / (k + 1.0));
            }
            slope = n * (value - previous) / x;
            let step = value / slope;
            x -= step;
            if step.abs() < 1e-14 * x {
                break;
            }
        }
        rule[index] = (x, -1.0 / (slope * n * previous));
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legendre_integrates_polynomials() {
        let rule = gauss_legendre::<10>();
        let integral = |power: i32| rule.iter().map(|(x, w)| w * x.powi(power)).sum::<f64>();
        assert!((integral(0) - 2.0).abs() < 1e-14);
        assert!((integral(18) - 2.0 / 19.0).abs() < 1e-14);
        assert!(integral(19).abs() < 1e-14);
    }

    #[test]
    fn laguerre_integrates_factorials() {
        let rule = gauss_laguerre::<24>();
        let mut factorial = 1.0;
        for power in 0..20 {
            let integral: f64 = rule.iter().map(|(x, w)| w * x.powi(power)).sum();
            assert!((integral / factorial - 1.0).abs() < 1e-12, "{power}: {integral}");
            factorial *= f64::from(power) + 1.0;
        }
    }
}
