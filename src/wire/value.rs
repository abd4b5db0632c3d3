//! The smallest values that cross the wire, and what is said of one that is wrong.

use std::borrow::Cow;
use std::fmt;

use super::{Decode, Encode, Reader, Type, WireType, Writer};

/// A ClickHouse String: any bytes, mostly UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, [u8]>);

impl<'a> Text<'a> {
    pub fn borrowed(bytes: &'a [u8]) -> Self {
        Text(Cow::Borrowed(bytes))
    }

    pub fn owned(bytes: Vec<u8>) -> Text<'static> {
        Text(Cow::Owned(bytes))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Quoted, on one line and not too long: fit for an error message.
impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(&self.0))
    }
}

/// Numbers of this size are written without an exponent: before 26.9, ClickHouse reads about a third of
/// the others with the last digit wrong, in text formats, and of these one in a hundred at most.
const PLAIN: std::ops::Range<f64> = 1e-30..1e17;

/// Appends the shortest digits that are read back as the same double.
pub fn print_float(value: f64, bytes: &mut Vec<u8>) {
    use std::io::Write;
    // Writing into a vector cannot fail.
    let _ = if PLAIN.contains(&value.abs()) { write!(bytes, "{value}") } else { write!(bytes, "{value:e}") };
}

/// How much of a wrong value an error message shows, in bytes.
const SHOWN_BYTES: usize = 100;

/// Bytes in quotes with control characters escaped, cut where they get long.
pub fn quoted(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(SHOWN_BYTES)];
    let cut = if shown.len() < bytes.len() { "…" } else { "" };
    format!("{:?}{cut}", String::from_utf8_lossy(shown))
}

/// How much of another library's words a message tells, in bytes.
const TOLD_BYTES: usize = 300;

/// Words on one line and not too long: other libraries put names and values into theirs as they are.
fn one_line(words: &str) -> String {
    let mut line = String::new();
    for char in words.chars() {
        if line.len() >= TOLD_BYTES {
            line.push('…');
            break;
        }
        if char.is_control() { line.extend(char.escape_default()) } else { line.push(char) }
    }
    line
}

/// A value that is not what its column declares: where it stands, what was expected, what was found.
#[derive(Debug, PartialEq)]
pub struct ValueError {
    /// Names and indices from the value outwards.
    path: Vec<String>,
    problem: String,
}

impl ValueError {
    /// `found` is no value of type `expected`.
    pub fn expected(expected: &Type, found: impl fmt::Display) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }

    pub fn new(problem: impl Into<String>) -> Self {
        Self { path: Vec::new(), problem: one_line(&problem.into()) }
    }

    /// The same error, one named level further out.
    pub fn in_field(mut self, name: &str) -> Self {
        let dotted = self.path.last().is_some_and(|inner| !inner.starts_with('['));
        let name = one_line(name);
        self.path.push(if dotted { format!("{name}.") } else { name });
        self
    }

    /// The same error, inside element number `index` (from 1, as in SQL).
    pub fn in_element(mut self, index: usize) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.path.push(format!("[{}]{dot}", index + 1));
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            f.write_str("column ")?;
            for part in self.path.iter().rev() {
                f.write_str(part)?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for ValueError {}

impl WireType for Text<'_> {
    const TYPE: Type = Type::String;
}

impl<'a> Decode<'a> for Text<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError> {
        reader.string()
    }
}

impl Encode for Text<'_> {
    fn encode<W: Writer>(&self, writer: &mut W) {
        writer.string(self.as_bytes());
    }
}

/// A word of a fixed vocabulary, such as a verdict.
impl WireType for &'static str {
    const TYPE: Type = Type::String;
}

impl Encode for &'static str {
    fn encode<W: Writer>(&self, writer: &mut W) {
        writer.string(self.as_bytes());
    }
}

impl WireType for u64 {
    const TYPE: Type = Type::UInt64;
}

impl<'a> Decode<'a> for u64 {
    fn decode<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError> {
        reader.uint64()
    }
}

impl Encode for u64 {
    fn encode<W: Writer>(&self, writer: &mut W) {
        writer.uint64(*self);
    }
}

impl WireType for f64 {
    const TYPE: Type = Type::Float64;
}

impl<'a> Decode<'a> for f64 {
    fn decode<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError> {
        reader.float64()
    }
}

impl WireType for bool {
    const TYPE: Type = Type::Bool;
}

impl<'a> Decode<'a> for bool {
    fn decode<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError> {
        reader.boolean()
    }
}

impl Encode for bool {
    fn encode<W: Writer>(&self, writer: &mut W) {
        writer.boolean(*self);
    }
}

impl WireType for Option<f64> {
    const TYPE: Type = Type::NullableFloat64;
}

impl<'a> Decode<'a> for Option<f64> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError> {
        reader.nullable_float64()
    }
}

impl Encode for Option<f64> {
    fn encode<W: Writer>(&self, writer: &mut W) {
        writer.nullable_float64(*self);
    }
}

impl<T: WireType> WireType for Vec<T> {
    const TYPE: Type = Type::Array(&T::TYPE);
}

impl<'a, T: Decode<'a>> Decode<'a> for Vec<T> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError> {
        reader.array(T::decode)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode<W: Writer>(&self, writer: &mut W) {
        writer.array(self, |writer, element| element.encode(writer));
    }
}

/// A ClickHouse Map from String, in the order sent; keys may repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Map<'a, T>(pub Vec<(Text<'a>, T)>);

impl<T: WireType> WireType for Map<'_, T> {
    const TYPE: Type = Type::Map(&T::TYPE);
}

impl<'a, T: Decode<'a>> Decode<'a> for Map<'a, T> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError> {
        reader.map(T::decode).map(Map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_place_from_the_outside_in() {
        let error = ValueError::expected(&Type::UInt64, "x").in_field("n").in_element(1).in_field("arms");
        assert_eq!(error.to_string(), "column arms[2].n: expected UInt64, found x");
        let error = ValueError::new("no").in_element(0).in_field("a").in_field("b");
        assert_eq!(error.to_string(), "column b.a[1]: no");
    }

    #[test]
    fn a_shown_value_stays_on_one_line_and_short() {
        assert_eq!(quoted(b"a\nb\"\xff"), "\"a\\nb\\\"\u{fffd}\"");
        assert!(quoted(&[b'x'; 1000]).len() < 120);
    }
}
