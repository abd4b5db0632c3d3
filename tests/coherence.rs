//! No two numbers of a row contradict each other: over random arms of every kind, whatever the options.
//!
//! Each claim of the page of functions that relates two fields is one check below.

use proptest::prelude::*;
use scorecard::functions::experiment_inference::{ArmMoments, ArmScore, Row};
use scorecard::functions::{ExperimentInference, Function};
use scorecard::wire::Text;
use serde_json::json;

/// 2,000 rows of two or three arms, so some 5,000 arms.
const ROWS: u32 = 2_000;
/// Relative: a handful of roundings in a tail.
const ROUNDING: f64 = 1e-9;
/// A chance or a p-value this close to a threshold may fall on either side of it by rounding.
const EDGE: f64 = 1e-7;

/// What is asked of some arms.
#[derive(Clone, Debug)]
struct Asked {
    arms: Vec<Moments>,
    aggregation: &'static str,
    lower_is_better: bool,
    confidence: f64,
    interval: &'static str,
    verdict: &'static str,
    margin: Option<f64>,
    /// Standard deviation of a prior around 0.
    prior: Option<f64>,
}

/// An arm by its shape.
#[derive(Clone, Debug)]
struct Moments {
    n: u64,
    mean: f64,
    deviation: f64,
    correlation: f64,
}

fn log_uniform(low: f64, high: f64) -> impl Strategy<Value = f64> + Clone {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

fn arm(n: f64, base: f64, variation: f64, occurs: bool) -> impl Strategy<Value = Moments> {
    let size = (log_uniform(0.01, 1.0), any::<bool>())
        .prop_map(move |(share, is_small)| (n * if is_small { share } else { 1.0 }).max(51.0).round());
    (size, -4.0f64..4.0, 0.5f64..2.0, -0.95f64..0.95).prop_map(move |(n, z, spread, correlation)| {
        let error = variation * base.abs() / n.sqrt();
        let mean = base + z * error;
        let mean = if occurs { mean.clamp(0.0, 1.0) } else { mean };
        Moments { n: n as u64, mean, deviation: variation * base.abs() * spread, correlation }
    })
}

fn asked() -> impl Strategy<Value = Asked> {
    let aggregation = prop::sample::select(
        &["occurrence", "occurrence", "count", "sum", "sum", "ratio", "quantile", "covariate"][..],
    );
    let shape = (log_uniform(60.0, 1e8), log_uniform(1e-4, 1e3), log_uniform(0.05, 30.0), any::<bool>());
    (aggregation, shape, 2usize..4)
        .prop_flat_map(|(aggregation, (n, size, variation, is_negative), count)| {
            let occurs = aggregation == "occurrence";
            // From hardly any conversions to nearly all of them.
            let rate = (size / (1.0 + size)).max(3.0 / n).min(1.0 - 1.0 / n);
            let counts = matches!(aggregation, "occurrence" | "count" | "ratio");
            let base = if occurs {
                rate
            } else if is_negative && !counts {
                -size
            } else {
                size
            };
            let variation = if occurs { ((1.0 - rate) / rate).sqrt() } else { variation };
            let options = (
                any::<bool>(),
                prop::sample::select(&[0.8, 0.9, 0.95, 0.99][..]),
                prop::sample::select(&["fieller", "fieller", "pooled"][..]),
                prop::sample::select(&["fixed", "anytime"][..]),
                prop::option::of(prop::sample::select(&[0.0, 0.02, 0.3][..])),
                prop::option::of(log_uniform(1e-3, 10.0)),
            );
            (Just(aggregation), prop::collection::vec(arm(n, base, variation, occurs), count), options)
        })
        .prop_map(|(aggregation, arms, (lower_is_better, confidence, interval, verdict, margin, prior))| {
            Asked { arms, aggregation, lower_is_better, confidence, interval, verdict, margin, prior }
        })
}

impl Asked {
    fn options(&self) -> String {
        let prior = self.prior.map(|stddev| json!({"mean": 0, "stddev": stddev}));
        json!({
            "confidence": self.confidence, "interval": self.interval, "verdict": self.verdict,
            "non_inferiority_margin": self.margin, "prior": prior,
        })
        .to_string()
    }

    fn scores<'o>(&self, options: &'o str) -> Vec<ArmScore<'o>> {
        const NAMES: [&str; 3] = ["control", "b", "c"];
        let aggregation = if self.aggregation == "covariate" { "sum" } else { self.aggregation };
        let row = Row {
            arms: self
                .arms
                .iter()
                .zip(NAMES)
                .map(|(arm, name)| arm.moments(name, self.aggregation))
                .collect(),
            aggregation: Text::borrowed(aggregation.as_bytes()),
            lower_is_better: self.lower_is_better,
            options: Text::borrowed(options.as_bytes()),
        };
        ExperimentInference::default().answer(row).expect("a valid row")
    }
}

impl Moments {
    fn moments(&self, variant: &'static str, aggregation: &str) -> ArmMoments<'static> {
        let Moments { n, mean, deviation, correlation } = *self;
        let count = n as f64;
        let squares = |mean: f64, deviation: f64| (count - 1.0) * deviation * deviation + count * mean * mean;
        let converted = (count * mean).round();
        let (sum, sum_squares) = match aggregation {
            "occurrence" => (converted, converted),
            _ => (count * mean, squares(mean, deviation)),
        };
        // A second value with the mean 3 and the standard deviation 1.
        let second = [
            Some(3.0 * count),
            Some(squares(3.0, 1.0)),
            Some((count - 1.0) * correlation * deviation + 3.0 * count * mean),
        ];
        let only = |is: bool| if is { second } else { [None; 3] };
        let [denominator_sum, denominator_sum_squares, denominator_product] = only(aggregation == "ratio");
        let [covariate_sum, covariate_sum_squares, covariate_product] = only(aggregation == "covariate");
        let is_quantile = aggregation == "quantile";
        ArmMoments {
            variant: Text::borrowed(variant.as_bytes()),
            n,
            sum,
            sum_squares,
            denominator_sum,
            denominator_sum_squares,
            denominator_product,
            covariate_sum,
            covariate_sum_squares,
            covariate_product,
            quantile: is_quantile.then_some(mean),
            quantile_standard_error: is_quantile.then_some(deviation / count.sqrt()),
        }
    }
}

fn near(left: f64, right: f64, scale: f64) -> bool {
    (left - right).abs() <= ROUNDING * (left.abs().max(right.abs()) + scale)
}

fn is_near(value: f64, edge: f64) -> bool {
    (value / edge - 1.0).abs() < EDGE
}

/// 1 where an interval is above 0, −1 where it is below, 0 where it holds 0.
fn side(low: f64, high: f64) -> i8 {
    i8::from(low > 0.0) - i8::from(high < 0.0)
}

/// The side that chances above and below call at this tail; None where rounding may decide.
fn called(better: f64, worse: f64, tail: f64) -> Option<i8> {
    (!is_near(better, tail) && !is_near(worse, tail))
        .then(|| i8::from(worse < tail) - i8::from(better < tail))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ROWS, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_numbers_of_a_row_agree(asked in asked()) {
        let options = asked.options();
        let scores = asked.scores(&options);
        let tail = (1.0 - asked.confidence) / 2.0;
        let good = if asked.lower_is_better { -1 } else { 1 };
        let has_prior = asked.prior.is_some();
        for score in &scores[1..] {
            let seen = format!("{score:?}");
            let Some(chance) = score.chance_to_win else {
                prop_assert!(score.lift.is_none() && score.ci_low.is_none(), "{seen}");
                prop_assert!(!score.reason.is_empty() && score.verdict != "inconclusive", "{seen}");
                // An exact test, where one arm has hardly any conversions.
                if let (Some(p), Some(anytime), None) = (score.p_value, score.anytime_p_value, asked.margin) {
                    prop_assert!(p <= anytime, "{seen}");
                    let deciding = if asked.verdict == "fixed" { p } else { anytime };
                    let called = ["winning", "losing"].contains(&score.verdict);
                    prop_assert_eq!(called, deciding <= 2.0 * tail, "{}", seen);
                    let is_better = score.difference.expect("a number beside its test") * f64::from(good) > 0.0;
                    prop_assert!(!called || is_better == (score.verdict == "winning"), "{seen}");
                }
                continue;
            };
            let [difference, low, high, p_value] =
                [score.difference, score.difference_ci_low, score.difference_ci_high, score.p_value]
                    .map(|number| number.expect("a test beside every chance"));

            // The test of the difference.
            prop_assert!(low <= difference && difference <= high, "{seen}");
            if !is_near(p_value, 2.0 * tail) {
                prop_assert_eq!(side(low, high) != 0, p_value < 2.0 * tail, "{}", seen);
            }

            // The chance is the one that the test has, unless a prior speaks too.
            let above = if asked.lower_is_better { 1.0 - chance } else { chance };
            let flat = !has_prior || score.reason == "control_mean_not_positive";
            if flat {
                prop_assert!(near(p_value, 2.0 * chance.min(1.0 - chance), 1e-6), "{seen}");
                if p_value < 1.0 - ROUNDING {
                    prop_assert_eq!(above > 0.5, difference > 0.0, "{}", seen);
                }
            }

            // The interval leaves out 0 exactly where the chance says so.
            if let (Some(low), Some(high), Some(lift)) = (score.ci_low, score.ci_high, score.lift) {
                prop_assert!(low <= lift && lift <= high, "{seen}");
                if let Some(side_of_chance) = called(above, 1.0 - above, tail) {
                    prop_assert_eq!(side(low, high), side_of_chance, "{}", seen);
                }
                if let Some(margin) = asked.margin {
                    let safe = score.chance_to_be_non_inferior.expect("a margin beside a lift");
                    let bound = f64::from(-good) * margin;
                    if let Some(side_of_chance) = called(safe, 1.0 - safe, tail) {
                        prop_assert_eq!(side(low - bound, high - bound) * good, side_of_chance, "{}", seen);
                    }
                }
            }

            // A lift above 0 is above a margin below it.
            if let Some(safe) = score.chance_to_be_non_inferior {
                prop_assert!(safe >= chance - ROUNDING, "{seen}");
            }

            // A lift has the sign of the difference.
            if let (Some(lift), true) = (score.lift, flat) {
                prop_assert!(lift * difference >= 0.0, "{seen}");
            }

            // The verdict says what its numbers say.
            let is_relative = asked.margin.is_some_and(|margin| margin > 0.0);
            let decided = match asked.margin {
                Some(_) if is_relative => score.chance_to_be_non_inferior,
                _ => Some(chance),
            };
            let words = if asked.margin.is_some() { ["safe", "harmful"] } else { ["winning", "losing"] };
            if asked.verdict == "fixed" {
                match decided.map(|decided| called(decided, 1.0 - decided, tail)) {
                    Some(Some(1)) => prop_assert_eq!(score.verdict, words[0], "{}", seen),
                    Some(Some(-1)) => prop_assert_eq!(score.verdict, words[1], "{}", seen),
                    Some(Some(_)) => prop_assert_eq!(score.verdict, "inconclusive", "{}", seen),
                    Some(None) => {}
                    None => prop_assert_eq!(score.verdict, "undefined", "{}", seen),
                }
            } else if !is_relative {
                let anytime = score.anytime_p_value.expect("a number");
                if !is_near(anytime, 2.0 * tail) {
                    prop_assert_eq!(words.contains(&score.verdict), anytime < 2.0 * tail, "{}", seen);
                }
            }

            // The always-valid set leaves out 0 where its p-value says so, and asks for more than one look does.
            let anytime = (score.anytime_ci_low, score.anytime_ci_high, score.anytime_p_value);
            if let (Some(low), Some(high), Some(p)) = anytime
                && !is_near(p, 2.0 * tail)
            {
                prop_assert_eq!(side(low, high) != 0, p < 2.0 * tail, "{}", seen);
            }
            if asked.interval == "fieller" {
                prop_assert!(score.anytime_p_value >= Some(p_value * (1.0 - ROUNDING)) || score.anytime_p_value == Some(1.0), "{seen}");
            }

            // Losses of both directions differ by the lift.
            if let (Some(loss), Some(lift), true) = (score.expected_loss, score.lift, flat) {
                prop_assert!(loss >= 0.0 && loss >= -lift * f64::from(good) * (1.0 - ROUNDING), "{seen}");
            }

            // Of two arms, the better one is the best.
            if scores.len() == 2 {
                prop_assert_eq!(score.chance_to_be_best, Some(chance), "{}", seen);
                prop_assert!(near(scores[0].chance_to_be_best.expect("a number"), 1.0 - chance, 1e-6), "{seen}");
            }

            // What is relative is missing exactly where its reason says so.
            let without_lift = score.reason == "control_mean_not_positive";
            prop_assert_eq!(score.lift.is_none(), without_lift || (score.reason == "treatment_all_zero" && has_prior), "{}", seen);
            prop_assert_eq!(score.minimum_detectable_effect.is_none(), without_lift, "{}", seen);
            let without_ends = ["control_mean_indistinct_from_zero", "treatment_all_zero"].contains(&score.reason);
            prop_assert_eq!(score.ci_low.is_none(), without_lift || without_ends, "{}", seen);
            prop_assert!(without_lift || without_ends || score.reason.is_empty(), "{seen}");
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: ROWS / 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_prior_that_says_nothing_changes_nothing(asked in asked()) {
        let flat = Asked { prior: None, ..asked.clone() };
        let options = flat.options();
        let flat = flat.scores(&options);
        for score in &flat[1..] {
            // The weight of the prior is the square of this.
            let Some(error) = score.minimum_detectable_effect.filter(|_| score.ci_low.is_some()) else { continue };
            let wide = Asked { prior: Some(1e7 * (error + 1.0)), arms: asked.arms.clone(), ..asked.clone() };
            let wide_options = wide.options();
            let wide = wide.scores(&wide_options);
            let index = flat.iter().position(|other| other.variant == score.variant).expect("itself");
            let wide = &wide[index];
            let width = score.ci_high.expect("an end") - score.ci_low.expect("an end");
            let pairs = [
                (score.chance_to_win, wide.chance_to_win, 1.0), (score.lift, wide.lift, width),
                (score.ci_low, wide.ci_low, width), (score.ci_high, wide.ci_high, width),
                (score.standard_error, wide.standard_error, 0.0), (score.expected_loss, wide.expected_loss, width),
            ];
            for (one, other, scale) in pairs {
                let (one, other) = (one.expect("a number"), other.expect("a number"));
                let off = (one - other).abs();
                prop_assert!(off <= 1e-4 * (one.abs() + scale), "{one} {other} {options}\n{score:?}\n{wide:?}");
            }
        }
    }

    #[test]
    fn many_conversions_are_read_alike_by_either_model(
        n in log_uniform(2e5, 1e8), rate in 0.05f64..0.95, lift in -4.0f64..4.0, share in 0.2f64..1.0,
    ) {
        let error = ((1.0 - rate) / rate * (1.0 / n + 1.0 / (share * n))).sqrt();
        let moments = |n: f64, mean: f64| Moments { n: n as u64, mean, deviation: 0.0, correlation: 0.0 };
        let asked = Asked {
            arms: vec![moments(n, rate), moments(share * n, rate * (1.0 + lift * error))],
            aggregation: "occurrence", lower_is_better: false, confidence: 0.95, interval: "fieller",
            verdict: "fixed", margin: None, prior: None,
        };
        let normal = asked.scores("").remove(1);
        let beta = asked.scores(r#"{"model": "beta_binomial"}"#).remove(1);
        let (one, other) = (normal.chance_to_win.expect("a number"), beta.chance_to_win.expect("a number"));
        prop_assert!((one - other).abs() < 0.005, "{one} {other}");
        let (low, high) = (normal.ci_low.expect("an end"), normal.ci_high.expect("an end"));
        for (one, other) in [(normal.ci_low, beta.ci_low), (normal.ci_high, beta.ci_high)] {
            prop_assert!((one.expect("an end") - other.expect("an end")).abs() < 0.02 * (high - low), "{normal:?} {beta:?}");
        }
        prop_assert_eq!(normal.chance_to_be_best, Some(one));
        prop_assert_eq!(beta.chance_to_be_best, Some(other));
    }
}
