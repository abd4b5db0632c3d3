//! Welch's t test of two means with unequal variances.

/// The degrees of freedom of a variance that is estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degrees {
    /// ν; NaN where nothing varies.
    pub count: f64,
    /// ν − 1, which keeps its digits where ν is close to 1.
    pub beyond_one: f64,
}

impl Degrees {
    /// Of a mean's (squared standard error, number of identities ≥ 2), the one's and the other's. By Welch and Satterthwaite
    /// ν = se⁴/((s₁²/n₁)²/(n₁ − 1) + (s₀²/n₀)²/(n₀ − 1)) (B. L. Welch, Biometrika 34, 1947).
    pub fn of_difference(one: (f64, f64), other: (f64, f64)) -> Degrees {
        let total = one.0 + other.0;
        // By shares p and q, which add up to 1: the squares of the terms themselves may leave the range of a double.
        let (p, q) = (one.0 / total, other.0 / total);
        let part = |share: f64, n: f64| share * share / (n - 1.0);
        // p·(1 − p/(n − 1))
        let rest = |share: f64, other: f64, n: f64| share * ((n - 2.0 + other) / (n - 1.0));
        let sum = part(p, one.1) + part(q, other.1);
        Degrees { count: 1.0 / sum, beyond_one: (rest(p, q, one.1) + rest(q, p, other.1)) / sum }
    }

    /// Of a variance in which the estimated one has the weight `share`, above 0 and at most 1, and the rest is known: ν/share²
    /// (F. E. Satterthwaite, Biometrics Bulletin 2, 1946), up to `most`.
    pub fn with_known_rest(self, share: f64, most: f64) -> Degrees {
        let count = (self.count / share / share).min(most);
        Degrees { count, beyond_one: if share == 1.0 { self.beyond_one } else { count - 1.0 } }
    }

    /// Whether nothing varies.
    pub fn is_none(&self) -> bool {
        self.count.is_nan()
    }
}
