//! SQL: a plan becomes text. The only floor that knows how ClickHouse spells things.
//!
//! The steps of the queries are templates below `steps/`, each once; `template` fills them in, `text` is the
//! only way for a value into them. Composition, pruning and settings are here.

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
mod probes;
mod registry;
mod scan;
mod scorecard;
mod script;
mod settings;
mod template;
mod values;

pub use script::script;
