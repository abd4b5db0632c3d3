//! Scorecard: A/B test scorecards inside ClickHouse.
//!
//! A row takes one straight way: bytes → decode ([`wire`]) → a row of arguments → validate
//! ([`functions`]) → [`inference`] over [`statistics`] → an answer → encode → bytes. [`serve`] is
//! that way for ClickHouse, [`registration`] tells ClickHouse of it; [`scoring`] does the same for
//! [`files`].

pub mod definition;
#[cfg(feature = "files")]
pub mod files;
pub mod functions;
pub mod inference;
pub mod registration;
#[cfg(feature = "files")]
pub mod scoring;
pub mod serve;
pub mod statistics;
pub mod wire;
