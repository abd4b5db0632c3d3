//! ArrowStream: every block is an Arrow IPC stream of its own, with schema, batches and end marker.
//!
//! A block arrives whole before it is decoded: [`Messages`] walks the messages of the stream to its
//! end marker and refuses lengths that no honest block has, so that the Arrow library takes no more
//! than 1 GiB a batch on the word of a broken stream. Buffers may be compressed with LZ4 or ZSTD.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use super::columnar::{Cell, ColumnBuilder};
use super::frame::{Extent, Input, MAX_FRAME_BYTES};
use super::value::ValueError;
use super::{ChunkReader, ChunkWriter, DecodeRow, Encode, RowError, Type};

/// The chunk's rows, in ArrowStream.
pub struct ArrowStreamReader<'i, R> {
    input: &'i mut Input<R>,
    /// The block's batches, once it has been read.
    batches: Option<Vec<StructArray>>,
    batch: usize,
    row: usize,
}

impl<'i, R: Read> ArrowStreamReader<'i, R> {
    pub fn new(input: &'i mut Input<R>) -> Self {
        Self { input, batches: None, batch: 0, row: 0 }
    }

    /// Takes the block off the input, which also a chunk of no rows has.
    fn read_block(&mut self) -> Result<(), RowError> {
        if self.batches.is_none() {
            let mut messages = Messages::default();
            let frame = self.input.frame(|bytes| messages.extent(bytes))?;
            self.batches = Some(decode_block(frame)?);
        }
        Ok(())
    }
}

impl<R: Read> ChunkReader for ArrowStreamReader<'_, R> {
    fn next_row<'a, T: DecodeRow<'a>>(&'a mut self) -> Result<T, RowError> {
        self.read_block()?;
        let batches = self.batches.as_deref().unwrap_or_default();
        while batches.get(self.batch).is_some_and(|batch| self.row >= batch.len()) {
            self.batch += 1;
            self.row = 0;
        }
        let batch = batches
            .get(self.batch)
            .ok_or_else(|| ValueError::new("the Arrow stream holds fewer rows than the chunk header says"))?;
        let row = self.row;
        self.row += 1;
        Ok(T::decode_row(&mut Cell { array: batch, row })?)
    }

    fn finish(mut self) -> Result<(), RowError> {
        self.read_block()?;
        let batches = self.batches.unwrap_or_default();
        // Batches without columns may claim any number of rows.
        let left = batches.iter().skip(self.batch).map(Array::len).fold(0, usize::saturating_add);
        match left.saturating_sub(self.row) {
            0 => Ok(()),
            more => Err(ValueError::new(format!(
                "the Arrow stream holds {more} rows more than the chunk header says"
            ))
            .into()),
        }
    }
}

/// The batches of one complete IPC stream.
pub fn decode_block(stream: &[u8]) -> Result<Vec<StructArray>, ValueError> {
    let read = || -> Result<Vec<StructArray>, ArrowError> {
        let reader = StreamReader::try_new(Cursor::new(stream), None)?;
        reader.map(|batch| Ok(StructArray::from(batch?))).collect()
    };
    // The Arrow library panics on some malformed streams.
    let batches = catch_unwind(AssertUnwindSafe(read));
    batches
        .unwrap_or_else(|_| Err(ArrowError::IpcError("malformed stream".to_string())))
        .map_err(|error| ValueError::new(format!("not a valid Arrow stream: {error}")))
}

/// What stands before a message since format version 0.15.
const CONTINUATION: i32 = -1;

/// The walk over the messages of one IPC stream; it goes on where it stopped.
#[derive(Default)]
pub struct Messages {
    /// Where the next message begins.
    at: usize,
}

impl Messages {
    /// How far the stream reaches: to the end of its end marker.
    pub fn extent(&mut self, bytes: &[u8]) -> Result<Extent, ValueError> {
        loop {
            let Some(prefix) = number_at(bytes, self.at) else {
                return Ok(Extent::AtLeast(self.at + 4));
            };
            let length_at = if prefix == CONTINUATION { self.at + 4 } else { self.at };
            let Some(length) = number_at(bytes, length_at) else {
                return Ok(Extent::AtLeast(length_at + 4));
            };
            let metadata_at = length_at + 4;
            if length == 0 {
                return Ok(Extent::Complete(metadata_at));
            }
            let metadata_end = metadata_at + size(length.into(), "metadata")?;
            let Some(metadata) = bytes.get(metadata_at..metadata_end) else {
                return Ok(Extent::AtLeast(metadata_end));
            };
            let message = arrow::ipc::root_as_message(metadata)
                .map_err(|_| ValueError::new("not a valid Arrow stream: malformed metadata"))?;
            let message_end = metadata_end + size(message.bodyLength(), "body")?;
            let Some(body) = bytes.get(metadata_end..message_end) else {
                return Ok(Extent::AtLeast(message_end));
            };
            check_uncompressed_sizes(&message, body)?;
            self.at = message_end;
        }
    }
}

fn number_at(bytes: &[u8], at: usize) -> Option<i32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(i32::from_le_bytes(four.try_into().ok()?))
}

/// A length from the stream, if it is one that a block can have.
fn size(length: i64, what: &str) -> Result<usize, ValueError> {
    usize::try_from(length)
        .ok()
        .filter(|&size| size <= MAX_FRAME_BYTES)
        .ok_or_else(|| ValueError::new(format!("not a valid Arrow stream: {what} of {length} bytes")))
}

/// A compressed buffer begins with its size when uncompressed (-1: it is not compressed).
fn check_uncompressed_sizes(message: &arrow::ipc::Message<'_>, body: &[u8]) -> Result<(), ValueError> {
    let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return Ok(()) };
    if batch.compression().is_none() {
        return Ok(());
    }
    let mut total = 0;
    for buffer in batch.buffers().iter().flatten().filter(|buffer| buffer.length() > 0) {
        let start = size(buffer.offset(), "buffer offset")?;
        let prefix = body.get(start..).and_then(|rest| rest.first_chunk::<8>());
        match prefix.map(|eight| i64::from_le_bytes(*eight)) {
            Some(-1) => {}
            Some(uncompressed) => {
                total += size(uncompressed, "uncompressed buffer")?;
                size(total as i64, "uncompressed buffers")?;
            }
            None => return Err(ValueError::new("not a valid Arrow stream: a buffer outside the body")),
        }
    }
    Ok(())
}

/// The chunk's answers, in ArrowStream.
pub struct ArrowStreamWriter {
    bytes: Vec<u8>,
    returns: Type,
    column: ColumnBuilder,
}

impl ArrowStreamWriter {
    pub fn new(bytes: Vec<u8>, returns: &Type) -> Self {
        Self { bytes, returns: *returns, column: ColumnBuilder::new(returns) }
    }
}

impl ChunkWriter for ArrowStreamWriter {
    fn push<T: Encode>(&mut self, answer: &T) {
        answer.encode(&mut self.column);
    }

    fn finish(self) -> Vec<u8> {
        write_stream(self.bytes, self.column.finish())
    }

    /// No rows: of a stream that is missing ClickHouse reports only that it is missing, and not what
    /// the worker had to say.
    fn refuse(self) -> Vec<u8> {
        write_stream(self.bytes, ColumnBuilder::new(&self.returns).finish())
    }
}

/// Appends a stream of one column.
fn write_stream(mut bytes: Vec<u8>, column: ArrayRef) -> Vec<u8> {
    let schema = Schema::new(vec![Field::new("result", column.data_type().clone(), false)]);
    let write = || -> Result<(), ArrowError> {
        let batch = RecordBatch::try_new(Arc::new(schema), vec![column])?;
        let mut writer = StreamWriter::try_new(&mut bytes, batch.schema_ref())?;
        writer.write(&batch)?;
        writer.finish()
    };
    // A batch made here fits its schema, and memory takes every byte.
    write().unwrap_or_else(|error| unreachable!("cannot write an Arrow stream: {error}"));
    bytes
}
