//! JSONEachRow: one JSON object a line, keyed by argument name; the answer under `result`.
//!
//! Query settings change what ClickHouse writes, and each of these is taken: 64-bit integers and
//! floats quoted, `nan` and `inf` quoted or turned into null (which may be quoted too), tuples as
//! arrays instead of objects or without their nulls, maps as arrays of tuples. A null where a Float64 is
//! declared is a NaN that JSON cannot carry, so it is read back as NaN and never as 0. JSON is UTF-8: a
//! line that is not is an error.

use std::fmt;
use std::io::Read;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::frame::Input;
use super::value::{Text, ValueError, print_float, quoted};
use super::{ChunkReader, ChunkWriter, DecodeRow, Encode, Reader, RowError, Type, Writer};

/// The key of the answer: ClickHouse's default `return_name`.
const RESULT: &str = "result";

/// The chunk's rows, in JSONEachRow.
pub struct JsonEachRowReader<'i, R> {
    input: &'i mut Input<R>,
}

impl<'i, R: Read> JsonEachRowReader<'i, R> {
    pub fn new(input: &'i mut Input<R>) -> Self {
        Self { input }
    }
}

impl<R: Read> ChunkReader for JsonEachRowReader<'_, R> {
    fn next_row<'a, T: DecodeRow<'a>>(&'a mut self) -> Result<T, RowError> {
        Ok(decode_line(self.input.line()?)?)
    }
}

/// Reads a whole line as one row.
pub fn decode_line<'a, T: DecodeRow<'a>>(line: &[u8]) -> Result<T, ValueError> {
    let object: Json = serde_json::from_slice(line).map_err(|error| {
        ValueError::new(format!("expected one JSON object a line, found {}: {error}", quoted(line)))
    })?;
    if !matches!(object, Json::Object(_)) {
        return Err(ValueError::new(format!("expected a JSON object, found {object}")));
    }
    T::decode_row(&mut Node { value: Some(object) })
}

/// A JSON value that keeps what `serde_json::Value` loses: keys that repeat.
#[derive(Debug)]
enum Json {
    Null,
    Bool(bool),
    UInt(u64),
    Float(f64),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => write!(f, "{value}"),
            Json::UInt(value) => write!(f, "{value}"),
            Json::Float(value) => write!(f, "{value:?}"),
            Json::String(text) => f.write_str(&quoted(text.as_bytes())),
            Json::Array(elements) => write!(f, "an array of {}", elements.len()),
            Json::Object(entries) => write!(f, "an object of {}", entries.len()),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::UInt(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Float(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Json::Object(entries))
    }
}

/// The value that the reader stands on, taken by whoever reads it; none where its key is missing.
struct Node {
    value: Option<Json>,
}

impl Node {
    fn take(&mut self) -> Result<Json, ValueError> {
        self.value.take().ok_or_else(|| ValueError::new("the key is missing"))
    }

    /// Reads `value` with `read`, as a node of its own.
    fn inside<T>(
        value: Json,
        read: impl FnOnce(&mut Node) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        read(&mut Node { value: Some(value) })
    }
}

impl<'a> Reader<'a> for Node {
    fn string(&mut self) -> Result<Text<'a>, ValueError> {
        match self.take()? {
            Json::String(text) => Ok(Text::owned(text.into_bytes())),
            other => Err(ValueError::expected(&Type::String, other)),
        }
    }

    fn uint64(&mut self) -> Result<u64, ValueError> {
        let found = self.take()?;
        let value = match &found {
            Json::UInt(value) => Some(*value),
            Json::String(text) => text.parse().ok(),
            _ => None,
        };
        value.ok_or_else(|| ValueError::expected(&Type::UInt64, found))
    }

    fn float64(&mut self) -> Result<f64, ValueError> {
        let found = self.take()?;
        let value = match &found {
            Json::Null => Some(f64::NAN),
            Json::UInt(value) => Some(*value as f64),
            Json::Float(value) => Some(*value),
            Json::String(text) if text == "null" => Some(f64::NAN),
            Json::String(text) => text.parse().ok(),
            _ => None,
        };
        value.ok_or_else(|| ValueError::expected(&Type::Float64, found))
    }

    fn nullable_float64(&mut self) -> Result<Option<f64>, ValueError> {
        match &self.value {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) if text == "null" => Ok(None),
            Some(Json::UInt(_) | Json::Float(_) | Json::String(_)) => self.float64().map(Some),
            Some(other) => Err(ValueError::expected(&Type::NullableFloat64, other)),
        }
    }

    fn boolean(&mut self) -> Result<bool, ValueError> {
        match self.take()? {
            Json::Bool(value) => Ok(value),
            Json::UInt(0) => Ok(false),
            Json::UInt(1) => Ok(true),
            other => Err(ValueError::expected(&Type::Bool, other)),
        }
    }

    fn array<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<T>, ValueError> {
        match self.take()? {
            Json::Array(elements) => each_element(elements, |value| Node::inside(value, &mut element)),
            other => Err(ValueError::new(format!("expected an array, found {other}"))),
        }
    }

    fn map<T>(
        &mut self,
        mut value: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<(Text<'a>, T)>, ValueError> {
        let entries = match self.take()? {
            Json::Object(entries) => entries,
            Json::Array(pairs) => each_element(pairs, pair_entry)?,
            other => return Err(ValueError::new(format!("expected an object, found {other}"))),
        };
        each_element(entries, |(key, json)| {
            Ok((Text::owned(key.into_bytes()), Node::inside(json, &mut value)?))
        })
    }

    fn tuple<T>(&mut self, fields: impl FnOnce(&mut Self) -> Result<T, ValueError>) -> Result<T, ValueError> {
        match &self.value {
            Some(Json::Object(_) | Json::Array(_)) => fields(self),
            _ => Err(ValueError::new(format!("expected an object, found {}", self.take()?))),
        }
    }

    fn field<T>(
        &mut self,
        index: usize,
        name: &'static str,
        value: impl FnOnce(&mut Self) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        let found = match &mut self.value {
            Some(Json::Object(entries)) => {
                entries.iter_mut().find(|(key, _)| key == name).map(|(_, json)| json)
            }
            Some(Json::Array(elements)) => elements.get_mut(index),
            _ => None,
        };
        value(&mut Node { value: found.map(|json| std::mem::replace(json, Json::Null)) })
    }
}

fn each_element<J, T>(
    elements: Vec<J>,
    mut read: impl FnMut(J) -> Result<T, ValueError>,
) -> Result<Vec<T>, ValueError> {
    let numbered = elements.into_iter().enumerate();
    numbered.map(|(index, json)| read(json).map_err(|error| error.in_element(index))).collect()
}

/// A map entry written as a tuple: `{"keys": …, "values": …}`, or an array where tuples are arrays.
fn pair_entry(pair: Json) -> Result<(String, Json), ValueError> {
    let entry = |pair: &mut Node| {
        let key = match pair.field(0, "keys", Node::take)? {
            Json::String(key) => key,
            other => return Err(ValueError::expected(&Type::String, other)),
        };
        Ok((key, pair.field(1, "values", Node::take)?))
    };
    match pair {
        Json::Array(pair) if pair.len() != 2 => {
            Err(ValueError::new(format!("expected a key and a value, found an array of {}", pair.len())))
        }
        pair => Node::inside(pair, |node| node.tuple(entry)),
    }
}

/// The chunk's answers, in JSONEachRow.
pub struct JsonEachRowWriter {
    bytes: Vec<u8>,
}

impl JsonEachRowWriter {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// Appends what serde_json makes of a string, integer or boolean.
    fn scalar(&mut self, value: impl serde::Serialize) {
        // Writing a scalar into a vector cannot fail.
        let _ = serde_json::to_writer(&mut self.bytes, &value);
    }
}

impl ChunkWriter for JsonEachRowWriter {
    fn push<T: Encode>(&mut self, answer: &T) {
        self.bytes.push(b'{');
        self.field(0, RESULT, |writer| answer.encode(writer));
        self.bytes.extend(b"}\n");
    }

    fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

impl Writer for JsonEachRowWriter {
    fn string(&mut self, value: &[u8]) {
        // A string in an answer is one that came in, and what came in was UTF-8.
        self.scalar(String::from_utf8_lossy(value));
    }

    fn uint64(&mut self, value: u64) {
        self.scalar(value);
    }

    fn boolean(&mut self, value: bool) {
        self.scalar(value);
    }

    fn nullable_float64(&mut self, value: Option<f64>) {
        match value {
            Some(value) => print_float(value, &mut self.bytes),
            None => self.bytes.extend(b"null"),
        }
    }

    fn array<T>(&mut self, elements: &[T], mut element: impl FnMut(&mut Self, &T)) {
        self.bytes.push(b'[');
        for (index, value) in elements.iter().enumerate() {
            if index > 0 {
                self.bytes.push(b',');
            }
            element(self, value);
        }
        self.bytes.push(b']');
    }

    fn tuple(&mut self, fields: impl FnOnce(&mut Self)) {
        self.bytes.push(b'{');
        fields(self);
        self.bytes.push(b'}');
    }

    fn field(&mut self, index: usize, name: &'static str, value: impl FnOnce(&mut Self)) {
        if index > 0 {
            self.bytes.push(b',');
        }
        self.string(name.as_bytes());
        self.bytes.push(b':');
        value(self);
    }
}
