//! Scorecard: A/B test scorecards inside ClickHouse.
//!
//! A row takes one straight way: bytes → decode ([`wire`]) → a row of arguments → validate
//! ([`functions`]) → [`inference`] over [`statistics`] → an answer → encode → bytes. [`serve`] is
//! that way for ClickHouse, [`registration`] tells ClickHouse of it; [`scoring`] does the same for
//! [`files`]. What users write in options, and what holds where they do not, is in [`functions::options`].
//!
//! Definitions go another way: files → [`definition`], checked → [`plan`], what is read and computed → [`sql`], which
//! SELECTs → `query`, queries as data with one printer → text.
//!
//! ```
//! use scorecard::functions::experiment_inference::{ArmMoments, Row};
//! use scorecard::functions::{ExperimentInference, Function};
//! use scorecard::wire::Text;
//!
//! let arm = |variant: &'static str, n, sum| ArmMoments {
//!     variant: Text::borrowed(variant.as_bytes()),
//!     n,
//!     sum,
//!     sum_squares: sum,
//!     denominator_sum: None,
//!     denominator_sum_squares: None,
//!     denominator_product: None,
//!     covariate_sum: None,
//!     covariate_sum_squares: None,
//!     covariate_product: None,
//!     quantile: None,
//!     quantile_standard_error: None,
//! };
//! let scores = ExperimentInference::default().answer(Row {
//!     arms: vec![arm("control", 1000, 100.0), arm("b", 1000, 120.0)],
//!     aggregation: Text::borrowed(b"occurrence"),
//!     lower_is_better: false,
//!     options: Text::borrowed(b""),
//! })?;
//! assert_eq!((scores[1].lift, scores[1].verdict), (Some(0.2), "inconclusive"));
//! # Ok::<(), scorecard::wire::ValueError>(())
//! ```

pub mod definition;
#[cfg(feature = "files")]
pub mod files;
pub mod functions;
pub mod inference;
pub mod names;
pub mod plan;
mod query;
pub mod registration;
#[cfg(feature = "files")]
pub mod scoring;
pub mod serve;
pub mod sql;
pub mod statistics;
pub mod wire;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Each floor with the modules of this crate that it may know.
    const FLOORS: [(&str, &[&str]); 4] = [
        ("statistics", &["names", "statistics"]),
        ("inference", &["inference", "names", "statistics"]),
        ("plan", &["definition", "plan"]),
        ("query", &["definition", "query"]),
    ];

    #[test]
    fn no_floor_knows_of_one_above_it() {
        for (floor, known) in FLOORS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(floor);
            for entry in fs::read_dir(&folder).expect("the folder of the floor") {
                let path = entry.expect("a file").path();
                let source = fs::read_to_string(&path).expect("a source file");
                for part in source.split("crate::").skip(1) {
                    let module = part.split(|char: char| !char.is_alphanumeric() && char != '_').next();
                    assert!(
                        module.is_some_and(|module| known.contains(&module)),
                        "{path:?} knows {module:?}"
                    );
                }
            }
        }
    }
}
