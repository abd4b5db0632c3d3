//! Options of `experimentInference`: what they may be is for its own parser to say.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::decode::{Decode, unexpected};
use super::problem::{Place, Problems};
use super::schema::{Schema, Schemas};
use super::words::{did_you_mean, listed, shown};
use super::yaml::{Content, Node};
use crate::functions::options::ParseOptions as _;
use crate::inference::InferenceOptions;

/// The options that one place of a file gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Options(BTreeMap<String, (Place, Value)>);

impl Options {
    /// A JSON object, '' when there are none.
    pub fn to_json(&self) -> String {
        if self.0.is_empty() { String::new() } else { self.object().to_string() }
    }

    fn object(&self) -> Value {
        self.0.iter().map(|(key, (_, value))| (key.clone(), value.clone())).collect::<Map<_, _>>().into()
    }
}

/// All options that hold where a metric is used, as a JSON object: of layers, each of which wins over those before
/// it, and the control. Tells what is wrong only with several layers together.
pub(super) fn merge(layers: &[&Options], control: &str, problems: &mut Problems) -> Option<String> {
    if layers.iter().any(|layer| check(&layer.object()).is_err()) {
        return None;
    }
    let mut merged = Options::default();
    for layer in layers {
        merged.0.extend(layer.0.clone());
    }
    if let Err(problem) = check(&merged.object()) {
        if let Some(place) = culprit(&merged, layers) {
            problems.add(place, format!("options that hold together: {problem}"));
        }
        return None;
    }
    let mut object = merged.0;
    // The place is not used any more.
    let place = Place { file: 0, line: 1, column: 1 };
    object.insert("control".to_string(), (place, Value::String(control.to_string())));
    Some(Options(object).object().to_string())
}

/// The place of the option of the innermost layer without which the others go together.
fn culprit(merged: &Options, layers: &[&Options]) -> Option<Place> {
    let layer_of = |key: &str| layers.iter().rposition(|layer| layer.0.contains_key(key));
    let heals = |key: &str| {
        let mut others = merged.clone();
        others.0.remove(key);
        check(&others.object()).is_ok()
    };
    let candidates = merged.0.iter().filter(|(key, _)| heals(key));
    let last = candidates.max_by_key(|(key, (place, _))| (layer_of(key), *place));
    last.or(merged.0.first_key_value()).map(|(_, (place, _))| *place)
}

/// What the parser of `experimentInference` says.
fn check(options: &Value) -> Result<(), String> {
    match InferenceOptions::parse(options.to_string().as_bytes()) {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = error.to_string();
            let error = error.strip_prefix("column ").unwrap_or(&error);
            // A place in a text that no user sees.
            Err(error.split(" at line 1 column ").next().unwrap_or(error).to_string())
        }
    }
}

impl Decode for Options {
    const EXPECTED: &'static str = "options of experimentInference, such as {confidence: 0.9}";

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Content::Object(entries) = &node.content else {
            unexpected(node, Self::EXPECTED, problems);
            return None;
        };
        let before = problems.count();
        let mut options = Self::default();
        for (key, value) in entries {
            let Content::Scalar { text: name, .. } = &key.content else { continue };
            if name == "control" {
                problems.add(key.place, "control is no option here: it is a key of the experiment");
                continue;
            }
            if !KEYS.iter().any(|(known, _, _)| known == name) {
                let hint = did_you_mean(name, KEYS.map(|(known, _, _)| known));
                let allowed = listed(KEYS.map(|(known, _, _)| known));
                problems.add(key.place, format!("unknown option {}{hint} (allowed: {allowed})", shown(name)));
                continue;
            }
            let json = match value.to_json() {
                Ok(json) => json,
                Err(part) => {
                    unexpected(part, "what JSON can hold", problems);
                    continue;
                }
            };
            match check(&json!({ name: json })) {
                Ok(()) => {
                    options.0.insert(name.clone(), (key.place, json));
                }
                Err(problem) => problems.add(key.place, format!("option {problem}")),
            }
        }
        if problems.count() == before
            && let Err(problem) = check(&options.object())
            && let Some(place) = culprit(&options, &[&options])
        {
            problems.add(place, format!("option {problem}"));
        }
        (problems.count() == before).then_some(options)
    }

    fn schema(_: &mut Schemas) -> Schema {
        let properties = KEYS.iter().map(|(key, ty, doc)| {
            let schema = Schema::any_of(ty.iter().map(|ty| Schema::of(ty)));
            (key.to_string(), Value::from(schema.with_json("description", json!(doc))))
        });
        let properties = Value::Object(properties.collect());
        Schema::of("object")
            .with_json("properties", properties)
            .with_json("additionalProperties", json!(false))
    }
}

/// What an editor is told of the options; a test holds the names against the parser, which takes objects as lists too.
const KEYS: [(&str, &[&str], &str); 14] = [
    ("confidence", &["number"], "Confidence of the intervals (default 0.95)"),
    ("min_identities", &["integer"], "Identities that each arm needs before there is a result (default 50)"),
    ("min_conversions", &["integer"], "Conversions that each arm of an occurrence metric needs (default 5)"),
    ("win_threshold", &["number"], "Chance to win from which on a verdict is given (default 0.95)"),
    ("correction", &["string"], "Correction for several treatments (default holm)"),
    (
        "sequential_tuning",
        &["number"],
        "Identities at which the sequential interval is tightest (default 5000)",
    ),
    ("power", &["number"], "Power of the minimum detectable effect (default 0.8)"),
    ("prior", &["object", "array", "null"], "Normal prior of the lift: mean and stddev (default none)"),
    ("interval", &["string"], "delta (default), fieller or pooled"),
    ("anytime", &["string"], "How the anytime fields are made: difference (default) or delta"),
    ("verdict", &["string"], "What the verdict goes by: fixed (one look, default) or anytime"),
    ("model", &["string"], "normal (default) or beta_binomial"),
    (
        "beta_prior",
        &["object", "array"],
        "Prior of the beta-binomial model: alpha and beta (default 1 and 1)",
    ),
    (
        "non_inferiority_margin",
        &["number", "null"],
        "How much worse a guardrail may get, relative (default none)",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_exactly_the_options_of_the_parser() {
        let error = check(&json!({"": 1})).unwrap_err();
        let allowed = error.split_once("expected one of ").unwrap().1.split(" at line").next().unwrap();
        let allowed: Vec<&str> = allowed.split(", ").map(|name| name.trim_matches('`')).collect();
        let mut known: Vec<&str> = KEYS.iter().map(|(key, _, _)| *key).collect();
        known.insert(0, "control");
        assert_eq!(known, allowed);
    }
}
