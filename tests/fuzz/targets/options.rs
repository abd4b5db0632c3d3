//! Fuzzes the options arguments.

#![no_main]

use scorecard::functions::options::{Options, design::Plan};
use scorecard::inference;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    match inference::Options::parse(data) {
        Ok(options) => {
            assert!(options.critical_value >= 0.0 && options.critical_value.is_finite(), "{options:?}");
            assert!(options.win_threshold > 0.5 && options.win_threshold < 1.0, "{options:?}");
            assert!(options.power_quantile.is_finite(), "{options:?}");
        }
        Err(error) => harness::check_message(&error),
    }
    match Plan::parse(data) {
        Ok(plan) => assert!(plan.treatments >= 1.0, "{plan:?}"),
        Err(error) => harness::check_message(&error),
    }
});
