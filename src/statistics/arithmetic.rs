//! Arithmetic that does not lose what a difference leaves.

/// The largest count that a double holds exactly, with every count below it.
pub const MAX_EXACT_COUNT: u64 = 1 << 53;

/// a·b − c·d to within 1.5 units in the last place, however much cancels.
///
/// The rounding error of c·d is exact in one fused operation and is given back at the end
/// (W. Kahan's algorithm; C.-P. Jeannerod, N. Louvet, J.-M. Muller, "Further analysis of Kahan's
/// algorithm for the accurate computation of 2×2 determinants", Math. Comp. 82, 2013). Equal
/// products give exactly 0. Not for products that leave the range of a double.
pub fn difference_of_products(a: f64, b: f64, c: f64, d: f64) -> f64 {
    let product = c * d;
    let product_error = (-c).mul_add(d, product);
    a.mul_add(b, -product) + product_error
}

/// The sum of `values` as an unevaluated pair of doubles (high, low), about 106 bits wide.
///
/// A. Neumaier's summation: the error of each addition is exact and is summed apart.
pub fn pair_sum(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (mut high, mut low) = (0.0f64, 0.0f64);
    for value in values {
        let sum = high + value;
        low += if high.abs() >= value.abs() { (high - sum) + value } else { (value - sum) + high };
        high = sum;
    }
    (high, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_products_keeps_what_cancellation_leaves() {
        // (2^27 + 1)² − 2^27·(2^27 + 2) = 1; both products need 55 bits.
        let a = 134_217_729.0;
        assert_eq!(difference_of_products(a, a, a - 1.0, a + 1.0), 1.0);
        assert_eq!(difference_of_products(0.1, 0.3, 0.3, 0.1), 0.0);
    }

    #[test]
    fn a_pair_sum_keeps_what_a_double_drops() {
        let (high, low) = pair_sum([1e16, 1.0, -1e16]);
        assert_eq!(high + low, 1.0);
    }
}
