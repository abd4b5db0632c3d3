//! Tables in files: Parquet, Arrow IPC, TSV as ClickHouse writes it, and JSON lines.

mod tsv;

use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A file format, named like its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FileFormat {
    Parquet,
    /// Arrow IPC, file or stream
    Arrow,
    /// ClickHouse's TabSeparatedWithNames
    Tsv,
    /// ClickHouse's JSONEachRow
    Jsonl,
}

/// How an Arrow IPC file begins; a stream begins otherwise.
const ARROW_FILE_MAGIC: &[u8] = b"ARROW1";

/// A place that rows come from or go to: a path, or `-` for a pipe.
pub struct Place<'p> {
    path: &'p Path,
    format: FileFormat,
}

impl<'p> Place<'p> {
    /// The format is that of the path's ending, or `pipe_format` for `-`.
    pub fn new(path: &'p Path, pipe_format: Option<FileFormat>) -> Result<Self> {
        if is_pipe(path) {
            let format = pipe_format.context("a pipe has no ending, so give its --format")?;
            return Ok(Self { path, format });
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let format = <FileFormat as clap::ValueEnum>::from_str(ending, true).map_err(|_| {
            anyhow!("{}: the ending must be one of .parquet, .arrow, .tsv, .jsonl", path.display())
        })?;
        Ok(Self { path, format })
    }

    pub fn is_pipe(&self) -> bool {
        is_pipe(self.path)
    }

    /// Reads the whole table.
    pub fn read(&self) -> Result<RecordBatch> {
        let table = self.bytes().and_then(|bytes| decode(self.format, bytes));
        table.with_context(|| format!("cannot read {}", self.path.display()))
    }

    /// Writes the whole table, all or nothing as far as its encoding goes.
    pub fn write(&self, table: &RecordBatch) -> Result<()> {
        let written = encode(self.format, table).and_then(|bytes| {
            match self.is_pipe() {
                true => io::stdout().write_all(&bytes).and_then(|()| io::stdout().flush())?,
                false => fs::write(self.path, bytes)?,
            }
            Ok(())
        });
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        if !self.is_pipe() {
            return Ok(fs::read(self.path)?);
        }
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn is_pipe(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn decode(format: FileFormat, bytes: Vec<u8>) -> Result<RecordBatch> {
    match format {
        FileFormat::Parquet => {
            collect(ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))?.build()?)
        }
        FileFormat::Arrow if bytes.starts_with(ARROW_FILE_MAGIC) => {
            collect(FileReader::try_new(Cursor::new(bytes), None)?)
        }
        FileFormat::Arrow => collect(StreamReader::try_new(Cursor::new(bytes), None)?),
        FileFormat::Tsv => tsv::decode(&bytes),
        FileFormat::Jsonl => {
            let (schema, _) = arrow::json::reader::infer_json_schema(Cursor::new(&bytes), None)?;
            collect(arrow::json::ReaderBuilder::new(Arc::new(schema)).build(Cursor::new(bytes))?)
        }
    }
}

fn collect(reader: impl RecordBatchReader) -> Result<RecordBatch> {
    let schema: SchemaRef = reader.schema();
    let batches = reader.collect::<Result<Vec<RecordBatch>, ArrowError>>()?;
    Ok(concat_batches(&schema, &batches)?)
}

fn encode(format: FileFormat, table: &RecordBatch) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match format {
        FileFormat::Parquet => {
            let mut writer = ArrowWriter::try_new(&mut bytes, table.schema(), None)?;
            writer.write(table)?;
            writer.close()?;
        }
        FileFormat::Arrow => {
            let mut writer = FileWriter::try_new(&mut bytes, table.schema_ref())?;
            writer.write(table)?;
            writer.finish()?;
        }
        FileFormat::Tsv => return tsv::encode(table),
        FileFormat::Jsonl => {
            let builder = arrow::json::WriterBuilder::new().with_explicit_nulls(true);
            let mut writer = builder.build::<_, arrow::json::writer::LineDelimited>(&mut bytes);
            writer.write(table)?;
            writer.finish()?;
        }
    }
    Ok(bytes)
}
