//! Rows into bytes and bytes into answers, in each format: written anew for the tests, so that a
//! mistake of the program's own codecs cannot cancel out.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, ListArray, MapArray, RecordBatch, StringArray, StructArray,
    UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field as ArrowField, Fields, Schema};
use arrow::datatypes::{Float64Type, UInt64Type};
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};

use super::values::{Field, Function, Row, Shape, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    RowBinary,
    TabSeparated,
    JsonEachRow,
    ArrowStream,
}

impl Format {
    pub const ALL: [Format; 4] =
        [Format::RowBinary, Format::TabSeparated, Format::JsonEachRow, Format::ArrowStream];

    pub fn name(self) -> &'static str {
        match self {
            Format::RowBinary => "RowBinary",
            Format::TabSeparated => "TabSeparated",
            Format::JsonEachRow => "JSONEachRow",
            Format::ArrowStream => "ArrowStream",
        }
    }
}

/// What a user's query settings change about the bytes.
#[derive(Clone, Copy, Default)]
pub struct Settings {
    /// `output_format_tsv_crlf_end_of_line`; in JSONEachRow the same.
    pub crlf: bool,
    /// `output_format_json_quote_64bit_integers`
    pub quoted_integers: bool,
    /// `output_format_json_quote_64bit_floats`
    pub quoted_floats: bool,
    /// `output_format_json_quote_denormals`
    pub quoted_denormals: bool,
    /// `output_format_json_named_tuples_as_objects` turned off
    pub tuples_as_arrays: bool,
    /// `output_format_json_map_as_array_of_tuples`
    pub maps_as_pairs: bool,
    /// `output_format_arrow_compression_method`
    pub compression: Option<CompressionType>,
    /// `output_format_arrow_string_as_string` turned off
    pub strings_as_binary: bool,
    /// Rows of one Arrow batch; none means that one batch holds all.
    pub batch_rows: Option<usize>,
}

/// A chunk: the header and the rows.
pub fn chunk(function: Function, format: Format, rows: &[Row]) -> Vec<u8> {
    chunk_with(function, format, rows, Settings::default())
}

pub fn chunk_with(function: Function, format: Format, rows: &[Row], settings: Settings) -> Vec<u8> {
    chunk_that_claims(rows.len() as u64, function, format, rows, settings)
}

/// A chunk whose header says what it likes.
pub fn chunk_that_claims(
    claimed: u64,
    function: Function,
    format: Format,
    rows: &[Row],
    settings: Settings,
) -> Vec<u8> {
    let mut bytes = format!("{claimed}\n").into_bytes();
    let fields = function.arguments();
    match format {
        Format::RowBinary => rows.iter().flatten().for_each(|value| row_binary(value, &mut bytes)),
        Format::TabSeparated => rows.iter().for_each(|row| {
            for (index, value) in row.iter().enumerate() {
                if index > 0 {
                    bytes.push(b'\t');
                }
                tab_separated(value, false, &mut bytes);
            }
            end_line(settings, &mut bytes);
        }),
        Format::JsonEachRow => rows.iter().for_each(|row| {
            json_object(fields, row, settings, &mut bytes);
            end_line(settings, &mut bytes);
        }),
        Format::ArrowStream => bytes.extend(arrow_stream(fields, rows, settings)),
    }
    bytes
}

fn end_line(settings: Settings, bytes: &mut Vec<u8>) {
    bytes.extend(if settings.crlf { &b"\r\n"[..] } else { b"\n" });
}

/// A length in RowBinary.
pub fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 128 {
        bytes.push((number % 128) as u8 + 128);
        number /= 128;
    }
    bytes.push(number as u8);
    bytes
}

fn row_binary(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Null => panic!("RowBinary has no null where none is declared"),
        Value::Text(text) => {
            bytes.extend(varint(text.len() as u64));
            bytes.extend(text);
        }
        Value::UInt(number) => bytes.extend(number.to_le_bytes()),
        Value::Float(number) => bytes.extend(number.to_le_bytes()),
        Value::Nullable(None) => bytes.push(1),
        Value::Nullable(Some(number)) => {
            bytes.push(0);
            bytes.extend(number.to_le_bytes());
        }
        Value::Bool(truth) => bytes.push(u8::from(*truth)),
        Value::Array(elements) => {
            bytes.extend(varint(elements.len() as u64));
            elements.iter().for_each(|element| row_binary(element, bytes));
        }
        Value::Tuple(elements) => elements.iter().for_each(|element| row_binary(element, bytes)),
        Value::Map(entries) => {
            bytes.extend(varint(entries.len() as u64));
            entries.iter().for_each(|(key, value)| {
                row_binary(key, bytes);
                row_binary(value, bytes);
            });
        }
        Value::Raw(raw) => bytes.extend(raw),
    }
}

fn tab_separated(value: &Value, nested: bool, bytes: &mut Vec<u8>) {
    let joined = |bytes: &mut Vec<u8>, ends: [u8; 2], each: &mut dyn Iterator<Item = Vec<u8>>| {
        bytes.push(ends[0]);
        for (index, element) in each.enumerate() {
            if index > 0 {
                bytes.push(b',');
            }
            bytes.extend(element);
        }
        bytes.push(ends[1]);
    };
    let nested_bytes = |value: &Value| {
        let mut bytes = Vec::new();
        tab_separated(value, true, &mut bytes);
        bytes
    };
    match value {
        Value::Null | Value::Nullable(None) => bytes.extend(if nested { &b"NULL"[..] } else { br"\N" }),
        Value::Text(text) => {
            if nested {
                bytes.push(b'\'');
            }
            for &byte in text {
                match byte {
                    0x08 => bytes.extend(br"\b"),
                    0x0c => bytes.extend(br"\f"),
                    b'\n' => bytes.extend(br"\n"),
                    b'\r' => bytes.extend(br"\r"),
                    b'\t' => bytes.extend(br"\t"),
                    0 => bytes.extend(br"\0"),
                    b'\'' => bytes.extend(br"\'"),
                    b'\\' => bytes.extend(br"\\"),
                    other => bytes.push(other),
                }
            }
            if nested {
                bytes.push(b'\'');
            }
        }
        Value::UInt(number) => bytes.extend(number.to_string().into_bytes()),
        Value::Float(number) | Value::Nullable(Some(number)) => {
            bytes.extend(float_text(*number).into_bytes());
        }
        Value::Bool(truth) => bytes.extend(truth.to_string().into_bytes()),
        Value::Array(elements) => joined(bytes, *b"[]", &mut elements.iter().map(nested_bytes)),
        Value::Tuple(elements) => joined(bytes, *b"()", &mut elements.iter().map(nested_bytes)),
        Value::Map(entries) => joined(
            bytes,
            *b"{}",
            &mut entries.iter().map(|(key, value)| [nested_bytes(key), nested_bytes(value)].join(&b':')),
        ),
        Value::Raw(raw) => bytes.extend(raw),
    }
}

/// The shortest text that gives the same double.
fn float_text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "nan".to_string(),
        _ if number.is_infinite() => if number > 0.0 { "inf" } else { "-inf" }.to_string(),
        _ => format!("{number:e}"),
    }
}

fn json_object(fields: &[Field], values: &[Value], settings: Settings, bytes: &mut Vec<u8>) {
    let entries = fields.iter().zip(values);
    let entries =
        entries.map(|((name, shape), value)| (json_text(name.as_bytes()), json(shape, value, settings)));
    bytes.extend(b"{");
    bytes.extend(entries.map(|(key, value)| [key, value].join(&b':')).collect::<Vec<_>>().join(&b','));
    bytes.extend(b"}");
}

fn json(shape: &Shape, value: &Value, settings: Settings) -> Vec<u8> {
    let quote = |text: String, quoted: bool| if quoted { format!("\"{text}\"") } else { text }.into_bytes();
    let array = |elements: Vec<Vec<u8>>| [&b"["[..], &elements.join(&b','), b"]"].concat();
    match (shape, value) {
        (_, Value::Null | Value::Nullable(None)) => b"null".to_vec(),
        (_, Value::Raw(raw)) => raw.clone(),
        (_, Value::Text(text)) => json_text(text),
        (_, Value::UInt(number)) => quote(number.to_string(), settings.quoted_integers),
        (_, Value::Bool(truth)) => truth.to_string().into_bytes(),
        (_, Value::Float(number) | Value::Nullable(Some(number))) if !number.is_finite() => {
            match settings.quoted_denormals {
                true => quote(float_text(*number), true),
                false => b"null".to_vec(),
            }
        }
        (_, Value::Float(number) | Value::Nullable(Some(number))) => {
            quote(float_text(*number), settings.quoted_floats)
        }
        (Shape::Array(element), Value::Array(elements)) => {
            array(elements.iter().map(|value| json(element, value, settings)).collect())
        }
        (Shape::Tuple(fields), Value::Tuple(values)) if settings.tuples_as_arrays => {
            array(fields.iter().zip(values).map(|((_, shape), value)| json(shape, value, settings)).collect())
        }
        (Shape::Tuple(fields), Value::Tuple(values)) => {
            let mut bytes = Vec::new();
            json_object(fields, values, settings, &mut bytes);
            bytes
        }
        (Shape::Map(shape), Value::Map(entries)) => {
            let entries = entries
                .iter()
                .map(|(key, value)| [json(&Shape::Text, key, settings), json(shape, value, settings)]);
            match settings.maps_as_pairs {
                true => array(entries.map(|pair| key_and_value(pair, settings)).collect()),
                false => {
                    let entries: Vec<Vec<u8>> = entries.map(|pair| pair.join(&b':')).collect();
                    [&b"{"[..], &entries.join(&b','), b"}"].concat()
                }
            }
        }
        other => panic!("{other:?} do not fit"),
    }
}

/// A map's entry where maps are arrays of tuples: a tuple of `keys` and `values`.
fn key_and_value([key, value]: [Vec<u8>; 2], settings: Settings) -> Vec<u8> {
    match settings.tuples_as_arrays {
        true => [b"[", &key[..], b",", &value, b"]"].concat(),
        false => [br#"{"keys":"#.as_slice(), &key, br#","values":"#, &value, b"}"].concat(),
    }
}

/// As ClickHouse writes it: bytes that are not UTF-8 as they are.
fn json_text(text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![b'"'];
    for &byte in text {
        match byte {
            b'"' => bytes.extend(br#"\""#),
            b'\\' => bytes.extend(br"\\"),
            b'/' => bytes.extend(br"\/"),
            b'\n' => bytes.extend(br"\n"),
            b'\r' => bytes.extend(br"\r"),
            b'\t' => bytes.extend(br"\t"),
            0x08 => bytes.extend(br"\b"),
            0x0c => bytes.extend(br"\f"),
            byte if byte < 0x20 => bytes.extend(format!("\\u{byte:04X}").into_bytes()),
            byte => bytes.push(byte),
        }
    }
    bytes.push(b'"');
    bytes
}

/// One IPC stream, as ClickHouse sends one for every block.
fn arrow_stream(fields: &[Field], rows: &[Row], settings: Settings) -> Vec<u8> {
    let batch = |rows: &[Row]| {
        let columns = fields.iter().enumerate().map(|(index, (name, shape))| {
            let values: Vec<&Value> = rows.iter().map(|row| &row[index]).collect();
            (*name, arrow_column(shape, &values, settings), true)
        });
        RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
    };
    let size = settings.batch_rows.unwrap_or(rows.len()).max(1);
    let batches: Vec<RecordBatch> = rows.chunks(size).map(batch).collect();
    arrow_stream_of(batch(&[]).schema(), &batches, settings.compression)
}

/// One IPC stream of batches that are there already.
pub fn arrow_stream_of(
    schema: Arc<Schema>,
    batches: &[RecordBatch],
    compression: Option<CompressionType>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = IpcWriteOptions::default().try_with_compression(compression).expect("a known method");
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &schema, options).expect("a stream");
    batches.iter().for_each(|batch| writer.write(batch).expect("a batch of the schema"));
    writer.finish().expect("an end");
    drop(writer);
    bytes
}

fn arrow_column(shape: &Shape, values: &[&Value], settings: Settings) -> ArrayRef {
    let present: Vec<bool> = values.iter().map(|value| !matches!(value, Value::Null)).collect();
    let nulls = present.contains(&false).then(|| NullBuffer::from(present));
    let elements = |value: &&Value| match value {
        Value::Null => 0,
        Value::Map(entries) => entries.len(),
        other => other.elements().len(),
    };
    match shape {
        Shape::Text => {
            let texts = values.iter().map(|value| match value {
                Value::Null => None,
                Value::Text(text) => Some(text.as_slice()),
                other => panic!("{other:?} is no text"),
            });
            let binary = arrow::array::BinaryArray::from_iter(texts);
            if settings.strings_as_binary {
                return Arc::new(binary);
            }
            let (offsets, bytes, nulls) = binary.into_parts();
            // SAFETY: no test reads these strings; what the program makes of bytes that are no text
            // is what is tested.
            Arc::new(unsafe { StringArray::new_unchecked(offsets, bytes, nulls) })
        }
        Shape::UInt => Arc::new(UInt64Array::from_iter(values.iter().map(|value| match value {
            Value::Null => None,
            Value::UInt(number) => Some(*number),
            other => panic!("{other:?} is no integer"),
        }))),
        Shape::Float | Shape::Nullable => {
            Arc::new(Float64Array::from_iter(values.iter().map(|value| value.float())))
        }
        Shape::Bool => Arc::new(BooleanArray::from_iter(values.iter().map(|value| match value {
            Value::Null => None,
            Value::Bool(truth) => Some(*truth),
            other => panic!("{other:?} is no truth"),
        }))),
        Shape::Array(shape) => {
            let offsets = OffsetBuffer::from_lengths(values.iter().map(elements));
            let inner: Vec<&Value> = values
                .iter()
                .filter(|value| !matches!(value, Value::Null))
                .flat_map(|value| value.elements())
                .collect();
            let inner = arrow_column(shape, &inner, settings);
            let item = ArrowField::new("item", inner.data_type().clone(), true);
            Arc::new(ListArray::new(Arc::new(item), offsets, inner, nulls))
        }
        Shape::Tuple(fields) => {
            let columns = fields.iter().enumerate().map(|(index, (name, shape))| {
                let inner: Vec<&Value> = values
                    .iter()
                    .map(|value| match value {
                        Value::Null => &Value::Null,
                        value => &value.elements()[index],
                    })
                    .collect();
                let column = arrow_column(shape, &inner, settings);
                (Arc::new(ArrowField::new(*name, column.data_type().clone(), true)), column)
            });
            let (fields, columns): (Vec<_>, Vec<_>) = columns.unzip();
            Arc::new(StructArray::new(fields.into(), columns, nulls))
        }
        Shape::Map(shape) => {
            let offsets = OffsetBuffer::from_lengths(values.iter().map(elements));
            let entries: Vec<&(Value, Value)> = values
                .iter()
                .flat_map(|value| match value {
                    Value::Map(entries) => entries.as_slice(),
                    _ => &[],
                })
                .collect();
            let keys: Vec<&Value> = entries.iter().map(|(key, _)| key).collect();
            let inner: Vec<&Value> = entries.iter().map(|(_, value)| value).collect();
            let (keys, inner) =
                (arrow_column(&Shape::Text, &keys, settings), arrow_column(shape, &inner, settings));
            let fields = Fields::from(vec![
                ArrowField::new("key", keys.data_type().clone(), false),
                ArrowField::new("value", inner.data_type().clone(), true),
            ]);
            let entries = StructArray::new(fields.clone(), vec![keys, inner], None);
            let field = ArrowField::new("entries", DataType::Struct(fields), false);
            Arc::new(MapArray::new(Arc::new(field), offsets, entries, nulls, false))
        }
    }
}

/// The answers in `bytes`, which is to hold one chunk of answers for each of `chunks` rows.
#[track_caller]
pub fn answers(function: Function, format: Format, bytes: &[u8], chunks: &[usize]) -> Vec<Value> {
    let shape = function.returns();
    let rows = chunks.iter().sum();
    let mut rest = bytes;
    let answers: Vec<Value> = match format {
        Format::RowBinary => (0..rows).map(|_| take_row_binary(&shape, &mut rest)).collect(),
        Format::TabSeparated => (0..rows)
            .map(|_| {
                let mut line = take_line(&mut rest);
                let answer = take_literal(&shape, &mut line);
                assert_eq!(line, b"", "nothing follows an answer");
                answer
            })
            .collect(),
        Format::JsonEachRow => (0..rows)
            .map(|_| {
                let line: serde_json::Value = serde_json::from_slice(take_line(&mut rest)).expect("JSON");
                assert_eq!(line.as_object().map(|object| object.len()), Some(1), "{line}");
                json_value(&shape, &line["result"])
            })
            .collect(),
        Format::ArrowStream => chunks
            .iter()
            .flat_map(|&rows| {
                let answers = take_arrow_stream(&shape, &mut rest);
                assert_eq!(answers.len(), rows, "answers in one stream");
                answers
            })
            .collect(),
    };
    assert_eq!(rest, b"", "nothing follows the answers");
    answers
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at_checked(count).expect("the answers are all there");
    *bytes = rest;
    taken
}

fn take_line<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let end = bytes.iter().position(|&byte| byte == b'\n').expect("the answers are all there");
    let line = take(bytes, end + 1);
    &line[..end]
}

fn take_varint(bytes: &mut &[u8]) -> usize {
    let (mut number, mut weight) = (0, 1);
    loop {
        let byte = take(bytes, 1)[0];
        number += usize::from(byte % 128) * weight;
        if byte < 128 {
            return number;
        }
        weight *= 128;
    }
}

fn take_row_binary(shape: &Shape, bytes: &mut &[u8]) -> Value {
    let eight = |bytes: &mut &[u8]| -> [u8; 8] { take(bytes, 8).try_into().expect("eight bytes") };
    match shape {
        Shape::Text => {
            let length = take_varint(bytes);
            Value::Text(take(bytes, length).to_vec())
        }
        Shape::UInt => Value::UInt(u64::from_le_bytes(eight(bytes))),
        Shape::Float if take(bytes, 1)[0] != 0 => Value::Null,
        Shape::Float => Value::Float(f64::from_le_bytes(eight(bytes))),
        Shape::Bool => Value::Bool(take(bytes, 1)[0] == 1),
        Shape::Array(shape) => {
            Value::Array((0..take_varint(bytes)).map(|_| take_row_binary(shape, bytes)).collect())
        }
        Shape::Tuple(fields) => {
            Value::Tuple(fields.iter().map(|(_, shape)| take_row_binary(shape, bytes)).collect())
        }
        Shape::Map(_) | Shape::Nullable => panic!("no answer is a {shape:?}"),
    }
}

fn take_literal(shape: &Shape, line: &mut &[u8]) -> Value {
    let word = |line: &mut &[u8]| {
        let end = line.iter().position(|byte| b",])".contains(byte)).unwrap_or(line.len());
        String::from_utf8(take(line, end).to_vec()).expect("a word")
    };
    match shape {
        Shape::Text => {
            assert_eq!(take(line, 1), b"'");
            let mut text = Vec::new();
            loop {
                match take(line, 1)[0] {
                    b'\'' => return Value::Text(text),
                    b'\\' => text.push(match take(line, 1)[0] {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        b'0' => 0,
                        escaped @ (b'\\' | b'\'') => escaped,
                        other => panic!("escaped {:?}", char::from(other)),
                    }),
                    byte => text.push(byte),
                }
            }
        }
        Shape::UInt => Value::UInt(word(line).parse().expect("an integer")),
        Shape::Bool => Value::Bool(word(line).parse().expect("true or false")),
        Shape::Float => match word(line).as_str() {
            "NULL" => Value::Null,
            number => Value::Float(number.parse().expect("a number")),
        },
        Shape::Array(shape) => {
            let mut elements = Vec::new();
            assert_eq!(take(line, 1), b"[");
            while line.first() != Some(&b']') {
                if !elements.is_empty() {
                    assert_eq!(take(line, 1), b",");
                }
                elements.push(take_literal(shape, line));
            }
            take(line, 1);
            Value::Array(elements)
        }
        Shape::Tuple(fields) => {
            let mut elements = Vec::new();
            for (index, (_, shape)) in fields.iter().enumerate() {
                assert_eq!(take(line, 1), if index == 0 { b"(" } else { b"," });
                elements.push(take_literal(shape, line));
            }
            assert_eq!(take(line, 1), b")");
            Value::Tuple(elements)
        }
        Shape::Map(_) | Shape::Nullable => panic!("no answer is a {shape:?}"),
    }
}

fn json_value(shape: &Shape, json: &serde_json::Value) -> Value {
    match shape {
        Shape::Text => Value::Text(json.as_str().expect("a string").as_bytes().to_vec()),
        Shape::UInt => Value::UInt(json.as_u64().expect("an integer")),
        Shape::Float if json.is_null() => Value::Null,
        Shape::Float => Value::Float(json.as_f64().expect("a number")),
        Shape::Bool => Value::Bool(json.as_bool().expect("true or false")),
        Shape::Array(shape) => {
            let elements = json.as_array().expect("an array");
            Value::Array(elements.iter().map(|json| json_value(shape, json)).collect())
        }
        Shape::Tuple(fields) => {
            assert_eq!(json.as_object().map(|object| object.len()), Some(fields.len()), "{json}");
            Value::Tuple(fields.iter().map(|(name, shape)| json_value(shape, &json[*name])).collect())
        }
        Shape::Map(_) | Shape::Nullable => panic!("no answer is a {shape:?}"),
    }
}

fn take_arrow_stream(shape: &Shape, bytes: &mut &[u8]) -> Vec<Value> {
    let mut cursor = Cursor::new(*bytes);
    let reader = StreamReader::try_new(&mut cursor, None).expect("an Arrow stream");
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().expect("whole batches");
    *bytes = &bytes[cursor.position() as usize..];
    let columns = batches.iter().map(|batch| batch.column_by_name("result").expect("the result"));
    columns.flat_map(|column| (0..column.len()).map(|row| arrow_value(shape, column, row))).collect()
}

fn arrow_value(shape: &Shape, array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match shape {
        Shape::Text => Value::Text(array.as_binary::<i32>().value(row).to_vec()),
        Shape::UInt => Value::UInt(array.as_primitive::<UInt64Type>().value(row)),
        Shape::Float => Value::Float(array.as_primitive::<Float64Type>().value(row)),
        Shape::Bool => Value::Bool(array.as_boolean().value(row)),
        Shape::Array(shape) => {
            let elements = array.as_list::<i32>().value(row);
            Value::Array((0..elements.len()).map(|row| arrow_value(shape, &elements, row)).collect())
        }
        Shape::Tuple(fields) => {
            let columns = array.as_struct();
            assert_eq!(columns.num_columns(), fields.len());
            let value = |(name, shape): &Field| {
                arrow_value(shape, columns.column_by_name(name).expect("the field"), row)
            };
            Value::Tuple(fields.iter().map(value).collect())
        }
        Shape::Map(_) | Shape::Nullable => panic!("no answer is a {shape:?}"),
    }
}
