//! Statistics on validated numbers: no I/O, no formats, a value or the reason why there is none.

pub mod arithmetic;
pub mod best_arm;
pub mod beta_binomial;
pub mod chi_squared;
pub mod deviance;
pub mod exact_proportions;
pub mod joint_moments;
pub mod lift_distribution;
pub mod lift_statistic;
pub mod mean_difference;
pub mod moments;
pub mod multiplicity;
pub mod normal;
pub mod normal_lift;
pub mod power;
pub mod quadrature;
pub mod quantile;
pub mod sample_ratio;
pub mod sequential;
pub mod students_t;
pub mod welch;
pub mod wide;
