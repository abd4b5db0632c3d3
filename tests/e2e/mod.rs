//! The installed product in the real engine, from events to scorecards: one process, one engine and one
//! installation for everything that is asked of a version of ClickHouse and a wire format.
//!
//! See [`crate::support`] for what chooses them.

mod compiled;
mod events;
mod pages;
mod pool;
mod queries;
