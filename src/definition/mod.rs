//! Definitions: what a team keeps in its files, read and checked.

mod model;

pub use model::*;
