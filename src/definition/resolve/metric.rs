//! Metrics: which keys go with which type, and what each means.

use super::Scope;
use super::rows::{RowKeys, needs_value, rows};
use crate::definition::decode::{At, Slot};
use crate::definition::model::{Bound, Cap, Kind, Measure, Metric, Window};
use crate::definition::problem::{Place, Problems};
use crate::definition::types::{Aggregation, Type};
use crate::definition::words::listed;
use crate::definition::written::{self, Population, Unit};
use crate::names::Named;

/// The keys that name rows.
const ROWS: [&str; 5] = ["event", "source", "filter", "value", "deduplicate"];

/// The metric that is meant.
pub(super) fn metric(
    written: &At<written::Metric>,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<Metric> {
    let At { value: keys, .. } = written;
    let ty = keys.kind.value().copied()?;
    refuse_keys(keys, ty, problems);
    let kind = match ty {
        Type::Value(aggregation) => value(written, aggregation, scope, problems),
        Type::Ratio => ratio(written, scope, problems),
        Type::Quantile => quantile(written, scope, problems),
        Type::Funnel => funnel(written, scope, problems),
    };
    Some(Metric {
        name: keys.name.value()?.0.clone(),
        description: keys.description.value().map_or_else(String::new, |words| words.0.clone()),
        kind: kind?,
        window: keys.window.value().map_or_else(Window::default, window),
        lower_is_better: *keys.lower_is_better.value()?,
        options: keys.options.value().cloned().unwrap_or_default(),
    })
}

/// The keys that only some types have, with the place where each stands.
fn special_keys(keys: &written::Metric) -> [(&'static str, Option<Place>); 16] {
    fn place<T>(slot: &Slot<T>) -> Option<Place> {
        slot.get().map(At::key)
    }
    [
        ("event", place(&keys.event)),
        ("source", place(&keys.source)),
        ("filter", place(&keys.filter)),
        ("value", place(&keys.value)),
        ("deduplicate", place(&keys.deduplicate)),
        ("cap", place(&keys.cap)),
        ("covariate", place(&keys.covariate)),
        ("at_least", place(&keys.at_least)),
        ("numerator", place(&keys.numerator)),
        ("denominator", place(&keys.denominator)),
        ("quantile", place(&keys.quantile)),
        ("unit", place(&keys.unit)),
        ("aggregation", place(&keys.aggregation)),
        ("ignore_zeros", place(&keys.ignore_zeros)),
        ("steps", place(&keys.steps)),
        ("within", place(&keys.within)),
    ]
}

/// Tells of keys that have no meaning for the type.
fn refuse_keys(keys: &written::Metric, ty: Type, problems: &mut Problems) {
    let own: &[&str] = match ty {
        Type::Value(aggregation) if aggregation.is_binary() => &["covariate"],
        Type::Value(_) => &["cap", "covariate", "at_least"],
        Type::Ratio => &["numerator", "denominator"],
        Type::Quantile => &["quantile", "unit", "aggregation", "ignore_zeros"],
        Type::Funnel => &["steps", "within"],
    };
    let has_rows = matches!(ty, Type::Value(_) | Type::Quantile);
    for (key, place) in special_keys(keys) {
        let Some(place) = place else { continue };
        if own.contains(&key) || (has_rows && ROWS.contains(&key)) {
            continue;
        }
        let of_parts = ROWS.contains(&key) || key == "cap" || key == "aggregation";
        let of_steps = ROWS.contains(&key) && key != "value";
        let hint = match ty {
            Type::Ratio if of_parts => ": it belongs to numerator and denominator".to_string(),
            Type::Funnel if of_steps => ": it belongs to the steps".to_string(),
            Type::Value(_) if key == "aggregation" => ": the type says it".to_string(),
            _ => format!(" (of its own it has {})", listed(own.iter().copied())),
        };
        problems.add(place, format!("a metric of type {} has no {key}{hint}", ty.name()));
    }
}

fn value(
    written: &At<written::Metric>,
    aggregation: Aggregation,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<Kind> {
    let keys = &written.value;
    if !aggregation.is_binary()
        && let (Some(cap), Some(_)) = (keys.cap.get(), keys.at_least.get())
    {
        problems.add(cap.key(), "a metric with at_least has no cap: its value is 0 or 1");
    }
    let rows = rows(&RowKeys::from(written), needs_value(aggregation), scope, problems);
    let cap = keys.cap.get().map_or_else(|| Some(Cap::default()), |written| cap(written, problems));
    Some(Kind::Value {
        measure: Measure { rows: rows?, aggregation, cap: cap? },
        at_least: keys.at_least.value().copied(),
        covariate: keys
            .covariate
            .value()
            .and_then(|covariate| covariate.lookback.value())
            .map(|length| length.0),
    })
}

fn ratio(written: &At<written::Metric>, scope: &Scope, problems: &mut Problems) -> Option<Kind> {
    let numerator = part("numerator", &written.value.numerator, written.place, scope, problems);
    let denominator = part("denominator", &written.value.denominator, written.place, scope, problems);
    Some(Kind::Ratio { numerator: numerator?, denominator: denominator? })
}

fn part(
    name: &str,
    slot: &Slot<written::Part>,
    metric: Place,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<Measure> {
    if slot.is_missing() {
        problems.add(metric, format!("a metric of type ratio needs {name}"));
    }
    let written = slot.get()?;
    let aggregation = written.value.aggregation.value().copied();
    if let (Some(aggregation), Some(cap)) = (aggregation, written.value.cap.get())
        && aggregation.is_binary()
    {
        problems.add(cap.key(), "an occurrence has no cap: its value is 0 or 1");
    }
    let rows = rows(&RowKeys::from(written), aggregation.and_then(needs_value), scope, problems);
    let cap = written.value.cap.get().map_or_else(|| Some(Cap::default()), |written| cap(written, problems));
    Some(Measure { rows: rows?, aggregation: aggregation?, cap: cap? })
}

fn quantile(written: &At<written::Metric>, scope: &Scope, problems: &mut Problems) -> Option<Kind> {
    let keys = &written.value;
    if keys.quantile.is_missing() {
        problems.add(written.place, "a metric of type quantile needs quantile (above 0 and below 1)");
    }
    if let Some(quantile) = keys.quantile.get()
        && !(quantile.value > 0.0 && quantile.value < 1.0)
    {
        problems
            .add(quantile.place, format!("{} is out of range, must be above 0 and below 1", quantile.value));
    }
    let unit = match &keys.unit {
        Slot::Missing => Unit::Identity,
        Slot::Broken => return None,
        Slot::Given(unit) => unit.value,
    };
    let aggregation = keys.aggregation.value().copied();
    let who = match unit {
        Unit::Event => Some("a quantile of events"),
        Unit::Identity => aggregation.and_then(needs_value),
    };
    let rows = rows(&RowKeys::from(written), who, scope, problems);
    match unit {
        Unit::Event => {
            let aggregation = keys.aggregation.get().map(|at| ("aggregation", at.key()));
            let ignore_zeros = keys.ignore_zeros.get().map(|at| ("ignore_zeros", at.key()));
            for (key, place) in aggregation.into_iter().chain(ignore_zeros) {
                problems.add(place, format!("a quantile of events has no {key}: it is for unit: identity"));
            }
            Some(Kind::QuantileOfRows { rows: rows?, quantile: *keys.quantile.value()? })
        }
        Unit::Identity => {
            if keys.aggregation.is_missing() {
                problems
                    .add(written.place, "a quantile of identities needs aggregation (or say unit: event)");
            }
            Some(Kind::QuantileOfIdentities {
                measure: Measure { rows: rows?, aggregation: aggregation?, cap: Cap::default() },
                quantile: *keys.quantile.value()?,
                ignore_zeros: keys.ignore_zeros.value().copied().unwrap_or(false),
            })
        }
    }
}

fn funnel(written: &At<written::Metric>, scope: &Scope, problems: &mut Problems) -> Option<Kind> {
    let keys = &written.value;
    if keys.steps.is_missing() {
        problems.add(written.place, "a metric of type funnel needs steps");
    }
    let steps = keys.steps.get()?;
    if steps.value.len() < 2 {
        problems.add(steps.place, format!("a funnel needs two steps or more, found {}", steps.value.len()));
    }
    let rows: Vec<_> =
        steps.value.iter().map(|step| rows(&RowKeys::from(step), None, scope, problems)).collect();
    Some(Kind::Funnel {
        steps: rows.into_iter().collect::<Option<_>>()?,
        within: keys.within.value().map(|length| length.0),
    })
}

fn window(written: &written::Window) -> Window {
    Window {
        start: written.start.value().map_or(0, |duration| duration.0),
        length: written.length.value().map(|length| length.0),
    }
}

fn cap(written: &At<written::Cap>, problems: &mut Problems) -> Option<Cap> {
    let keys = &written.value;
    let before = problems.count();
    let lower = bound(("lower", &keys.lower), ("lower_percentile", &keys.lower_percentile), problems);
    let upper = bound(("upper", &keys.upper), ("upper_percentile", &keys.upper_percentile), problems);
    match (lower, upper) {
        (Some(Bound::Fixed(lower)), Some(Bound::Fixed(upper))) if lower > upper => {
            problems.add(written.place, format!("the lower cap {lower} is above the upper cap {upper}"));
        }
        (Some(Bound::Percentile(lower)), Some(Bound::Percentile(upper))) if lower > upper => {
            let problem = format!("the lower percentile {lower} is above the upper percentile {upper}");
            problems.add(written.place, problem);
        }
        _ => {}
    }
    let slots = [&keys.lower, &keys.upper, &keys.lower_percentile, &keys.upper_percentile];
    if slots.iter().all(|slot| slot.is_missing()) {
        let allowed = "upper, lower, upper_percentile or lower_percentile";
        problems.add(written.place, format!("a cap needs {allowed}"));
    } else if let Some(population) = keys.population.get()
        && keys.lower_percentile.is_missing()
        && keys.upper_percentile.is_missing()
    {
        problems.add(population.key(), "population is for percentiles, and there is none");
    }
    let of_all = keys.population.value() == Some(&Population::All);
    (problems.count() == before).then_some(Cap { lower, upper, of_all })
}

/// One end of a cap, which is given in one of two kinds.
fn bound(
    fixed: (&str, &Slot<f64>),
    percentile: (&str, &Slot<f64>),
    problems: &mut Problems,
) -> Option<Bound> {
    if let (Some(left), Some(right)) = (fixed.1.get(), percentile.1.get()) {
        let place = left.key().max(right.key());
        problems.add(place, format!("a cap has {} or {}, not both", fixed.0, percentile.0));
        return None;
    }
    if let Some(percentile) = percentile.1.get() {
        if !(0.0..=1.0).contains(&percentile.value) {
            problems
                .add(percentile.place, format!("{} is out of range, must be from 0 to 1", percentile.value));
        }
        return Some(Bound::Percentile(percentile.value));
    }
    fixed.1.value().copied().map(Bound::Fixed)
}
