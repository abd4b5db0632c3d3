//! Options of `experimentInference`: what they may be is for its own parser to say, but for a verdict, which definitions may
//! leave to where the experiment stands.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::decode::{Decode, unexpected};
use super::problem::Problems;
use super::schema::{Schema, Schemas};
use super::words::{did_you_mean, listed, shown};
use super::yaml::{Content, Node};
use crate::functions::options::ParseOptions as _;
use crate::inference::{InferenceOptions, VerdictBy};
use crate::names::{Named, unknown_name};

/// The options that one place of a file gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Options(Map<String, Value>);

impl Options {
    /// A JSON object, '' when there are none.
    pub fn to_json(&self) -> String {
        if self.0.is_empty() { String::new() } else { Value::from(self.0.clone()).to_string() }
    }
}

/// All options that hold where a metric is used, as a JSON object: of layers, each of which wins over those before it, key
/// by key, and the control. None of them excludes another.
pub(super) fn merge(layers: &[&Options], control: &str) -> String {
    let mut merged = Map::new();
    for Options(layer) in layers {
        merged.extend(layer.clone());
    }
    merged.insert("control".to_owned(), control.into());
    Value::from(merged).to_string()
}

/// The key of what verdicts go by.
const VERDICT: &str = "verdict";

/// What the verdicts of an experiment go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The always-valid set while the experiment runs, so that it may be looked at every day, and one look in the final
    /// result of a completed one.
    Hybrid,
    By(VerdictBy),
}

impl Named for Verdict {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("hybrid", Verdict::Hybrid),
        ("fixed", Verdict::By(VerdictBy::Fixed)),
        ("anytime", Verdict::By(VerdictBy::Anytime)),
    ];
}

/// The options of `experimentInference` that those of a definition mean while the experiment runs, and in its final result;
/// both are JSON objects.
pub fn running_and_final(options: &str) -> (String, String) {
    let object: Map<String, Value> = serde_json::from_str(options).unwrap_or_default();
    let verdict = object.get(VERDICT).and_then(Value::as_str);
    match verdict.map_or(Some(Verdict::Hybrid), |name| Verdict::from_name(name.as_bytes())) {
        Some(Verdict::Hybrid) => {
            let with = |verdict: VerdictBy| {
                let mut object = object.clone();
                object.insert(VERDICT.to_owned(), verdict.name().into());
                Value::from(object).to_string()
            };
            (with(VerdictBy::Anytime), with(VerdictBy::Fixed))
        }
        // The parser of the function has the last word.
        Some(Verdict::By(_)) | None => (options.to_owned(), options.to_owned()),
    }
}

/// What the parser of `experimentInference` says of the options that the function gets.
fn check(options: &Value) -> Result<(), String> {
    if let Some(Value::String(name)) = options.get(VERDICT)
        && Verdict::from_name(name.as_bytes()).is_none()
    {
        return Err(format!("{VERDICT}: {}", unknown_name::<Verdict>(VERDICT, format_args!("{name:?}"))));
    }
    let (options, _) = running_and_final(&options.to_string());
    match InferenceOptions::parse(options.as_bytes()) {
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
    fn expected() -> Cow<'static, str> {
        "options of experimentInference, such as {confidence: 0.9}".into()
    }

    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Content::Object(entries) = &node.content else {
            unexpected(node, &Self::expected(), problems);
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
                    options.0.insert(name.clone(), json);
                }
                Err(problem) => problems.add(key.place, format!("option {problem}")),
            }
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
    (
        "win_threshold",
        &["number"],
        "Chance to win from which on a verdict is given (default (1 + confidence)/2)",
    ),
    ("correction", &["string"], "Correction for several treatments (default holm)"),
    (
        "sequential_tuning",
        &["number"],
        "Identities at which the sequential interval is tightest (default 5000)",
    ),
    ("power", &["number"], "Power of the minimum detectable effect (default 0.8)"),
    ("prior", &["object", "array", "null"], "Normal prior of the lift: mean and stddev (default none)"),
    ("interval", &["string"], "How the fields of the lift are made: fieller (default), pooled or delta"),
    ("anytime", &["string"], "How the anytime fields are made: difference (default) or delta"),
    (
        "verdict",
        &["string"],
        "What the verdict goes by: hybrid (anytime while the experiment runs, fixed in its final result; default), fixed (one look) or anytime",
    ),
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
