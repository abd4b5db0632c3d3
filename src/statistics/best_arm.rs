//! Which of several arms is the best.

use std::sync::LazyLock;

use super::normal;
use super::quadrature::gauss_legendre;

/// The posterior of an arm's mean: normal, or a point where the standard error is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalMean {
    pub mean: f64,
    pub standard_error: f64,
}

static NODES: LazyLock<[(f64, f64); 16]> = LazyLock::new(gauss_legendre);

/// Beyond this many standard errors a normal density adds less than 1e-17.
const REACH: f64 = 8.75;

/// Where the intervals of the quadrature end, in standard errors around each mean.
const CUTS: [f64; 8] = [-REACH, -5.0, -2.5, -0.8, 0.8, 2.5, 5.0, REACH];

/// For each arm the probability that its mean is the largest, the means being independent.
///
/// P(i) = ∫ fᵢ(x)·Π over j ≠ i of Fⱼ(x) dx, for two normal means Φ((mᵢ − mⱼ)/√(sᵢ² + sⱼ²)), for more by
/// Gauss–Legendre quadrature between points that follow every arm's scale (the ranking and selection
/// problem; R. E. Bechhofer, Ann. Math. Statist. 25, 1954). Points that are equal share what is theirs.
/// Accurate to 1e-10 absolute, and so is their sum of 1 (tested).
pub fn chances_to_be_largest(arms: &[NormalMean]) -> Vec<f64> {
    if let [a, b] = arms {
        let spread = a.standard_error.hypot(b.standard_error);
        let gap = a.mean - b.mean;
        let chance = |gap: f64| match spread {
            0.0 if gap == 0.0 => 0.5,
            0.0 => f64::from(u8::from(gap > 0.0)),
            spread => normal::cdf(gap / spread),
        };
        return vec![chance(gap), chance(-gap)];
    }
    // Only the largest of the points can win, and nobody wins below it.
    let points = || arms.iter().filter(|arm| arm.standard_error == 0.0).map(|arm| arm.mean);
    let floor = points().fold(f64::NEG_INFINITY, f64::max);
    let mut chances = integrate(arms, floor);
    if floor > f64::NEG_INFINITY {
        let ties = points().filter(|&mean| mean == floor).count() as f64;
        let all_below: f64 = arms
            .iter()
            .filter(|arm| arm.standard_error > 0.0)
            .map(|arm| normal::cdf((floor - arm.mean) / arm.standard_error))
            .product();
        for (arm, chance) in arms.iter().zip(&mut chances) {
            if arm.standard_error == 0.0 && arm.mean == floor {
                *chance = all_below / ties;
            }
        }
    }
    // A chance of 1 may come out a rounding above it.
    chances.iter_mut().for_each(|chance| *chance = chance.min(1.0));
    chances
}

/// The chances of the arms with a density, to be the largest and above `floor`.
fn integrate(arms: &[NormalMean], floor: f64) -> Vec<f64> {
    let cuts = cuts(arms, floor);
    let mut chances = vec![0.0; arms.len()];
    let mut below = vec![0.0; arms.len()];
    for ends in cuts.windows(2) {
        let (middle, half) = (0.5 * (ends[0] + ends[1]), 0.5 * (ends[1] - ends[0]));
        for &(node, weight) in NODES.iter() {
            let x = middle + half * node;
            for (arm, below) in arms.iter().zip(&mut below) {
                *below = if arm.standard_error == 0.0 {
                    1.0
                } else {
                    match (x - arm.mean) / arm.standard_error {
                        z if z < -REACH => 0.0,
                        z if z > REACH => 1.0,
                        z => normal::cdf(z),
                    }
                };
            }
            add_densities(arms, &below, x, weight * half, &mut chances);
        }
    }
    chances
}

/// Ends of the intervals of the quadrature: nothing is won where an arm is surely above, and of cuts that are
/// close together, by the scale of the arm they come from, one is enough.
fn cuts(arms: &[NormalMean], floor: f64) -> Vec<f64> {
    /// In standard errors.
    const CLOSE: f64 = 0.2;
    let spread = || arms.iter().filter(|arm| arm.standard_error > 0.0);
    let lowest = spread().map(|arm| arm.mean - REACH * arm.standard_error).fold(floor, f64::max);
    let highest = spread().map(|arm| arm.mean + REACH * arm.standard_error).fold(lowest, f64::max);
    let mut cuts: Vec<(f64, f64)> = spread()
        .flat_map(|arm| CUTS.map(|cut| (arm.mean + cut * arm.standard_error, arm.standard_error)))
        .filter(|&(cut, _)| cut > lowest && cut < highest)
        .collect();
    cuts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut kept = vec![lowest];
    for (cut, standard_error) in cuts {
        if cut - kept[kept.len() - 1] >= CLOSE * standard_error {
            kept.push(cut);
        }
    }
    kept.push(highest);
    kept
}

/// Adds weight·fᵢ(x)·Π over j ≠ i of Fⱼ(x) to each chance.
fn add_densities(arms: &[NormalMean], below: &[f64], x: f64, weight: f64, chances: &mut [f64]) {
    let zeros = below.iter().filter(|&&below| below == 0.0).count();
    let product: f64 = below.iter().filter(|&&below| below > 0.0).product();
    for ((arm, &below), chance) in arms.iter().zip(below).zip(chances) {
        let others = match (zeros, below == 0.0) {
            (0, _) => product / below,
            (1, true) => product,
            _ => continue,
        };
        if arm.standard_error > 0.0 {
            let z = (x - arm.mean) / arm.standard_error;
            *chance += weight * others * normal::density(z) / arm.standard_error;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(mean: f64, standard_error: f64) -> NormalMean {
        NormalMean { mean, standard_error }
    }

    #[test]
    fn the_chances_sum_to_one_whatever_the_scales() {
        for arms in [
            vec![arm(0.0, 1.0), arm(0.0, 1.0), arm(0.0, 1.0)],
            vec![arm(0.0, 1.0), arm(0.1, 1e-6), arm(-0.2, 30.0)],
            vec![arm(0.0, 1.0), arm(0.5, 1e-3), arm(-3.0, 2.0), arm(0.0, 0.0)],
            (0..200).map(|index| arm(f64::from(index) / 100.0, 0.3 + f64::from(index % 7))).collect(),
            vec![arm(1.0, 0.0), arm(1.0, 0.0), arm(0.0, 0.0)],
        ] {
            let total: f64 = chances_to_be_largest(&arms).iter().sum();
            assert!((total - 1.0).abs() < 1e-10, "{total}: {:?}", &arms[..3]);
        }
    }

    #[test]
    fn a_hopeless_third_arm_leaves_the_chances_of_two() {
        let two = chances_to_be_largest(&[arm(1.0, 0.3), arm(1.2, 0.4)]);
        let three = chances_to_be_largest(&[arm(1.0, 0.3), arm(1.2, 0.4), arm(-90.0, 1.0)]);
        assert!((two[0] - three[0]).abs() < 1e-14 && (two[1] - three[1]).abs() < 1e-14);
    }

    #[test]
    fn equal_points_share() {
        assert_eq!(chances_to_be_largest(&[arm(1.0, 0.0), arm(1.0, 0.0), arm(0.0, 0.0)]), [0.5, 0.5, 0.0]);
    }
}
