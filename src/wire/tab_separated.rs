//! TabSeparated: one row a line; composite values as SQL-like literals with quoted strings.
//!
//! A string that is an argument by itself is escaped; one inside an array, tuple or map is quoted
//! and escaped. Both use backslashes, so a line end or a tab is never part of a value. Query
//! settings can end lines with CR LF; both ends are taken.

use std::io::Read;

use super::frame::Input;
use super::value::{Text, ValueError, print_float, quoted};
use super::{ChunkReader, ChunkWriter, DecodeRow, Encode, Reader, RowError, Type, Writer};

/// The chunk's rows, in TabSeparated.
pub struct TabSeparatedReader<'i, R> {
    input: &'i mut Input<R>,
}

impl<'i, R: Read> TabSeparatedReader<'i, R> {
    pub fn new(input: &'i mut Input<R>) -> Self {
        Self { input }
    }
}

impl<R: Read> ChunkReader for TabSeparatedReader<'_, R> {
    fn next_row<'a, T: DecodeRow<'a>>(&'a mut self) -> Result<T, RowError> {
        let line = self.input.line()?;
        Ok(decode_line(line.strip_suffix(b"\r").unwrap_or(line))?)
    }
}

/// Reads a whole line as one row.
pub fn decode_line<'a, T: DecodeRow<'a>>(line: &'a [u8]) -> Result<T, ValueError> {
    let mut reader = Literals { rest: line, depth: 0 };
    let row = T::decode_row(&mut reader)?;
    match reader.rest {
        [] => Ok(row),
        rest => Err(ValueError::new(format!("expected the end of the line, found {}", quoted(rest)))),
    }
}

/// The text that an unquoted cell stands for.
pub fn unescape_cell(cell: &[u8]) -> Result<Text<'_>, ValueError> {
    Literals { rest: cell, depth: 0 }.string()
}

/// Appends the text as an unquoted cell.
pub fn escape_cell(text: &[u8], bytes: &mut Vec<u8>) {
    escape(text, b"\\\n\t\r\0", bytes);
}

/// Appends the text with a backslash before each of `special`.
fn escape(text: &[u8], special: &[u8], bytes: &mut Vec<u8>) {
    for &byte in text {
        if special.contains(&byte) {
            let letter = match byte {
                b'\n' => b'n',
                b'\t' => b't',
                b'\r' => b'r',
                0 => b'0',
                other => other,
            };
            bytes.extend([b'\\', letter]);
        } else {
            bytes.push(byte);
        }
    }
}

/// The values of one line.
struct Literals<'a> {
    rest: &'a [u8],
    /// How many arrays, tuples and maps are open.
    depth: usize,
}

impl<'a> Literals<'a> {
    fn take_byte(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), ValueError> {
        if self.take_byte(byte) {
            return Ok(());
        }
        let expected = char::from(byte);
        Err(ValueError::new(format!("expected {expected:?}, found {}", quoted(self.rest))))
    }

    /// A number or a word: everything up to what can follow a value.
    fn word(&mut self) -> &'a [u8] {
        let end = self
            .rest
            .iter()
            .position(|byte| matches!(byte, b'\t' | b',' | b')' | b']' | b'}' | b':'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn parse<T: std::str::FromStr>(&mut self, ty: &Type) -> Result<T, ValueError> {
        let word = self.word();
        std::str::from_utf8(word)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| ValueError::expected(ty, quoted(word)))
    }

    /// Everything up to `end`, with the escapes resolved; `end` is taken too if it is a quote.
    fn unescape(&mut self, end: u8) -> Result<Text<'a>, ValueError> {
        let plain = self.rest.iter().position(|&byte| byte == end || byte == b'\\');
        let plain = plain.unwrap_or(self.rest.len());
        if self.rest.get(plain) != Some(&b'\\') {
            let (text, rest) = self.rest.split_at(plain);
            self.rest = rest;
            return Ok(Text::borrowed(text));
        }
        let mut text = self.rest[..plain].to_vec();
        self.rest = &self.rest[plain..];
        while let Some((&byte, rest)) = self.rest.split_first() {
            if byte == end {
                break;
            }
            self.rest = rest;
            if byte != b'\\' {
                text.push(byte);
                continue;
            }
            let Some((&escape, rest)) = self.rest.split_first() else {
                return Err(ValueError::expected(&Type::String, "a backslash at the end of the line"));
            };
            self.rest = rest;
            text.push(match escape {
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'0' => 0,
                b'a' => 0x07,
                b'v' => 0x0b,
                b'e' => 0x1b,
                other => other,
            });
        }
        Ok(Text::owned(text))
    }

    /// What stands between `open` and `close`, separated by commas.
    fn list<T>(
        &mut self,
        open: u8,
        close: u8,
        mut element: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<T>, ValueError> {
        self.expect(open)?;
        self.depth += 1;
        let mut elements = Vec::new();
        while !self.take_byte(close) {
            let index = elements.len();
            if index > 0 {
                self.expect(b',')?;
            }
            elements.push(element(self).map_err(|error| error.in_element(index))?);
        }
        self.depth -= 1;
        Ok(elements)
    }
}

impl<'a> Reader<'a> for Literals<'a> {
    fn string(&mut self) -> Result<Text<'a>, ValueError> {
        if self.depth == 0 {
            return self.unescape(b'\t');
        }
        self.expect(b'\'')?;
        let text = self.unescape(b'\'')?;
        self.expect(b'\'')?;
        Ok(text)
    }

    fn uint64(&mut self) -> Result<u64, ValueError> {
        self.parse(&Type::UInt64)
    }

    fn float64(&mut self) -> Result<f64, ValueError> {
        self.parse(&Type::Float64)
    }

    fn boolean(&mut self) -> Result<bool, ValueError> {
        match self.word() {
            b"true" | b"1" => Ok(true),
            b"false" | b"0" => Ok(false),
            other => Err(ValueError::expected(&Type::Bool, quoted(other))),
        }
    }

    fn nullable_float64(&mut self) -> Result<Option<f64>, ValueError> {
        let rest = self.rest;
        match self.word() {
            // The first where the argument is the value, the second inside of others.
            br"\N" | b"NULL" => Ok(None),
            _ => {
                self.rest = rest;
                self.parse(&Type::NullableFloat64).map(Some)
            }
        }
    }

    fn array<T>(
        &mut self,
        element: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<T>, ValueError> {
        self.list(b'[', b']', element)
    }

    fn map<T>(
        &mut self,
        mut value: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<(Text<'a>, T)>, ValueError> {
        self.list(b'{', b'}', |reader| {
            let key = reader.string()?;
            reader.expect(b':')?;
            Ok((key, value(reader)?))
        })
    }

    fn tuple<T>(&mut self, fields: impl FnOnce(&mut Self) -> Result<T, ValueError>) -> Result<T, ValueError> {
        self.expect(b'(')?;
        self.depth += 1;
        let value = fields(self)?;
        self.depth -= 1;
        self.expect(b')')?;
        Ok(value)
    }

    fn field<T>(
        &mut self,
        index: usize,
        _name: &'static str,
        value: impl FnOnce(&mut Self) -> Result<T, ValueError>,
    ) -> Result<T, ValueError> {
        if index > 0 {
            self.expect(if self.depth == 0 { b'\t' } else { b',' })?;
        }
        value(self)
    }
}

/// The chunk's answers, in TabSeparated. An answer is one composite value, so strings are quoted.
pub struct TabSeparatedWriter {
    bytes: Vec<u8>,
}

impl TabSeparatedWriter {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    fn print(&mut self, text: std::fmt::Arguments<'_>) {
        use std::io::Write;
        // Writing into a vector cannot fail.
        let _ = self.bytes.write_fmt(text);
    }
}

impl ChunkWriter for TabSeparatedWriter {
    fn push<T: Encode>(&mut self, answer: &T) {
        answer.encode(self);
        self.bytes.push(b'\n');
    }

    fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

impl Writer for TabSeparatedWriter {
    fn string(&mut self, value: &[u8]) {
        self.bytes.push(b'\'');
        escape(value, b"'\\\n\t\r\0", &mut self.bytes);
        self.bytes.push(b'\'');
    }

    fn uint64(&mut self, value: u64) {
        self.print(format_args!("{value}"));
    }

    fn boolean(&mut self, value: bool) {
        self.print(format_args!("{value}"));
    }

    fn nullable_float64(&mut self, value: Option<f64>) {
        match value {
            Some(value) => print_float(value, &mut self.bytes),
            None => self.bytes.extend(b"NULL"),
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
        self.bytes.push(b'(');
        fields(self);
        self.bytes.push(b')');
    }

    fn field(&mut self, index: usize, _name: &'static str, value: impl FnOnce(&mut Self)) {
        if index > 0 {
            self.bytes.push(b',');
        }
        value(self);
    }
}
