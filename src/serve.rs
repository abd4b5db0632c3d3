//! The service that ClickHouse runs: chunks of rows in on stdin, chunks of answers out on stdout.
//!
//! A chunk is `"<rows>\n"` and the rows. It is answered with exactly as many answers, in one write
//! after the last row succeeded, or not at all: half an answer would be taken for the next query's.

use std::io::{self, Read, Write};

use crate::functions::{ExperimentInference, Function, FunctionName, SampleRatioMismatch};
use crate::wire::arrow_stream::{ArrowStreamReader, ArrowStreamWriter};
use crate::wire::json_each_row::{JsonEachRowReader, JsonEachRowWriter};
use crate::wire::row_binary::{RowBinaryReader, RowBinaryWriter};
use crate::wire::tab_separated::{TabSeparatedReader, TabSeparatedWriter};
use crate::wire::{ChunkReader, ChunkWriter, Format, FrameError, Input, RowError};

/// Why the service stops before the end of its input.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Header(#[from] FrameError),
    #[error("row {row} of {rows}")]
    Row { row: u64, rows: u64, source: RowError },
    #[error("after row {rows} of {rows}")]
    End { rows: u64, source: RowError },
    #[error("cannot write standard output")]
    Output(#[from] io::Error),
}

/// Serves `function` in `format` until the input ends.
///
/// # Errors
/// Anything wrong with the stream or with a value in it: the row, the column and the value.
pub fn serve(
    function: FunctionName,
    format: Format,
    input: impl Read,
    output: impl Write,
) -> Result<(), ServeError> {
    match function {
        FunctionName::ExperimentInference => {
            serve_function(ExperimentInference::default(), format, input, output)
        }
        FunctionName::SampleRatioMismatch => serve_function(SampleRatioMismatch, format, input, output),
    }
}

fn serve_function(
    mut function: impl Function,
    format: Format,
    input: impl Read,
    mut output: impl Write,
) -> Result<(), ServeError> {
    let mut input = Input::new(input);
    let mut reply = Vec::new();
    while let Some(rows) = input.header()? {
        let (stream, function) = (&mut input, &mut function);
        reply = match format {
            Format::RowBinary => {
                answer_chunk(function, rows, RowBinaryReader::new(stream), RowBinaryWriter::new(reply))
            }
            Format::TabSeparated => {
                answer_chunk(function, rows, TabSeparatedReader::new(stream), TabSeparatedWriter::new(reply))
            }
            Format::JsonEachRow => {
                answer_chunk(function, rows, JsonEachRowReader::new(stream), JsonEachRowWriter::new(reply))
            }
            Format::ArrowStream => {
                answer_chunk(function, rows, ArrowStreamReader::new(stream), ArrowStreamWriter::new(reply))
            }
        }?;
        output.write_all(&reply)?;
        output.flush()?;
        reply.clear();
    }
    Ok(())
}

fn answer_chunk(
    function: &mut impl Function,
    rows: u64,
    mut reader: impl ChunkReader,
    mut writer: impl ChunkWriter,
) -> Result<Vec<u8>, ServeError> {
    for row in 1..=rows {
        answer_row(function, &mut reader, &mut writer)
            .map_err(|source| ServeError::Row { row, rows, source })?;
    }
    reader.finish().and_then(|()| writer.finish()).map_err(|source| ServeError::End { rows, source })
}

fn answer_row(
    function: &mut impl Function,
    reader: &mut impl ChunkReader,
    writer: &mut impl ChunkWriter,
) -> Result<(), RowError> {
    let row = reader.next_row()?;
    writer.push(&function.answer(row)?);
    Ok(())
}
