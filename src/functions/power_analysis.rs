//! What `experimentSampleSize` and `experimentPower` have in common: what a planned experiment starts from,
//! checked.

use crate::statistics::power::Baseline;

/// The metric as it is today, or the reason why nothing can be planned with it.
///
/// A variance that is missing may be one that somebody forgot, or that a row does not have: it is that of a proportion only
/// where the options say so.
pub fn baseline(mean: f64, variance: Option<f64>, is_proportion: bool) -> Result<Baseline, &'static str> {
    if !(mean > 0.0 && mean.is_finite()) {
        return Err("mean_not_positive");
    }
    match variance {
        None if !is_proportion => Err("no_variance"),
        None if mean < 1.0 => Ok(Baseline::Proportion { share: mean }),
        None => Err("not_a_proportion"),
        Some(variance) if !is_proportion && variance > 0.0 && variance.is_finite() => {
            Ok(Baseline::Mean { mean, variance })
        }
        Some(_) => Err("invalid_variance"),
    }
}

/// The relative effect, or the reason why it is none to plan for.
pub fn check_effect(baseline: Baseline, effect: f64) -> Result<f64, &'static str> {
    if effect == 0.0 || !effect.is_finite() {
        return Err("invalid_effect");
    }
    match baseline {
        Baseline::Proportion { share } if share * (1.0 + effect) >= 1.0 || effect <= -1.0 => {
            Err("not_a_proportion")
        }
        _ => Ok(effect),
    }
}
