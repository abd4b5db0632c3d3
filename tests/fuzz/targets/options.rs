//! Fuzzes the options argument of experimentInference.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    match scorecard::functions::options::parse(data) {
        Ok(options) => {
            assert!(options.critical_value >= 0.0 && options.critical_value.is_finite(), "{options:?}");
            assert!(options.win_threshold > 0.5 && options.win_threshold < 1.0, "{options:?}");
        }
        Err(error) => harness::check_message(&error),
    }
});
