//! RowBinary: fixed-width little-endian numbers, lengths as LEB128 varints, fields back to back.
//!
//! Two passes over a row: [`row_extent`] walks the declared type to find where the row ends, so that
//! decoding always has the whole row; then the values are read where they lie, without a copy.

use std::io::Read;

use super::frame::{Extent, Input};
use super::value::{Text, ValueError, quoted};
use super::{ChunkReader, ChunkWriter, DecodeRow, Encode, Field, Reader, RowError, Type, Writer};

/// A 64-bit varint takes ten bytes at most.
const VARINT_MAX_BYTES: usize = 10;

/// The chunk's rows, in RowBinary.
pub struct RowBinaryReader<'i, R> {
    input: &'i mut Input<R>,
}

impl<'i, R: Read> RowBinaryReader<'i, R> {
    pub fn new(input: &'i mut Input<R>) -> Self {
        Self { input }
    }
}

impl<R: Read> ChunkReader for RowBinaryReader<'_, R> {
    fn next_row<'a, T: DecodeRow<'a>>(&'a mut self) -> Result<T, RowError> {
        let fields = T::TYPE.fields();
        let row = self.input.frame(|bytes| row_extent(fields, bytes))?;
        Ok(T::decode_row(&mut Bytes { rest: row })?)
    }
}

/// How far a row of these fields reaches.
pub fn row_extent(fields: &[Field], bytes: &[u8]) -> Result<Extent, ValueError> {
    let mut walk = Walk { bytes, at: 0 };
    for field in fields {
        match walk.value(&field.ty) {
            Step::Over => {}
            Step::Short => return Ok(Extent::AtLeast(walk.at)),
            Step::Corrupt => return Err(ValueError::new(BAD_LENGTH).in_field(field.name)),
        }
    }
    Ok(Extent::Complete(walk.at))
}

const BAD_LENGTH: &str = "a length takes more than 64 bits";

/// Where the walk stands after a value.
#[derive(PartialEq)]
enum Step {
    /// Past it.
    Over,
    /// In need of the bytes up to `at`.
    Short,
    /// At a length that is none.
    Corrupt,
}

struct Walk<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Walk<'_> {
    fn value(&mut self, ty: &Type) -> Step {
        match ty {
            Type::String => self.after_length(|walk, length| walk.skip(length)),
            Type::Array(element) => self.after_length(|walk, count| walk.repeat(count, &[element])),
            Type::Map(value) => self.after_length(|walk, count| walk.repeat(count, &[&Type::String, value])),
            Type::Tuple(fields) => self.each(fields.iter().map(|field| &field.ty)),
            // A byte that says whether there is a value, then the value.
            Type::NullableFloat64 => self.skip(if self.bytes.get(self.at) == Some(&0) { 9 } else { 1 }),
            Type::UInt64 | Type::Float64 => self.skip(8),
            Type::Bool => self.skip(1),
        }
    }

    fn each<'t>(&mut self, types: impl Iterator<Item = &'t Type>) -> Step {
        for ty in types {
            let step = self.value(ty);
            if step != Step::Over {
                return step;
            }
        }
        Step::Over
    }

    /// `count` times the values in `types`. What they must take at least is known at once, so a row
    /// of many elements that arrives in pieces is not walked again for every piece.
    fn repeat(&mut self, count: usize, types: &[&Type]) -> Step {
        let least = types.iter().map(|ty| least_bytes(ty)).sum::<usize>().saturating_mul(count);
        if self.bytes.len().saturating_sub(self.at) < least {
            self.at = self.at.saturating_add(least);
            return Step::Short;
        }
        for _ in 0..count {
            let step = self.each(types.iter().copied());
            if step != Step::Over {
                return step;
            }
        }
        Step::Over
    }

    fn skip(&mut self, count: usize) -> Step {
        self.at = self.at.saturating_add(count);
        if self.at <= self.bytes.len() { Step::Over } else { Step::Short }
    }

    /// Takes a length and goes on with it.
    fn after_length(&mut self, next: impl FnOnce(&mut Self, usize) -> Step) -> Step {
        match varint(self.bytes.get(self.at..).unwrap_or_default()) {
            Varint::Value(length, bytes) => {
                self.at += bytes;
                next(self, usize::try_from(length).unwrap_or(usize::MAX))
            }
            Varint::Short => {
                self.at = self.bytes.len() + 1;
                Step::Short
            }
            Varint::TooLong => Step::Corrupt,
        }
    }
}

/// The fewest bytes that a value of the type takes.
fn least_bytes(ty: &Type) -> usize {
    match ty {
        Type::Tuple(fields) => fields.iter().map(|field| least_bytes(&field.ty)).sum(),
        Type::UInt64 | Type::Float64 => 8,
        Type::String | Type::Bool | Type::NullableFloat64 | Type::Array(_) | Type::Map(_) => 1,
    }
}

enum Varint {
    Value(u64, usize),
    Short,
    TooLong,
}

#[inline]
fn varint(bytes: &[u8]) -> Varint {
    match bytes.first() {
        Some(&byte) if byte < 0x80 => Varint::Value(byte.into(), 1),
        _ => long_varint(bytes),
    }
}

fn long_varint(bytes: &[u8]) -> Varint {
    let mut value = 0u64;
    for index in 0..VARINT_MAX_BYTES {
        let Some(&byte) = bytes.get(index) else { return Varint::Short };
        let bits = u64::from(byte & 0x7f);
        if index == VARINT_MAX_BYTES - 1 && bits > 1 {
            return Varint::TooLong;
        }
        value |= bits << (7 * index);
        if byte & 0x80 == 0 {
            return Varint::Value(value, index + 1);
        }
    }
    Varint::TooLong
}

#[cold]
fn short(ty: &Type, here: usize) -> ValueError {
    ValueError::expected(ty, format!("only {here} bytes"))
}

/// The values of one complete row.
struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize, ty: &Type) -> Result<&'a [u8], ValueError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(short(ty, self.rest.len()));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn eight(&mut self, ty: &Type) -> Result<[u8; 8], ValueError> {
        let mut eight = [0; 8];
        eight.copy_from_slice(self.take(8, ty)?);
        Ok(eight)
    }

    fn byte(&mut self, ty: &Type) -> Result<u8, ValueError> {
        Ok(self.take(1, ty)?[0])
    }

    fn length(&mut self, ty: &Type) -> Result<usize, ValueError> {
        match varint(self.rest) {
            Varint::Value(length, bytes) => {
                self.rest = &self.rest[bytes..];
                usize::try_from(length).map_err(|_| ValueError::expected(ty, format!("length {length}")))
            }
            Varint::Short | Varint::TooLong => Err(ValueError::expected(ty, "no length")),
        }
    }

    /// Room for `count` elements, but never more than the bytes here could fill.
    fn room<T>(&self, count: usize) -> Vec<T> {
        Vec::with_capacity(count.min(self.rest.len()))
    }
}

impl<'a> Reader<'a> for Bytes<'a> {
    fn string(&mut self) -> Result<Text<'a>, ValueError> {
        let length = self.length(&Type::String)?;
        self.take(length, &Type::String).map(Text::borrowed)
    }

    fn uint64(&mut self) -> Result<u64, ValueError> {
        self.eight(&Type::UInt64).map(u64::from_le_bytes)
    }

    fn float64(&mut self) -> Result<f64, ValueError> {
        self.eight(&Type::Float64).map(f64::from_le_bytes)
    }

    fn boolean(&mut self) -> Result<bool, ValueError> {
        match self.byte(&Type::Bool)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(ValueError::expected(&Type::Bool, format!("byte {}", quoted(&[other])))),
        }
    }

    fn nullable_float64(&mut self) -> Result<Option<f64>, ValueError> {
        match self.byte(&Type::NullableFloat64)? {
            0 => self.eight(&Type::NullableFloat64).map(f64::from_le_bytes).map(Some),
            1 => Ok(None),
            other => Err(ValueError::expected(&Type::NullableFloat64, format!("mark {}", quoted(&[other])))),
        }
    }

    fn array<T>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<T>, ValueError> {
        let count = self.length(&Type::UInt64)?;
        let mut elements = self.room(count);
        for index in 0..count {
            elements.push(element(self).map_err(|error| error.in_element(index))?);
        }
        Ok(elements)
    }

    fn map<T>(
        &mut self,
        mut value: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<(Text<'a>, T)>, ValueError> {
        self.array(|reader| Ok((reader.string()?, value(reader)?)))
    }

    fn tuple<T>(&mut self, fields: impl FnOnce(&mut Self) -> Result<T, ValueError>) -> Result<T, ValueError> {
        fields(self)
    }

    fn field<T>(
        &mut self,
        _index: usize,
        _name: &'static str,
        value: impl FnOnce(&mut Self) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        value(self)
    }
}

/// The chunk's answers, in RowBinary.
pub struct RowBinaryWriter {
    bytes: Vec<u8>,
}

impl ChunkWriter for RowBinaryWriter {
    fn push<T: Encode>(&mut self, answer: &T) {
        answer.encode(self);
    }

    fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

impl RowBinaryWriter {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    fn length(&mut self, length: usize) {
        let mut rest = length as u64;
        while rest > 0x7f {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }
}

impl Writer for RowBinaryWriter {
    fn string(&mut self, value: &[u8]) {
        self.length(value.len());
        self.bytes.extend_from_slice(value);
    }

    fn uint64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn boolean(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    fn nullable_float64(&mut self, value: Option<f64>) {
        match value {
            Some(value) => {
                let mut present = [0; 9];
                present[1..].copy_from_slice(&value.to_le_bytes());
                self.bytes.extend_from_slice(&present);
            }
            None => self.bytes.push(1),
        }
    }

    fn array<T>(&mut self, elements: &[T], mut element: impl FnMut(&mut Self, &T)) {
        self.length(elements.len());
        for value in elements {
            element(self, value);
        }
    }

    fn tuple(&mut self, fields: impl FnOnce(&mut Self)) {
        fields(self);
    }

    fn field(&mut self, _index: usize, _name: &'static str, value: impl FnOnce(&mut Self)) {
        value(self);
    }
}
