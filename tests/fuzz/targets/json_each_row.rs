//! Fuzzes the service in JSONEachRow.

#![no_main]

use scorecard::wire::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::check(Format::JsonEachRow, data));
