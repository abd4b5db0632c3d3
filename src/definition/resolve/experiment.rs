//! Experiments: whom they expose, and the metrics they use with what is different there.

use std::collections::BTreeMap;

use super::rows::{default_value, has_no_value, origin};
use super::{Scope, metric};
use crate::definition::decode::{At, OrNull, Slot};
use crate::definition::model::{Dimension, Experiment, Exposure, MetricUse, Origin, Role, Status};
use crate::definition::name::{Name, Shares};
use crate::definition::options::Options;
use crate::definition::problem::{Place, Problems};
use crate::definition::words::{listed_texts, shown};
use crate::definition::written::{self, AfterEnd, Entry, IncompleteWindows};

/// The event that exposes when nothing else is said.
const DEFAULT_EVENT: &str = "$flag_exposure";

/// Names whose views would be those of all experiments: `experiment_scorecard_traffic`, for one.
const RESERVED: [&str; 2] = ["traffic", "exposures"];

/// The longest name of an experiment, in bytes of the file in which ClickHouse keeps its view.
const MAX_NAME_BYTES: usize = 150;

/// The experiment that is meant.
pub(super) fn experiment(
    written: &At<written::Experiment>,
    scope: &Scope,
    problems: &mut Problems,
) -> Option<Experiment> {
    let At { value: keys, place, .. } = written;
    check_name(&keys.name, problems);
    check_control(keys, problems);
    check_time(written, problems);
    let exposure = exposure(written, scope, problems);
    let metrics = metrics(keys, scope, problems);
    let reader = exposure.as_ref().filter(|exposure| reads_events(&exposure.origin));
    let reader = reader.map(|_| "its exposures are".to_string()).or_else(|| first_reader_of_events(&metrics));
    if let (Slot::Missing, Some(reader)) = (&keys.environment, reader) {
        problems.add(*place, format!("an experiment needs environment: {reader} read from events"));
    }
    let dimensions = dimensions(&keys.dimensions, problems);
    Some(Experiment {
        name: keys.name.value()?.0.clone(),
        description: keys.description.value().map_or_else(String::new, |words| words.0.clone()),
        environment: keys.environment.value().map_or_else(String::new, |name| name.0.clone()),
        feature: keys.feature.value().map_or_else(String::new, |name| name.0.clone()),
        control: keys.control.value()?.0.clone(),
        shares: keys.shares.value().map_or_else(BTreeMap::new, |shares| shares.0.clone()),
        start: keys.start.value()?.0,
        end: keys.end.value().map(|end| end.0),
        status: *keys.status.value()?,
        exposure: exposure?,
        metrics,
        dimensions,
        options: keys.options.value().cloned().unwrap_or_default(),
        include_incomplete_windows: keys.incomplete_windows.value() == Some(&IncompleteWindows::Include),
        collect_after_end: keys.after_end.value() == Some(&AfterEnd::Collect),
    })
}

fn check_name(name: &Slot<Name>, problems: &mut Problems) {
    let Some(At { value: Name(name), place, .. }) = name.get() else { return };
    if RESERVED.contains(&name.as_str()) {
        let view = format!("experiment_scorecard_{name}");
        problems.add(
            *place,
            format!("an experiment cannot be called {name}: {view} is a view of all experiments"),
        );
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes: usize = name.bytes().map(|byte| if plain(byte) { 1 } else { 3 }).sum();
    if bytes > MAX_NAME_BYTES {
        let why = "its view's file would have too long a name, in which all but A-Z, a-z, 0-9 and _ count three a byte";
        problems.add(
            *place,
            format!("a name of {bytes} bytes is too long, must be at most {MAX_NAME_BYTES}: {why}"),
        );
    }
}

fn check_control(keys: &written::Experiment, problems: &mut Problems) {
    let (Some(control), Some(shares)) = (keys.control.get(), keys.shares.get()) else { return };
    let Shares(variants) = &shares.value;
    let name = &control.value.0;
    if !variants.contains_key(name) {
        // A default stands nowhere in the file.
        let place = if control.key.is_some() { control.place } else { shares.key() };
        let variants = listed_texts(variants.keys().map(String::as_str));
        problems
            .add(place, format!("control {} is not among the variants of shares: {variants}", shown(name)));
    }
}

fn check_time(written: &At<written::Experiment>, problems: &mut Problems) {
    let keys = &written.value;
    if let (Some(start), Some(end)) = (keys.start.value(), keys.end.get())
        && end.value.0 <= start.0
    {
        problems.add(end.place, "end must be after start");
    }
    if let (Some(status), Slot::Missing) = (keys.status.get(), &keys.end)
        && status.value == Status::Completed
    {
        problems.add(status.place, "a completed experiment needs end");
    }
}

fn exposure(written: &At<written::Experiment>, scope: &Scope, problems: &mut Problems) -> Option<Exposure> {
    let experiment = &written.value;
    let default = || Origin::Event(DEFAULT_EVENT.to_string());
    let (origin, filter, variant) = match &experiment.exposure {
        Slot::Broken => return None,
        Slot::Missing => (default(), None, None),
        Slot::Given(At { value: keys, place, .. }) => {
            let origin = origin(&keys.event, &keys.source, scope, problems)?.unwrap_or_else(default);
            let variant = keys.variant.value().or_else(|| default_value(&origin, scope)).cloned();
            if let (Origin::Source(name), Slot::Missing) = (&origin, &keys.variant)
                && has_no_value(name, scope)
            {
                let problem = format!("an exposure needs variant: its source {} has no value", shown(name));
                problems.add(*place, problem);
            }
            (origin, keys.filter.value().cloned(), variant)
        }
    };
    match (&origin, &experiment.feature) {
        (Origin::Event(name), Slot::Missing) if name == DEFAULT_EVENT => {
            let problem = format!("an experiment needs feature: its exposures are events {DEFAULT_EVENT}");
            problems.add(written.place, problem);
        }
        (Origin::Source(name), Slot::Given(feature)) => {
            let problem = format!("feature is of events, and the exposures come from source {}", shown(name));
            problems.add(feature.key(), problem);
        }
        _ => {}
    }
    Some(Exposure { origin, filter, variant })
}

fn metrics(keys: &written::Experiment, scope: &Scope, problems: &mut Problems) -> Vec<MetricUse> {
    let Some(groups) = keys.metrics.value() else { return Vec::new() };
    let mut names = BTreeMap::new();
    let mut uses = Vec::new();
    for (role, entries) in [
        (Role::Goal, &groups.goals),
        (Role::Secondary, &groups.secondary),
        (Role::Guardrail, &groups.guardrails),
    ] {
        for At { value: Entry(entry), .. } in entries.value().into_iter().flatten() {
            uses.extend(metric_use(role, entry, keys, scope, &mut names, problems));
        }
    }
    uses
}

/// A metric with what is different here.
fn metric_use<'w>(
    role: Role,
    entry: &'w written::Use,
    experiment: &written::Experiment,
    scope: &Scope,
    names: &mut BTreeMap<&'w str, Place>,
    problems: &mut Problems,
) -> Option<MetricUse> {
    let defined = entry.metric.get()?;
    let name = match &entry.name {
        Slot::Missing => defined,
        Slot::Broken => return None,
        Slot::Given(name) => name,
    };
    match names.get(name.value.0.as_str()) {
        None => {
            names.insert(&name.value.0, name.place);
        }
        Some(first) => {
            let first = problems.show(*first);
            let problem = format!(
                "a metric {} is at {first} already: give one of them another name with as",
                shown(&name.value.0)
            );
            problems.add(name.place, problem);
            return None;
        }
    }
    let Some(metric) = scope.metrics.get(defined.value.0.as_str()) else {
        scope.tell_unknown("metric", defined, scope.metrics.keys().copied(), problems);
        return None;
    };
    let layers =
        [&experiment.options, &metric.value.options, &entry.options].into_iter().filter_map(Slot::value);
    let options = Options::merged(layers, &experiment.control.value()?.0);
    let options = options.map_err(|problem| problems.add(name.place, format!("option {problem}"))).ok()?;

    let mut changed = (*metric).clone();
    changed.value.name = Slot::Given(name.clone());
    replace(&mut changed.value.window, &entry.window);
    replace(&mut changed.value.cap, &entry.cap);
    replace(&mut changed.value.covariate, &entry.covariate);
    replace(&mut changed.value.filter, &entry.filter);
    let metric = metric::metric(&changed, scope, problems)?;
    Some(MetricUse { role, defined: defined.value.0.clone(), metric, options })
}

/// Puts what is said here in the place of what the metric says.
fn replace<T: Clone>(own: &mut Slot<T>, here: &Slot<OrNull<T>>) {
    match here {
        Slot::Missing => {}
        Slot::Broken => *own = Slot::Broken,
        Slot::Given(At { value: OrNull::Null, .. }) => *own = Slot::Missing,
        Slot::Given(At { value: OrNull::Value(value), place, key }) => {
            *own = Slot::Given(At { value: value.clone(), place: *place, key: *key });
        }
    }
}

fn dimensions(slot: &Slot<Vec<At<written::Dimension>>>, problems: &mut Problems) -> Vec<Dimension> {
    let written = || slot.value().into_iter().flatten();
    super::named("dimension", written().map(|dimension| (&dimension.value.name, dimension)), problems);
    let dimension = |At { value: keys, .. }: &At<written::Dimension>| {
        Some(Dimension { name: keys.name.value()?.0.clone(), value: keys.value.value()?.clone() })
    };
    written().filter_map(dimension).collect()
}

fn reads_events(origin: &Origin) -> bool {
    matches!(origin, Origin::Event(_) | Origin::AllEvents)
}

/// The first metric that reads events, as a message names it.
fn first_reader_of_events(metrics: &[MetricUse]) -> Option<String> {
    let reads = |one: &&MetricUse| one.metric.kind.rows().iter().any(|rows| reads_events(&rows.origin));
    let reader = metrics.iter().find(reads)?;
    Some(format!("metric {} is", shown(&reader.metric.name)))
}
