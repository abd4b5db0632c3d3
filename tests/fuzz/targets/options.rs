//! Fuzzes the options arguments.

#![no_main]

use scorecard::functions::options::{ParseOptions, PowerOptions};
use scorecard::inference::InferenceOptions;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    match InferenceOptions::parse(data) {
        Ok(options) => {
            assert!(options.critical_value >= 0.0 && options.critical_value.is_finite(), "{options:?}");
            assert!(options.win_tail > 0.0 && options.win_tail < 0.5, "{options:?}");
            assert!(options.detectable_distance.is_finite(), "{options:?}");
        }
        Err(error) => harness::check_message(&error),
    }
    match PowerOptions::parse(data) {
        Ok(options) => assert!(options.treatments >= 1.0, "{options:?}"),
        Err(error) => harness::check_message(&error),
    }
});
