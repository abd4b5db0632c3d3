//! What every target does with its input: one whole service, and what must hold of its outcome.
//!
//! The first byte of an input chooses the function and how the rest arrives; the rest is standard
//! input. Headers, framing, decoding, validation, inference and encoding are all on the way. Definitions are text,
//! and `definitions` says what holds of them.

mod answers;
mod definitions;
mod memory;

pub use definitions::check_definitions;

use std::error::Error;
use std::io::{self, Read};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;

use scorecard::functions::FunctionName;
use scorecard::serve::serve;
use scorecard::wire::Format;

/// The longest error message, in characters: ClickHouse puts it into the exception.
const MAX_MESSAGE: usize = 1000;

/// Serves the input and checks that nothing about the outcome is broken.
pub fn check(format: Format, data: &[u8]) {
    let Some((&first, input)) = data.split_first() else { return };
    let (piece, function) = (usize::from(first) / FunctionName::ALL.len(), usize::from(first) % FunctionName::ALL.len());
    let function = FunctionName::ALL[function];

    let mut output = Vec::new();
    let (result, peak) = memory::peak_of(|| serve(function, format, input, &mut output));
    assert!(peak <= memory::limit(format, input.len()), "{} bytes of input took {peak} bytes", input.len());
    // An output is whole answers, also before an error.
    let answers = answers::count(function, format, &output);
    match &result {
        Ok(()) => assert_eq!(answers, answers::announced_rows(function, format, input), "answers to rows"),
        Err(error) => check_message(error),
    }

    // However the bytes arrive, the answers are the same.
    let mut dripped = Vec::new();
    let drip = Drip { input, piece: piece + 1 };
    let outcome = serve(function, format, drip, &mut dripped);
    assert_eq!(outcome.is_ok(), result.is_ok(), "in pieces: {outcome:?}, whole: {result:?}");
    assert_eq!(dripped, output, "the answers depend on how the bytes arrive");
}

/// A message is one line, says something, and is short enough to be shown.
pub fn check_message(error: &dyn Error) {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    assert!(!message.is_empty(), "an error without a message");
    assert!(!message.contains(['\n', '\r']), "a message of several lines: {message:?}");
    assert!(message.chars().count() <= MAX_MESSAGE, "a message too long to show: {message:?}");
}

/// Gives the input in pieces of one size.
struct Drip<'a> {
    input: &'a [u8],
    piece: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (piece, rest) = self.input.split_at(self.piece.min(self.input.len()).min(buffer.len()));
        buffer[..piece.len()].copy_from_slice(piece);
        self.input = rest;
        Ok(piece.len())
    }
}

static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Lets a panic be caught, which the fuzzer's own hook would turn into a crash at once.
///
/// The ArrowStream decoder catches panics of the Arrow library. A panic that nobody catches still is
/// a crash: see [`crash_on_panic`].
pub fn let_panics_be_caught() {
    panic::set_hook(Box::new(|panic| {
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = panic.to_string();
        }
    }));
}

/// Runs `check` and ends the process if it panics, with the last words of the panic.
pub fn crash_on_panic(check: impl FnOnce()) {
    if panic::catch_unwind(AssertUnwindSafe(check)).is_err() {
        eprintln!("{}", LAST_PANIC.lock().map(|last| last.clone()).unwrap_or_default());
        std::process::abort();
    }
}
