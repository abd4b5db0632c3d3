//! Tables in files of each format, written and read for the tests.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow::compute::concat_batches;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::{FileWriter, StreamWriter};
use arrow::util::display::array_value_to_string;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// What a file can be; the ending says it, but for the stream, which also is `.arrow`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Parquet,
    ArrowFile,
    ArrowStream,
    Tsv,
    Jsonl,
}

impl FileKind {
    pub const ALL: [FileKind; 5] =
        [FileKind::Parquet, FileKind::ArrowFile, FileKind::ArrowStream, FileKind::Tsv, FileKind::Jsonl];

    /// What the program writes.
    pub const WRITTEN: [FileKind; 4] =
        [FileKind::Parquet, FileKind::ArrowFile, FileKind::Tsv, FileKind::Jsonl];

    pub fn ending(self) -> &'static str {
        match self {
            FileKind::Parquet => "parquet",
            FileKind::ArrowFile | FileKind::ArrowStream => "arrow",
            FileKind::Tsv => "tsv",
            FileKind::Jsonl => "jsonl",
        }
    }
}

/// A cell as the tests see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Text(String),
    Number(f64),
    Count(u64),
    Truth(bool),
}

/// Columns by name; all have as many cells.
pub type Table = Vec<(String, Vec<Cell>)>;

pub fn column<'t>(table: &'t Table, name: &str) -> &'t [Cell] {
    let found = table.iter().find(|(column, _)| column == name);
    &found.unwrap_or_else(|| panic!("no column {name}")).1
}

/// Columns that hold numbers, which a text file cannot say.
const NUMBERS: [&str; 12] = [
    "sum",
    "sum_squares",
    "quantile",
    "quantile_standard_error",
    "mean",
    "variance",
    "lift",
    "ci_low",
    "ci_high",
    "chance_to_win",
    "srm_p_value",
    "weight",
];
const COUNTS: [&str; 3] = ["n", "metric_id", "invalid_values"];
const TRUTHS: [&str; 2] = ["lower_is_better", "is_control"];

/// The cell that a text means in a column.
fn cell(column: &str, text: Option<&str>) -> Cell {
    let Some(text) = text else { return Cell::Null };
    let parsed = |what: &str| -> ! { panic!("column {column}: {text:?} is no {what}") };
    if NUMBERS.contains(&column) {
        Cell::Number(text.parse().unwrap_or_else(|_| parsed("number")))
    } else if COUNTS.contains(&column) {
        Cell::Count(text.parse().unwrap_or_else(|_| parsed("count")))
    } else if TRUTHS.contains(&column) {
        Cell::Truth(text.parse().unwrap_or_else(|_| parsed("truth")))
    } else {
        Cell::Text(text.to_string())
    }
}

pub fn write(path: &Path, kind: FileKind, table: &Table) {
    let rows = table.first().map_or(0, |(_, cells)| cells.len());
    let each_row = |row: &dyn Fn(usize) -> String| (0..rows).map(row).collect::<String>();
    let bytes = match kind {
        FileKind::Parquet => {
            let batch = batch(table);
            let mut bytes = Vec::new();
            let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
            writer.write(&batch).expect("a batch");
            writer.close().expect("an end");
            bytes
        }
        FileKind::ArrowFile => {
            let batch = batch(table);
            let mut writer = FileWriter::try_new(Vec::new(), batch.schema_ref()).expect("a writer");
            writer.write(&batch).expect("a batch");
            writer.finish().expect("an end");
            writer.into_inner().expect("the bytes")
        }
        FileKind::ArrowStream => {
            let batch = batch(table);
            let mut writer = StreamWriter::try_new(Vec::new(), batch.schema_ref()).expect("a writer");
            writer.write(&batch).expect("a batch");
            writer.finish().expect("an end");
            writer.into_inner().expect("the bytes")
        }
        FileKind::Tsv => {
            let names: Vec<&str> = table.iter().map(|(name, _)| name.as_str()).collect();
            let line = |row: usize| {
                let cells: Vec<String> = table.iter().map(|(_, cells)| tsv_cell(&cells[row])).collect();
                cells.join("\t") + "\n"
            };
            (names.join("\t") + "\n" + &each_row(&line)).into_bytes()
        }
        FileKind::Jsonl => {
            let line = |row: usize| {
                let entry = |(name, cells): &(String, Vec<Cell>)| {
                    format!("{}:{}", serde_json::json!(name), json_cell(&cells[row]))
                };
                let entries: Vec<String> = table.iter().map(entry).collect();
                format!("{{{}}}\n", entries.join(","))
            };
            each_row(&line).into_bytes()
        }
    };
    fs::write(path, bytes).expect("a file can be written");
}

fn tsv_cell(cell: &Cell) -> String {
    match cell {
        Cell::Null => "\\N".to_string(),
        Cell::Text(text) => text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n"),
        Cell::Number(number) => format!("{number:?}"),
        Cell::Count(count) => count.to_string(),
        Cell::Truth(truth) => truth.to_string(),
    }
}

fn json_cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => serde_json::json!(text).to_string(),
        Cell::Null => "null".to_string(),
        other => tsv_cell(other),
    }
}

fn batch(table: &Table) -> RecordBatch {
    let columns = table.iter().map(|(name, cells)| {
        let column: ArrayRef = if NUMBERS.contains(&name.as_str()) {
            Arc::new(Float64Array::from_iter(cells.iter().map(|cell| match cell {
                Cell::Number(number) => Some(*number),
                _ => None,
            })))
        } else if COUNTS.contains(&name.as_str()) {
            Arc::new(UInt64Array::from_iter(cells.iter().map(|cell| match cell {
                Cell::Count(count) => Some(*count),
                _ => None,
            })))
        } else if TRUTHS.contains(&name.as_str()) {
            Arc::new(BooleanArray::from_iter(cells.iter().map(|cell| match cell {
                Cell::Truth(truth) => Some(*truth),
                _ => None,
            })))
        } else {
            Arc::new(StringArray::from_iter(cells.iter().map(|cell| match cell {
                Cell::Text(text) => Some(text.as_str()),
                _ => None,
            })))
        };
        (name, column, true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

pub fn read(path: &Path) -> Table {
    let kind =
        FileKind::WRITTEN.into_iter().find(|kind| path.extension().is_some_and(|e| e == kind.ending()));
    parse(kind.expect("a known ending"), fs::read(path).expect("the file is there"))
}

pub fn parse(kind: FileKind, bytes: Vec<u8>) -> Table {
    match kind {
        FileKind::Parquet => {
            let reader =
                ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).expect("Parquet");
            let schema = reader.schema().clone();
            let batches: Vec<_> = reader.build().expect("rows").collect::<Result<_, _>>().expect("rows");
            of_batch(&concat_batches(&schema, &batches).expect("one schema"))
        }
        FileKind::ArrowFile | FileKind::ArrowStream => {
            let reader = FileReader::try_new(std::io::Cursor::new(bytes), None).expect("an Arrow file");
            let schema = reader.schema();
            let batches: Vec<_> = reader.collect::<Result<_, _>>().expect("rows");
            of_batch(&concat_batches(&schema, &batches).expect("one schema"))
        }
        FileKind::Tsv => of_tsv(&String::from_utf8(bytes).expect("UTF-8")),
        FileKind::Jsonl => of_jsonl(&String::from_utf8(bytes).expect("UTF-8")),
    }
}

fn of_batch(batch: &RecordBatch) -> Table {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
        let cells = (0..batch.num_rows()).map(|row| {
            let text = array_value_to_string(column, row).expect("a value to show");
            cell(field.name(), (!column.is_null(row)).then_some(text.as_str()))
        });
        (field.name().clone(), cells.collect())
    });
    columns.collect()
}

fn of_tsv(text: &str) -> Table {
    let mut lines = text.strip_suffix('\n').expect("a last line end").split('\n');
    let names = lines.next().expect("names").split('\t');
    let mut table: Table = names.map(|name| (name.to_string(), Vec::new())).collect();
    for line in lines {
        let texts: Vec<&str> = line.split('\t').collect();
        assert_eq!(texts.len(), table.len(), "{line:?}");
        for ((name, cells), text) in table.iter_mut().zip(texts) {
            let text =
                (text != "\\N").then(|| text.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\"));
            cells.push(cell(name, text.as_deref()));
        }
    }
    table
}

fn of_jsonl(text: &str) -> Table {
    let mut table: Table = Vec::new();
    for line in text.lines() {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).expect("an object");
        for (name, json) in object {
            let text = match &json {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            let cell = cell(&name, text.as_deref());
            match table.iter_mut().find(|(column, _)| *column == name) {
                Some((_, cells)) => cells.push(cell),
                None => table.push((name, vec![cell])),
            }
        }
    }
    table
}

/// Cuts a file short.
pub fn truncate(path: &Path) {
    let length = fs::metadata(path).expect("the file is there").len();
    File::options()
        .write(true)
        .open(path)
        .expect("the file opens")
        .set_len(length / 2)
        .expect("it can be cut");
}
