//! What must hold of the inference for any data: identities that no choice of numbers may break.

use proptest::prelude::*;
use scorecard::functions::experiment_inference::{ArmMoments, ArmScore, Row};
use scorecard::functions::{ExperimentInference, Function};
use scorecard::wire::Text;

/// Relative: a handful of roundings.
const ROUNDING: f64 = 1e-12;

/// Whole values, so that sums are exact and can be split and scaled by powers of two without rounding.
fn values() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(1u32..1000, 60..200)
}

fn moments<'a>(variant: &'static str, values: &[u32], scale: f64) -> ArmMoments<'a> {
    let scaled = || values.iter().map(|&value| f64::from(value) * scale);
    arm(variant, values.len() as u64, scaled().sum(), scaled().map(|value| value * value).sum())
}

/// An arm without denominator and covariate.
fn arm<'a>(variant: &'static str, n: u64, sum: f64, sum_squares: f64) -> ArmMoments<'a> {
    ArmMoments {
        variant: Text::borrowed(variant.as_bytes()),
        n,
        sum,
        sum_squares,
        denominator_sum: None,
        denominator_sum_squares: None,
        denominator_product: None,
        covariate_sum: None,
        covariate_sum_squares: None,
        covariate_product: None,
    }
}

fn answer<'a>(arms: Vec<ArmMoments<'a>>, lower_is_better: bool, options: &'a str) -> Vec<ArmScore<'a>> {
    let row = Row {
        arms,
        aggregation: Text::borrowed(b"sum"),
        lower_is_better,
        options: Text::borrowed(options.as_bytes()),
    };
    ExperimentInference::default().answer(row).expect("a valid row")
}

/// The treatment's score over control.
fn compare(control: &[u32], treatment: &[u32], scale: f64) -> ArmScore<'static> {
    answer(vec![moments("control", control, scale), moments("b", treatment, scale)], false, "").remove(1)
}

fn numbers(score: &ArmScore<'_>) -> [f64; 4] {
    [score.lift, score.ci_low, score.ci_high, score.chance_to_win].map(|number| number.expect("a number"))
}

/// Every number that is said of an arm.
fn all_numbers(score: &ArmScore<'_>) -> [Option<f64>; 22] {
    [
        score.mean,
        score.variance,
        score.lift,
        score.ci_low,
        score.ci_high,
        score.chance_to_win,
        score.standard_error,
        score.expected_loss,
        score.difference,
        score.difference_ci_low,
        score.difference_ci_high,
        score.p_value,
        score.p_value_adjusted,
        score.anytime_ci_low,
        score.anytime_ci_high,
        score.anytime_p_value,
        score.chance_to_be_best,
        score.minimum_detectable_effect,
        score.mean_adjusted,
        score.variance_adjusted,
        score.variance_reduction,
        score.chance_to_be_non_inferior,
    ]
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= ROUNDING * (1.0 + left.abs().max(right.abs()))
}

/// Numbers of every kind: NaN, infinite, subnormal, near one another and whole.
fn moment() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::num::f64::ANY,
        0.0f64..1e4,
        (0u32..10_000).prop_map(f64::from),
        Just(1e-167),
        Just(1e150)
    ]
}

proptest! {
    #[test]
    fn the_order_of_the_arms_does_not_matter(control in values(), treatment in values()) {
        let swapped = answer(vec![moments("b", &treatment, 1.0), moments("control", &control, 1.0)], false, "");
        prop_assert_eq!(numbers(&swapped[0]), numbers(&compare(&control, &treatment, 1.0)));
    }

    #[test]
    fn swapping_the_arms_turns_the_ratio_of_the_means_over(control in values(), treatment in values()) {
        let [there, ..] = numbers(&compare(&control, &treatment, 1.0));
        let [back, ..] = numbers(&compare(&treatment, &control, 1.0));
        prop_assert!(near((1.0 + there) * (1.0 + back), 1.0), "{there} {back}");
    }

    #[test]
    fn scaling_all_values_changes_nothing(control in values(), treatment in values(), power in -30i32..30) {
        let scale = f64::from(power).exp2();
        prop_assert_eq!(numbers(&compare(&control, &treatment, scale)), numbers(&compare(&control, &treatment, 1.0)));
    }

    #[test]
    fn adding_the_moments_of_parts_is_the_whole(control in values(), treatment in values(), share in 0.0f64..1.0) {
        let cut = (treatment.len() as f64 * share) as usize;
        let (first, second) = (moments("b", &treatment[..cut], 1.0), moments("b", &treatment[cut..], 1.0));
        let added = ArmMoments {
            n: first.n + second.n,
            sum: first.sum + second.sum,
            sum_squares: first.sum_squares + second.sum_squares,
            ..first
        };
        let parts = answer(vec![moments("control", &control, 1.0), added], false, "").remove(1);
        prop_assert_eq!(numbers(&parts), numbers(&compare(&control, &treatment, 1.0)));
    }

    #[test]
    fn more_of_the_same_data_narrows_the_interval(control in values(), treatment in values()) {
        let width = |repeats: usize| {
            let [_, low, high, _] = numbers(&compare(&control.repeat(repeats), &treatment.repeat(repeats), 1.0));
            high - low
        };
        prop_assert!(width(4) <= width(1) * 0.51, "{} {}", width(4), width(1));
    }

    #[test]
    fn lower_is_better_turns_the_chance_and_nothing_else(control in values(), treatment in values()) {
        let arms = || vec![moments("control", &control, 1.0), moments("b", &treatment, 1.0)];
        let (higher, lower) = (answer(arms(), false, "").remove(1), answer(arms(), true, "").remove(1));
        let ([lift, low, high, win], [other_lift, other_low, other_high, other_win]) =
            (numbers(&higher), numbers(&lower));
        prop_assert_eq!([lift, low, high], [other_lift, other_low, other_high]);
        prop_assert!(near(win + other_win, 1.0), "{win} {other_win}");
    }

    #[test]
    fn a_wider_confidence_contains_a_narrower_one(control in values(), treatment in values(), narrow in 0.01f64..0.98) {
        let arms = || vec![moments("control", &control, 1.0), moments("b", &treatment, 1.0)];
        let interval = |confidence: f64| {
            let options = format!("{{\"confidence\": {confidence}}}");
            let [_, low, high, _] = numbers(&answer(arms(), false, &options)[1]);
            (low, high)
        };
        let ((inner_low, inner_high), (outer_low, outer_high)) = (interval(narrow), interval(narrow + 0.01));
        prop_assert!(outer_low <= inner_low && inner_high <= outer_high);
    }

    #[test]
    fn whatever_the_moments_no_number_is_nan_or_infinite(
        n in any::<[u64; 2]>(), small in any::<bool>(), sum in [moment(), moment()], squares in [moment(), moment()],
    ) {
        let arm = |index: usize, variant: &'static str| {
            let n = if small { n[index] % 1000 } else { n[index] };
            arm(variant, n, sum[index], squares[index])
        };
        for score in answer(vec![arm(0, "control"), arm(1, "b")], false, "{\"min_identities\": 0}") {
            let numbers = all_numbers(&score);
            prop_assert!(numbers.iter().flatten().all(|number| number.is_finite()), "{numbers:?}");
            let withheld = score.lift.is_none() && score.verdict != "control";
            prop_assert_eq!(withheld, !score.reason.is_empty() && score.verdict != "control");
        }
    }
}
