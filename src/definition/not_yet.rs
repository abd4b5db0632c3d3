//! What a file may say and the compiler cannot compile yet, refused by name.
//!
//! What gets compiled goes from here, and in the end this file does.

use super::decode::{At, OrNull, Slot};
use super::model::Aggregation;
use super::problem::{Place, Problems};
use super::written::{AfterEnd, Document, Entry, Experiment, IncompleteWindows, Metric, Type};

/// Tells of everything that is not supported yet.
pub(super) fn refuse(documents: &[Document], problems: &mut Problems) {
    for document in documents {
        for metric in document.metrics.value().into_iter().flatten() {
            refuse_in_metric(&metric.value, problems);
        }
        for experiment in document.experiments.value().into_iter().flatten() {
            refuse_in_experiment(&experiment.value, problems);
        }
    }
}

fn refuse_in_metric(metric: &Metric, problems: &mut Problems) {
    refuse_key("window", &metric.window, problems);
    refuse_key("cap", &metric.cap, problems);
    refuse_key("covariate", &metric.covariate, problems);
    refuse_key("at_least", &metric.at_least, problems);
    if let Some(ty) = metric.kind.get()
        && !is_supported(ty.value)
    {
        not_yet(&format!("type {}", ty.value.name()), ty.place, problems);
    }
}

fn is_supported(ty: Type) -> bool {
    match ty {
        Type::Value(aggregation) => matches!(
            aggregation,
            Aggregation::Occurrence | Aggregation::Count | Aggregation::Sum | Aggregation::Mean
        ),
        Type::Ratio | Type::Quantile | Type::Funnel => false,
    }
}

fn refuse_in_experiment(experiment: &Experiment, problems: &mut Problems) {
    refuse_key("dimensions", &experiment.dimensions, problems);
    if let Some(At { value: AfterEnd::Collect, place, .. }) = experiment.after_end.get() {
        not_yet("after_end: collect", *place, problems);
    }
    if let Some(At { value: IncompleteWindows::Include, place, .. }) = experiment.incomplete_windows.get() {
        not_yet("incomplete_windows: include", *place, problems);
    }
    let Some(groups) = experiment.metrics.value() else { return };
    for group in [&groups.goals, &groups.secondary, &groups.guardrails] {
        for At { value: Entry(entry), .. } in group.value().into_iter().flatten() {
            refuse_override("window", &entry.window, problems);
            refuse_override("cap", &entry.cap, problems);
            refuse_override("covariate", &entry.covariate, problems);
        }
    }
}

fn refuse_override<T>(key: &str, slot: &Slot<OrNull<T>>, problems: &mut Problems) {
    if !matches!(slot.value(), Some(OrNull::Null)) {
        refuse_key(key, slot, problems);
    }
}

fn refuse_key<T>(key: &str, slot: &Slot<T>, problems: &mut Problems) {
    if let Some(at) = slot.get() {
        not_yet(key, at.key(), problems);
    }
}

fn not_yet(what: &str, place: Place, problems: &mut Problems) {
    problems.add(place, format!("{what} is not supported yet"));
}
