//! Chunks: where they begin and end, in what pieces they come, and what happens if they break off.

use std::io::{Read, Write};

use super::formats::{Format, Settings, answers, chunk, chunk_that_claims, varint};
use super::process::{finish, program, refusal, run, run_in_pieces, serve};
use super::values::{Function, plain_row, plain_rows};

fn every_service() -> impl Iterator<Item = (Function, Format)> {
    Function::ALL.into_iter().flat_map(|function| Format::ALL.map(|format| (function, format)))
}

#[test]
fn a_clean_end_of_input_is_a_quiet_success() {
    for (function, format) in every_service() {
        assert_eq!(serve(function, format, b"").success(), b"", "{function:?} {format:?}");
    }
}

#[test]
fn a_blank_line_is_an_error_and_no_end() {
    for (function, format) in every_service() {
        let message = refusal(function, format, b"\n");
        assert_eq!(message, r#"expected a chunk header with a number of rows, found """#);
        let after_a_chunk = [chunk(function, format, &plain_rows(function, 2)), b"\n".to_vec()].concat();
        let outcome = serve(function, format, &after_a_chunk);
        assert!(outcome.failure().contains("chunk header"), "{}", outcome.failure());
        assert_eq!(answers(function, format, &outcome.stdout, &[2]).len(), 2);
    }
}

#[test]
fn a_header_that_is_no_number_is_named() {
    for (function, format) in every_service() {
        for header in ["x", "-1", "+1", "1.0", "1e3", " 1", "1 ", "1\r", "0x10", "99999999999999999999"] {
            let message = refusal(function, format, format!("{header}\n").as_bytes());
            assert!(message.ends_with(&format!("found {header:?}")), "{header:?}: {message}");
        }
        let message = refusal(function, format, &[b'1'; 100_000]);
        assert!(message.contains("chunk header") && message.len() < 300, "{message}");
    }
}

#[test]
fn a_header_that_promises_more_rows_than_come_answers_none() {
    for (function, format) in every_service() {
        let block = chunk_that_claims(3, function, format, &plain_rows(function, 2), Settings::default());
        let message = refusal(function, format, &block);
        assert!(message.starts_with("row 3 of 3: "), "{format:?}: {message}");
    }
}

#[test]
fn a_header_that_promises_fewer_rows_than_come_is_an_error() {
    for (function, format) in every_service() {
        let block = chunk_that_claims(1, function, format, &plain_rows(function, 3), Settings::default());
        if format == Format::ArrowStream {
            // The only format that knows how many rows came.
            let message = refusal(function, format, &block);
            assert!(
                message.starts_with("after row 1 of 1: ") && message.contains("2 rows more"),
                "{message}"
            );
            continue;
        }
        // The rest is taken for the next header; what was promised is answered.
        let outcome = serve(function, format, &block);
        assert!(outcome.failure().contains("chunk header"), "{}", outcome.failure());
        assert_eq!(answers(function, format, &outcome.stdout, &[1]).len(), 1, "{format:?}");
    }
}

/// Refuses every proper beginning of a chunk of one row.
fn refuses_every_beginning(function: Function, format: Format) {
    let block = chunk(function, format, &[plain_row(function, 0)]);
    for end in 1..block.len() {
        let message = refusal(function, format, &block[..end]);
        let place = if end < 2 { "expected a chunk header" } else { "row 1 of 1: " };
        assert!(message.starts_with(place), "{format:?}, {end} bytes of {}: {message}", block.len());
    }
    let whole = serve(function, format, &block).success();
    assert_eq!(answers(function, format, &whole, &[1]).len(), 1);
}

#[test]
fn a_row_binary_chunk_cut_at_any_byte_is_refused() {
    Function::ALL.iter().for_each(|&function| refuses_every_beginning(function, Format::RowBinary));
}

#[test]
fn a_tab_separated_chunk_cut_at_any_byte_is_refused() {
    Function::ALL.iter().for_each(|&function| refuses_every_beginning(function, Format::TabSeparated));
}

#[test]
fn a_json_each_row_chunk_cut_at_any_byte_is_refused() {
    Function::ALL.iter().for_each(|&function| refuses_every_beginning(function, Format::JsonEachRow));
}

#[test]
fn an_arrow_stream_chunk_cut_at_any_byte_is_refused() {
    refuses_every_beginning(Function::SampleRatio, Format::ArrowStream);
}

#[test]
fn a_second_chunk_cut_short_leaves_the_answers_of_the_first() {
    for (function, format) in every_service() {
        let first = chunk(function, format, &plain_rows(function, 2));
        let bytes = [first.as_slice(), &first[..first.len() - 1]].concat();
        let outcome = serve(function, format, &bytes);
        assert!(outcome.failure().contains("row "), "{}", outcome.failure());
        let chunks: &[usize] = if format == Format::ArrowStream { &[2, 0] } else { &[2] };
        assert_eq!(answers(function, format, &outcome.stdout, chunks).len(), 2, "{format:?}");
    }
}

#[test]
fn a_length_that_no_row_has_is_refused_without_memory() {
    for length in [1 << 31, 1 << 40, 1 << 62, u64::MAX] {
        let length = varint(length);
        // Behind the lie enough for whatever the row needs at least.
        let rest = [0; 64];
        for (what, row) in [
            ("arms", length.clone()),
            ("arms[1].variant", [&[1], length.as_slice(), &rest].concat()),
            ("aggregation", [&[0], length.as_slice(), &rest].concat()),
        ] {
            let message = refusal(Function::Inference, Format::RowBinary, &[b"1\n", row.as_slice()].concat());
            assert!(message.starts_with("row 1 of 1: the row claims "), "{what}: {message}");
        }
        for row in [length.clone(), [&[1], length.as_slice(), &rest].concat()] {
            let message =
                refusal(Function::SampleRatio, Format::RowBinary, &[b"1\n", row.as_slice()].concat());
            assert!(message.starts_with("row 1 of 1: the row claims "), "{message}");
        }
    }
    // A length of more than 64 bits.
    let endless = [&b"1\n"[..], &[0xff; 64]].concat();
    let message = refusal(Function::Inference, Format::RowBinary, &endless);
    assert!(message.contains("column arms: ") && message.contains("64 bits"), "{message}");
    // Below the limit, but more than ever comes.
    let claimed = [b"1\n", varint(30_000_000).as_slice(), &[0; 1000]].concat();
    let message = refusal(Function::Inference, Format::RowBinary, &claimed);
    assert!(message.starts_with("row 1 of 1: the input ended after "), "{message}");
}

#[test]
fn a_header_of_the_largest_number_takes_no_memory() {
    for (function, format) in every_service() {
        let rows = [plain_row(function, 0)];
        let block = chunk_that_claims(u64::MAX, function, format, &rows, Settings::default());
        let message = refusal(function, format, &block);
        assert!(message.starts_with("row 2 of 18446744073709551615: "), "{message}");
    }
}

#[test]
fn a_chunk_of_no_rows_is_answered_with_none() {
    for (function, format) in every_service() {
        let bytes =
            [chunk(function, format, &[]), chunk(function, format, &plain_rows(function, 2))].concat();
        let output = serve(function, format, &bytes).success();
        assert_eq!(answers(function, format, &output, &[0, 2]).len(), 2, "{format:?}");
    }
}

#[test]
fn a_chunk_of_65536_rows_is_answered_whole() {
    for (function, format) in every_service() {
        let rows = plain_rows(function, 65_536);
        let output = serve(function, format, &chunk(function, format, &rows)).success();
        let answers = answers(function, format, &output, &[rows.len()]);
        if function == Function::Inference {
            let n = |row: usize| answers[row].elements()[0].score("n").clone();
            assert_eq!(n(65_535), super::values::Value::UInt(1000 + 65_535));
        }
        assert_ne!(answers[0], answers[65_535], "{format:?}");
    }
}

#[test]
fn many_chunks_on_one_process_are_answered_as_if_alone() {
    for (function, format) in every_service() {
        let sizes = [1, 3, 0, 2, 700, 1];
        let rows = plain_rows(function, sizes.iter().sum::<usize>() as u64);
        let mut bytes = Vec::new();
        let mut rest = rows.as_slice();
        for size in sizes {
            let (some, left) = rest.split_at(size);
            bytes.extend(chunk(function, format, some));
            rest = left;
        }
        let together = answers(function, format, &serve(function, format, &bytes).success(), &sizes);
        let alone = serve(function, format, &chunk(function, format, &rows)).success();
        assert_eq!(together, answers(function, format, &alone, &[rows.len()]), "{format:?}");
    }
}

#[test]
fn an_answer_comes_before_the_next_chunk_is_sent() {
    for (function, format) in every_service() {
        let mut child =
            program(&["serve", function.name(), "--format", format.name()]).spawn().expect("the program");
        let (mut stdin, mut stdout) =
            (child.stdin.take().expect("stdin"), child.stdout.take().expect("stdout"));
        let block = chunk(function, format, &plain_rows(function, 2));
        let expected = serve(function, format, &block).success();
        for _ in 0..50 {
            stdin.write_all(&block).expect("the program reads");
            let mut answer = vec![0; expected.len()];
            stdout.read_exact(&mut answer).expect("the program answers");
            assert_eq!(answer, expected);
        }
        drop(stdin);
        let mut rest = Vec::new();
        stdout.read_to_end(&mut rest).expect("the output ends");
        assert_eq!(rest, b"");
        assert_eq!(finish(child).code, Some(0));
    }
}

#[test]
fn bytes_that_come_one_by_one_change_nothing() {
    for (function, format) in every_service() {
        let block = chunk(function, format, &plain_rows(function, 3));
        let bytes = [block.as_slice(), &block].concat();
        let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
        let arguments = ["serve", function.name(), "--format", format.name()];
        let dripped = run_in_pieces(&arguments, &pieces).success();
        assert_eq!(dripped, serve(function, format, &bytes).success(), "{format:?}");
    }
}

#[test]
fn a_header_may_come_in_pieces() {
    for (function, format) in every_service() {
        let rows = plain_rows(function, 12);
        let block = chunk(function, format, &rows);
        for at in 1..=3 {
            let (first, second) = block.split_at(at);
            let mut child =
                program(&["serve", function.name(), "--format", format.name()]).spawn().expect("the program");
            let mut stdin = child.stdin.take().expect("stdin");
            stdin.write_all(first).expect("the program reads");
            // The program waits for the rest of the header in a read of its own.
            std::thread::sleep(std::time::Duration::from_millis(20));
            stdin.write_all(second).expect("the program reads");
            drop(stdin);
            let output = finish(child).success();
            assert_eq!(answers(function, format, &output, &[12]).len(), 12, "{format:?}");
        }
    }
}

#[test]
fn nobody_reading_the_answers_is_a_quiet_success() {
    for (function, format) in every_service() {
        let mut child =
            program(&["serve", function.name(), "--format", format.name()]).spawn().expect("the program");
        drop(child.stdout.take());
        let mut stdin = child.stdin.take().expect("stdin");
        let _ = stdin.write_all(&chunk(function, format, &plain_rows(function, 3)));
        drop(stdin);
        let outcome = finish(child);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{format:?}");
    }
}

#[test]
fn no_arguments_mean_experiment_inference_in_row_binary() {
    let block = chunk(Function::Inference, Format::RowBinary, &plain_rows(Function::Inference, 3));
    let bare = run(&[], &block).success();
    assert_eq!(bare, serve(Function::Inference, Format::RowBinary, &block).success());
    assert_eq!(answers(Function::Inference, Format::RowBinary, &bare, &[3]).len(), 3);
}
