//! p-values adjusted for how many hypotheses are tested together.

use crate::names::Named;

/// How to adjust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// Bonferroni's bound, step by step down: S. Holm, Scand. J. Statist. 6, 1979.
    Holm,
    /// Simes' test, step by step up: Y. Hochberg, Biometrika 75, 1988.
    Hochberg,
    /// p times the number of hypotheses.
    Bonferroni,
    /// The rate of false discoveries: Y. Benjamini, Y. Hochberg, J. R. Statist. Soc. B 57, 1995.
    BenjaminiHochberg,
    /// As they are.
    None,
}

impl Named for Correction {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("holm", Correction::Holm),
        ("hochberg", Correction::Hochberg),
        ("bonferroni", Correction::Bonferroni),
        ("benjamini_hochberg", Correction::BenjaminiHochberg),
        ("none", Correction::None),
    ];
}

/// Replaces each p-value, 0 to 1, by its adjusted one: the level at which its hypothesis would just be
/// rejected. None stays None and does not count.
///
/// With p₍₁₎ ≤ … ≤ p₍ₘ₎: Holm max over j ≤ i of (m − j + 1)·p₍ⱼ₎, Hochberg min over j ≥ i of
/// (m − j + 1)·p₍ⱼ₎, Bonferroni m·p, Benjamini and Hochberg min over j ≥ i of m/j·p₍ⱼ₎; at most 1.
/// Holm, Hochberg (for independent or positively dependent tests) and Bonferroni bound the chance of any
/// false rejection; Benjamini and Hochberg bound the expected share of false ones among the rejected. Agrees
/// with rational arithmetic to one rounding.
pub fn adjust(p_values: &mut [Option<f64>], correction: Correction) {
    if correction == Correction::None {
        return;
    }
    let mut tested: Vec<(usize, f64)> =
        p_values.iter().enumerate().filter_map(|(index, p)| p.map(|p| (index, p))).collect();
    let count = tested.len() as f64;
    tested.sort_by(|a, b| a.1.total_cmp(&b.1));
    let scaled = |rank: usize, p: f64| match correction {
        Correction::Holm | Correction::Hochberg => (count - rank as f64) * p,
        Correction::Bonferroni => count * p,
        Correction::BenjaminiHochberg => count / (rank as f64 + 1.0) * p,
        Correction::None => p,
    };
    let mut put = |index: usize, adjusted: f64| p_values[index] = Some(adjusted.min(1.0));
    match correction {
        Correction::Holm => {
            let mut largest = 0.0f64;
            for (rank, &(index, p)) in tested.iter().enumerate() {
                largest = largest.max(scaled(rank, p));
                put(index, largest);
            }
        }
        Correction::Hochberg | Correction::BenjaminiHochberg => {
            let mut smallest = 1.0f64;
            for (rank, &(index, p)) in tested.iter().enumerate().rev() {
                smallest = smallest.min(scaled(rank, p));
                put(index, smallest);
            }
        }
        Correction::Bonferroni | Correction::None => {
            tested.iter().for_each(|&(index, p)| put(index, scaled(0, p)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_does_not_count() {
        let mut p_values = [Some(0.01), None, Some(0.04)];
        adjust(&mut p_values, Correction::Bonferroni);
        assert_eq!(p_values, [Some(0.02), None, Some(0.08)]);
        adjust(&mut [], Correction::Holm);
    }

    #[test]
    fn an_adjusted_p_value_is_at_most_one_and_keeps_the_order() {
        for &(_, correction) in Correction::NAMES {
            let mut p_values = [Some(0.9), Some(0.5), Some(0.0), Some(0.5), Some(1.0)];
            adjust(&mut p_values, correction);
            let [a, b, c, d, e] = p_values.map(|p| p.unwrap());
            assert!(c <= b && b == d && d <= a && a <= e && e <= 1.0, "{correction:?} {p_values:?}");
        }
    }
}
