//! The wire: how ClickHouse values become Rust values and back, whatever the format.
//!
//! A type that crosses the wire says once what it is in ClickHouse ([`WireType`]) and how it is
//! made of smaller values ([`Decode`], [`Encode`]). A format says once how the smallest values look
//! in bytes ([`Reader`], [`Writer`]). Every function then speaks every format, and the declared
//! types, the registration and the documentation cannot drift apart from what is read and written.

pub mod arrow_stream;
pub mod columnar;
pub mod frame;
pub mod json_each_row;
mod macros;
pub mod row_binary;
pub mod tab_separated;
pub mod types;
pub mod value;

pub use frame::{Extent, FrameError, Input};
pub(crate) use macros::{decode_tuple, encode_tuple, tuple};
pub use types::{Field, Type};
pub use value::{Text, ValueError};

/// A format as ClickHouse names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    RowBinary,
    TabSeparated,
    JsonEachRow,
    ArrowStream,
}

/// On the command line a format is called as in SQL.
impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.name().into())
    }
}

impl Format {
    /// Every format there is, the default first.
    pub const ALL: [Format; 4] =
        [Format::RowBinary, Format::TabSeparated, Format::JsonEachRow, Format::ArrowStream];

    /// ClickHouse's name of the format.
    pub fn name(self) -> &'static str {
        match self {
            Format::RowBinary => "RowBinary",
            Format::TabSeparated => "TabSeparated",
            Format::JsonEachRow => "JSONEachRow",
            Format::ArrowStream => "ArrowStream",
        }
    }
}

/// A Rust type with the ClickHouse type it stands for.
pub trait WireType {
    const TYPE: Type;
}

/// A value that can be read from any format.
pub trait Decode<'a>: WireType + Sized {
    fn decode<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError>;
}

/// The arguments of one call: the fields of a tuple, without the tuple around them.
pub trait DecodeRow<'a>: WireType + Sized {
    fn decode_row<R: Reader<'a>>(reader: &mut R) -> Result<Self, ValueError>;
}

/// A value that can be written in any format.
pub trait Encode: WireType {
    fn encode<W: Writer>(&self, writer: &mut W);
}

/// Reads the values of one row, in the order in which they are declared.
///
/// A reader stands on one value; a call takes it. What a tuple, array or map contains is read by a
/// closure that gets the reader again, standing on the content.
pub trait Reader<'a>: Sized {
    fn string(&mut self) -> Result<Text<'a>, ValueError>;
    fn uint64(&mut self) -> Result<u64, ValueError>;
    fn float64(&mut self) -> Result<f64, ValueError>;
    fn boolean(&mut self) -> Result<bool, ValueError>;
    fn nullable_float64(&mut self) -> Result<Option<f64>, ValueError>;
    fn array<T>(
        &mut self,
        element: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<T>, ValueError>;
    fn map<T>(
        &mut self,
        value: impl FnMut(&mut Self) -> Result<T, ValueError>,
    ) -> Result<Vec<(Text<'a>, T)>, ValueError>;
    fn tuple<T>(&mut self, fields: impl FnOnce(&mut Self) -> Result<T, ValueError>) -> Result<T, ValueError>;
    /// Reads field number `index` of the tuple (or row) that the reader stands in.
    fn field<T>(
        &mut self,
        index: usize,
        name: &'static str,
        value: impl FnOnce(&mut Self) -> Result<T, ValueError>,
    ) -> Result<T, ValueError>;
}

/// Writes values into memory, so it cannot fail.
pub trait Writer: Sized {
    fn string(&mut self, value: &[u8]);
    fn uint64(&mut self, value: u64);
    fn boolean(&mut self, value: bool);
    fn nullable_float64(&mut self, value: Option<f64>);
    fn array<T>(&mut self, elements: &[T], element: impl FnMut(&mut Self, &T));
    fn tuple(&mut self, fields: impl FnOnce(&mut Self));
    /// Writes field number `index` of the tuple that the writer stands in.
    fn field(&mut self, index: usize, name: &'static str, value: impl FnOnce(&mut Self));
}

/// Takes the rows of one chunk off the input, one by one.
pub trait ChunkReader {
    /// The next row; an error says what is wrong with it.
    fn next_row<'a, T: DecodeRow<'a>>(&'a mut self) -> Result<T, RowError>;

    /// Says whether the chunk ends with the last row asked for. Where rows follow one another without
    /// an end mark, what is left over shows as a wrong header.
    fn finish(self) -> Result<(), RowError>
    where
        Self: Sized,
    {
        Ok(())
    }
}

/// Collects the answers to one chunk and puts them into bytes, in a buffer it is given.
pub trait ChunkWriter: Sized {
    fn push<T: Encode>(&mut self, answer: &T);

    /// The bytes of all answers.
    fn finish(self) -> Vec<u8>;

    /// The bytes to send instead when the chunk fails, so that ClickHouse asks for the reason.
    fn refuse(self) -> Vec<u8> {
        Vec::new()
    }
}

/// Why a row could not be had: the stream broke, or a value in it is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Value(#[from] ValueError),
}
