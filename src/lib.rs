//! Scorecard: A/B test scorecards inside ClickHouse.
//!
//! A row takes one straight way: bytes → decode ([`wire`]) → a row of arguments → validate
//! ([`functions`]) → [`inference`] over [`statistics`] → an answer → encode → bytes. [`serve`] is
//! that way for ClickHouse, [`registration`] tells ClickHouse of it.

pub mod functions;
pub mod inference;
pub mod registration;
pub mod serve;
pub mod statistics;
pub mod wire;
