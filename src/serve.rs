//! The service that ClickHouse runs: chunks of rows in on stdin, chunks of answers out on stdout.
//!
//! A chunk is `"<rows>\n"` and the rows. It is answered with exactly as many answers, in one write
//! after the last row succeeded, or with none: half an answer would be taken for the next query's.
//! After a chunk that fails the service ends, and ClickHouse starts another.

use std::io::{self, Read, Write};

use crate::functions::{
    AdjustPValues, ExperimentInference, ExperimentPower, ExperimentSampleSize, Function, FunctionName,
    SampleRatioMismatch,
};
use crate::wire::arrow_stream::{ArrowStreamReader, ArrowStreamWriter};
use crate::wire::json_each_row::{JsonEachRowReader, JsonEachRowWriter};
use crate::wire::row_binary::{RowBinaryReader, RowBinaryWriter};
use crate::wire::tab_separated::{TabSeparatedReader, TabSeparatedWriter};
use crate::wire::{ChunkReader, ChunkWriter, Format, FrameError, Input, RowError, WireType};

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
///
/// # Examples
/// ```
/// use scorecard::{functions::FunctionName, serve::serve, wire::Format};
///
/// let input = b"1\n[0.01,0.04]\tbonferroni\n";
/// let mut output = Vec::new();
/// serve(FunctionName::AdjustPValues, Format::TabSeparated, &input[..], &mut output)?;
/// assert_eq!(output, b"[0.02,0.08]\n");
/// # Ok::<(), scorecard::serve::ServeError>(())
/// ```
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
        FunctionName::AdjustPValues => serve_function(AdjustPValues, format, input, output),
        FunctionName::ExperimentSampleSize => {
            serve_function(ExperimentSampleSize::default(), format, input, output)
        }
        FunctionName::ExperimentPower => serve_function(ExperimentPower::default(), format, input, output),
    }
}

fn serve_function<F: Function>(
    mut function: F,
    format: Format,
    input: impl Read,
    mut output: impl Write,
) -> Result<(), ServeError> {
    let mut input = Input::new(input);
    let mut reply = Vec::new();
    let returns = <F::Answer<'static> as WireType>::TYPE;
    while let Some(rows) = input.header()? {
        let (stream, function) = (&mut input, &mut function);
        let outcome = match format {
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
                let writer = ArrowStreamWriter::new(reply, &returns);
                answer_chunk(function, rows, ArrowStreamReader::new(stream), writer)
            }
        };
        let failure;
        (reply, failure) = outcome;
        output.write_all(&reply)?;
        output.flush()?;
        if let Some(error) = failure {
            return Err(error);
        }
        reply.clear();
    }
    Ok(())
}

/// The bytes to send, which hold every answer or none, and why if none.
fn answer_chunk<W: ChunkWriter>(
    function: &mut impl Function,
    rows: u64,
    mut reader: impl ChunkReader,
    mut writer: W,
) -> (Vec<u8>, Option<ServeError>) {
    for row in 1..=rows {
        if let Err(source) = answer_row(function, &mut reader, &mut writer) {
            return (writer.refuse(), Some(ServeError::Row { row, rows, source }));
        }
    }
    match reader.finish() {
        Ok(()) => (writer.finish(), None),
        Err(source) => (writer.refuse(), Some(ServeError::End { rows, source })),
    }
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
