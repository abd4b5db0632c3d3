//! Statistics on validated numbers: no I/O, no formats, a value or the reason why there is none.

pub mod arithmetic;
pub mod best_arm;
pub mod beta_binomial;
pub mod chi_squared;
pub mod contrast;
pub mod lift;
pub mod moments;
pub mod multiplicity;
pub mod normal;
pub mod paired;
pub mod power;
pub mod quadrature;
pub mod sample_ratio;
pub mod sequential;
pub mod students_t;
pub mod welch;
pub mod wide;
