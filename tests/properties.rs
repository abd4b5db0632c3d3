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

/// An arm without optional moments.
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
        quantile: None,
        quantile_standard_error: None,
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

/// The treatment's score over control, under these options.
fn compare_with<'a>(control: &[u32], treatment: &[u32], options: &'a str) -> ArmScore<'a> {
    answer(vec![moments("control", control, 1.0), moments("b", treatment, 1.0)], false, options).remove(1)
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
            let is_missing = score.ci_low.is_none() && score.verdict != "control";
            prop_assert_eq!(is_missing, !score.reason.is_empty() && score.verdict != "control");
        }
    }

    #[test]
    fn a_mean_beyond_any_double_is_none(n in 1u64..3, denominator in prop::sample::select(&[1e-310, 1e-300, 1.0][..])) {
        let zero = Some(0.0);
        let only = ArmMoments {
            denominator_sum: Some(denominator),
            denominator_sum_squares: zero,
            denominator_product: zero,
            ..arm("control", n, 1.0, 1.0)
        };
        let row = Row {
            arms: vec![only],
            aggregation: Text::borrowed(b"ratio"),
            lower_is_better: false,
            options: Text::borrowed(b""),
        };
        let score = ExperimentInference::default().answer(row).expect("a valid row").remove(0);
        prop_assert!(score.mean.is_none_or(f64::is_finite), "{:?}", score.mean);
    }

    #[test]
    fn intervals_hold_the_lift_that_the_data_have(
        control in prop::collection::vec(0u32..3, 60..200),
        treatment in prop_oneof![prop::collection::vec(0u32..3, 60..200), prop::collection::vec(0u32..1, 60..900)],
        options in prop::sample::select(
            &["", r#"{"interval": "fieller"}"#, r#"{"interval": "pooled"}"#, r#"{"anytime": "delta"}"#][..],
        ),
    ) {
        let score = compare_with(&control, &treatment, options);
        let intervals =
            [(score.ci_low, score.ci_high), (score.anytime_ci_low, score.anytime_ci_high)];
        for (low, high) in intervals {
            if let (Some(low), Some(lift), Some(high)) = (low, score.lift, high) {
                prop_assert!(low <= lift && lift <= high, "{low} {lift} {high}");
            }
        }
    }

    #[test]
    fn swapping_the_arms_leaves_the_test_of_the_difference(control in values(), treatment in values()) {
        let (there, back) = (compare(&control, &treatment, 1.0), compare(&treatment, &control, 1.0));
        let numbers = |score: &ArmScore<'_>| {
            [score.p_value, score.difference, score.difference_ci_low, score.difference_ci_high]
                .map(|number| number.expect("a number"))
        };
        let ([p, difference, low, high], [p_back, difference_back, low_back, high_back]) =
            (numbers(&there), numbers(&back));
        prop_assert!(near(p, p_back) && near(difference, -difference_back));
        prop_assert!(near(low, -high_back) && near(high, -low_back));
    }

    #[test]
    fn looking_whenever_one_likes_costs_width(
        control in values(), treatment in values(), options in prop::sample::select(&["", r#"{"anytime": "delta"}"#][..]),
    ) {
        let score = compare_with(&control, &treatment, options);
        prop_assert!(score.anytime_ci_low < score.ci_low && score.ci_high < score.anytime_ci_high);
        prop_assert!(score.anytime_p_value > score.p_value || score.anytime_p_value == Some(1.0));
    }

    #[test]
    fn swapping_the_arms_turns_the_always_valid_set_over(control in values(), treatment in values()) {
        let (there, back) = (compare(&control, &treatment, 1.0), compare(&treatment, &control, 1.0));
        prop_assert!(near(there.anytime_p_value.expect("a number"), back.anytime_p_value.expect("a number")));
        // Of a set without ends only the p-value is left.
        if let (Some(low), Some(high)) = (there.anytime_ci_low, back.anytime_ci_high) {
            prop_assert!(near((1.0 + low) * (1.0 + high), 1.0), "{low} {high}");
        }
    }

    #[test]
    fn the_always_valid_set_leaves_0_out_where_its_p_value_says_so(control in values(), treatment in values()) {
        let score = compare(&control, &treatment, 1.0);
        if let (Some(low), Some(high)) = (score.anytime_ci_low, score.anytime_ci_high) {
            prop_assert_eq!(low > 0.0 || high < 0.0, score.anytime_p_value < Some(0.05), "{} {}", low, high);
        }
    }

    #[test]
    fn corrected_p_values_are_no_smaller_and_chances_to_be_best_add_up(arms in prop::collection::vec(values(), 2..6)) {
        const NAMES: [&str; 5] = ["control", "a", "b", "c", "d"];
        let given = arms.iter().zip(NAMES).map(|(values, name)| moments(name, values, 1.0)).collect();
        let scores = answer(given, false, "");
        for score in &scores {
            prop_assert!(score.p_value_adjusted >= score.p_value);
        }
        let chances: f64 = scores.iter().filter_map(|score| score.chance_to_be_best).sum();
        prop_assert!((chances - 1.0).abs() < 1e-9, "{chances}");
    }

    #[test]
    fn a_prior_of_no_weight_is_flat(control in values(), treatment in values()) {
        let arms = || vec![moments("control", &control, 1.0), moments("b", &treatment, 1.0)];
        let flat = numbers(&answer(arms(), false, "")[1]);
        let weak = numbers(&answer(arms(), false, "{\"prior\": {\"mean\": 5, \"stddev\": 1e9}}")[1]);
        prop_assert!(flat.iter().zip(weak).all(|(&flat, weak)| near(flat, weak)), "{flat:?} {weak:?}");
    }

    #[test]
    fn a_covariate_in_another_unit_changes_nothing(
        control in values(), treatment in values(), power in -20i32..20,
    ) {
        let scale = f64::from(power).exp2();
        let with = |variant, values: &[u32], scale: f64| {
            // Half of what the identity's value is, and something else.
            let pair = |(index, &y): (usize, &u32)| (f64::from(y), f64::from(y / 2 + (index as u32 * 7) % 50) * scale);
            let sum = |f: fn((f64, f64)) -> f64| Some(values.iter().enumerate().map(pair).map(f).sum::<f64>());
            ArmMoments {
                covariate_sum: sum(|(_, x)| x),
                covariate_sum_squares: sum(|(_, x)| x * x),
                covariate_product: sum(|(y, x)| y * x),
                ..moments(variant, values, 1.0)
            }
        };
        let scored = |scale: f64| {
            answer(vec![with("control", &control, scale), with("b", &treatment, scale)], false, "").remove(1)
        };
        let (scaled, plain) = (scored(scale), scored(1.0));
        prop_assert_eq!(all_numbers(&scaled), all_numbers(&plain));
        prop_assert!(plain.variance_reduction > Some(0.0), "{:?}", plain.variance_reduction);
    }

    #[test]
    fn a_ratio_over_ones_is_the_mean(control in values(), treatment in values()) {
        let over_ones = |variant, values: &[u32]| {
            let arm = moments(variant, values, 1.0);
            let n = arm.n as f64;
            let product = Some(arm.sum);
            ArmMoments { denominator_sum: Some(n), denominator_sum_squares: Some(n), denominator_product: product, ..arm }
        };
        let row = Row {
            arms: vec![over_ones("control", &control), over_ones("b", &treatment)],
            aggregation: Text::borrowed(b"ratio"),
            lower_is_better: false,
            options: Text::borrowed(b""),
        };
        let ratio = ExperimentInference::default().answer(row).expect("a valid row").remove(1);
        let plain = compare(&control, &treatment, 1.0);
        prop_assert!(numbers(&ratio).iter().zip(numbers(&plain)).all(|(&ratio, plain)| near(ratio, plain)));
    }

    #[test]
    fn whatever_is_asked_of_whatever_moments_no_number_is_nan_or_infinite(
        n in any::<[u16; 3]>(), sums in any::<[u16; 6]>(), further in prop::collection::vec(prop::option::of(moment()), 24),
        aggregation in prop::sample::select(&["occurrence", "sum", "ratio", "quantile"][..]), lower_is_better in any::<bool>(),
        options in prop::sample::select(&[
            "{\"min_identities\": 0, \"interval\": \"fieller\"}",
            "{\"min_identities\": 2, \"min_conversions\": 0, \"model\": \"beta_binomial\"}",
            "{\"model\": \"beta_binomial\", \"beta_prior\": {\"alpha\": 0.1, \"beta\": 1e9}, \"non_inferiority_margin\": 0.1}",
            "{\"min_identities\": 0, \"prior\": {\"mean\": -1e300, \"stddev\": 1e-300}, \"non_inferiority_margin\": 1e300}",
            "{\"min_identities\": 0, \"anytime\": \"delta\"}",
            "{\"min_identities\": 0, \"interval\": \"pooled\", \"verdict\": \"anytime\"}",
            "{\"min_identities\": 0, \"power\": 1e-300, \"confidence\": 0.9999999999999999, \"sequential_tuning\": 1e-9}",
        ][..]),
    ) {
        let arm = |index: usize, variant: &'static str| {
            let sum = f64::from(sums[2 * index] % (n[index] / 2 + 1));
            let squares = if aggregation == "occurrence" { sum } else { f64::from(sums[2 * index + 1]) * 9.0 };
            let [a, b, c, d, e, f, g, h]: [Option<f64>; 8] = further[8 * index..8 * index + 8].try_into().expect("eight");
            ArmMoments {
                denominator_sum: a, denominator_sum_squares: b, denominator_product: c,
                covariate_sum: d, covariate_sum_squares: e, covariate_product: f,
                quantile: g, quantile_standard_error: h,
                ..arm(variant, u64::from(n[index]), sum, squares)
            }
        };
        let row = Row {
            arms: vec![arm(0, "control"), arm(1, "b"), arm(2, "c")],
            aggregation: Text::borrowed(aggregation.as_bytes()),
            lower_is_better,
            options: Text::borrowed(options.as_bytes()),
        };
        for score in ExperimentInference::default().answer(row).expect("a valid row") {
            let numbers = all_numbers(&score);
            prop_assert!(numbers.iter().flatten().all(|number| number.is_finite()), "{numbers:?}");
            let shares = [score.chance_to_win, score.p_value, score.p_value_adjusted, score.anytime_p_value,
                score.chance_to_be_best, score.chance_to_be_non_inferior];
            prop_assert!(shares.iter().flatten().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
        }
    }
}
