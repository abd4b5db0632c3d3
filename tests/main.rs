//! All tests in Rust, built and linked as one program; `tests/README.md` says what is where.

mod coherence;
mod compile;
mod definitions;
mod documentation;
mod e2e;
mod encoding;
mod golden;
mod properties;
mod protocol;
mod support;
