//! SQL: a plan becomes text. The only floor that knows how ClickHouse spells things.
//!
//! The steps of the queries are templates below `steps/`, each once; `template` fills them in, `text` is the
//! only way for a value into them. Composition, pruning and settings are here.

mod aggregations;
mod bent;
mod bundles;
mod columns;
mod exposures;
mod funnels;
mod gathered;
mod health;
mod history;
mod horizon;
mod instant;
mod joined;
mod lookup;
pub mod parameterized;
mod parts;
mod probes;
mod registry;
mod scan;
mod scorecard;
mod script;
mod settings;
mod statistics;
mod template;
mod text;

pub use script::script;
