//! Options of `experimentInference`: what they may be is for its own table and parser to say, but for a verdict, which
//! definitions may leave to where the experiment stands.

use std::borrow::Cow;
use std::fmt;
use std::ops::Bound;

use serde_json::{Map, Value, json};

use super::decode::{Decode, unexpected};
use super::problem::Problems;
use super::schema::{Schema, Schemas};
use super::words::{did_you_mean, listed, shown};
use super::yaml::{Content, Node};
use crate::functions::options::{OptionKey, ParseOptions as _, Range};
use crate::inference::{InferenceOptions, VerdictBy};
use crate::names::{Named, unknown_name};

/// The key of the control, which definitions have elsewhere.
const CONTROL: &str = "control";

/// The key of what verdicts go by.
const VERDICT: &str = "verdict";

/// What the verdicts of an experiment go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
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

impl Verdict {
    fn while_running(self) -> VerdictBy {
        match self {
            Verdict::Hybrid => VerdictBy::Anytime,
            Verdict::By(verdict) => verdict,
        }
    }

    fn in_final_result(self) -> VerdictBy {
        match self {
            Verdict::Hybrid => VerdictBy::Fixed,
            Verdict::By(verdict) => verdict,
        }
    }
}

/// Options of `experimentInference`, checked: the keys that are given, and what they mean.
#[derive(Clone, PartialEq)]
pub struct Options {
    given: Map<String, Value>,
    verdict: Verdict,
    inference: InferenceOptions,
}

impl Options {
    /// The options that a definition may give: those of the function, but for the control, which is a key of the
    /// experiment, and with one verdict more.
    pub fn table() -> Vec<OptionKey> {
        let of_definitions = |option: OptionKey| match option.name {
            CONTROL => None,
            VERDICT => Some(OptionKey {
                default: Verdict::Hybrid.name().into(),
                range: Range::names::<Verdict>(),
                doc: "\"hybrid\": anytime while the experiment runs, fixed in its final result; \"fixed\": for one look; \"anytime\": for those who look again and again",
                ..option
            }),
            _ => Some(option),
        };
        InferenceOptions::table().into_iter().filter_map(of_definitions).collect()
    }

    /// What these keys mean, or what is wrong with one of them.
    fn new(given: Map<String, Value>) -> Result<Self, String> {
        let verdict = match given.get(VERDICT) {
            None => Verdict::Hybrid,
            Some(Value::String(name)) => Verdict::from_name(name.as_bytes()).ok_or_else(|| {
                format!("{VERDICT}: {}", unknown_name::<Verdict>(VERDICT, format_args!("{name:?}")))
            })?,
            Some(_) => return Err(format!("{VERDICT}: must be one of {}", listed(Verdict::names()))),
        };
        let text = of_function(&given, verdict.while_running());
        let inference = InferenceOptions::parse(text.as_bytes()).map_err(|error| {
            let error = error.to_string();
            let error = error.strip_prefix("column ").unwrap_or(&error);
            // A place in a text that no user sees.
            error.split(" at line 1 column ").next().unwrap_or(error).to_owned()
        })?;
        Ok(Self { given, verdict, inference })
    }

    /// All options that hold where a metric is used: of layers, each of which wins over those before it, key by key, and
    /// the control.
    pub(super) fn merged<'o>(
        layers: impl IntoIterator<Item = &'o Options>,
        control: &str,
    ) -> Result<Self, String> {
        let mut given = Map::new();
        for layer in layers {
            given.extend(layer.given.clone());
        }
        given.insert(CONTROL.to_owned(), control.into());
        Self::new(given)
    }

    /// The keys that are given, as they are given.
    pub fn given(&self) -> &Map<String, Value> {
        &self.given
    }

    /// What they mean while the experiment runs, with the default of every key that is not given.
    pub fn inference(&self) -> &InferenceOptions {
        &self.inference
    }

    /// What is given as a JSON object, '' when nothing is.
    pub fn to_json(&self) -> String {
        if self.given.is_empty() { String::new() } else { json!(self.given).to_string() }
    }

    /// The JSON object that the function gets while the experiment runs.
    pub fn while_running(&self) -> String {
        of_function(&self.given, self.verdict.while_running())
    }

    /// The JSON object that the function gets for the final result of a completed experiment.
    pub fn in_final_result(&self) -> String {
        of_function(&self.given, self.verdict.in_final_result())
    }
}

/// The options with a verdict that the function knows.
fn of_function(given: &Map<String, Value>, verdict: VerdictBy) -> String {
    let mut object = given.clone();
    object.insert(VERDICT.to_owned(), verdict.name().into());
    Value::from(object).to_string()
}

impl Default for Options {
    fn default() -> Self {
        Self::new(Map::new()).expect("the default of every option is in its range")
    }
}

/// The JSON object that is given: all else follows from it.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_json(), f)
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
        let table = Self::table();
        let names = || table.iter().map(|option| option.name);
        let mut given = Map::new();
        for (key, value) in entries {
            let Content::Scalar { text: name, .. } = &key.content else { continue };
            if name == CONTROL {
                problems.add(key.place, "control is no option here: it is a key of the experiment");
                continue;
            }
            if !names().any(|known| known == name) {
                let hint = did_you_mean(name, names());
                let allowed = listed(names());
                problems.add(key.place, format!("unknown option {}{hint} (allowed: {allowed})", shown(name)));
                continue;
            }
            match value.to_json() {
                Ok(value) => {
                    // Each by itself, so that each mistake is told where it stands.
                    let alone = Map::from_iter([(name.clone(), value.clone())]);
                    if let Err(problem) = Self::new(alone) {
                        problems.add(key.place, format!("option {problem}"));
                    }
                    given.insert(name.clone(), value);
                }
                Err(part) => unexpected(part, "what JSON can hold", problems),
            }
        }
        if problems.count() > before {
            return None;
        }
        Self::new(given).map_err(|problem| problems.add(node.place, format!("option {problem}"))).ok()
    }

    fn schema(_: &mut Schemas) -> Schema {
        let properties = Self::table().into_iter().map(|option| {
            let null = option.default.is_null().then(|| Schema::of("null"));
            let schema = Schema::any_of(schemas(&option.range).into_iter().chain(null))
                .with_json("description", json!(option.doc))
                .with_json("default", option.default);
            (option.name.to_owned(), Value::from(schema))
        });
        let properties = Value::Object(properties.collect());
        Schema::of("object")
            .with_json("properties", properties)
            .with_json("additionalProperties", json!(false))
    }
}

/// The forms that a value in this range may have: the parser takes objects as lists, too.
fn schemas(range: &Range) -> Vec<Schema> {
    let one = Schema::of(range.json_type());
    let one = match *range {
        Range::Text | Range::Flag => one,
        Range::Names(names) => one.with_json("enum", json!(names())),
        Range::Whole { from, to } => {
            let one = one.with_json("minimum", json!(from));
            to.into_iter().fold(one, |one, to| one.with_json("maximum", json!(to)))
        }
        Range::Number(low, high) => {
            let one = with_bound(one, low, ["minimum", "exclusiveMinimum"]);
            with_bound(one, high, ["maximum", "exclusiveMaximum"])
        }
        Range::Object(fields) => {
            let each = || fields.iter().map(|(_, range)| Schema::any_of(schemas(range)));
            let properties =
                fields.iter().zip(each()).map(|((key, _), field)| ((*key).to_owned(), field.into()));
            let object = one
                .with_json("properties", Value::Object(properties.collect()))
                .with_json("required", fields.iter().map(|(key, _)| *key).collect())
                .with_json("additionalProperties", json!(false));
            let list = Schema::of("array")
                .with_json("prefixItems", each().map(Value::from).collect())
                .with_json("minItems", json!(fields.len()))
                .with_json("maxItems", json!(fields.len()));
            return vec![object, list];
        }
    };
    vec![one]
}

fn with_bound(schema: Schema, bound: Bound<f64>, [included, excluded]: [&str; 2]) -> Schema {
    match bound {
        Bound::Unbounded => schema,
        Bound::Included(bound) => schema.with_json(included, json!(bound)),
        Bound::Excluded(bound) => schema.with_json(excluded, json!(bound)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(given: Value) -> Result<Options, String> {
        Options::new(given.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn a_hybrid_verdict_is_anytime_while_the_experiment_runs_and_fixed_in_the_end() {
        for given in [json!({}), json!({"verdict": "hybrid"})] {
            let hybrid = options(given).unwrap();
            assert_eq!(hybrid.while_running(), r#"{"verdict":"anytime"}"#);
            assert_eq!(hybrid.in_final_result(), r#"{"verdict":"fixed"}"#);
        }
        let fixed = options(json!({"verdict": "fixed", "confidence": 0.9})).unwrap();
        assert_eq!(fixed.while_running(), r#"{"confidence":0.9,"verdict":"fixed"}"#);
        assert_eq!(fixed.while_running(), fixed.in_final_result());
    }

    #[test]
    fn every_option_means_something_beside_a_hybrid_verdict() {
        let options = options(json!({"verdict": "hybrid", "min_identities": 7})).unwrap();
        assert_eq!(options.inference().min_identities, 7);
    }

    #[test]
    fn the_default_of_every_option_may_be_given() {
        let defaults: Map<_, _> =
            Options::table().into_iter().map(|option| (option.name.to_owned(), option.default)).collect();
        assert_eq!(Options::new(defaults).unwrap().inference, Options::default().inference);
    }
}
