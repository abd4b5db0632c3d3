//! Fuzzes the service in ArrowStream.

#![no_main]

use scorecard::wire::Format;

libfuzzer_sys::fuzz_target!(
    init: harness::let_panics_be_caught(),
    |data: &[u8]| harness::crash_on_panic(|| harness::check(Format::ArrowStream, data))
);
