//! TabSeparatedWithNames: a line of column names, then a line a row; `\N` is null.
//!
//! TSV carries no types, so every column is text until something is asked of it.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use arrow::array::AsArray;
use arrow::array::StringBuilder;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::wire::tab_separated::{escape_cell, unescape_cell};

const NULL: &[u8] = br"\N";

pub fn decode(bytes: &[u8]) -> Result<RecordBatch> {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut lines = text.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let header = lines.next().unwrap_or_default();
    let names = cells(header).map(cell_text).collect::<Result<Vec<_>>>().context("line 1")?;
    let mut columns: Vec<StringBuilder> = names.iter().map(|_| StringBuilder::new()).collect();
    for (index, line) in lines.enumerate() {
        read_line(line, &mut columns).with_context(|| format!("line {}", index + 2))?;
    }
    let fields: Vec<Field> = names
        .iter()
        .map(|name| Field::new(name.as_deref().unwrap_or_default(), DataType::Utf8, true))
        .collect();
    let arrays = columns.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn read_line(line: &[u8], columns: &mut [StringBuilder]) -> Result<()> {
    let count = cells(line).count();
    if count != columns.len() {
        bail!("{count} columns, but line 1 names {}", columns.len());
    }
    for (cell, column) in cells(line).zip(columns) {
        column.append_option(cell_text(cell)?);
    }
    Ok(())
}

fn cells(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| byte == b'\t')
}

fn cell_text(cell: &[u8]) -> Result<Option<String>> {
    if cell == NULL {
        return Ok(None);
    }
    let text = unescape_cell(cell)?;
    Ok(Some(String::from_utf8(text.0.into_owned()).context("not UTF-8")?))
}

pub fn encode(table: &RecordBatch) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let schema = table.schema();
    let names = schema.fields().iter().map(|field| Some(field.name().clone().into_bytes()));
    write_line(&mut bytes, names);
    let options = FormatOptions::default();
    let formatters = table
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options))
        .collect::<Result<Vec<_>, _>>()?;
    for row in 0..table.num_rows() {
        let values = table.columns().iter().zip(&formatters).map(|(column, formatter)| {
            column.is_valid(row).then(|| match column.as_binary_opt::<i32>() {
                Some(binary) => binary.value(row).to_vec(),
                None => formatter.value(row).to_string().into_bytes(),
            })
        });
        write_line(&mut bytes, values);
    }
    Ok(bytes)
}

fn write_line(bytes: &mut Vec<u8>, cells: impl Iterator<Item = Option<Vec<u8>>>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            bytes.push(b'\t');
        }
        match cell {
            Some(cell) => escape_cell(&cell, bytes),
            None => bytes.extend(NULL),
        }
    }
    bytes.push(b'\n');
}
