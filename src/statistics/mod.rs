//! Statistics on validated numbers: no I/O, no formats, a value or the reason why there is none.

pub mod arithmetic;
pub mod chi_squared;
pub mod lift;
pub mod moments;
pub mod normal;
pub mod sample_ratio;
