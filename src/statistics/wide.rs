//! Numbers of two doubles, about 106 bits, for differences in which a double keeps nothing.
//!
//! T. J. Dekker, "A floating-point technique for extending the available precision", Numer. Math. 18,
//! 1971; with a fused multiply-add for the error of a product.

/// An unevaluated sum of a double and a much smaller one.
#[derive(Clone, Copy, Debug)]
pub struct Wide {
    high: f64,
    low: f64,
}

impl From<f64> for Wide {
    fn from(value: f64) -> Self {
        Wide { high: value, low: 0.0 }
    }
}

impl Wide {
    /// Relative: a thousand times what one operation may lose.
    pub const EPSILON: f64 = 1e-29;

    /// a·b, exactly.
    pub fn product(a: f64, b: f64) -> Wide {
        let high = a * b;
        Wide { high, low: a.mul_add(b, -high) }
    }

    /// The sum of two doubles, exactly; needs |a| ≥ |b|.
    fn quick_sum(a: f64, b: f64) -> Wide {
        let high = a + b;
        Wide { high, low: b - (high - a) }
    }

    fn sum(a: f64, b: f64) -> Wide {
        let high = a + b;
        let part = high - a;
        Wide { high, low: (a - (high - part)) + (b - part) }
    }

    pub fn plus(self, other: Wide) -> Wide {
        let (high, low) = (Wide::sum(self.high, other.high), Wide::sum(self.low, other.low));
        let first = Wide::quick_sum(high.high, high.low + low.high);
        Wide::quick_sum(first.high, first.low + low.low)
    }

    pub fn minus(self, other: Wide) -> Wide {
        self.plus(Wide { high: -other.high, low: -other.low })
    }

    pub fn times(self, other: Wide) -> Wide {
        let product = Wide::product(self.high, other.high);
        let cross = self.high.mul_add(other.low, self.low * other.high);
        Wide::quick_sum(product.high, product.low + cross)
    }

    pub fn over(self, other: Wide) -> Wide {
        let first = self.high / other.high;
        let rest = self.minus(other.times(Wide::from(first)));
        let second = rest.high / other.high;
        let rest = rest.minus(other.times(Wide::from(second)));
        Wide::quick_sum(first, second).plus(Wide::from(rest.high / other.high))
    }

    /// The nearest double.
    pub fn value(self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_three_times_is_one_but_for_the_last_bits() {
        let third = Wide::from(1.0).over(Wide::from(3.0));
        let rest = third.times(Wide::from(3.0)).minus(Wide::from(1.0)).value();
        assert!(rest.abs() < 1e-31, "{rest}");
    }

    #[test]
    fn a_difference_keeps_what_a_double_drops() {
        let large = 134_217_729.0;
        let difference = Wide::product(large, large).minus(Wide::product(large - 1.0, large + 1.0));
        assert_eq!(difference.value(), 1.0);
        let sum = Wide::from(1e16).plus(Wide::from(1.0)).minus(Wide::from(1e16));
        assert_eq!(sum.value(), 1.0);
    }
}
