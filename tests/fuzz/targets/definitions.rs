//! Fuzzes the files of definitions.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::check_definitions(data));
