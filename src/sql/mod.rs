//! SQL: a plan becomes text. The only floor that knows how ClickHouse spells things.
//!
//! Each subject says which SELECTs it is made of; `query` prints them. Composition, pruning and settings are
//! here.

mod columns;
mod exposures;
mod funnels;
mod health;
mod history;
mod inferred;
mod instant;
mod lookup;
mod order_statistics;
pub mod parameterized;
mod parts;
mod prefix;
mod probes;
mod registry;
mod scan;
mod scorecard;
mod script;
mod settings;
mod values;

pub use script::script;
