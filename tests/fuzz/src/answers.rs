//! How many rows an input announces, and how many answers an output holds: read anew, without the
//! readers and writers that are fuzzed.

use arrow::ipc::reader::StreamReader;
use scorecard::functions::FunctionName;
use scorecard::wire::arrow_stream::Messages;
use scorecard::wire::row_binary::row_extent;
use scorecard::wire::{Extent, Format, Type};

/// The rows in all headers of an input that was answered to its end.
pub fn announced_rows(function: FunctionName, format: Format, mut input: &[u8]) -> u64 {
    let mut announced = 0;
    while !input.is_empty() {
        let header = line(&mut input);
        let rows: u64 = std::str::from_utf8(header).unwrap().parse().unwrap();
        announced += rows;
        match format {
            Format::TabSeparated | Format::JsonEachRow => {
                for _ in 0..rows {
                    line(&mut input);
                }
            }
            Format::RowBinary => {
                let fields = function.signature().arguments;
                for _ in 0..rows {
                    input = &input[complete(row_extent(fields, input).unwrap())..];
                }
            }
            Format::ArrowStream => {
                input = &input[complete(Messages::default().extent(input).unwrap())..];
            }
        }
    }
    announced
}

/// The answers in an output, every byte of which belongs to one.
pub fn count(function: FunctionName, format: Format, mut output: &[u8]) -> u64 {
    let returns = function.signature().returns;
    let mut answers = 0;
    while !output.is_empty() {
        answers += match format {
            Format::RowBinary => {
                skip_value(&returns, &mut output);
                1
            }
            Format::TabSeparated => {
                line(&mut output);
                1
            }
            Format::JsonEachRow => {
                let answer: serde_json::Value = serde_json::from_slice(line(&mut output)).unwrap();
                assert!(answer.as_object().is_some_and(|object| object.len() == 1), "{answer}");
                1
            }
            Format::ArrowStream => {
                let reader = StreamReader::try_new(&mut output, None).unwrap();
                let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
                rows as u64
            }
        }
    }
    answers
}

fn complete(extent: Extent) -> usize {
    match extent {
        Extent::Complete(length) => length,
        Extent::AtLeast(_) => panic!("an input that was answered is not complete"),
    }
}

fn line<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let end = bytes.iter().position(|&byte| byte == b'\n').expect("a line has its end");
    let (line, rest) = bytes.split_at(end);
    *bytes = &rest[1..];
    line
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at_checked(count).expect("an answer is whole");
    *bytes = rest;
    taken
}

fn length(bytes: &mut &[u8]) -> usize {
    let mut length = 0;
    for shift in (0..).step_by(7) {
        let byte = take(bytes, 1)[0];
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    length
}

/// Takes one RowBinary value; no number in an answer is a NaN.
fn skip_value(ty: &Type, bytes: &mut &[u8]) {
    match ty {
        Type::String => {
            let length = length(bytes);
            take(bytes, length);
        }
        Type::UInt64 => {
            take(bytes, 8);
        }
        Type::Bool => assert!(take(bytes, 1)[0] <= 1, "a Bool is 0 or 1"),
        Type::Float64 => {
            let number = f64::from_le_bytes(take(bytes, 8).try_into().unwrap());
            assert!(!number.is_nan(), "an answer holds a NaN");
        }
        Type::NullableFloat64 => match take(bytes, 1)[0] {
            0 => skip_value(&Type::Float64, bytes),
            mark => assert_eq!(mark, 1, "a null mark is 0 or 1"),
        },
        Type::Array(element) => (0..length(bytes)).for_each(|_| skip_value(element, bytes)),
        Type::Map(value) => (0..length(bytes)).for_each(|_| {
            skip_value(&Type::String, bytes);
            skip_value(value, bytes);
        }),
        Type::Tuple(fields) => fields.iter().for_each(|field| skip_value(&field.ty, bytes)),
    }
}
