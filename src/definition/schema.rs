//! JSON Schema (draft 2020-12), in as much as the types of a file need it.

use serde_json::{Map, Value, json};

/// A schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Schema(Map<String, Value>);

impl Schema {
    /// Values of one of JSON's types.
    pub fn of(ty: &str) -> Self {
        Self::empty().with_json("type", json!(ty))
    }

    pub fn text() -> Self {
        Self::of("string").with_json("minLength", json!(1))
    }

    /// Values that are of one of these; of a single one, that.
    pub fn any_of(schemas: impl IntoIterator<Item = Schema>) -> Self {
        let mut schemas: Vec<Schema> = schemas.into_iter().collect();
        if schemas.len() == 1 {
            return schemas.remove(0);
        }
        Self::empty().with_json("anyOf", schemas.into_iter().map(Value::from).collect())
    }

    /// One word, with what an editor says of it.
    pub fn word(word: &str, doc: &str) -> Self {
        Self::empty().with_json("const", json!(word)).with_json("description", json!(doc))
    }

    /// The object schema that `schemas` holds under this name.
    fn reference(name: &str) -> Self {
        Self::empty().with_json("$ref", json!(format!("#/$defs/{name}")))
    }

    fn empty() -> Self {
        Self(Map::new())
    }

    pub fn with(self, keyword: &str, schema: Schema) -> Self {
        self.with_json(keyword, schema.into())
    }

    pub fn with_json(mut self, keyword: &str, value: Value) -> Self {
        self.0.insert(keyword.to_string(), value);
        self
    }
}

impl From<Schema> for Value {
    fn from(schema: Schema) -> Value {
        Value::Object(schema.0)
    }
}

/// A key of an object.
pub(super) struct Property {
    pub key: &'static str,
    pub doc: &'static str,
    pub required: bool,
    pub default: Option<Value>,
    pub schema: Schema,
}

/// The schemas of all kinds of objects, by name.
#[derive(Default)]
pub(super) struct Schemas(Map<String, Value>);

impl Schemas {
    /// A reference to the objects called `name`.
    pub fn object(
        &mut self,
        name: &str,
        doc: &str,
        properties: impl FnOnce(&mut Schemas) -> Vec<Property>,
    ) -> Schema {
        if !self.0.contains_key(name) {
            let properties = properties(self);
            let required: Vec<_> = properties.iter().filter(|one| one.required).map(|one| one.key).collect();
            let mut schema = Schema::of("object").with_json("description", json!(doc));
            if !required.is_empty() {
                schema = schema.with_json("required", json!(required));
            }
            let each = properties.into_iter().map(|property| {
                let mut schema = property.schema.with_json("description", json!(property.doc));
                if let Some(default) = property.default {
                    schema = schema.with_json("default", default);
                }
                (property.key.to_string(), Value::from(schema))
            });
            let each = Value::Object(each.collect());
            schema = schema.with_json("properties", each).with_json("additionalProperties", json!(false));
            self.0.insert(name.to_string(), schema.into());
        }
        Schema::reference(name)
    }

    /// The schema of whole files, each of which is `root`.
    pub fn finish(self, root: Schema) -> Value {
        root.with_json("$schema", json!("https://json-schema.org/draft/2020-12/schema"))
            .with_json("title", json!("Definitions of scorecard: sources, metrics and experiments"))
            .with_json("$defs", Value::Object(self.0))
            .into()
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::schema;

    #[test]
    fn every_key_has_words_for_an_editor() {
        let schema = schema();
        for (name, object) in schema["$defs"].as_object().unwrap() {
            assert!(object["description"].is_string(), "{name}");
            for (key, property) in object["properties"].as_object().unwrap() {
                let words = property["description"].as_str().unwrap_or_default();
                assert!(!words.is_empty() && !words.ends_with('.'), "{name}.{key}: {words:?}");
            }
        }
    }
}
